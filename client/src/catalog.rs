//! What a token says of the cloud: where its services are. It knows regions and interfaces, and opens no connection.
//!
//! Source: <https://docs.openstack.org/api-ref/identity/v3/#password-authentication-with-scoped-authorization>.

use serde::Deserialize;

use crate::config::listed;

/// The services of a cloud, as a token's `catalog` lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Catalog {
    /// The services, in the token's order.
    pub services: Vec<CatalogService>,
}

/// A service of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CatalogService {
    /// The type by which it is asked for, such as `compute`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name, such as `nova`. Some clouds give none.
    #[serde(default)]
    pub name: Option<String>,
    /// Where it is, per region and interface.
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
}

/// Where a service is, in one region, on one interface.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Endpoint {
    /// `public`, `internal` or `admin`.
    pub interface: String,
    /// The region's id; older clouds write it as `region` only.
    #[serde(default)]
    pub region_id: Option<String>,
    /// The region's id again, kept by Keystone for older clients.
    #[serde(default)]
    pub region: Option<String>,
    /// The URL; it may end in a slash and may hold the project's id.
    pub url: String,
}

impl Endpoint {
    fn is_in(&self, region: &str) -> bool {
        self.region_id.as_deref().or(self.region.as_deref()) == Some(region)
    }
}

impl Catalog {
    /// The endpoint of a service on an interface in a region; with no region, the first.
    ///
    /// # Errors
    /// [`NoEndpoint`], which lists what there is.
    pub fn pick(
        &self,
        service: &str,
        region: Option<&str>,
        interface: &str,
    ) -> Result<&Endpoint, NoEndpoint> {
        let endpoints = self
            .services
            .iter()
            .filter(|known| known.kind == service)
            .flat_map(|known| &known.endpoints);
        let fitting = |endpoint: &&Endpoint| {
            endpoint.interface == interface && region.is_none_or(|region| endpoint.is_in(region))
        };
        endpoints.clone().find(fitting).ok_or_else(|| {
            let there: Vec<String> = endpoints
                .map(|endpoint| {
                    let region = endpoint.region_id.as_deref().or(endpoint.region.as_deref());
                    format!(
                        "{} in {}",
                        endpoint.interface,
                        region.unwrap_or("no region")
                    )
                })
                .collect();
            let known = !there.is_empty();
            NoEndpoint {
                service: service.to_owned(),
                region: region.map(str::to_owned),
                interface: interface.to_owned(),
                there: if known {
                    there
                } else {
                    self.services
                        .iter()
                        .map(|known| known.kind.clone())
                        .collect()
                },
                known,
            }
        })
    }
}

/// The catalog has no such endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the catalog has no {interface} endpoint of service '{service}' in {}; it has {}: {}",
    .region.as_ref().map_or("any region".to_owned(), |region| format!("region '{region}'")),
    listed(.there),
    self.mend()
)]
pub struct NoEndpoint {
    /// The service type asked for.
    pub service: String,
    /// The region asked for.
    pub region: Option<String>,
    /// The interface asked for.
    pub interface: String,
    /// The service's endpoints as `interface in region`; or, when the catalog lacks the service, the services it has.
    pub there: Vec<String>,
    /// Whether the catalog has the service at all.
    pub known: bool,
}

impl NoEndpoint {
    fn mend(&self) -> String {
        if self.known {
            "set `region_name` and `interface` (OS_REGION_NAME, OS_INTERFACE) to one of these"
                .to_owned()
        } else if self.there.is_empty() {
            "the token is good for no project, so name one (`project_name`, OS_PROJECT_NAME)"
                .to_owned()
        } else {
            format!(
                "name its URL in `{}_endpoint_override`",
                self.service.replace('-', "_")
            )
        }
    }
}
