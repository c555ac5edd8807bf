//! `docs/openapi.json`: the contracts as OpenAPI 3.1, for tools.
//!
//! OpenAPI knows one body per method and path, the Compute API one per band of versions, and for actions one per
//! action. Each of them is one branch of a `oneOf`, and `x-openstack` says which action it is and over which versions
//! it holds.

use serde_json::{Map, Value, json};

use crate::change::Rule;
use crate::contract::Band;
use crate::schema::{self, Field};
use crate::{Microversion, Operation, bands};

/// The OpenAPI document.
#[must_use]
pub fn openapi() -> Value {
    let mut rules = Rules::default();
    let mut paths = Map::new();
    for operation in Operation::ALL {
        let (method, path) = operation.route();
        let method = method.name().to_ascii_lowercase();
        let place = &mut paths.entry(path).or_insert_with(|| json!({}))[method];
        if place.is_null() {
            *place = describe(*operation);
        }
        bodies(place, *operation, &mut rules);
        responses(place, *operation, &mut rules);
    }
    let mut schemas: Vec<_> = rules.0.into_iter().collect();
    schemas.sort_by(|one, other| one.0.cmp(&other.0));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OpenStack Compute: keypairs, servers, and what they need",
            "version": Microversion::MAX.to_string(),
            "description": "Generated from api/src/history. Each branch of a oneOf holds over the \
                            microversions that its x-openstack names.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/compute/v2.1"}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
            },
            "parameters": {
                "version": {
                    "name": "OpenStack-API-Version",
                    "in": "header",
                    "description": "compute 2.N; without it, 2.1 answers",
                    "schema": {"type": "string", "examples": ["compute 2.92"]},
                },
            },
            "schemas": schemas.into_iter().collect::<Map<_, _>>(),
        },
        "paths": paths,
    })
}

/// The rules that fields obey, each written once.
#[derive(Default)]
struct Rules(Map<String, Value>);

impl Rules {
    /// A reference to a rule, or the rule itself where that is as short.
    fn schema(&mut self, rule: Rule) -> Value {
        let schema = (rule.schema)();
        if schema
            .as_object()
            .is_some_and(|keywords| keywords.len() <= 1)
        {
            return schema;
        }
        let words = rule
            .name
            .split(|letter: char| !letter.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let name = words.join("-");
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        self.0.insert(name, schema);
        reference
    }

    fn body(&mut self, fields: &[Field]) -> Option<Value> {
        let mut leaf = |rule| self.schema(rule);
        (!fields.is_empty()).then(|| schema::body_of(fields, &mut leaf))
    }
}

/// The bands over which an operation is there.
fn routed(operation: Operation) -> impl Iterator<Item = &'static Band> {
    bands(operation)
        .iter()
        .filter(|band| band.contract.routed())
}

fn describe(operation: Operation) -> Value {
    let mut described = json!({
        "operationId": operation.name(),
        "externalDocs": {"url": operation.reference()},
        "x-openstack-policy": operation.policy(),
        "parameters": parameters(operation),
    });
    if operation.action().is_some() {
        // Its policies and documentation are those of its actions.
        described = json!({
            "operationId": "servers.action",
            "externalDocs": {
                "url": "https://docs.openstack.org/api-ref/compute/#servers-run-an-action-servers-action",
            },
            "parameters": parameters(operation),
        });
    }
    described
}

/// Adds the branches of an operation to a body: one per schema, with the versions over which it holds.
fn add_branches(
    body: &mut Value,
    operation: Operation,
    schemas: impl Iterator<Item = (&'static Band, Value)>,
) {
    let mut merged: Vec<(Microversion, Microversion, Value)> = Vec::new();
    for (band, schema) in schemas {
        match merged.last_mut() {
            Some((_, last, same)) if *same == schema => *last = band.last,
            _ => merged.push((band.first, band.last, schema)),
        }
    }
    for (first, last, mut schema) in merged {
        let mut dates = json!({"min-ver": first.to_string(), "max-ver": last.to_string()});
        if let Some(action) = operation.action() {
            dates["action"] = action.into();
            dates["operation"] = operation.name().into();
            dates["policy"] = operation.policy().into();
        }
        schema["x-openstack"] = dates;
        match &mut body["content"]["application/json"]["schema"]["oneOf"] {
            Value::Array(branches) => branches.push(schema),
            none => *none = json!([schema]),
        }
    }
}

fn bodies(place: &mut Value, operation: Operation, rules: &mut Rules) {
    let schemas: Vec<_> = routed(operation)
        .filter_map(|band| Some((band, rules.body(&band.contract.body_fields())?)))
        .collect();
    if schemas.is_empty() {
        return;
    }
    let body = &mut place["requestBody"];
    if body.is_null() {
        *body = json!({"required": true});
    }
    add_branches(body, operation, schemas.into_iter());
}

fn parameters(operation: Operation) -> Value {
    let mut parameters = vec![json!({"$ref": "#/components/parameters/version"})];
    let (_, path) = operation.route();
    for segment in path.split('/') {
        if let Some(name) = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            parameters.push(json!({
                "name": name, "in": "path", "required": true, "schema": {"type": "string"},
            }));
        }
    }
    let mut known: Vec<(&str, Rule, Microversion)> = Vec::new();
    for band in routed(operation) {
        for (name, rule) in band.contract.parameters() {
            if !known.iter().any(|(known, ..)| known == name) {
                known.push((name, *rule, band.first));
            }
        }
    }
    for (name, rule, since) in known {
        parameters.push(json!({
            "name": name,
            "in": "query",
            "schema": (rule.schema)(),
            "x-openstack": {"min-ver": since.to_string()},
        }));
    }
    Value::Array(parameters)
}

fn responses(place: &mut Value, operation: Operation, rules: &mut Rules) {
    let responses = &mut place["responses"];
    if responses.is_null() {
        *responses = json!({
            "default": {
                "description": "a fault, wrapped in its name: {\"badRequest\": {\"code\": 400, \"message\": …}}",
            },
        });
    }
    let mut by_status: Vec<(u16, Vec<(&'static Band, Value)>)> = Vec::new();
    for band in routed(operation) {
        let status = band.contract.status();
        for status in [Some(status), band.contract.other_status()]
            .into_iter()
            .flatten()
        {
            let response = &mut responses[status.to_string()];
            if response.is_null() {
                *response = json!({"description": "success"});
            }
        }
        if let Some(schema) = rules.body(&band.contract.answer_fields()) {
            match by_status.last_mut() {
                Some((known, schemas)) if *known == status => schemas.push((band, schema)),
                _ => by_status.push((status, vec![(band, schema)])),
            }
        }
    }
    for (status, schemas) in by_status {
        let response = &mut responses[status.to_string()];
        add_branches(response, operation, schemas.into_iter());
    }
}
