//! What a list of servers is asked for: whose, which, in which order, and which page.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use nova_api::{Behavior, Query};
use regex::Regex;

use super::columns::column;
use super::forbidden;
use super::view;
use crate::cloud::Cloud;
use crate::cloud::server::{Server, states_of};
use crate::compute::fault::Fault;
use crate::compute::words::boolean;
use crate::compute::{Exchange, paging};
use crate::policy::{self, RuleId};

/// Tables that Nova joins, by whose names nobody may filter.
const JOINED: [&str; 7] = [
    "block_device_mapping",
    "services",
    "metadata",
    "system_metadata",
    "info_cache",
    "security_groups",
    "pci_devices",
];

/// Columns whose value must be the filter's, and not only match it.
const EXACT: [&str; 8] = [
    "project_id",
    "user_id",
    "image_ref",
    "vm_state",
    "instance_type_id",
    "uuid",
    "host",
    "task_state",
];

/// Sort keys of old that are taken and ignored.
const IGNORED_SORT_KEYS: [&str; 22] = [
    "architecture",
    "cell_name",
    "cleaned",
    "default_ephemeral_device",
    "default_swap_device",
    "deleted",
    "deleted_at",
    "disable_terminate",
    "ephemeral_gb",
    "ephemeral_key_uuid",
    "id",
    "key_data",
    "launched_on",
    "memory_mb",
    "os_type",
    "reservation_id",
    "root_gb",
    "shutdown_terminate",
    "user_data",
    "vcpus",
    "vm_mode",
    "locked",
];

type Filter = Box<dyn Fn(&Server) -> bool + Send + Sync>;

/// A list that is asked for.
pub(super) struct Search {
    /// The project whose servers are meant; all, if none.
    pub(super) project_id: Option<String>,
    /// Only deleted ones, only others, or both.
    pub(super) deleted: Option<bool>,
    filters: Vec<Filter>,
    /// Columns and whether they fall.
    sort: Vec<(String, bool)>,
    limit: usize,
    marker: Option<String>,
}

impl Search {
    /// What the query asks for; nothing where it is clear that nothing is found.
    ///
    /// # Errors
    /// 400 or 403 as Nova says them.
    pub(super) fn read(
        exchange: &Exchange<'_>,
        query: &Query,
        all_projects: RuleId,
    ) -> Result<Option<Self>, Fault> {
        let mut asked = Asked::of(exchange, query);
        if let Some(name) = asked
            .names()
            .find(|name| JOINED.contains(name) || name.starts_with('_'))
        {
            return Err(Fault::bad_request(format!("Invalid filter field: {name}.")));
        }
        let mut filters: Vec<Filter> = Vec::new();
        let mut deleted = match asked.take("deleted") {
            Some(value) => Some(boolean(value).unwrap_or(false)),
            None if asked.has("changes-since") || asked.has("changes-before") => None,
            None => Some(false),
        };
        if asked.take("status").is_some() {
            if !by_status(exchange, query, &mut filters, &mut deleted)? {
                return Ok(None);
            }
            asked.take("vm_state");
            asked.take("task_state");
        }
        by_time(&mut asked, &mut filters)?;
        by_tags(&mut asked, &mut filters);
        let everywhere = match asked.take("all_tenants") {
            Some("") => true,
            Some(value) => strict_boolean(value)?,
            None => false,
        };
        if let Some(value) = asked.take("locked") {
            let locked = strict_boolean(value)?;
            filters.push(Box::new(move |server| server.locked.is_some() == locked));
        }
        let own = exchange.caller.project_id.clone();
        let tenant = asked.take("tenant_id").map(str::to_owned);
        let named = asked.take("project_id").map(str::to_owned);
        let project_id = if everywhere {
            exchange.may(all_projects, &exchange.own_target())?;
            tenant.or(named)
        } else {
            Some(own.unwrap_or_default())
        };
        let known = by_columns(exchange, asked, &mut filters);
        let limit = paging::limit_as_python_reads_it(query)?;
        let sort = sort(exchange, query)?;
        Ok(known.then(|| Self {
            project_id,
            deleted,
            filters,
            sort,
            limit,
            // An empty one is none.
            marker: query
                .last("marker")
                .filter(|marker| !marker.is_empty())
                .map(str::to_owned),
        }))
    }

