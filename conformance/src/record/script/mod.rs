//! The script: which requests are recorded, and what has to be made before each. It knows the API's history, and from it at
//! which versions an answer changes. Each family of operations has a file of its own; [`scenes`] holds what is made once for
//! many requests.

mod actions;
mod keypairs;
mod places;
mod proxies;
mod quotas;
mod rebuild;
mod scenes;
mod servers;
mod subresources;

use std::{borrow::Cow, path::PathBuf};

use http::Method;
use nova_api::{
    Contract, Input, Microversion,
    Operation::{self, *},
    bands, legacy_contract,
};
use serde_json::Value;

use super::unversioned;
use crate::{
    caller::{Base, Caller},
    compare::ask::{Ask, Asked, Who},
};
pub(super) use scenes::Scene;

/// Public keys made for this purpose.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEaRA5dky0ACXYMQGdp7vXENNlJ9GIzxxwNH72pQu9gW demo@example.com";
const CERTIFICATE: &str = include_str!("../../../../fixtures/certificate.pem");

/// One recorded request.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where its sample lies below the release's folder.
    pub place: PathBuf,
    /// What is there already: made once for all requests of the scene, each of which leaves it as it was. Where there is
    /// none, the request begins from nothing made.
    pub(super) scene: Option<&'static Scene>,
    /// What has to be asked first, with success.
    pub before: Vec<Ask>,
    /// The request.
    pub ask: Ask,
    /// What takes back what the request did, asked with success.
    pub(super) after: Vec<Ask>,
}

/// The whole script: each operation at the first version of each of its bands and on the legacy endpoint, then what knows no
/// operation.
pub fn script() -> Vec<Step> {
    let mut steps = Vec::new();
    for operation in Operation::ALL {
        let bands = bands(*operation);
        let first = bands.iter().position(|band| band.contract.routed());
        for (at, band) in bands.iter().enumerate() {
            At {
                asked: Asked::Version(band.first),
                contract: &band.contract,
                first: Some(at) == first,
                last: at + 1 == bands.len(),
            }
            .steps(*operation, &mut steps);
        }
        At {
            asked: Asked::Legacy,
            contract: legacy_contract(*operation),
            first: false,
            last: false,
        }
        .steps(*operation, &mut steps);
    }
    unversioned::steps(&mut steps);
    steps
}

/// One operation's contract, and how it is asked for.
#[derive(Clone, Copy)]
struct At {
    asked: Asked,
    contract: &'static Contract,
    /// Whether it is the first contract that the operation has: where refusals that do not change are recorded.
    first: bool,
    /// Whether it is the newest.
    last: bool,
}

/// What a step asks, before it has a version.
struct Draft {
    variant: Cow<'static, str>,
    scene: Option<&'static Scene>,
    before: Vec<Ask>,
    ask: Ask,
    after: Vec<Ask>,
}

impl Draft {
    /// Asked where this is there already.
    fn scene(self, scene: &'static Scene) -> Self {
        Self {
            scene: Some(scene),
            ..self
        }
    }

    fn before(self, before: Vec<Ask>) -> Self {
        Self { before, ..self }
    }

    fn after(self, after: Vec<Ask>) -> Self {
        Self { after, ..self }
    }

    /// What the request makes is known by this name.
    fn binding(mut self, name: &str) -> Self {
        self.ask.binds.push(name.to_owned());
        self
    }
}

impl At {
    fn steps(&self, operation: Operation, steps: &mut Vec<Step>) {
        let folder = match self.asked {
            Asked::Version(version) => version.to_string(),
            Asked::Legacy | Asked::Refused => "legacy".to_owned(),
        };
        for draft in self.drafts(operation) {
            let hyphen = if draft.variant.is_empty() { "" } else { "-" };
            let file = format!("{operation}{hyphen}{}.json", draft.variant);
            steps.push(Step {
                place: [folder.clone(), file].iter().collect(),
                scene: draft.scene,
                before: draft.before,
                ask: draft.ask,
                after: draft.after,
            });
        }
    }

