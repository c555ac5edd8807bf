//! `images/{image}/file`: an image's bytes, which are counted and digested as they come, and not kept.

use std::future::poll_fn;
use std::pin::pin;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use md5::{Digest as _, Md5};
use sha2::Sha512;

use super::fault::Fault;
use super::{Exchange, image, may_write, viewer};
use crate::cloud::Cloud;
use crate::cloud::image::Digests;
use crate::cloud::viewer::Viewer;
use crate::http::call::{Answer, Base};
use crate::identity::authenticate;
use crate::state::AppState;

/// The image whose file a request brings, if it does.
pub(super) fn wanted(request: &Request) -> Option<String> {
    let path = request.uri().path().strip_prefix("/image/v2/images/")?;
    let id = path.strip_suffix("/file")?;
    (request.method() == Method::PUT && !id.contains('/')).then(|| id.to_owned())
}

pub(super) async fn upload(state: &AppState, id: &str, request: Request) -> Result<Answer, Fault> {
    let base = Base::of(&request);
    let (parts, body) = request.into_parts();
    let token = parts
        .headers
        .get("x-auth-token")
        .and_then(|token| token.to_str().ok());
    let caller = token
        .and_then(|token| authenticate(state, token))
        .ok_or_else(|| Fault::unauthorized(&base))?;
    may_write(&caller, "upload_image")?;
    let media = parts
        .headers
        .get("content-type")
        .and_then(|media| media.to_str().ok());
    if media != Some("application/octet-stream") {
        return Err(Fault::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The request body's Content-Type must be application/octet-stream.",
        ));
    }
    let viewer = viewer(&caller);
    state.store.read(|cloud| may_save(cloud, id, viewer))?;
    let (size, digests) = read(body).await?;
    state.store.write(|cloud| {
        // Others may have been faster while the bytes came.
        may_save(cloud, id, viewer)?;
        let image = cloud.images.get_mut(id).ok_or_else(|| Fault::missing(id))?;
        "active".clone_into(&mut image.status);
        image.size = size;
        image.digests = Some(digests);
        image.updated_at = state.clock.now();
        Ok(Answer::no_content())
    })
}

/// Whether the image is one that waits for its bytes from this viewer.
fn may_save(cloud: &Cloud, id: &str, viewer: Viewer<'_>) -> Result<(), Fault> {
    let image = cloud
        .images
        .find(id, viewer)
        .ok_or_else(|| Fault::missing(id))?;
    if !image.belongs_to(viewer) {
        return Err(Fault::not_allowed("upload_image"));
    }
    if image.has_file() {
        return Err(Fault::new(
            StatusCode::CONFLICT,
            format!(
                "Image status transition from {} to saving is not allowed",
                image.status
            ),
        ));
    }
    if image.disk_format.is_empty() || image.container_format.is_empty() {
        return Err(Fault::bad_request(
            "Properties disk_format, container_format must be set prior to saving data.",
        ));
    }
    Ok(())
}

async fn read(body: Body) -> Result<(u64, Digests), Fault> {
    let (mut size, mut md5, mut sha512) = (0_u64, Md5::new(), Sha512::new());
    let mut body = pin!(body);
    while let Some(frame) = poll_fn(|task| body.as_mut().poll_frame(task)).await {
        let frame = frame.map_err(|_| Fault::bad_request("The image's bytes broke off."))?;
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        size += u64::try_from(piece.len()).unwrap_or_default();
        md5.update(&piece);
        sha512.update(&piece);
    }
    let digests = Digests {
        md5: hex(&md5.finalize()),
        sha512: hex(&sha512.finalize()),
    };
    Ok((size, digests))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn download(exchange: &Exchange<'_>, id: &str) -> Result<Answer, Fault> {
    if image(exchange, id)?.has_file() {
        Err(Fault::new(
            StatusCode::NOT_FOUND,
            "mock-nova keeps no image's bytes; it knows their number and their digests.",
        ))
    } else {
        Ok(Answer::no_content())
    }
}
