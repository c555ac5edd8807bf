//! `flavors` and their extra specs: the sizes of servers.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use nova_api::{Behavior, Query, Superset};
use regex::Regex;

use super::fault::Fault;
use super::servers::view::{Members, links};
use super::words::boolean;
use super::{Answered, Exchange, paging};
use crate::cloud::flavor::Flavor;
use crate::policy;

pub(in crate::compute) fn list(exchange: &Exchange<'_>, query: &Query) -> Result<Answered, Fault> {
    page(exchange, query, "flavors", |flavor| basic(exchange, flavor))
}

pub(in crate::compute) fn detail(
    exchange: &Exchange<'_>,
    query: &Query,
) -> Result<Answered, Fault> {
    let specs = exchange.allows(policy::FLAVOR_EXTRA_SPECS, &exchange.own_target());
    page(exchange, query, "flavors/detail", |flavor| {
        detailed(exchange, flavor, specs)
    })
}

pub(in crate::compute) fn show(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    let flavor = flavor(exchange)?;
    let specs = exchange.allows(policy::FLAVOR_EXTRA_SPECS, &exchange.own_target());
    let shown = Superset::Object(detailed(exchange, &flavor, specs));
    Ok(exchange.render(&Superset::object([("flavor", shown)])))
}

pub(in crate::compute) fn extra_specs(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let flavor = flavor(exchange)?;
    Ok(exchange.render(&Superset::object([("extra_specs", specs_of(&flavor))])))
}

pub(in crate::compute) fn extra_spec(exchange: &Exchange<'_>) -> Result<Answered, Fault> {
    exchange.may_this(&exchange.own_target())?;
    let flavor = flavor(exchange)?;
    let key = exchange.parameter_at(1);
    let value = flavor.extra_specs.get(key).ok_or_else(|| {
        Fault::not_found(format!(
            "Flavor {} has no extra specs with key {key}.",
            flavor.id
        ))
    })?;
    Ok(exchange.render(&Superset::object([(key, Superset::from(value.as_str()))])))
}

/// The flavor of the path, if the caller may know of it.
fn flavor(exchange: &Exchange<'_>) -> Result<Arc<Flavor>, Fault> {
    let id = exchange.parameter();
    let found = exchange
        .state
        .store
        .read(|cloud| cloud.flavors.get(id).map(Arc::clone));
    found
        .filter(|flavor| flavor.public || exchange.is_admin())
        .ok_or_else(|| Fault::not_found(format!("Flavor {id} could not be found.")))
}

fn page(
    exchange: &Exchange<'_>,
    query: &Query,
    collection: &str,
    render: impl Fn(&Flavor) -> Members<'_>,
) -> Result<Answered, Fault> {
    let wanted = Wanted::read(exchange, query)?;
    let mut flavors: Vec<Arc<Flavor>> = exchange.state.store.read(|cloud| {
        let known = cloud.flavors.iter();
        known
            .filter(|flavor| flavor.public || exchange.is_admin())
            .map(Arc::clone)
            .collect()
    });
    // A stable sort: what is equal stays in the order of creation.
    let key = query
        .last("sort_key")
        .filter(|key| !key.is_empty())
        .unwrap_or("flavorid");
    flavors.sort_by(|one, other| compare(key, one, other));
    if query.last("sort_dir") == Some("desc") {
        flavors.reverse();
    }
    if let Some(marker) = query.last("marker") {
        let place = flavors.iter().position(|flavor| flavor.id == marker);
        let place =
            place.ok_or_else(|| Fault::bad_request(format!("marker [{marker}] not found")))?;
        flavors.drain(..=place);
    }
    flavors.retain(|flavor| wanted.takes(flavor));
    flavors.truncate(paging::limit(query));
    let shown = flavors
        .iter()
        .map(|flavor| Superset::Object(render(flavor)))
        .collect();
    let mut body: Members<'_> = vec![(Cow::Borrowed("flavors"), Superset::Array(shown))];
    if let Some(last) = flavors
        .last()
        .filter(|_| flavors.len() == paging::limit(query))
    {
        let links = paging::links(exchange, collection, query, &last.id);
        body.push((Cow::Borrowed("flavors_links"), links));
    }
    Ok(exchange.render(&Superset::Object(body)))
}

/// What a list is narrowed to.
struct Wanted {
    public: Option<bool>,
    least_ram: Option<i64>,
    least_disk: Option<i64>,
    name: Option<Regex>,
}

