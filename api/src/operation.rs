//! The operations this history describes, and where each is reached.

use std::fmt;

/// One thing a client can ask of the Compute API.
///
/// A `match` on it is exhaustive everywhere: an operation without a handler does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `GET /os-keypairs`
    KeypairList,
    /// `POST /os-keypairs`
    KeypairCreate,
    /// `GET /os-keypairs/{name}`
    KeypairShow,
    /// `DELETE /os-keypairs/{name}`
    KeypairDelete,
    /// `GET /limits`
    LimitsShow,
    /// `GET /os-quota-sets/{project}`
    QuotaShow,
    /// `GET /os-quota-sets/{project}/detail`
    QuotaDetail,
    /// `GET /os-quota-sets/{project}/defaults`
    QuotaDefaults,
    /// `PUT /os-quota-sets/{project}`
    QuotaUpdate,
    /// `DELETE /os-quota-sets/{project}`
    QuotaDelete,
    /// `GET /extensions`
    ExtensionList,
    /// `GET /extensions/{alias}`
    ExtensionShow,
}

/// An HTTP method of the Compute API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
}

impl Method {
    /// As it stands in a request line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl Operation {
    /// Every operation.
    pub const ALL: &'static [Self] = &[
        Self::KeypairList,
        Self::KeypairCreate,
        Self::KeypairShow,
        Self::KeypairDelete,
        Self::LimitsShow,
        Self::QuotaShow,
        Self::QuotaDetail,
        Self::QuotaDefaults,
        Self::QuotaUpdate,
        Self::QuotaDelete,
        Self::ExtensionList,
        Self::ExtensionShow,
    ];

    /// Its place in [`Operation::ALL`].
    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// The method and the path below the endpoint; `{…}` stands for one segment.
    pub const fn route(self) -> (Method, &'static str) {
        match self {
            Self::KeypairList => (Method::Get, "/os-keypairs"),
            Self::KeypairCreate => (Method::Post, "/os-keypairs"),
            Self::KeypairShow => (Method::Get, "/os-keypairs/{name}"),
            Self::KeypairDelete => (Method::Delete, "/os-keypairs/{name}"),
            Self::LimitsShow => (Method::Get, "/limits"),
            Self::QuotaShow => (Method::Get, "/os-quota-sets/{project}"),
            Self::QuotaDetail => (Method::Get, "/os-quota-sets/{project}/detail"),
            Self::QuotaDefaults => (Method::Get, "/os-quota-sets/{project}/defaults"),
            Self::QuotaUpdate => (Method::Put, "/os-quota-sets/{project}"),
            Self::QuotaDelete => (Method::Delete, "/os-quota-sets/{project}"),
            Self::ExtensionList => (Method::Get, "/extensions"),
            Self::ExtensionShow => (Method::Get, "/extensions/{alias}"),
        }
    }

    /// The policy rule that decides who may use it.
    pub const fn policy(self) -> &'static str {
        match self {
            Self::KeypairList => "os_compute_api:os-keypairs:index",
            Self::KeypairCreate => "os_compute_api:os-keypairs:create",
            Self::KeypairShow => "os_compute_api:os-keypairs:show",
            Self::KeypairDelete => "os_compute_api:os-keypairs:delete",
            Self::LimitsShow => "os_compute_api:limits",
            Self::QuotaShow => "os_compute_api:os-quota-sets:show",
            Self::QuotaDetail => "os_compute_api:os-quota-sets:detail",
            Self::QuotaDefaults => "os_compute_api:os-quota-sets:defaults",
            Self::QuotaUpdate => "os_compute_api:os-quota-sets:update",
            Self::QuotaDelete => "os_compute_api:os-quota-sets:delete",
            Self::ExtensionList | Self::ExtensionShow => "os_compute_api:extensions",
        }
    }

    /// A stable name for ids, samples and documents: `keypairs.create`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeypairList => "keypairs.list",
            Self::KeypairCreate => "keypairs.create",
            Self::KeypairShow => "keypairs.show",
            Self::KeypairDelete => "keypairs.delete",
            Self::LimitsShow => "limits.show",
            Self::QuotaShow => "quota-sets.show",
            Self::QuotaDetail => "quota-sets.detail",
            Self::QuotaDefaults => "quota-sets.defaults",
            Self::QuotaUpdate => "quota-sets.update",
            Self::QuotaDelete => "quota-sets.delete",
            Self::ExtensionList => "extensions.list",
            Self::ExtensionShow => "extensions.show",
        }
    }

    /// The section of the Compute API reference that describes it.
    pub const fn reference(self) -> &'static str {
        match self {
            Self::KeypairList => "https://docs.openstack.org/api-ref/compute/#list-keypairs",
            Self::KeypairCreate => {
                "https://docs.openstack.org/api-ref/compute/#import-or-create-keypair"
            }
            Self::KeypairShow => "https://docs.openstack.org/api-ref/compute/#show-keypair-details",
            Self::KeypairDelete => "https://docs.openstack.org/api-ref/compute/#delete-keypair",
            Self::LimitsShow => {
                "https://docs.openstack.org/api-ref/compute/#show-rate-and-absolute-limits"
            }
            Self::QuotaShow => "https://docs.openstack.org/api-ref/compute/#show-a-quota",
            Self::QuotaDetail => {
                "https://docs.openstack.org/api-ref/compute/#show-the-detail-of-quota"
            }
            Self::QuotaDefaults => {
                "https://docs.openstack.org/api-ref/compute/#list-default-quotas-for-tenant"
            }
            Self::QuotaUpdate => "https://docs.openstack.org/api-ref/compute/#update-quotas",
            Self::QuotaDelete => {
                "https://docs.openstack.org/api-ref/compute/#revert-quotas-to-defaults"
            }
            Self::ExtensionList => "https://docs.openstack.org/api-ref/compute/#list-extensions",
            Self::ExtensionShow => {
                "https://docs.openstack.org/api-ref/compute/#show-extension-details"
            }
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
