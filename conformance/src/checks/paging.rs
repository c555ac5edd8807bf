//! The list in pages, from 2.35 on: sorted by name, walked by `limit` and `marker` or by the links, each keypair once. Others
//! make keypairs at the same time, so probes walk their own range of names, unless they run alone.

use std::collections::HashSet;

use nova_api::{Behavior, Contract, Operation::*};
use serde_json::Value;
use url::Url;

use super::{
    material::ED25519,
    steps::{begin, expect_own_part, has, has_one, listed, names},
};
use crate::check::{Answer, Caller, Check, Cx, Draft, Says, Stop, Versions};

const PAGES: &str = "Microversion 2.35: limit requests a page size of items; marker is the last-seen keypair name, and the list begins after it; the list is sorted by name, ascending, and keypairs_links holds the link to the next page.";

/// More pages than any test account has.
const MANY: usize = 2000;

pub(super) fn checks() -> Vec<Check> {
    let mut checks = vec![
        walked_whole(),
        links_followed(),
        link(),
        no_link(),
        link_keeps_user(),
        marker_exclusive(),
        marker_alone(),
        sorted(),
        limit_zero(),
        limit_beyond(),
        refused_marker(
            "marker.unknown",
            "A marker that is no keypair is refused",
            MarkerOf::Nobody,
        ),
        refused_marker(
            "marker.of-another-user",
            "Another user's keypair is no marker",
            MarkerOf::Second,
        ),
        refused_marker(
            "marker.deleted",
            "A keypair that was deleted is no marker",
            MarkerOf::Deleted,
        ),
        marker_in_words(),
    ];
    checks.extend([1, 2, 3].map(walked));
    checks.extend(
        [
            ("empty", ""),
            ("negative", "-1"),
            ("word", "several"),
            ("fraction", "1.5"),
            ("sign", "+1"),
        ]
        .map(bad_limit),
    );
    checks
}

fn pages(contract: &Contract) -> bool {
    contract.behaves(Behavior::Pages)
}

fn paging(id: &str, title: impl Into<String>) -> Draft {
    begin(KeypairList, format!("keypairs.list.pages.{id}"), title)
        .sentence(PAGES)
        .versions(Versions::where_contract(KeypairList, pages))
        .callers([Caller::Main])
}

/// Preparation: keypairs of [`Caller::Main`], made in another order than that of their names, which are returned sorted.
async fn several(cx: &Cx, count: usize) -> Result<Vec<String>, Stop> {
    let mut own: Vec<String> = (0..count).map(|_| cx.unique("page")).collect();
    for name in own.iter().rev() {
        has(cx, Caller::Main, name, ED25519).await?;
    }
    own.sort_unstable();
    Ok(own)
}

async fn page(cx: &Cx, limit: usize, marker: Option<&str>) -> Result<Answer, Stop> {
    let ask = cx
        .as_(Caller::Main)
        .ask(KeypairList, &[])
        .query("limit", limit);
    let ask = match marker {
        Some(marker) => ask.query("marker", marker),
        None => ask,
    };
    let answer = ask.send().await?;
    answer.expect_status(200)?;
    let length = names(&answer)?.len();
    answer.expect(
        length <= limit,
        format!("at most {limit} keypairs"),
        length,
        "/keypairs",
    )?;
    Ok(answer)
}

fn walked(limit: usize) -> Check {
    paging(
        &format!("walked-by-{limit}"),
        format!("Pages of {limit} hold every keypair once, in order"),
    )
    .probe(move |cx| async move {
        let own = several(&cx, 5).await?;
        let mut seen = vec![own[0].clone()];
        // From one's own first keypair to one's own last.
        while seen.len() < own.len() {
            let answer = page(&cx, limit, seen.last().map(String::as_str)).await?;
            let found: Vec<String> = names(&answer)?.into_iter().map(str::to_owned).collect();
            let mine = found.into_iter().take_while(|name| own.contains(name));
            let before = seen.len();
            seen.extend(mine);
            let expected = own.get(before..seen.len()).unwrap_or_default();
            answer.expect(
                seen.len() > before && seen[before..] == *expected,
                format!("the keypairs after '{}', in order", own[before - 1]),
                names(&answer)?.join(", "),
                "/keypairs",
            )?;
        }
        Ok(())
    })
}