    /// The page, and whether it is full.
    ///
    /// # Errors
    /// 400 if there is no server of the marker's id.
    pub(super) fn page(&self, cloud: &Cloud) -> Result<(Vec<Arc<Server>>, bool), Fault> {
        let servers = &cloud.servers;
        let marker = match &self.marker {
            Some(marker) => Some(
                view::id(marker)
                    .and_then(|id| servers.get_even_deleted(id))
                    .ok_or_else(|| Fault::bad_request(format!("marker [{marker}] not found")))?,
            ),
            None => None,
        };
        if self.limit == 0 {
            return Ok((Vec::new(), false));
        }
        let fits = |server: &Server| self.filters.iter().all(|filter| filter(server));
        let page: Vec<_> = if self.is_youngest_first() && self.deleted == Some(false) {
            // The index has this order: the page costs what it holds and what it passes over.
            servers
                .youngest_first(
                    self.project_id.as_deref(),
                    marker.map(|marker| marker.number),
                )
                .filter(|server| fits(server))
                .take(self.limit)
                .cloned()
                .collect()
        } else {
            let mut found: Vec<_> = self
                .candidates(cloud)
                .filter(|server| fits(server))
                .filter(|server| marker.is_none_or(|marker| self.order(server, marker).is_gt()))
                .cloned()
                .collect();
            found.sort_by(|one, other| self.order(one, other));
            found.truncate(self.limit);
            found
        };
        let full = page.len() == self.limit;
        Ok((page, full))
    }

    fn candidates<'a>(&'a self, cloud: &'a Cloud) -> impl Iterator<Item = &'a Arc<Server>> + 'a {
        let project_id = self.project_id.as_deref();
        let living = cloud
            .servers
            .youngest_first(project_id, None)
            .filter(|_| self.deleted != Some(true));
        let dead = cloud
            .servers
            .graves()
            .filter(|_| self.deleted != Some(false))
            .filter(move |server| {
                project_id.is_none_or(|project_id| *server.project_id == *project_id)
            });
        living.chain(dead)
    }

    fn is_youngest_first(&self) -> bool {
        matches!(self.sort.as_slice(), [(key, true)] if key == "created_at")
    }

    /// As Nova sorts: by the keys asked for, and where all are equal, in the order of creation.
    fn order(&self, one: &Server, other: &Server) -> Ordering {
        let by_keys = self.sort.iter().map(|(key, falling)| {
            let (one, other) = (column(one, key), column(other, key));
            match (one, other, *falling) {
                (Some(one), Some(other), true) => other.order(&one),
                (Some(one), Some(other), false) => one.order(&other),
                _ => Ordering::Equal,
            }
        });
        let falling = self.sort.first().is_none_or(|(_, falling)| *falling);
        let by_number = if falling {
            other.number.cmp(&one.number)
        } else {
            one.number.cmp(&other.number)
        };
        by_keys
            .fold(Ordering::Equal, Ordering::then)
            .then(by_number)
    }
}

/// The filters of a query that the caller may use; of each the last value counts.
struct Asked<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Asked<'a> {
    fn of(exchange: &Exchange<'_>, query: &'a Query) -> Self {
        let every = exchange.allows(policy::SERVERS_ALL_FILTERS, &exchange.own_target());
        let may = |name: &str| {
            if every {
                !matches!(name, "sort_key" | "sort_dir" | "limit" | "marker")
            } else {
                exchange.contract.opens(name)
            }
        };
        let mut asked: Vec<(&str, &str)> = Vec::new();
        for (name, value) in query.pairs().iter().filter(|(name, _)| may(name)) {
            match asked.iter_mut().find(|(known, _)| known == name) {
                Some(known) => known.1 = value,
                None => asked.push((name, value)),
            }
        }
        Self(asked)
    }

    fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.0.iter().map(|(name, _)| *name)
    }

    fn has(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    fn take(&mut self, name: &str) -> Option<&'a str> {
        let place = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.remove(place).1)
    }
}

