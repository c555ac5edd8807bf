//! What a rebuild refuses for what its body says, as one table: each row is a check that it is refused with 400 (a violation)
//! and one that it is refused in Nova's words (a warning: libraries below Nova have changed some of them). The words are those
//! of `nova-api`'s contracts.

use nova_api::Operation::ServerRebuild;
use serde_json::{Value, json};

use super::{
    begin, begin_words,
    steps::{at_its_end, at_its_ends, shown},
};
use crate::{
    check::{Caller, Check, Cx, Says, Stop, Versions},
    checks::refusals::spoken,
};

const BODY: &str = "badRequest(400): the body must be {\"rebuild\": {\"imageRef\": …}} with the documented parameters and no others.";

/// A body that is refused: of a rebuild from this image.
#[derive(Clone, Copy)]
struct Row {
    id: &'static str,
    what: &'static str,
    body: fn(&str) -> Value,
}

const fn row(id: &'static str, what: &'static str, body: fn(&str) -> Value) -> Row {
    Row { id, what, body }
}

fn with(image: &str, field: &str, value: impl Into<Value>) -> Value {
    let mut body = json!({"rebuild": {"imageRef": image}});
    body["rebuild"][field] = value.into();
    body
}

const ROWS: &[Row] = &[
    row(
        "body.empty",
        "a rebuild without fields",
        |_| json!({"rebuild": {}}),
    ),
    row(
        "body.null",
        "a rebuild that is null",
        |_| json!({"rebuild": null}),
    ),
    row(
        "body.list",
        "a rebuild that is a list",
        |_| json!({"rebuild": []}),
    ),
    row("body.unknown-field", "an unknown field", |image| {
        with(image, "nvc_unknown", 1)
    }),
    row("body.flavor", "a flavor", |image| {
        with(image, "flavorRef", "1")
    }),
    row(
        "image-ref.missing",
        "no image",
        |_| json!({"rebuild": {"name": "n"}}),
    ),
    row("image-ref.empty", "an empty imageRef", |_| {
        with("", "name", "n")
    }),
    row("image-ref.not-uuid", "an imageRef that is no UUID", |_| {
        with("image", "name", "n")
    }),
    row("image-ref.url", "an imageRef that is a URL", |image| {
        with(
            &format!("http://image.example.org/images/{image}"),
            "name",
            "n",
        )
    }),
    row("image-ref.null", "an imageRef that is null", |image| {
        with(image, "imageRef", Value::Null)
    }),
    row(
        "image-ref.integer",
        "an imageRef that is a number",
        |image| with(image, "imageRef", 5),
    ),
    row("name.empty", "an empty name", |image| {
        with(image, "name", "")
    }),
    row(
        "name.spaces-around",
        "a name with spaces around it",
        |image| with(image, "name", " n "),
    ),
    row("name.tab", "a name with a tab", |image| {
        with(image, "name", "a\tb")
    }),
    row("name.too-long", "a name of 256 characters", |image| {
        with(image, "name", "n".repeat(256))
    }),
    row("name.null", "a name that is null", |image| {
        with(image, "name", Value::Null)
    }),
    row("name.integer", "a name that is a number", |image| {
        with(image, "name", 5)
    }),
    row(
        "metadata.blank-key",
        "metadata with an empty key",
        |image| with(image, "metadata", json!({"": "v"})),
    ),
    row(
        "metadata.long-key",
        "metadata with a key of 256 characters",
        |image| with(image, "metadata", json!({"k".repeat(256): "v"})),
    ),
    row(
        "metadata.odd-key",
        "metadata with a slash in a key",
        |image| with(image, "metadata", json!({"a/b": "v"})),
    ),
    row(
        "metadata.long-value",
        "metadata with a value of 256 characters",
        |image| with(image, "metadata", json!({"k": "v".repeat(256)})),
    ),
    row(
        "metadata.integer-value",
        "metadata with a number as a value",
        |image| with(image, "metadata", json!({"k": 5})),
    ),
    row(
        "metadata.null-value",
        "metadata with null as a value",
        |image| with(image, "metadata", json!({"k": null})),
    ),
    row("metadata.null", "metadata that is null", |image| {
        with(image, "metadata", Value::Null)
    }),
    row("metadata.list", "metadata that is a list", |image| {
        with(image, "metadata", json!([]))
    }),
    row("metadata.text", "metadata that is a text", |image| {
        with(image, "metadata", "k=v")
    }),
    row(
        "access-ipv4.word",
        "an accessIPv4 that is no address",
        |image| with(image, "accessIPv4", "nowhere"),
    ),
    row(
        "access-ipv4.short",
        "an accessIPv4 of three numbers",
        |image| with(image, "accessIPv4", "192.0.2"),
    ),
    row("access-ipv4.empty", "an empty accessIPv4", |image| {
        with(image, "accessIPv4", "")
    }),
    row(
        "access-ipv4.ipv6",
        "an accessIPv4 that is an IPv6 address",
        |image| with(image, "accessIPv4", "2001:db8::7"),
    ),
    row("access-ipv4.null", "an accessIPv4 that is null", |image| {
        with(image, "accessIPv4", Value::Null)
    }),
    row(
        "access-ipv6.word",
        "an accessIPv6 that is no address",
        |image| with(image, "accessIPv6", "nowhere"),
    ),
    row(
        "access-ipv6.ipv4",
        "an accessIPv6 that is an IPv4 address",
        |image| with(image, "accessIPv6", "192.0.2.7"),
    ),
    row("access-ipv6.empty", "an empty accessIPv6", |image| {
        with(image, "accessIPv6", "")
    }),
    row(
        "disk-config.lower-case",
        "a disk partition in small letters",
        |image| with(image, "OS-DCF:diskConfig", "auto"),
    ),
    row(
        "disk-config.null",
        "a disk partition that is null",
        |image| with(image, "OS-DCF:diskConfig", Value::Null),
    ),
    row("password.integer", "a password that is a number", |image| {
        with(image, "adminPass", 5)
    }),
    row("password.null", "a password that is null", |image| {
        with(image, "adminPass", Value::Null)
    }),
    row(
        "preserve-ephemeral.word",
        "a preserve_ephemeral that is neither yes nor no",
        |image| with(image, "preserve_ephemeral", "perhaps"),
    ),
    row(
        "preserve-ephemeral.null",
        "a preserve_ephemeral that is null",
        |image| with(image, "preserve_ephemeral", Value::Null),
    ),
    row(
        "preserve-ephemeral.integer",
        "a preserve_ephemeral that is a number",
        |image| with(image, "preserve_ephemeral", 1),
    ),
    row(
        "description.too-long",
        "a description of 256 characters",
        |image| with(image, "description", "d".repeat(256)),
    ),
    row(
        "description.line-break",
        "a description with a line break",
        |image| with(image, "description", "a\nb"),
    ),
    row(
        "description.integer",
        "a description that is a number",
        |image| with(image, "description", 5),
    ),
    row("description.early", "a description before 2.19", |image| {
        with(image, "description", "d")
    }),
    row(
        "user-data.not-base64",
        "user data that is not base64",
        |image| with(image, "user_data", "not base64!"),
    ),
    row("user-data.cut-off", "user data that is cut off", |image| {
        with(image, "user_data", "I2Nsb3VkLWNvbmZpZw")
    }),
    row(
        "user-data.too-long",
        "user data of 65,536 characters",
        |image| with(image, "user_data", "YWFh".repeat(16_384)),
    ),
    row("user-data.integer", "user data that is a number", |image| {
        with(image, "user_data", 5)
    }),
    row("user-data.early", "user data before 2.57", |image| {
        with(image, "user_data", Value::Null)
    }),
    row(
        "personality.late",
        "files to inject from 2.57 on",
        |image| with(image, "personality", json!([])),
    ),
    row(
        "personality.text",
        "files to inject that are a text",
        |image| with(image, "personality", "motd"),
    ),
    row(
        "personality.not-base64",
        "a file whose contents are not base64",
        |image| {
            with(
                image,
                "personality",
                json!([{"path": "/etc/motd", "contents": "not base64!"}]),
            )
        },
    ),
    row(
        "personality.unknown-field",
        "a file with an unknown field",
        |image| {
            with(
                image,
                "personality",
                json!([{"path": "/etc/motd", "contents": "", "nvc_unknown": 1}]),
            )
        },
    ),
    row(
        "trusted-certs.empty",
        "an empty list of trusted certificates",
        |image| with(image, "trusted_image_certificates", json!([])),
    ),
    row(
        "trusted-certs.twice",
        "a trusted certificate named twice",
        |image| with(image, "trusted_image_certificates", json!(["a", "a"])),
    ),
    row(
        "trusted-certs.too-many",
        "51 trusted certificates",
        |image| {
            let many: Vec<String> = (0..51).map(|number| format!("c{number}")).collect();
            with(image, "trusted_image_certificates", json!(many))
        },
    ),
    row(
        "trusted-certs.empty-id",
        "a trusted certificate without an id",
        |image| with(image, "trusted_image_certificates", json!([""])),
    ),
    row(
        "trusted-certs.integer",
        "a trusted certificate that is a number",
        |image| with(image, "trusted_image_certificates", json!([5])),
    ),
    row(
        "trusted-certs.text",
        "trusted certificates that are a text",
        |image| with(image, "trusted_image_certificates", "a"),
    ),
    row(
        "trusted-certs.early",
        "trusted certificates before 2.63",
        |image| with(image, "trusted_image_certificates", Value::Null),
    ),
    row("hostname.empty", "an empty host name", |image| {
        with(image, "hostname", "")
    }),
    row(
        "hostname.underscore",
        "a host name with an underscore, before 2.94",
        |image| with(image, "hostname", "a_b"),
    ),
    row(
        "hostname.domain",
        "a host name with its domain, before 2.94",
        |image| with(image, "hostname", "a.example.org"),
    ),
    row(
        "hostname.leading-hyphen",
        "a host name that begins with a hyphen, before 2.94",
        |image| with(image, "hostname", "-a"),
    ),
    row(
        "hostname.too-long",
        "a host name of 256 characters",
        |image| with(image, "hostname", "h".repeat(256)),
    ),
    row(
        "hostname.64",
        "a host name of 64 characters, before 2.94",
        |image| with(image, "hostname", "h".repeat(64)),
    ),
    row("hostname.null", "a host name that is null", |image| {
        with(image, "hostname", Value::Null)
    }),
    row(
        "hostname.integer",
        "a host name that is a number",
        |image| with(image, "hostname", 5),
    ),
    row("hostname.early", "a host name before 2.90", |image| {
        with(image, "hostname", "nvc")
    }),
];

