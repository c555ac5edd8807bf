//! How a request says which microversion it means, what comes of a version that is none, and the version documents. It
//! knows the range the cloud offers.

use nova_api::{Microversion, Operation::*};
use serde_json::json;

use super::{
    answers::{expect_vary, expect_version},
    steps::{expect_own_part, has_one},
};
use crate::check::{Base, Caller, Check, Draft, Says, Versions};

const GUIDE: &str = "https://docs.openstack.org/api-guide/compute/microversions.html";
const SPEC: &str =
    "https://specs.openstack.org/openstack/api-wg/guidelines/microversion_specification.html";
const MODERN: &str = "openstack-api-version";
const OLDER: &str = "x-openstack-nova-api-version";

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![
        every_version(),
        none_named(),
        latest(),
        older_header(),
        both_headers(),
        listed_services(),
        other_service(),
    ];
    for (id, version) in [
        ("word", "abc"),
        ("leading-zero", "2.01"),
        ("no-dot", "2"),
        ("three-parts", "2.1.1"),
        ("negative", "2.-1"),
    ] {
        checks.push(malformed(id, version));
    }
    checks.push(malformed_in_words());
    for (id, version) in [
        ("too-new", "2.999"),
        ("too-old", "2.0"),
        ("other-major", "3.0"),
    ] {
        checks.push(out_of_range(id, version));
    }
    checks.extend([
        out_of_range_in_words(),
        beyond_newest(),
        documents(),
        document(),
        document_without_token(),
        documents_without_token(),
    ]);
    checks
}

fn negotiation(id: &str, title: impl Into<String>, sentence: &str) -> Draft {
    Check::must(format!("negotiation.{id}"), title)
        .sentence(sentence)
        .source(GUIDE)
        .callers([Caller::Main])
}

fn every_version() -> Check {
    negotiation(
        "every-version",
        "Each microversion the cloud offers is spoken, and named in the answer",
        "A client specifies the microversion with OpenStack-API-Version: compute 2.N; the response names the version used.",
    )
    .versions(Versions::All)
    .probe(|cx| async move {
        let answer = cx.as_(Caller::Main).ask(KeypairList, &[]).send().await?;
        answer.expect_status(cx.contract(KeypairList).status())?;
        expect_own_part(&answer, cx.contract(KeypairList), &[])?;
        expect_version(&answer, &cx.version().to_string())
    })
}

/// What depends on no version is asked once.
fn once(draft: Draft) -> Draft {
    draft.versions(Versions::at(&[Microversion::MIN.minor()]))
}

fn none_named() -> Check {
    once(negotiation(
        "none-named",
        "Without a version header the oldest version is meant",
        "If no version is requested, the API behaves as if version 2.1 was requested.",
    ))
    .probe(|cx| async move {
        has_one(&cx, "none-named").await?;
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .without_version()
            .send()
            .await?;
        answer.expect_status(200)?;
        expect_version(&answer, &Microversion::MIN.to_string())?;
        expect_vary(&answer)?;
        answer.expect_absent("/keypairs/0/keypair/type")?;
        Ok(())
    })
}

fn latest() -> Check {
    once(negotiation(
        "latest",
        "'latest' means the newest version the cloud offers",
        "latest: use the maximum version of the server; the response names it.",
    ))
    .source(SPEC)
    .probe(|cx| async move {
        let newest = cx.cloud().versions.max.to_string();
        let main = cx.as_(Caller::Main);
        expect_version(
            &main.ask(KeypairList, &[]).at("latest").send().await?,
            &newest,
        )?;
        let older = main
            .ask(KeypairList, &[])
            .without_version()
            .header(OLDER, "latest")
            .send()
            .await?;
        expect_version(&older, &newest)
    })
}

