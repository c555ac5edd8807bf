//! Images that a rebuild refuses, or fails with: looked for among those that the Compute API's own proxy tells of, which is
//! there until 2.35. Where the cloud has none of a kind, the question does not arise.

use nova_api::Operation::ServerRebuild;
use serde_json::{Value, json};

use super::{
    begin, begin_words,
    steps::{at_its_end, at_its_ends, body, once_per_request_band, refused, shown},
};
use crate::check::{Answer, Caller, Check, Cx, Says, Stop, Versions};

const SENTENCE: &str = "badRequest(400): the image does not exist, is not active, does not fit the server's flavor, or is for an architecture that is none.";

/// Every architecture whose name Nova knows.
const ARCHITECTURES: &[&str] = &[
    "aarch64",
    "alpha",
    "amd64",
    "armv6",
    "armv7b",
    "armv7l",
    "cris",
    "i386",
    "i486",
    "i586",
    "i686",
    "ia64",
    "lm32",
    "m68k",
    "microblaze",
    "microblazeel",
    "mips",
    "mips64",
    "mips64el",
    "mipsel",
    "openrisc",
    "parisc",
    "parisc64",
    "ppc",
    "ppc64",
    "ppc64le",
    "ppcemb",
    "ppcle",
    "s390",
    "s390x",
    "sh4",
    "sh4eb",
    "sparc",
    "sparc64",
    "unicore32",
    "x86",
    "x86_64",
    "xtensa",
    "xtensaeb",
];

/// The oldest version: the proxy is there.
const OLDEST: &str = "2.1";

/// A kind of images that are refused.
#[derive(Clone, Copy)]
struct Row {
    id: &'static str,
    what: &'static str,
    is: fn(&Value, &Value) -> bool,
    words: fn(&str) -> Says,
}

const ROWS: &[Row] = &[
    Row {
        id: "inactive",
        what: "an image that is not active",
        is: |image, _| image["status"] != "ACTIVE",
        words: |id| Says::from(format!("Image {id} is not active.")),
    },
    Row {
        id: "too-large",
        what: "an image that is larger than the flavor's disk",
        is: |image, flavor| {
            let disk = number(flavor, "disk").saturating_mul(1 << 30);
            is_usable(image)
                && disk > 0
                && number(image, "minDisk") == 0
                && number(image, "OS-EXT-IMG-SIZE:size") > disk
        },
        words: |_| {
            Says::containing("Flavor's disk is too small for requested image. Flavor disk is ")
        },
    },
    Row {
        id: "needs-more-disk",
        what: "an image that needs a larger disk than the flavor's",
        is: |image, flavor| {
            is_usable(image)
                && number(flavor, "disk") > 0
                && number(image, "minDisk") > number(flavor, "disk")
        },
        words: |_| {
            Says::containing(
                "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is ",
            )
        },
    },
    Row {
        id: "needs-more-memory",
        what: "an image that needs more memory than the flavor's",
        is: |image, flavor| is_usable(image) && number(image, "minRam") > number(flavor, "ram"),
        words: |_| Says::from("Flavor's memory is too small for requested image."),
    },
    Row {
        id: "unknown-architecture",
        what: "an image for an architecture that is none",
        is: |image, _| {
            is_usable(image)
                && architecture(image).is_some_and(|name| !ARCHITECTURES.contains(&name))
        },
        words: |_| Says::containing("Architecture name '"),
    },
];

fn number(value: &Value, field: &str) -> u64 {
    value.get(field).and_then(Value::as_u64).unwrap_or_default()
}

fn is_usable(image: &Value) -> bool {
    image["status"] == "ACTIVE"
}

fn architecture(image: &Value) -> Option<&str> {
    let metadata = image.get("metadata")?;
    let named = |field| metadata.get(field)?.as_str();
    named("hw_architecture").or_else(|| named("architecture"))
}

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![unknown_image(), unknown_image_in_words(), another()];
    checks.extend(ROWS.iter().map(fault));
    checks.extend(ROWS.iter().map(words));
    checks
}

/// What the cloud tells of its images to its users, through the Compute API.
async fn told(cx: &Cx) -> Result<Vec<Value>, Stop> {
    let answer = cx
        .as_(Caller::Main)
        .get("/images/detail")
        .at(OLDEST)
        .send()
        .await?;
    if answer.status() != 200 {
        return Err(Stop::NotApplicable(format!(
            "the cloud does not tell its images through the Compute API: GET /images/detail answers {}",
            answer.status()
        )));
    }
    Ok(answer.list_at("/images")?.to_vec())
}

fn id_of(image: &Value) -> Option<String> {
    image.get("id")?.as_str().map(str::to_owned)
}

/// The id of no image.
pub(in crate::checks) fn unknown() -> String {
    "00000000-0000-4000-8000-00000000abcd".to_owned()
}