/// Filters by the statuses that are asked for. Whether there are such.
fn by_status(
    exchange: &Exchange<'_>,
    query: &Query,
    filters: &mut Vec<Filter>,
    deleted: &mut Option<bool>,
) -> Result<bool, Fault> {
    let mut vm_states = Vec::new();
    let mut task_states = Vec::new();
    let mut at_rest = false;
    for (_, status) in query.pairs().iter().filter(|(name, _)| name == "status") {
        let (vm, task, resting) = states_of(status);
        vm_states.extend(vm);
        task_states.extend(task);
        at_rest |= resting;
    }
    if vm_states.is_empty() {
        if exchange.contract.behaves(Behavior::ChecksStatus) {
            return Err(Fault::bad_request("Invalid status value"));
        }
        return Ok(false);
    }
    if vm_states.iter().all(|state| state.name() == "deleted") {
        if !exchange.is_admin() {
            return Err(forbidden("Only administrators may list deleted instances"));
        }
        *deleted = Some(true);
    }
    filters.push(Box::new(move |server| {
        vm_states.contains(&server.vm_state)
            && (at_rest
                || server
                    .task_state
                    .is_some_and(|state| task_states.contains(&state)))
    }));
    Ok(true)
}

fn by_time(asked: &mut Asked<'_>, filters: &mut Vec<Filter>) -> Result<(), Fault> {
    let mut time = |name: &str| match asked.take(name) {
        Some(text) => match time(text) {
            Some(time) => Ok(Some(time)),
            None => Err(Fault::bad_request(format!("Invalid filter field: {name}."))),
        },
        None => Ok(None),
    };
    let (since, before) = (time("changes-since")?, time("changes-before")?);
    if let (Some(since), Some(before)) = (since, before)
        && before < since
    {
        return Err(Fault::bad_request(
            "The value of changes-since must be less than or equal to changes-before.",
        ));
    }
    if let Some(since) = since {
        filters.push(Box::new(move |server| server.updated_at >= since));
    }
    if let Some(before) = before {
        filters.push(Box::new(move |server| server.updated_at <= before));
    }
    Ok(())
}

/// An instant as ISO 8601 writes it; without a zone it is UTC.
pub(in crate::compute) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim().replacen(' ', "T", 1);
    text.parse().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        civil
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}

fn by_tags(asked: &mut Asked<'_>, filters: &mut Vec<Filter>) {
    let mut add = |name: &str, all: bool, wanted: bool| {
        if let Some(value) = asked.take(name) {
            let tags: Vec<String> = value.split(',').map(str::to_owned).collect();
            filters.push(Box::new(move |server| {
                let mut tags = tags.iter();
                let found = if all {
                    tags.all(|tag| server.tags.contains(tag))
                } else {
                    tags.any(|tag| server.tags.contains(tag))
                };
                found == wanted
            }));
        }
    };
    add("tags", true, true);
    add("tags-any", false, true);
    add("not-tags", true, false);
    add("not-tags-any", false, false);
}