fn older_header() -> Check {
    negotiation(
        "older-header",
        "The header of the time before 2.27 still names a version",
        "X-OpenStack-Nova-API-Version: 2.N is accepted at every version, beside OpenStack-API-Version since 2.27.",
    )
    .versions(Versions::EachBoundarySide(KeypairList))
    .probe(|cx| async move {
        has_one(&cx, "older-header").await?;
        let version = cx.version().to_string();
        let ask = cx.as_(Caller::Main).ask(KeypairList, &[]).without_version().header(OLDER, version.clone());
        let answer = ask.send().await?;
        answer.expect_status(200)?;
        expect_version(&answer, &version)
    })
}

fn both_headers() -> Check {
    once(negotiation(
        "both-headers",
        "Where both headers name a version, OpenStack-API-Version decides",
        "OpenStack-API-Version is preferred; X-OpenStack-Nova-API-Version is the legacy header.",
    ))
    .probe(|cx| async move {
        let ask = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .at("2.2")
            .header(OLDER, "2.1");
        expect_version(&ask.send().await?, "2.2")
    })
}

fn listed_services() -> Check {
    once(negotiation(
        "several-services",
        "A header that names several services' versions is read for compute's",
        "OpenStack-API-Version: a comma-separated list of service-type and version pairs.",
    ))
    .source(SPEC)
    .probe(|cx| async move {
        let ask = cx.as_(Caller::Main).ask(KeypairList, &[]).without_version();
        let answer = ask.header(MODERN, "volume 3.1, compute 2.2").send().await?;
        answer.expect_status(200)?;
        expect_version(&answer, "2.2")
    })
}

fn other_service() -> Check {
    once(negotiation(
        "another-service",
        "A header that names only another service's version means the oldest",
        "OpenStack-API-Version: service-type and version; without one for compute, no version is requested.",
    ))
    .source(SPEC)
    .probe(|cx| async move {
        let ask = cx.as_(Caller::Main).ask(KeypairList, &[]).without_version();
        let answer = ask.header(MODERN, "volume 2.2").send().await?;
        answer.expect_status(200)?;
        expect_version(&answer, &Microversion::MIN.to_string())
    })
}

const MALFORMED: &str = "400 Bad Request: API Version String X is of invalid format. Must be of format MajorNum.MinorNum.";

fn malformed(id: &str, version: &'static str) -> Check {
    once(negotiation(
        &format!("malformed.{id}"),
        format!("The version '{version}' is refused as malformed"),
        MALFORMED,
    ))
    .probe(move |cx| async move {
        let main = cx.as_(Caller::Main);
        main.ask(KeypairList, &[])
            .at(version)
            .send()
            .await?
            .expect_fault(400, Says::Anything)?;
        let older = main
            .ask(KeypairList, &[])
            .without_version()
            .header(OLDER, version)
            .send()
            .await?;
        older.expect_fault(400, Says::Anything)?;
        Ok(())
    })
}

fn malformed_in_words() -> Check {
    Check::should(
        "negotiation.malformed.in-words",
        "A malformed version is named",
    )
    .sentence(MALFORMED)
    .source(GUIDE)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .at("abc")
            .send()
            .await?;
        let says =
            "API Version String abc is of invalid format. Must be of format MajorNum.MinorNum.";
        answer.expect_fault(400, says)?;
        Ok(())
    })
}

const OUT_OF_RANGE: &str =
    "406 Not Acceptable: Version X is not supported by the API. Minimum is 2.1 and maximum is 2.N.";

fn out_of_range(id: &str, version: &'static str) -> Check {
    once(negotiation(
        &format!("out-of-range.{id}"),
        format!("The version {version} is not acceptable"),
        OUT_OF_RANGE,
    ))
    .probe(move |cx| async move {
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .at(version)
            .send()
            .await?;
        answer.expect_status(406)?;
        Ok(())
    })
}

