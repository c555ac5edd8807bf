//! Requests about anything but keypairs: limits, quotas, extensions, version documents, and paths that lead nowhere. It knows
//! the API's paths.

use http::Method;

use super::{Generator, Version};
use crate::{
    caller::{Base, Caller},
    compare::ask::{Ask, Who},
};

impl Generator<'_> {
    pub(super) fn limits(&mut self, who: Who, version: &Version) -> Ask {
        let mut parts = Vec::new();
        if self.chance(25) {
            parts.push(format!("tenant_id={}", self.some_project()));
        }
        let query = self.query(parts);
        Self::asking(
            "limits.show",
            who,
            version,
            Method::GET,
            format!("/limits{query}"),
        )
    }

    fn some_project(&mut self) -> String {
        let names = [
            "<project:main>",
            "<project:main>",
            "<project:main>",
            "<project:other>",
            "<project:admin>",
            "<user:main>",
            "nowhere",
            "a.b",
        ];
        let name = self.pick(&names, "nowhere").to_owned();
        self.known_roles_only(name)
    }

    pub(super) fn quotas(&mut self, who: Who, version: &Version) -> Ask {
        let (operation, below) = self.pick(
            &[
                ("quota-sets.show", ""),
                ("quota-sets.detail", "/detail"),
                ("quota-sets.defaults", "/defaults"),
            ],
            ("quota-sets.show", ""),
        );
        let project = self.some_project();
        let mut parts = Vec::new();
        self.maybe_user(who, &mut parts);
        let query = self.query(parts);
        Self::asking(
            operation,
            who,
            version,
            Method::GET,
            format!("/os-quota-sets/{project}{below}{query}"),
        )
    }

    pub(super) fn set_quotas(&mut self, version: &Version) -> Ask {
        if !self.cast.quotas {
            return self.quotas(Who::Caller(Caller::Main), version);
        }
        let who = if self.chance(80) {
            Who::Caller(Caller::Admin)
        } else {
            self.who()
        };
        let project = if self.chance(80) {
            "<project:main>".to_owned()
        } else {
            self.some_project()
        };
        let mut parts = Vec::new();
        if self.chance(25) {
            parts.push(format!("user_id={}", self.some_user()));
        }
        let query = self.query(parts);
        let path = format!("/os-quota-sets/{project}{query}");
        if self.chance(30) {
            return Self::asking("quota-sets.delete", who, version, Method::DELETE, path);
        }
        let mut ask = Self::asking("quota-sets.update", who, version, Method::PUT, path);
        let body = self.quota_body();
        self.send(&mut ask, &body);
        ask
    }

    pub(super) fn extensions(&mut self, who: Who, version: &Version) -> Ask {
        if self.chance(40) {
            let query = self.query(Vec::new());
            return Self::asking(
                "extensions.list",
                who,
                version,
                Method::GET,
                format!("/extensions{query}"),
            );
        }
        let aliases = [
            "os-keypairs",
            "os-keypairs",
            "servers",
            "NMN",
            "OS-DCF",
            "nothing",
            "os-quota-sets",
            "OS-KEYPAIRS",
            "os-keypairs%20",
        ];
        let alias = self.pick(&aliases, "os-keypairs");
        let query = self.query(Vec::new());
        Self::asking(
            "extensions.show",
            who,
            version,
            Method::GET,
            format!("/extensions/{alias}{query}"),
        )
    }

    pub(super) fn documents(&mut self, who: Who, version: &Version) -> Ask {
        let (base, path) = self.pick(
            &[
                (Base::Root, "/"),
                (Base::Root, "/v2.1"),
                (Base::Root, "/v2.1/"),
                (Base::Root, "/v2"),
                (Base::Root, "/v2/"),
                (Base::Root, "/v3"),
                (Base::Root, "/nothing"),
                (Base::Root, "/v2.10"),
                (Base::Root, "/v2.1/?a=b"),
                (Base::Root, "/?a=b"),
                (Base::Root, "/v2.1//"),
                (Base::Root, "/versions"),
                (Base::Root, "/v2.0/os-keypairs"),
            ],
            (Base::Root, "/"),
        );
        let mut ask = Self::asking("versions", who, version, Method::GET, path.to_owned());
        ask.base = base;
        if self.chance(10) {
            ask.method = self
                .pick(&["POST", "PUT", "DELETE", "HEAD"], "POST")
                .parse()
                .unwrap_or(Method::GET);
        }
        ask
    }

    /// Paths and methods that no operation has, or nearly none.
    pub(super) fn odd(&mut self, who: Who, version: &Version) -> Ask {
        let paths = [
            "/os-keypairs/",
            "//os-keypairs",
            "/os-keypairs//",
            "/OS-KEYPAIRS",
            "/os-keypairs.json",
            "/os-keypair",
            "/os-keypairs/detail",
            "/os-keypairs/a/b",
            "/<project:main>/os-keypairs",
            "/<project:other>/os-keypairs",
            "/<project:main>/limits",
            "/deadbeef/os-keypairs",
            "/not-hex/os-keypairs",
            "/<project:main>/os-keypairs/k1",
            "/<project:main>/nothing",
            "/<project:main>",
            "/<user:main>/extensions",
            "/nothing",
            "/%6fs-keypairs",
            "/os%2Dkeypairs",
            "/limits/",
            "/limits/x",
            "/os-quota-sets",
            "/os-quota-sets/",
            "/os-quota-sets/<project:main>/",
            "/os-quota-sets/<project:main>/x",
            "/os-quota-sets/<project:main>/detail/x",
            "/extensions/",
            "/extensions/os-keypairs/x",
            "/os-keypairs;x",
            "/os-keypairs%20",
            "/os-keypairs%00",
            "/os-keypairs/%20",
            "/os-keypairs/%2e",
            "/os-quota-sets/<project:main>/detail",
            "/os-keypairs/new",
            "/os-keypairs/k1/edit",
        ];
        let path = self.pick(&paths, "/nothing").to_owned();
        let path = self.known_roles_only(path);
        // What `%2e` makes of a path is the client's business, not the cloud's.
        let path = path.replace("%2e", "x");
        let method = self.pick(
            &[
                "GET", "GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS",
            ],
            "GET",
        );
        let mut ask = Self::asking(
            "other",
            who,
            version,
            method.parse().unwrap_or(Method::GET),
            path,
        );
        if matches!(method, "POST" | "PUT" | "PATCH") {
            let body = self.good_body(version, who).0;
            self.send(&mut ask, &body);
        }
        ask
    }
}
