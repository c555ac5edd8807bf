//! Many clouds out of one: the mock is started and everybody logged in once, and each further cloud begins as that one is and is
//! asked without a network, so that it costs next to nothing. Such a cloud may be wrong in one way ([`Flaw`]).

use std::{collections::BTreeSet, fmt, net::IpAddr, sync::Arc};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use http::{HeaderName, HeaderValue, Request, Uri, header};
use jiff::Timestamp;
use mock_nova::{Flaw, Near, cloud::network::FloatingIp};
use nova_client::{RawRequest, Token};
use serde_json::json;

use super::{Embedded, METADATA_SECRET, PEOPLE};
use crate::{
    caller::{Base, Caller, Cloud, Party, Reply, Wire},
    callers,
    guest::Guest,
};

/// What a session sends with every request.
const ACCEPT: HeaderValue = HeaderValue::from_static("application/json");

/// The image of its one server.
const IMAGE: &str = "155d900f-4e14-4e4c-a73d-069cbf4541e6";

/// The image to rescue from.
const RESCUING: &str = "0f0a7146-0ac0-4c1e-8a5e-1f7c7d6d6a12";

/// Its floating address.
const FLOATING: &str = "0f0a7146-0ac0-4c1e-8a5e-1f7c7d6d6a11";

const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

/// The cloud that others begin as.
#[derive(Debug)]
pub struct Pattern {
    embedded: Embedded,
    cloud: Cloud,
    /// Whose token is whose.
    tokens: Vec<(Caller, String)>,
}

impl Pattern {
    /// Starts it, and logs everybody in.
    ///
    /// # Errors
    /// A sentence: it cannot listen on this machine, or nobody can log in.
    pub async fn start() -> Result<Self, String> {
        let embedded = super::start_like_the_reference().await?;
        let needed = BTreeSet::from([Caller::Expired]);
        let (main, others) = (embedded.main.clone(), embedded.others.clone());
        let cloud = callers::reach(main, others, &needed)
            .await
            .map_err(|error| error.to_string())?;
        floating(&embedded, &cloud).await?;
        rescuing(&embedded)?;
        let main = (Caller::Main, "demo", "demo");
        let people = PEOPLE.iter().copied().chain([main]);
        let tokens = people.filter_map(|(caller, user, project)| {
            let token = embedded.mock.token_in(user, Some(project))?;
            Some((caller, token))
        });
        Ok(Self {
            tokens: tokens.collect(),
            cloud,
            embedded,
        })
    }

    /// A cloud that begins as this one.
    pub fn cloud(&self, flaw: Option<Flaw>) -> Cloud {
        let near = self.embedded.mock.near(flaw);
        let wire = |service, token: Option<String>| {
            Arc::new(NearWire {
                near: near.clone(),
                host: self.embedded.mock.url().replace("http://", ""),
                service,
                token,
            })
        };
        let mut cloud = self.cloud.clone();
        for (caller, party) in self.cloud.parties() {
            let mut tokens = self.tokens.iter();
            let own = tokens.find(|(known, _)| *known == caller);
            let wire = wire(Service::Compute, own.map(|(_, token)| token.clone()));
            cloud.add(
                caller,
                Party {
                    wire,
                    ..party.clone()
                },
            );
        }
        cloud.guest = Some(Guest::new(
            wire(Service::Metadata, None),
            METADATA_SECRET.into(),
        ));
        cloud
    }
}

/// Gives everybody an image that servers without a disk of their own can be rescued from: no request of the Compute API makes
/// one. It is the oldest, so that it is chosen for nothing else.
fn rescuing(embedded: &Embedded) -> Result<(), String> {
    embedded.mock.state().store.write(|cloud| {
        let like = cloud.images.get(IMAGE).cloned();
        let mut image = like.ok_or("the built-in cloud lacks its first image")?;
        RESCUING.clone_into(&mut image.id);
        "rescuing".clone_into(&mut image.name);
        image.created_at = Timestamp::UNIX_EPOCH;
        let says = [("hw_rescue_bus", "usb"), ("hw_rescue_device", "disk")];
        let says = says.map(|(name, value)| (name.to_owned(), value.to_owned()));
        image.properties.extend(says);
        let added = cloud.images.add(image);
        added.map_err(|_| "the built-in cloud has two images of one id".to_owned())
    })
}