fn walked_whole() -> Check {
    paging(
        "walked-whole",
        "All pages together are the whole list, without a gap or a repetition",
    )
    .alone()
    .probe(|cx| async move {
        let own = several(&cx, 5).await?;
        let mut seen: Vec<String> = Vec::new();
        loop {
            let answer = page(&cx, 2, seen.last().map(String::as_str)).await?;
            let found = names(&answer)?;
            if found.is_empty() {
                break;
            }
            seen.extend(found.into_iter().map(str::to_owned));
            if seen.len() > MANY {
                return Err(answer.wrong(
                    "an end of the pages",
                    format!("{} keypairs", seen.len()),
                    "/keypairs",
                ));
            }
        }
        let whole = cx.as_(Caller::Main).ask(KeypairList, &[]).send().await?;
        let once: HashSet<&String> = seen.iter().collect();
        whole.expect(
            once.len() == seen.len(),
            "each keypair on one page",
            "one on several",
            "/keypairs",
        )?;
        let wanted: HashSet<&str> = names(&whole)?.into_iter().collect();
        let missing = wanted
            .iter()
            .find(|name| !seen.iter().any(|seen| seen == *name));
        whole.expect(
            missing.is_none(),
            "every keypair on a page",
            format!("none with {missing:?}"),
            "/keypairs",
        )?;
        let mine: Vec<&String> = seen.iter().filter(|name| own.contains(name)).collect();
        whole.expect(
            mine.iter().copied().eq(&own),
            "one's own keypairs in order",
            format!("{mine:?}"),
            "/keypairs",
        )?;
        Ok(())
    })
}

/// The link to the next page, if there is one.
fn next_link(answer: &Answer) -> Result<Option<Url>, Stop> {
    let Some(links) = answer.json()?.get("keypairs_links") else {
        return Ok(None);
    };
    let next = links
        .as_array()
        .into_iter()
        .flatten()
        .find(|link| link.get("rel").is_some_and(|rel| rel == "next"));
    let Some(next) = next else { return Ok(None) };
    let href = next
        .get("href")
        .and_then(Value::as_str)
        .and_then(|href| Url::parse(href).ok());
    href.map(Some)
        .ok_or_else(|| answer.wrong("an absolute URL", next, "/keypairs_links"))
}

fn parameter(link: &Url, name: &str) -> Option<String> {
    link.query_pairs()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}

fn links_followed() -> Check {
    paging("links-followed", "The links lead through every page").probe(|cx| async move {
        let own = several(&cx, 4).await?;
        let mut answer = page(&cx, 1, Some(&own[0])).await?;
        for name in &own[1..] {
            listed(&answer, name)?;
            let link = next_link(&answer)?;
            let Some(link) = link else {
                return Err(answer.wrong("a link to the next page", "none", "/keypairs_links"));
            };
            // A proxy may know the cloud by another host, so the link's query is asked where the list is.
            let path = format!("/os-keypairs?{}", link.query().unwrap_or_default());
            answer = cx.as_(Caller::Main).get(path).send().await?;
            answer.expect_status(200)?;
        }
        Ok(())
    })
}

fn link() -> Check {
    paging(
        "link",
        "A full page links to the next, with the limit and the last name as marker",
    )
    .probe(|cx| async move {
        let own = several(&cx, 3).await?;
        let answer = page(&cx, 1, Some(&own[0])).await?;
        let names: Vec<&str> = own.iter().map(String::as_str).collect();
        expect_own_part(&answer, cx.contract(KeypairList), &names)?;
        let link = next_link(&answer)?;
        let place = "/keypairs_links";
        let link = link.ok_or_else(|| answer.wrong("a link to the next page", "none", place))?;
        let carried = (parameter(&link, "limit"), parameter(&link, "marker"));
        answer.expect(
            carried == (Some("1".to_owned()), Some(own[1].clone())),
            format!("a link with limit=1 and marker={}", own[1]),
            &link,
            place,
        )?;
        answer.expect(
            link.path().ends_with("/os-keypairs"),
            "a link to /os-keypairs",
            &link,
            place,
        )?;
        Ok(())
    })
}

fn no_link() -> Check {
    Check::should(
        "keypairs.list.pages.no-link",
        "A page that is not full links to no next one",
    )
    .sentence(PAGES)
    .source(KeypairList.reference())
    .versions(Versions::where_contract(KeypairList, pages))
    .callers([Caller::Main])
    .alone()
    .probe(|cx| async move {
        has_one(&cx, "only").await?;
        let limit = names(&cx.as_(Caller::Main).ask(KeypairList, &[]).send().await?)?.len() + 1;
        let answer = page(&cx, limit, None).await?;
        answer.expect_absent("/keypairs_links")?;
        Ok(())
    })
}

fn link_keeps_user() -> Check {
    paging(
        "link-keeps-user",
        "The link of another user's list names that user",
    )
    .callers([Caller::Main, Caller::Admin])
    .probe(|cx| async move {
        let own = several(&cx, 2).await?;
        let owner = cx.as_(Caller::Main).user_id()?.to_owned();
        let ask = cx
            .as_(Caller::Admin)
            .ask(KeypairList, &[])
            .query("user_id", &owner);
        let answer = ask.query("limit", 1).send().await?;
        answer.expect_status(200)?;
        let place = "/keypairs_links";
        let link = next_link(&answer)?
            .ok_or_else(|| answer.wrong("a link to the next page", "none", place))?;
        let kept = parameter(&link, "user_id").is_some_and(|user| user == owner);
        answer.expect(kept, format!("a link with user_id={owner}"), &link, place)?;
        drop(own);
        Ok(())
    })
}

