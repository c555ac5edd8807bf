//! One port, and which service answers what on it.
//!
//! Knows the services by their entry points only. Each reads and answers in its own dialect of OpenStack;
//! what they share of HTTP is in [`call`].

pub mod call;
mod log;
pub mod server;

use std::any::Any;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Level;

use crate::state::AppState;
use crate::{compute, control, flaws, guest, identity, image, network, volume};
use call::Base;

/// Every route of the cloud.
pub fn router(state: AppState) -> Router {
    let router = Router::new()
        .route("/", any(index))
        .route("/identity", any(identity::serve))
        .route("/identity/", any(identity::serve))
        .route("/identity/{*rest}", any(identity::serve))
        .route("/compute", any(compute::serve))
        .route("/compute/", any(compute::serve))
        .route("/compute/{*rest}", any(compute::serve))
        .route("/image", any(image::serve))
        .route("/image/", any(image::serve))
        .route("/image/{*rest}", any(image::serve))
        .route("/networking", any(network::serve))
        .route("/networking/", any(network::serve))
        .route("/networking/{*rest}", any(network::serve))
        .route("/placement", any(placement))
        .route("/placement/", any(placement))
        .route("/volume", any(volume::serve))
        .route("/volume/", any(volume::serve))
        .route("/volume/{*rest}", any(volume::serve))
        .route("/metadata", any(guest::metadata::serve))
        .route("/metadata/", any(guest::metadata::serve))
        .route("/metadata/{*rest}", any(guest::metadata::serve))
        .route("/_mock/{*rest}", any(control::serve))
        .fallback(nowhere)
        .layer(CatchPanicLayer::custom(after_panic));
    let router = flaws::before(router.with_state(state.clone()), &state);
    // Around everything, so that what ended in a panic is logged too; and nowhere, where nobody listens.
    if tracing::enabled!(Level::INFO) {
        router.layer(middleware::from_fn(log::requests))
    } else {
        router
    }
}

/// What there is on this port.
async fn index(State(_): State<AppState>, request: Request) -> Response {
    let base = Base::of(&request);
    let at = |path: &str| base.join(path);
    call::json_response(
        StatusCode::OK,
        &json!({
            "name": "mock-nova",
            "version": env!("CARGO_PKG_VERSION"),
            "services": {
                "identity": at("/identity/v3"),
                "compute": at("/compute/v2.1"),
                "image": at("/image"),
                "network": at("/networking"),
                "placement": at("/placement"),
                "block-storage": at("/volume/v3"),
            },
            "metadata": at("/metadata"),
            "control": at("/_mock/health"),
        }),
    )
}

/// The root of the placement service, which the mock has no more of.
async fn placement() -> Response {
    let version = json!({
        "id": "v1.0", "min_version": "1.0", "max_version": "1.39", "status": "CURRENT",
        "links": [{"rel": "self", "href": ""}],
    });
    call::json_response(StatusCode::OK, &json!({ "versions": [version] }))
}

async fn nowhere(request: Request) -> Response {
    let message = format!(
        "There is nothing at {}. GET / lists what there is on this port.",
        request.uri().path()
    );
    call::json_response(
        StatusCode::NOT_FOUND,
        &json!({"error": {"code": 404, "title": "Not Found", "message": message}}),
    )
}

/// A defect must cost one answer and not the cloud.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the layer hands the panic over"
)]
fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text");
    tracing::error!(
        panic = what,
        "a request ended in a panic; this is a defect of mock-nova"
    );
    let message = "mock-nova has a defect: the request ended in a panic. Its log says which.";
    let body =
        json!({"error": {"code": 500, "title": "Internal Server Error", "message": message}});
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}