/// Filters by columns and addresses. Whether anything can match.
fn by_columns(exchange: &Exchange<'_>, mut asked: Asked<'_>, filters: &mut Vec<Filter>) -> bool {
    if let Some(id) = asked.take("flavor") {
        let known = exchange
            .state
            .store
            .read(|cloud| cloud.flavors.get(id).is_some());
        if !known {
            return false;
        }
        let id = id.to_owned();
        filters.push(Box::new(move |server| server.flavor.id == id));
    }
    by_address(&mut asked, filters);
    for (name, value) in asked.0 {
        let column_name = match name {
            "image" => "image_ref",
            "name" => "display_name",
            other => other,
        }
        .to_owned();
        if EXACT.contains(&column_name.as_str()) {
            let value = value.to_owned();
            filters.push(Box::new(move |server| {
                column(server, &column_name)
                    .is_none_or(|column| column.text().as_deref() == Some(&value))
            }));
        } else {
            // What Python reads as a pattern and this library does not, stands for itself.
            let pattern = Regex::new(value).or_else(|_| Regex::new(&regex::escape(value)));
            if let Ok(pattern) = pattern {
                filters.push(Box::new(move |server| {
                    column(server, &column_name).is_none_or(|column| {
                        column.text().is_some_and(|text| pattern.is_match(&text))
                    })
                }));
            }
        }
    }
    true
}

/// As Neutron finds ports: by a part of their address.
fn by_address(asked: &mut Asked<'_>, filters: &mut Vec<Filter>) {
    let parts: Vec<String> = ["ip", "ip6"]
        .into_iter()
        .filter_map(|name| asked.take(name))
        .map(str::to_owned)
        .collect();
    if parts.is_empty() {
        return;
    }
    filters.push(Box::new(move |server| {
        let mut addresses = server.nics.iter().flat_map(|nic| &nic.fixed_ips);
        addresses.any(|address| {
            let address = address.to_string();
            parts.iter().any(|part| address.contains(part.as_str()))
        })
    }));
}

/// The columns to sort by, each with whether it falls.
fn sort(exchange: &Exchange<'_>, query: &Query) -> Result<Vec<(String, bool)>, Fault> {
    let values = |name: &'static str| {
        let pairs = query.pairs().iter().filter(move |(known, _)| known == name);
        pairs.map(|(_, value)| value.trim()).collect::<Vec<_>>()
    };
    let (mut keys, mut directions) = (values("sort_key"), values("sort_dir"));
    if keys.is_empty() {
        keys.push("created_at");
    }
    if directions.is_empty() {
        directions.push("desc");
    }
    let locked_counts = exchange
        .contract
        .parameters()
        .iter()
        .any(|(name, _)| *name == "locked");
    let ignored =
        |key: &str| IGNORED_SORT_KEYS.contains(&key) && !(key == "locked" && locked_counts);
    for key in keys.clone() {
        let Some(place) = keys.iter().position(|known| *known == key) else {
            continue;
        };
        if ignored(key) {
            if directions.len() > place {
                directions.remove(place);
            }
            keys.remove(place);
        } else if matches!(key, "host" | "node") && !exchange.is_admin() {
            return Err(forbidden(format!(
                "Only administrators can sort servers by {key}"
            )));
        }
    }
    if directions
        .iter()
        .any(|direction| !matches!(*direction, "asc" | "desc"))
    {
        return Err(invalid("Unknown sort direction, must be 'desc' or 'asc'"));
    }
    if directions.len() > keys.len() {
        return Err(invalid("Sort direction size exceeds sort key size"));
    }
    if keys.is_empty() {
        return Ok(vec![("created_at".to_owned(), true)]);
    }
    // Nova adds the id, rising, to what was asked for, and only then gives a direction to the keys that have none: so the
    // second of two keys has the id's.
    if !keys.contains(&"uuid") && keys != ["created_at"] {
        keys.push("uuid");
        directions.push("asc");
    }
    let otherwise = directions.first().copied().unwrap_or("desc");
    let sort = keys.iter().enumerate().map(|(place, key)| {
        let direction = directions.get(place).copied().unwrap_or(otherwise);
        ((*key).to_owned(), direction == "desc")
    });
    Ok(sort.collect())
}

fn invalid(reason: &str) -> Fault {
    Fault::bad_request(format!("Invalid input received: {reason}"))
}

fn strict_boolean(word: &str) -> Result<bool, Fault> {
    boolean(word).ok_or_else(|| {
        Fault::bad_request(format!(
            "Unrecognized value '{word}', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', \
             'true', 'y', 'yes'"
        ))
    })
}