fn marker_exclusive() -> Check {
    paging(
        "marker.exclusive",
        "The list begins after the marker, not with it",
    )
    .probe(|cx| async move {
        let own = several(&cx, 2).await?;
        let answer = page(&cx, 1, Some(&own[0])).await?;
        let found = names(&answer)?;
        answer.expect(
            found == [own[1].as_str()],
            format!("only '{}'", own[1]),
            found.join(", "),
            "/keypairs",
        )?;
        Ok(())
    })
}

fn marker_alone() -> Check {
    paging("marker.without-limit", "A marker needs no limit").probe(|cx| async move {
        let own = several(&cx, 3).await?;
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .query("marker", &own[0])
            .send()
            .await?;
        answer.expect_status(200)?;
        let mine: Vec<&str> = names(&answer)?
            .into_iter()
            .filter(|name| own.iter().any(|own| own == name))
            .collect();
        let wanted: Vec<&str> = own[1..].iter().map(String::as_str).collect();
        answer.expect(
            mine == wanted,
            wanted.join(", "),
            mine.join(", "),
            "/keypairs",
        )?;
        Ok(())
    })
}

fn sorted() -> Check {
    paging(
        "sorted",
        "The list is sorted by name, however the keypairs were made",
    )
    .probe(|cx| async move {
        let own = several(&cx, 4).await?;
        let answer = cx.as_(Caller::Main).ask(KeypairList, &[]).send().await?;
        answer.expect_status(200)?;
        let mine: Vec<&str> = names(&answer)?
            .into_iter()
            .filter(|name| own.iter().any(|own| own == name))
            .collect();
        answer.expect(
            mine.iter().copied().eq(own.iter()),
            own.join(", "),
            mine.join(", "),
            "/keypairs",
        )?;
        Ok(())
    })
}

fn limit_zero() -> Check {
    paging(
        "limit.zero",
        "A limit of 0 is answered with no keypair and no link",
    )
    .probe(|cx| async move {
        has_one(&cx, "any").await?;
        let answer = page(&cx, 0, None).await?;
        answer.expect_absent("/keypairs_links")?;
        Ok(())
    })
}

fn limit_beyond() -> Check {
    paging(
        "limit.beyond",
        "A limit beyond the cloud's own is cut to it, not refused",
    )
    .probe(|cx| async move {
        let name = has_one(&cx, "any").await?;
        let ask = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .query("limit", "99999999999");
        let answer = ask.send().await?;
        answer.expect_status(200)?;
        listed(&answer, &name)?;
        Ok(())
    })
}

fn bad_limit((id, value): (&'static str, &'static str)) -> Check {
    paging(
        &format!("limit.{id}"),
        format!("A limit of '{value}' is refused"),
    )
    .sentence("badRequest(400): limit must be a non-negative integer.")
    .probe(move |cx| async move {
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .query("limit", value)
            .send()
            .await?;
        answer.expect_fault(400, Says::Anything)?;
        Ok(())
    })
}

/// Whose keypair a marker names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MarkerOf {
    Nobody,
    Second,
    Deleted,
}

fn refused_marker(id: &str, title: &str, whose: MarkerOf) -> Check {
    let callers = if whose == MarkerOf::Second {
        vec![Caller::Main, Caller::Second]
    } else {
        vec![Caller::Main]
    };
    paging(id, title)
        .sentence("badRequest(400): the marker must be the name of a keypair of the user.")
        .callers(callers)
        .probe(move |cx| async move {
            let marker = match whose {
                MarkerOf::Nobody => cx.unique("nowhere"),
                MarkerOf::Second => {
                    let name = cx.unique("seconds");
                    has(&cx, Caller::Second, &name, ED25519).await?;
                    name
                }
                MarkerOf::Deleted => {
                    let name = has_one(&cx, "deleted").await?;
                    let deleted = cx
                        .as_(Caller::Main)
                        .ask(KeypairDelete, &[&name])
                        .send()
                        .await?;
                    deleted.to_set_up(cx.contract(KeypairDelete).status())?;
                    name
                }
            };
            let answer = cx
                .as_(Caller::Main)
                .ask(KeypairList, &[])
                .query("marker", &marker)
                .send()
                .await?;
            answer.expect_fault(400, Says::Anything)?;
            Ok(())
        })
}

fn marker_in_words() -> Check {
    Check::should(
        "keypairs.list.pages.marker.unknown-in-words",
        "A marker that is no keypair is named",
    )
    .sentence("Nova says 'Marker X could not be found.'.")
    .source(KeypairList.reference())
    .versions(Versions::where_contract(KeypairList, pages))
    .callers([Caller::Main])
    .probe(|cx| async move {
        let marker = cx.unique("nowhere");
        let answer = cx
            .as_(Caller::Main)
            .ask(KeypairList, &[])
            .query("marker", &marker)
            .send()
            .await?;
        answer.expect_fault(400, format!("Marker {marker} could not be found."))?;
        Ok(())
    })
}