impl Wanted {
    fn read(exchange: &Exchange<'_>, query: &Query) -> Result<Self, Fault> {
        // Others than administrators see public flavors only, whatever they ask.
        let public =
            match query.last("is_public").filter(|_| exchange.is_admin()) {
                None => Some(true),
                Some(word) if word.eq_ignore_ascii_case("none") => None,
                Some(word) => Some(boolean(word).ok_or_else(|| {
                    Fault::bad_request(format!("Invalid is_public filter [{word}]"))
                })?),
            };
        let least = |name: &str| match query.last(name) {
            None => Ok(None),
            Some(text) => match text.trim().parse::<i64>() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(Fault::bad_request(format!(
                    "Invalid {name} filter [{text}]"
                ))),
            },
        };
        Ok(Self {
            public,
            least_ram: least("minRam")?,
            least_disk: least("minDisk")?,
            name: query.last("name").and_then(pattern),
        })
    }

    fn takes(&self, flavor: &Flavor) -> bool {
        let reaches = |has: u64, least: Option<i64>| {
            least.is_none_or(|least| i64::try_from(has).unwrap_or(i64::MAX) >= least)
        };
        self.public.is_none_or(|public| flavor.public == public)
            && reaches(flavor.ram, self.least_ram)
            && reaches(flavor.disk, self.least_disk)
            && self
                .name
                .as_ref()
                .is_none_or(|name| name.is_match(&flavor.name))
    }
}

/// A name is looked for as a pattern; what is none is looked for as it is.
fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text)
        .or_else(|_| Regex::new(&regex::escape(text)))
        .ok()
}

/// By a column of Nova's table. Columns in which this cloud's flavors do not differ leave them as they are.
fn compare(key: &str, one: &Flavor, other: &Flavor) -> Ordering {
    match key {
        "flavorid" => one.id.cmp(&other.id),
        "name" => one.name.cmp(&other.name),
        "description" => one.description.cmp(&other.description),
        "memory_mb" => one.ram.cmp(&other.ram),
        "vcpus" => one.vcpus.cmp(&other.vcpus),
        "root_gb" => one.disk.cmp(&other.disk),
        "ephemeral_gb" => one.ephemeral.cmp(&other.ephemeral),
        "swap" => one.swap.cmp(&other.swap),
        "is_public" => one.public.cmp(&other.public),
        "rxtx_factor" => one.rxtx_factor.total_cmp(&other.rxtx_factor),
        _ => Ordering::Equal,
    }
}

fn basic<'a>(exchange: &Exchange<'_>, flavor: &'a Flavor) -> Members<'a> {
    vec![
        (Cow::Borrowed("id"), Superset::from(flavor.id.as_str())),
        (Cow::Borrowed("name"), Superset::from(flavor.name.as_str())),
        (
            Cow::Borrowed("links"),
            links(exchange, "flavors", &flavor.id),
        ),
        (Cow::Borrowed("description"), description(flavor)),
    ]
}

fn detailed<'a>(exchange: &Exchange<'_>, flavor: &'a Flavor, extra_specs: bool) -> Members<'a> {
    let number = |value: u64| Superset::Integer(i64::try_from(value).unwrap_or(i64::MAX));
    let as_text = exchange.contract.behaves(Behavior::ShowsNoSwapAsText);
    let swap = if flavor.swap == 0 && as_text {
        Superset::from("")
    } else {
        number(flavor.swap)
    };
    let mut members = vec![
        (Cow::Borrowed("id"), Superset::from(flavor.id.as_str())),
        (Cow::Borrowed("name"), Superset::from(flavor.name.as_str())),
        (Cow::Borrowed("ram"), number(flavor.ram)),
        (Cow::Borrowed("disk"), number(flavor.disk)),
        (Cow::Borrowed("swap"), swap),
        (
            Cow::Borrowed("OS-FLV-EXT-DATA:ephemeral"),
            number(flavor.ephemeral),
        ),
        (
            Cow::Borrowed("OS-FLV-DISABLED:disabled"),
            Superset::Bool(false),
        ),
        (Cow::Borrowed("vcpus"), number(flavor.vcpus)),
        (
            Cow::Borrowed("os-flavor-access:is_public"),
            Superset::Bool(flavor.public),
        ),
        (
            Cow::Borrowed("rxtx_factor"),
            Superset::Float(flavor.rxtx_factor),
        ),
        (
            Cow::Borrowed("links"),
            links(exchange, "flavors", &flavor.id),
        ),
        (Cow::Borrowed("description"), description(flavor)),
    ];
    if extra_specs {
        members.push((Cow::Borrowed("extra_specs"), specs_of(flavor)));
    }
    members
}

fn description(flavor: &Flavor) -> Superset<'_> {
    flavor
        .description
        .as_deref()
        .map_or(Superset::Null, Superset::from)
}

fn specs_of(flavor: &Flavor) -> Superset<'_> {
    Superset::Object(
        flavor
            .extra_specs
            .iter()
            .map(|(key, value)| (Cow::Borrowed(key.as_str()), Superset::from(value.as_str())))
            .collect(),
    )
}