fn out_of_range_in_words() -> Check {
    Check::should(
        "negotiation.out-of-range.in-words",
        "An unacceptable version is named, and the range beside it",
    )
    .sentence(OUT_OF_RANGE)
    .source(GUIDE)
    .versions(Versions::at(&[1]))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .at("2.999")
            .send()
            .await?;
        let range = cx.cloud().versions;
        let says = format!(
            "Version 2.999 is not supported by the API. Minimum is {} and maximum is {}.",
            range.min, range.max
        );
        answer.expect_status(406)?;
        // Nova has no name of its own for a 406.
        answer
            .expect_json_eq("/computeFault/code", &json!(406))?
            .expect_json_eq("/computeFault/message", &json!(says))?;
        Ok(())
    })
}

fn beyond_newest() -> Check {
    once(negotiation(
        "out-of-range.next",
        "The version after the newest is not acceptable",
        OUT_OF_RANGE,
    ))
    .probe(|cx| async move {
        let mut next = cx.cloud().versions.max;
        next.minor += 1;
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .at(next)
            .send()
            .await?;
        answer.expect_status(406)?;
        Ok(())
    })
}

const DOCUMENTS: &str = "List All Major Versions: GET / lists the versions of the API with their ids, statuses, links, and the range of microversions; no token is needed.";
const VERSIONS_REFERENCE: &str = "https://docs.openstack.org/api-ref/compute/#api-versions";

fn documents() -> Check {
    once(negotiation(
        "documents.all",
        "The root lists the versions, with the range of 2.1",
        DOCUMENTS,
    ))
    .source(VERSIONS_REFERENCE)
    .probe(|cx| async move {
        let answer = cx
            .as_(Caller::Main)
            .get("/")
            .from_base(Base::Root)
            .without_version()
            .send()
            .await?;
        answer.expect_status_in(&[200, 300])?;
        let range = cx.cloud().versions;
        let current = answer
            .list_at("/versions")?
            .iter()
            .find(|version| version["id"] == "v2.1");
        let current = current
            .ok_or_else(|| answer.wrong("a version with the id v2.1", "none", "/versions"))?;
        let found = (
            &current["min_version"],
            &current["version"],
            &current["status"],
        );
        let wanted = (
            &json!(range.min.to_string()),
            &json!(range.max.to_string()),
            &json!("CURRENT"),
        );
        answer.expect(
            found == wanted,
            format!("{wanted:?}"),
            format!("{found:?}"),
            "/versions",
        )?;
        Ok(())
    })
}

fn document() -> Check {
    once(negotiation("documents.one", "The endpoint describes its version", "Show Details of Specific API Version: GET /v2.1/ shows id, status, version, min_version, updated and links."))
        .source(VERSIONS_REFERENCE)
        .probe(|cx| async move {
            let answer = cx.as_(Caller::Main).get("").without_version().send().await?;
            let range = cx.cloud().versions;
            answer
                .expect_status(200)?
                .expect_json_eq("/version/id", &json!("v2.1"))?
                .expect_json_eq("/version/min_version", &json!(range.min.to_string()))?
                .expect_json_eq("/version/version", &json!(range.max.to_string()))?
                .list_at("/version/links")?;
            Ok(())
        })
}

fn document_without_token() -> Check {
    once(negotiation(
        "documents.one-without-token",
        "The version document needs no token",
        DOCUMENTS,
    ))
    .source(VERSIONS_REFERENCE)
    .callers([Caller::Nobody])
    .probe(|cx| async move {
        let answer = cx
            .as_(Caller::Nobody)
            .get("")
            .without_version()
            .send()
            .await?;
        answer.expect_status(200)?.at("/version/version")?;
        Ok(())
    })
}

fn documents_without_token() -> Check {
    once(negotiation(
        "documents.all-without-token",
        "The list of versions needs no token",
        DOCUMENTS,
    ))
    .source(VERSIONS_REFERENCE)
    .callers([Caller::Nobody])
    .probe(|cx| async move {
        let answer = cx
            .as_(Caller::Nobody)
            .get("/")
            .from_base(Base::Root)
            .without_version()
            .send()
            .await?;
        answer.expect_status_in(&[200, 300])?.list_at("/versions")?;
        Ok(())
    })
}
