//! `docs/openapi.json`: the contracts as OpenAPI 3.1, for tools.
//!
//! OpenAPI knows one body per operation, the Compute API one per band of versions. Each band is one
//! branch of a `oneOf`, and `x-openstack` says over which versions it holds.

use serde_json::{Map, Value, json};

use crate::change::Rule;
use crate::contract::Band;
use crate::{Microversion, Operation, bands};

/// The OpenAPI document.
#[must_use]
pub fn openapi() -> Value {
    let mut paths = Map::new();
    for operation in Operation::ALL {
        let (method, path) = operation.route();
        let method = method.name().to_ascii_lowercase();
        paths.entry(path).or_insert_with(|| json!({}))[method] = describe(*operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OpenStack Compute: keypairs, quotas, limits",
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
        },
        "paths": paths,
    })
}

fn describe(operation: Operation) -> Value {
    let bands = bands(operation);
    let mut described = json!({
        "operationId": operation.name(),
        "externalDocs": {"url": operation.reference()},
        "x-openstack-policy": operation.policy(),
        "parameters": parameters(operation, bands),
        "responses": responses(bands),
    });
    let bodies: Vec<Value> = bands
        .iter()
        .filter_map(|band| {
            band.contract
                .body_schema()
                .map(|schema| dated(band, schema))
        })
        .collect();
    if !bodies.is_empty() {
        described["requestBody"] = json!({
            "required": true,
            "content": {"application/json": {"schema": {"oneOf": bodies}}},
        });
    }
    described
}

/// A schema with the versions over which it holds.
fn dated(band: &Band, mut schema: Value) -> Value {
    schema["x-openstack"] = json!({
        "min-ver": band.first.to_string(),
        "max-ver": band.last.to_string(),
    });
    schema
}

fn parameters(operation: Operation, bands: &[Band]) -> Value {
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
    for band in bands {
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

fn responses(bands: &[Band]) -> Value {
    let mut responses = Map::new();
    for band in bands {
        let status = band.contract.status().to_string();
        let response = responses
            .entry(status)
            .or_insert_with(|| json!({"description": "success"}));
        if let Some(schema) = band.contract.answer_schema() {
            let one_of = &mut response["content"]["application/json"]["schema"]["oneOf"];
            match one_of {
                Value::Array(branches) => branches.push(dated(band, schema)),
                empty => *empty = json!([dated(band, schema)]),
            }
        }
    }
    responses.insert(
        "default".to_owned(),
        json!({"description": "a fault, wrapped in its name: {\"badRequest\": {\"code\": 400, \"message\": …}}"}),
    );
    Value::Object(responses)
}
