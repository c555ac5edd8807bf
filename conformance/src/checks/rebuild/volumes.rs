//! A server whose disk is a volume: which image it may be rebuilt from. Where the cloud makes no such server, the question
//! does not arise, and the cloud's own words say why.

use nova_api::{Behavior, Operation::ServerRebuild};
use serde_json::{Value, json};

use super::{
    begin,
    steps::{accepted, at_its_ends, body, refused},
};
use crate::check::{Caller, Check, Stop, Versions};

const SENTENCE: &str = "Microversion 2.93: add support for volume backed server rebuild; the end user will provide the image with the rebuild command. Before, a different image is refused with 400.";

pub(super) fn checks() -> Vec<Check> {
    vec![same_image(), other_image()]
}

fn same_image() -> Check {
    begin(
        "volume.same-image",
        "A server whose disk is a volume is rebuilt from the image that the volume was made from",
        SENTENCE,
    )
    .versions(at_its_ends(Versions::All))
    .probe(|cx| async move {
        let id = cx
            .make_volume_server(Caller::Main, "volume-backed")
            .await?
            .id;
        let image = cx.ingredients().await?.image.clone();
        let main = cx.as_(Caller::Main);
        let answer = main
            .ask(ServerRebuild, &[&id])
            .json(&body(&image, &json!({})))
            .send()
            .await?;
        accepted(&cx, &answer, "the image is the volume's")?;
        main.wait_settled(&id)
            .await?
            .expect_json_eq("/server/image", &json!(""))?;
        Ok(())
    })
}

fn other_image() -> Check {
    begin(
        Behavior::RebuildsVolumeBacked.name(),
        "A server whose disk is a volume is rebuilt from another image from 2.93 on, and before refused",
        SENTENCE,
    )
    .versions(Versions::All.asked_at(&[1, 92, 93, 104]))
    .probe(|cx| async move {
        let image = cx.ingredients().await?.second_image.clone().ok_or_else(|| {
            Stop::NotApplicable("the cloud has one image that fits: name another with --second-image".to_owned())
        })?;
        let id = cx.make_volume_server(Caller::Main, "volume-backed").await?.id;
        let main = cx.as_(Caller::Main);
        let answer = main.ask(ServerRebuild, &[&id]).json(&body(&image, &json!({}))).send().await?;
        if !cx.contract(ServerRebuild).behaves(Behavior::RebuildsVolumeBacked) {
            return refused(&answer, 400, "the image is not the volume's");
        }
        accepted(&cx, &answer, "the volume may be given another image")?;
        main.wait_settled(&id).await?.expect_json_eq("/server/status", &Value::from("ACTIVE"))?;
        Ok(())
    })
}
