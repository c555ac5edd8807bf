//! Many clouds out of one: the mock is started and everybody logged in once, and each further cloud begins as that one is and is
//! asked without a network, so that it costs next to nothing. Such a cloud may be wrong in one way ([`Flaw`]).

use std::{collections::BTreeSet, fmt, sync::Arc};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use http::{HeaderName, HeaderValue, Request, Uri, header};
use mock_nova::{Flaw, Near};
use nova_client::{RawRequest, Token};

use super::{Embedded, METADATA_SECRET, PEOPLE};
use crate::{
    caller::{Base, Caller, Cloud, Party, Reply, Wire},
    callers,
    guest::Guest,
};

/// What a session sends with every request.
const ACCEPT: HeaderValue = HeaderValue::from_static("application/json");

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