pub(super) fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = ROWS.iter().map(fault).collect();
    checks.extend(ROWS.iter().map(words));
    checks
}

/// Any image's id: bodies are judged before anybody looks for it.
const ANY: &str = super::steps::SOME_ID;

impl Row {
    /// Where the contract refuses it: where the field is known, unless it is the field itself that is refused.
    fn versions(self) -> Versions {
        let is_unknown = ["early", "late", "unknown-field", "flavor"]
            .iter()
            .any(|end| self.id.ends_with(end));
        Versions::where_contract(ServerRebuild, |contract| {
            match contract.check_body(&(self.body)(ANY)) {
                Err(refusal) => refusal.0.contains("was unexpected") == is_unknown,
                Ok(()) => false,
            }
        })
    }

    async fn ask(self, cx: &Cx) -> Result<(), Stop> {
        let server = cx.server(Caller::Main).await?;
        let body = (self.body)(&cx.ingredients().await?.image);
        let answer = cx
            .as_(Caller::Main)
            .ask(ServerRebuild, &[&server.id])
            .json(&body)
            .send()
            .await?;
        if (200..300).contains(&answer.status()) {
            return Err(answer.wrong(
                format!("400: {}", self.what),
                format!("{}: it was done", answer.status()),
                "status",
            ));
        }
        answer.expect_fault(400, Says::Anything)?;
        shown(cx, &server)
            .await?
            .expect_json_eq("/server/status", &json!("ACTIVE"))?;
        Ok(())
    }
}

