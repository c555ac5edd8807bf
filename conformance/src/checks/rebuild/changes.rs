//! What a rebuild changes of a server when it is asked to, as one table: each row is a check that the answer and the server
//! show the new value, and one that a rebuild without the field leaves it.

use nova_api::Operation::{ServerRebuild, ServerShow};
use serde_json::{Value, json};

use super::{
    begin,
    steps::{accepted, at_its_end, at_its_ends, rebuild, rebuilt, shown, where_taken},
};
use crate::check::{Answer, Caller, Check, Cx, Server, Stop, Versions};

/// Where a server shows something, and what, from a name that nobody else has.
type Shown = (&'static str, fn(&str) -> Value);

/// A field that changes something.
#[derive(Clone, Copy)]
struct Row {
    id: &'static str,
    what: &'static str,
    sentence: &'static str,
    /// The fields of the rebuild, with a name nobody else has.
    fields: fn(&str) -> Value,
    /// Where the server shows it, and what.
    shows: &'static [Shown],
    /// Whether a rebuild without the field leaves it.
    stays: bool,
    /// The fields of a rebuild before, where a server would show the same anyway.
    first: Option<fn() -> Value>,
}

/// Writes a row's `shows`.
macro_rules! shows {
    ($($pointer:literal => $value:expr),* $(,)?) => {
        &[$(($pointer, $value)),*]
    };
}

const USER_DATA: &str = "I2Nsb3VkLWNvbmZpZwo=";

const ROWS: &[Row] = &[
    Row {
        id: "name",
        what: "a name",
        sentence: "name: the server name.",
        fields: |name| json!({"name": format!("{name} rebuilt")}),
        shows: shows! {"/server/name" => |name| json!(format!("{name} rebuilt"))},
        stays: true,
        first: None,
    },
    Row {
        id: "metadata",
        what: "metadata",
        sentence: "metadata: metadata key and value pairs, in place of those there were.",
        fields: |name| json!({"metadata": {"nvc-key": name, "nvc.empty": ""}}),
        shows: shows! {"/server/metadata" => |name| json!({"nvc-key": name, "nvc.empty": ""})},
        stays: true,
        first: None,
    },
    Row {
        id: "metadata-empty",
        what: "metadata without any pair",
        sentence: "metadata: metadata key and value pairs, in place of those there were.",
        fields: |_| json!({"metadata": {}}),
        shows: shows! {"/server/metadata" => |_| json!({})},
        stays: false,
        first: None,
    },
    Row {
        id: "access-ipv4",
        what: "an IPv4 address for access",
        sentence: "accessIPv4: IPv4 address that should be used to access this server.",
        fields: |_| json!({"accessIPv4": "192.0.2.7"}),
        shows: shows! {"/server/accessIPv4" => |_| json!("192.0.2.7")},
        stays: true,
        first: None,
    },
    Row {
        id: "access-ipv6",
        what: "an IPv6 address for access, in its shortest form",
        sentence: "accessIPv6: IPv6 address that should be used to access this server.",
        fields: |_| json!({"accessIPv6": "2001:DB8:0:0::0007"}),
        shows: shows! {"/server/accessIPv6" => |_| json!("2001:db8::7")},
        stays: true,
        first: None,
    },
    Row {
        id: "disk-config-manual",
        what: "the disk partition MANUAL",
        sentence: "OS-DCF:diskConfig: controls how the API partitions the disk when you create, rebuild, or resize servers: AUTO or MANUAL.",
        fields: |_| json!({"OS-DCF:diskConfig": "MANUAL"}),
        shows: shows! {"/server/OS-DCF:diskConfig" => |_| json!("MANUAL")},
        stays: false,
        first: Some(|| json!({"OS-DCF:diskConfig": "AUTO"})),
    },
    Row {
        id: "disk-config-auto",
        what: "the disk partition AUTO",
        sentence: "OS-DCF:diskConfig: controls how the API partitions the disk when you create, rebuild, or resize servers: AUTO or MANUAL.",
        fields: |_| json!({"OS-DCF:diskConfig": "AUTO"}),
        shows: shows! {"/server/OS-DCF:diskConfig" => |_| json!("AUTO")},
        stays: false,
        first: Some(|| json!({"OS-DCF:diskConfig": "MANUAL"})),
    },
    Row {
        id: "preserve-ephemeral",
        what: "word about the ephemeral disk, also as a text",
        sentence: "preserve_ephemeral: indicates whether the server is rebuilt with the preservation of the ephemeral partition.",
        fields: |_| json!({"preserve_ephemeral": "False"}),
        shows: shows! {},
        stays: false,
        first: None,
    },
    Row {
        id: "description",
        what: "a description",
        sentence: "Microversion 2.19: description: a free form description of the server.",
        fields: |name| json!({"description": format!(" {name} é ")}),
        shows: shows! {"/server/description" => |name| json!(format!(" {name} é "))},
        stays: true,
        first: None,
    },
    Row {
        id: "description-null",
        what: "the description null",
        sentence: "Microversion 2.19: description: a free form description of the server; null removes it.",
        fields: |_| json!({"description": null}),
        shows: shows! {"/server/description" => |_| Value::Null},
        stays: true,
        first: Some(|| json!({"description": "described"})),
    },
    Row {
        id: "user-data",
        what: "user data",
        sentence: "Microversion 2.57: user_data: configuration information or scripts to use upon rebuild, base64.",
        fields: |_| json!({"user_data": USER_DATA}),
        shows: shows! {"/server/user_data" => |_| json!(USER_DATA)},
        stays: true,
        first: None,
    },
    Row {
        id: "user-data-null",
        what: "the user data null",
        sentence: "Microversion 2.57: user_data: if null, the existing user_data is unset.",
        fields: |_| json!({"user_data": null}),
        shows: shows! {"/server/user_data" => |_| Value::Null},
        stays: true,
        first: Some(|| json!({"user_data": USER_DATA})),
    },
    Row {
        id: "trusted-certs",
        what: "a trusted certificate",
        sentence: "Microversion 2.63: trusted_image_certificates: a list of trusted certificate IDs, which are used during image signature verification.",
        fields: |_| json!({"trusted_image_certificates": ["nvc-certificate"]}),
        shows: shows! {"/server/trusted_image_certificates" => |_| json!(["nvc-certificate"])},
        stays: true,
        first: None,
    },
    Row {
        id: "trusted-certs-null",
        what: "no trusted certificates",
        sentence: "Microversion 2.63: trusted_image_certificates: null resets them, to those of the deployment or none.",
        fields: |_| json!({"trusted_image_certificates": null}),
        shows: shows! {},
        stays: false,
        first: None,
    },
    Row {
        id: "hostname",
        what: "a host name",
        sentence: "Microversion 2.90: hostname: the hostname to configure for the instance in the metadata service.",
        fields: |_| json!({"hostname": "nvc-rebuilt"}),
        shows: shows! {"/server/OS-EXT-SRV-ATTR:hostname" => |_| json!("nvc-rebuilt")},
        stays: true,
        first: None,
    },
    Row {
        id: "hostname-with-domain",
        what: "a host name with its domain",
        sentence: "Microversion 2.94: the hostname parameter can be a fully qualified domain name.",
        fields: |_| json!({"hostname": "nvc-rebuilt.example.org"}),
        shows: shows! {"/server/OS-EXT-SRV-ATTR:hostname" => |_| json!("nvc-rebuilt.example.org")},
        stays: true,
        first: None,
    },
    Row {
        id: "personality",
        what: "a file to inject",
        sentence: "personality: the file path and contents, text only, to inject into the server. Until 2.56.",
        fields: |_| json!({"personality": [{"path": "/etc/motd", "contents": USER_DATA}]}),
        shows: shows! {},
        stays: false,
        first: None,
    },
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS.iter().map(taken).collect();
    checks.extend(ROWS.iter().filter(|row| row.stays).map(left));
    checks.push(everything_left());
    checks
}

impl Row {
    fn versions(self) -> Versions {
        at_its_ends(where_taken(&(self.fields)("name")))
    }

    /// That what is shown of a server shows it, wherever the version shows such a thing at all.
    fn expect_in(
        self,
        answer: &Answer,
        name: &str,
        shows: impl Fn(&str) -> bool,
    ) -> Result<(), Stop> {
        for (pointer, value) in self.shows {
            if shows(pointer) {
                answer.expect_json_eq(pointer, &value(name))?;
            }
        }
        Ok(())
    }

    async fn taken(self, cx: &Cx) -> Result<(Server, String), Stop> {
        let server = cx.full_server(Caller::Main).await?;
        let name = cx.unique("changed");
        if let Some(first) = self.first {
            rebuilt(cx, Caller::Main, &server, &first()).await?;
        }
        let answer = rebuild(cx, Caller::Main, &server, &(self.fields)(&name)).await?;
        accepted(
            cx,
            &answer,
            &format!("rebuild takes {} at this version", self.what),
        )?;
        let contract = cx.contract(ServerRebuild);
        self.expect_in(&answer, &name, |pointer| contract.shows(pointer))?;
        cx.as_(Caller::Main).wait_settled(&server.id).await?;
        self.expect_shown(cx, &server, &name).await?;
        Ok((server, name))
    }

    async fn expect_shown(self, cx: &Cx, server: &Server, name: &str) -> Result<(), Stop> {
        let contract = cx.contract(ServerShow);
        let answer = shown(cx, server).await?;
        self.expect_in(&answer, name, |pointer| contract.shows(pointer))
    }
}

fn taken(row: &Row) -> Check {
    let row = *row;
    begin(
        format!("changes.{}", row.id),
        format!("A rebuild takes {}, and the server shows it", row.what),
        row.sentence,
    )
    .versions(row.versions())
    .probe(move |cx| async move { row.taken(&cx).await.map(|_| ()) })
}

fn left(row: &Row) -> Check {
    let row = *row;
    begin(
        format!("leaves.{}", row.id),
        format!(
            "A rebuild that says nothing of it leaves the server {}",
            row.what
        ),
        "Only what the request names is changed.",
    )
    .versions(at_its_end(row.versions()))
    .probe(move |cx| async move {
        let server = cx.full_server(Caller::Main).await?;
        let name = cx.unique("left");
        rebuilt(&cx, Caller::Main, &server, &(row.fields)(&name)).await?;
        let answer = rebuild(&cx, Caller::Main, &server, &json!({})).await?;
        accepted(&cx, &answer, "nothing but the image is needed")?;
        let contract = cx.contract(ServerRebuild);
        row.expect_in(&answer, &name, |pointer| contract.shows(pointer))?;
        cx.as_(Caller::Main).wait_settled(&server.id).await?;
        row.expect_shown(&cx, &server, &name).await
    })
}

fn everything_left() -> Check {
    begin(
        "leaves.everything",
        "A rebuild that names only the image leaves name, metadata, tags, key and addresses",
        "Only what the request names is changed.",
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.full_server(Caller::Main).await?;
        let before = shown(&cx, &server).await?;
        rebuilt(&cx, Caller::Main, &server, &json!({})).await?;
        let after = shown(&cx, &server).await?;
        let members = [
            "name",
            "metadata",
            "tags",
            "key_name",
            "addresses",
            "accessIPv4",
            "accessIPv6",
            "image",
            "flavor",
            "description",
            "OS-DCF:diskConfig",
            "security_groups",
            "config_drive",
            "locked",
            "created",
            "user_id",
            "tenant_id",
            "OS-EXT-AZ:availability_zone",
            "OS-EXT-SRV-ATTR:hostname",
        ];
        for member in members {
            if let Ok(value) = before.at(&format!("/server/{member}")) {
                after.expect_json_eq(&format!("/server/{member}"), value)?;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_taken_somewhere() {
        for row in ROWS {
            assert!(!row.versions().by_default().is_empty(), "{}", row.id);
        }
    }

    #[test]
    fn what_a_row_shows_some_version_shows() {
        use nova_api::{Microversion, contract};
        for row in ROWS {
            for (pointer, _) in row.shows {
                let seen = Microversion::all().any(|version| {
                    row.versions().holds_at(version)
                        && contract(ServerRebuild, version).shows(pointer)
                });
                assert!(seen, "{}: {pointer}", row.id);
            }
        }
    }
}