/// An image from which a rebuild is accepted, and then fails: one that needs a trait which no host is likely to have.
///
/// # Errors
/// [`Stop::NotApplicable`] where the cloud has none.
pub(in crate::checks) async fn that_fails(cx: &Cx) -> Result<String, Stop> {
    let images = told(cx).await?;
    let requires = |image: &&Value| {
        let metadata = image.get("metadata").and_then(Value::as_object);
        is_usable(image)
            && metadata.is_some_and(|metadata| {
                metadata
                    .iter()
                    .any(|(name, value)| name.starts_with("trait:") && value == "required")
            })
    };
    images.iter().find(requires).and_then(id_of).ok_or_else(|| {
        Stop::NotApplicable(
            "a rebuild that is accepted and then fails cannot be provoked: the cloud has no image that requires a trait (property trait:…=required)".to_owned(),
        )
    })
}

/// Whether a cloud took a rebuild from an image it may see through at once.
pub(in crate::checks) fn accepted_or_not_applicable(cx: &Cx, answer: &Answer) -> Result<(), Stop> {
    if answer.status() == 400 {
        return Err(Stop::NotApplicable(
            "a rebuild that is accepted and then fails cannot be provoked: the cloud refuses the image that would make it fail".to_owned(),
        ));
    }
    answer.to_set_up(cx.contract(ServerRebuild).status())?;
    Ok(())
}

async fn ask_from(cx: &Cx, server: &str, image: &str) -> Result<Answer, Stop> {
    cx.as_(Caller::Main)
        .ask(ServerRebuild, &[server])
        .json(&body(image, &json!({})))
        .send()
        .await
}

impl Row {
    /// Asks for a rebuild from an image of this kind.
    async fn ask(self, cx: &Cx) -> Result<(Answer, String), Stop> {
        let images = told(cx).await?;
        let flavor = cx.ingredients().await?.flavor.clone();
        let flavor = cx
            .as_(Caller::Main)
            .get(format!("/flavors/{flavor}"))
            .at(OLDEST)
            .send()
            .await?;
        flavor.to_set_up(200)?;
        let flavor = flavor.at("/flavor")?.clone();
        let found = images
            .iter()
            .find(|image| (self.is)(image, &flavor))
            .and_then(id_of);
        let image = found.ok_or_else(|| {
            Stop::NotApplicable(format!("the cloud has no such image: {}", self.what))
        })?;
        let server = cx.server(Caller::Main).await?;
        let before = shown(cx, &server).await?;
        let answer = ask_from(cx, &server.id, &image).await?;
        refused(&answer, 400, self.what)?;
        shown(cx, &server)
            .await?
            .expect_json_eq("/server/image/id", before.at("/server/image/id")?)?
            .expect_json_eq("/server/status", &json!("ACTIVE"))?;
        Ok((answer, image))
    }
}

fn fault(row: &Row) -> Check {
    let row = *row;
    begin(
        format!("image.{}", row.id),
        format!("Refused with 400: {}", row.what),
        SENTENCE,
    )
    .versions(at_its_ends(Versions::All))
    .probe(move |cx| async move { row.ask(&cx).await.map(|_| ()) })
}

fn words(row: &Row) -> Check {
    let row = *row;
    begin_words(
        format!("image.{}", row.id),
        format!("Refused in Nova's words: {}", row.what),
        SENTENCE,
    )
    .versions(at_its_end(Versions::All))
    .probe(move |cx| async move {
        let (answer, image) = row.ask(&cx).await?;
        answer.expect_fault(400, (row.words)(&image))?;
        Ok(())
    })
}

fn unknown_image() -> Check {
    begin(
        "image.unknown",
        "Refused with 400: an image that does not exist",
        SENTENCE,
    )
    .versions(once_per_request_band(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let answer = ask_from(&cx, &server.id, &unknown()).await?;
        refused(&answer, 400, "there is no such image")
    })
}

fn unknown_image_in_words() -> Check {
    begin_words(
        "image.unknown",
        "Refused in Nova's words: an image that does not exist",
        SENTENCE,
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let server = cx.server(Caller::Main).await?;
        let answer = ask_from(&cx, &server.id, &unknown()).await?;
        answer.expect_fault(400, "Cannot find image for rebuild")?;
        Ok(())
    })
}

fn another() -> Check {
    begin(
        "image.another",
        "A rebuild from another image leaves the server with that image",
        "imageRef: the UUID of the image to rebuild your server with.",
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let image = cx
            .ingredients()
            .await?
            .second_image
            .clone()
            .ok_or_else(|| {
                Stop::NotApplicable(
                    "the cloud has one image that fits: name another with --second-image"
                        .to_owned(),
                )
            })?;
        let server = cx.server(Caller::Main).await?;
        let answer = ask_from(&cx, &server.id, &image).await?;
        super::steps::accepted(&cx, &answer, "the image fits the flavor")?;
        answer.expect_json_eq("/server/image/id", &json!(image))?;
        let settled = cx.as_(Caller::Main).wait_settled(&server.id).await?;
        settled.expect_json_eq("/server/image/id", &json!(image))?;
        Ok(())
    })
}