/// Gives the main caller's project a server with a floating address: no request of the Compute API makes one.
async fn floating(embedded: &Embedded, cloud: &Cloud) -> Result<(), String> {
    let main = cloud.party(Caller::Main).ok_or("nobody is logged in")?;
    let body = json!({"server": {
        "name": "floating",
        "imageRef": IMAGE,
        "flavorRef": "1",
        "networks": [{"uuid": super::NETWORK}],
    }});
    let request = RawRequest::post("/servers").json(&body);
    main.wire.send(Base::Endpoint, &request).await?;
    let state = embedded.mock.state();
    state.settle();
    let now = state.clock.now();
    let address = IpAddr::from([203, 0, 113, 7]);
    let port = state.store.write(|cloud| {
        let mut servers = cloud.servers.youngest_first(Some(super::DEMO), None);
        let id = servers.next()?.id;
        drop(servers);
        let plugged = cloud.servers.change(id, now, |server| {
            let nic = server.nics.first_mut()?;
            nic.floating_ips.push(address);
            Some((nic.port_id, *nic.fixed_ips.first()?))
        });
        plugged.flatten()
    });
    let port = port.ok_or("the built-in cloud makes no server with a floating address")?;
    let floating_ip = FloatingIp {
        id: FLOATING.to_owned(),
        project_id: super::DEMO.to_owned(),
        network_id: super::NETWORK.to_owned(),
        address,
        port: Some(port),
        description: String::new(),
        created_at: now,
    };
    state
        .store
        .write(|cloud| cloud.networks.floating_ips.add(floating_ip));
    Ok(())
}

#[derive(Clone, Copy, Debug)]
enum Service {
    Compute,
    Metadata,
}

impl Service {
    const fn path(self, base: Base) -> &'static str {
        match (self, base) {
            (Self::Compute, Base::Endpoint) => "/compute/v2.1",
            (Self::Compute, Base::Legacy) => "/compute/v2",
            (Self::Compute, Base::Root) => "/compute",
            (Self::Compute, Base::Identity) => "/identity/v3",
            (Self::Metadata, _) => "/metadata",
        }
    }
}

/// Carries one person's requests to a cloud in this process.
struct NearWire {
    near: Near,
    /// Where the cloud would listen: links begin with it.
    host: String,
    service: Service,
    /// The person's token.
    token: Option<String>,
}

impl fmt::Debug for NearWire {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("NearWire")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

impl NearWire {
    fn request(&self, base: Base, asked: &RawRequest) -> Result<Request<Bytes>, String> {
        let unsendable = |error: http::Error| error.to_string();
        let target = format!("{}{}", self.service.path(base), asked.path);
        let uri = Uri::try_from(target).map_err(|error| unsendable(error.into()))?;
        let mut request = Request::new(asked.body.clone().unwrap_or_default());
        *request.method_mut() = asked.method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        for (name, value) in &asked.headers {
            let name = HeaderName::try_from(name).map_err(|error| unsendable(error.into()))?;
            let value = HeaderValue::try_from(value).map_err(|error| unsendable(error.into()))?;
            headers.append(name, value);
        }
        if !headers.contains_key(header::ACCEPT) {
            headers.insert(header::ACCEPT, ACCEPT);
        }
        let host = HeaderValue::try_from(&self.host).map_err(|error| unsendable(error.into()))?;
        headers.insert(header::HOST, host);
        let token = match &asked.token {
            Token::Session if headers.contains_key(TOKEN) => None,
            Token::Session => self.token.as_deref(),
            Token::Absent => None,
            Token::Custom(token) => Some(token.expose()),
        };
        if let Some(token) = token {
            let token = HeaderValue::try_from(token).map_err(|error| unsendable(error.into()))?;
            headers.append(TOKEN, token);
        }
        Ok(request)
    }

    async fn carry(&self, base: Base, asked: &RawRequest) -> Result<Reply, String> {
        let request = self.request(base, asked)?;
        let (parts, body) = self.near.ask(request).await.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        });
        Ok(Reply {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body,
        })
    }
}

impl Wire for NearWire {
    fn send<'a>(
        &'a self,
        base: Base,
        request: &'a RawRequest,
    ) -> BoxFuture<'a, Result<Reply, String>> {
        self.carry(base, request).boxed()
    }
}