fn fault(row: &Row) -> Check {
    let row = *row;
    begin(row.id, format!("Refused with 400: {}", row.what), BODY)
        .versions(at_its_ends(row.versions()))
        .probe(move |cx| async move { row.ask(&cx).await })
}

fn words(row: &Row) -> Check {
    let row = *row;
    begin_words(
        row.id,
        format!("Refused in Nova's words: {}", row.what),
        BODY,
    )
    .servers(0)
    .versions(at_its_end(row.versions()))
    .probe(move |cx| async move {
        // Nova reads a body before it looks for the server.
        let body = (row.body)(ANY);
        let main = cx.as_(Caller::Main);
        let none = super::images::unknown();
        let answer = main.ask(ServerRebuild, &[&none]).json(&body).send().await?;
        let says = match cx.contract(ServerRebuild).check_body(&body) {
            // Of Nova's pattern for printable letters, which goes on for pages, the contract says how it begins.
            Err(refusal) => match refusal.0.split_once('…') {
                Some((begins, _)) => Says::containing(begins),
                None => Says::one_of(spoken(&refusal.0)),
            },
            Ok(()) => Says::Anything,
        };
        answer.expect_fault(400, says)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_refused_somewhere() {
        for row in ROWS {
            assert!(!row.versions().by_default().is_empty(), "{}", row.id);
        }
    }

    #[test]
    fn what_comes_early_or_late_is_taken_at_some_version() {
        use nova_api::{Microversion, contract};
        for row in ROWS
            .iter()
            .filter(|row| row.id.ends_with(".early") || row.id.ends_with(".late"))
        {
            let taken = Microversion::all().any(|version| {
                contract(ServerRebuild, version)
                    .check_body(&(row.body)(ANY))
                    .is_ok()
            });
            assert!(taken, "{}", row.id);
        }
    }
}