    fn drafts(&self, operation: Operation) -> Vec<Draft> {
        match operation {
            KeypairList => self.keypair_list(),
            KeypairCreate => self.keypair_create(),
            KeypairShow => self.one_keypair(Method::GET),
            KeypairDelete => self.one_keypair(Method::DELETE),
            LimitsShow => self.limits(),
            QuotaShow => self.quotas(""),
            QuotaDetail => self.quotas("/detail"),
            QuotaDefaults => self.quotas("/defaults"),
            QuotaUpdate => self.set_quotas(),
            QuotaDelete => self.forget_quotas(),
            ExtensionList => vec![self.get("", Caller::Main, "/extensions")],
            ExtensionShow => vec![
                self.get("", Caller::Main, "/extensions/os-keypairs"),
                self.get("missing", Caller::Main, "/extensions/nothing"),
            ],
            ServerList => self.server_list("/servers"),
            ServerDetail => self.server_list("/servers/detail"),
            ServerCreate => self.server_create(),
            ServerShow => self.server_show(),
            ServerUpdate => self.server_update(),
            ServerDelete => self.server_delete(),
            ServerRebuild => self.rebuild(),
            ServerStart | ServerStop | ServerReboot | ServerPause | ServerUnpause
            | ServerSuspend | ServerResume | ServerLock | ServerUnlock | ServerRescue
            | ServerUnrescue | ServerResize | ServerConfirmResize | ServerRevertResize
            | ServerShelve | ServerUnshelve | ServerResetState => self.action(operation),
            MetadataList | MetadataCreate | MetadataReplace | MetadataShow | MetadataUpdate
            | MetadataDelete => self.metadata(operation),
            TagList | TagReplace | TagDeleteAll | TagShow | TagAdd | TagDelete => {
                self.tags(operation)
            }
            PasswordShow | PasswordClear => self.password(operation),
            AddressList | AddressShow => self.addresses(operation),
            InstanceActionList => self.instance_actions(),
            InstanceActionShow => self.instance_action(),
            VolumeAttachmentList | VolumeAttachmentShow => self.volume_attachments(operation),
            ServerGroupList | ServerGroupShow | ServerGroupDelete => self.server_groups(operation),
            ServerGroupCreate => self.server_group_create(),
            AvailabilityZoneList | AvailabilityZoneDetail => self.zones(operation),
            FlavorList => self.flavor_list("/flavors"),
            FlavorDetail => self.flavor_list("/flavors/detail"),
            FlavorShow => self.flavor_show(),
            ExtraSpecList | ExtraSpecShow => self.extra_specs(operation),
            ImageList => self.image_list("/images"),
            ImageDetail => self.image_list("/images/detail"),
            ImageShow => self.image_show(),
            ImageDelete => self.image_delete(),
            NetworkList | NetworkShow => self.networks(operation),
            SecurityGroupList | SecurityGroupCreate | SecurityGroupShow | SecurityGroupDelete => {
                self.security_groups(operation)
            }
            FloatingIpList => vec![self.get("", Caller::Main, "/os-floating-ips")],
        }
    }

    fn ask(&self, caller: Caller, method: Method, path: &str, body: Option<&Value>) -> Ask {
        let mut headers = Vec::new();
        if let Asked::Version(version) = self.asked {
            headers.push((
                "openstack-api-version".to_owned(),
                format!("compute {version}"),
            ));
        }
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Ask {
            operation: self.contract.operation().name(),
            asked: self.asked,
            who: Who::Caller(caller),
            base: if self.asked == Asked::Legacy {
                Base::Legacy
            } else {
                Base::Endpoint
            },
            method,
            path: path.to_owned(),
            headers,
            body: body.map(|body| body.to_string().into_bytes()),
            binds: Vec::new(),
        }
    }

    fn draft(
        &self,
        variant: impl Into<Cow<'static, str>>,
        caller: Caller,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Draft {
        Draft {
            variant: variant.into(),
            scene: None,
            before: Vec::new(),
            ask: self.ask(caller, method, path, body),
            after: Vec::new(),
        }
    }

    fn get(&self, variant: impl Into<Cow<'static, str>>, caller: Caller, path: &str) -> Draft {
        self.draft(variant, caller, Method::GET, path, None)
    }

    /// Whether the body takes a field, or something in it.
    fn takes(&self, field: &str) -> bool {
        self.contract.inputs().iter().any(|(path, input)| {
            let below = path.strip_prefix(field);
            !matches!(input, Input::Refused)
                && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// What prepares or takes back: asked at the newest version, whatever is recorded.
fn newest(
    operation: Operation,
    caller: Caller,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Ask {
    let contract = nova_api::contract(operation, Microversion::MAX);
    let at = At {
        asked: Asked::Version(Microversion::MAX),
        contract,
        first: false,
        last: true,
    };
    at.ask(caller, method, path, body)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_sample_has_a_place_of_its_own() {
        let mut places = BTreeSet::new();
        for step in script() {
            assert!(
                places.insert(step.place.clone()),
                "{} twice",
                step.place.display()
            );
        }
    }
}
