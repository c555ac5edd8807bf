//! One line per request, the same for every service. Knows HTTP only.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

/// Hands the request on, and logs how it was answered. What is secret may be in the query, so that is left out.
pub(super) async fn requests(request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let response = next.run(request).await;
    let request_id = response
        .headers()
        .get("x-openstack-request-id")
        .and_then(|id| id.to_str().ok());
    tracing::info!(
        service = service(uri.path()),
        %method,
        path = uri.path(),
        status = response.status().as_u16(),
        request_id,
    );
    response
}

/// Which service has this path.
fn service(path: &str) -> &'static str {
    match path.split('/').nth(1) {
        Some("identity") => "identity",
        Some("compute") => "compute",
        Some("image") => "image",
        Some("networking") => "network",
        Some("placement") => "placement",
        Some("volume") => "block-storage",
        Some("metadata") => "metadata",
        Some("_mock") => "control",
        _ => "none",
    }
}
