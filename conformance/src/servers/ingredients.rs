//! What servers are made of: flavors and images, as the user names them or as the cloud offers them. It asks the Compute API
//! only: flavors anywhere, images through its own proxy, which is there until 2.35.

use nova_client::RawRequest;
use serde_json::Value;

use super::{Network, Settings};
use crate::{
    caller::{Caller, Cloud},
    ledger::{Limits, send},
    outcome::Stop,
};

/// What servers are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingredients {
    /// The id of the flavor.
    pub flavor: String,
    /// The id of another flavor that fits, to resize to.
    pub second_flavor: Option<String>,
    /// The id of the image.
    pub image: String,
    /// The id of another image that fits the flavor.
    pub second_image: Option<String>,
    /// The network.
    pub network: Network,
}

/// What an image or flavor says of itself, as far as it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offered {
    id: String,
    name: String,
    ram: u64,
    disk: u64,
    usable: bool,
}

impl Offered {
    fn is(&self, wanted: &str) -> bool {
        self.id == wanted || self.name == wanted
    }
}

impl Ingredients {
    /// Finds them.
    ///
    /// # Errors
    /// [`Stop::Skipped`] where the cloud offers nothing that fits, or not what the user names; [`Stop::CouldNotAsk`].
    pub(crate) async fn find(
        settings: &Settings,
        cloud: &Cloud,
        limits: Limits,
    ) -> Result<Self, Stop> {
        let flavors = ask("/flavors/detail", "flavors", flavor, cloud, limits).await?;
        let mut images = match ask("/images/detail", "images", image, cloud, limits).await {
            Ok(images) => images,
            // Nobody promises the proxy to a cloud's users: those who name their images by id do not need it.
            Err(why) => match (&settings.image, &settings.second_image) {
                (Some(image), second) => std::iter::once(image)
                    .chain(second)
                    .map(|id| Offered {
                        id: id.clone(),
                        name: id.clone(),
                        ram: 0,
                        disk: 0,
                        usable: true,
                    })
                    .collect(),
                (None, _) => return Err(without_images(&why)),
            },
        };
        images.retain(|image| {
            image.usable
                || settings
                    .image
                    .iter()
                    .chain(&settings.second_image)
                    .any(|named| image.is(named))
        });
        let image = chosen(&images, settings.image.as_deref(), |_| true)
            .ok_or_else(|| missing("an active image", "--image", settings.image.as_deref()))?;
        let second_image = match settings.second_image.as_deref() {
            Some(named) => Some(
                chosen(&images, Some(named), |_| true)
                    .ok_or_else(|| missing("a second image", "--second-image", Some(named)))?,
            ),
            None => images.iter().find(|other| other.id != image.id),
        };
        let (ram, disk) = [Some(image), second_image]
            .into_iter()
            .flatten()
            .fold((0, 0), |(ram, disk), image| {
                (ram.max(image.ram), disk.max(image.disk))
            });
        let fits =
            |flavor: &Offered| flavor.usable && flavor.ram >= ram && flavor.disk >= disk.max(1);
        let mut by_size: Vec<Offered> = flavors.clone();
        by_size.sort_by_key(|flavor| (flavor.ram, flavor.disk));
        let named = settings.flavor.as_deref();
        let flavor = match named {
            Some(_) => chosen(&flavors, named, |_| true),
            None => chosen(&by_size, None, fits),
        }
        .ok_or_else(|| missing("a flavor that fits the image", "--flavor", named))?;
        let larger =
            |other: &&Offered| other.id != flavor.id && fits(other) && other.disk >= flavor.disk;
        Ok(Self {
            flavor: flavor.id.clone(),
            second_flavor: by_size.iter().find(larger).map(|flavor| flavor.id.clone()),
            image: image.id.clone(),
            second_image: second_image.map(|image| image.id.clone()),
            network: settings.network.clone(),
        })
    }
}

fn chosen<'a>(
    offered: &'a [Offered],
    named: Option<&str>,
    fits: impl Fn(&Offered) -> bool,
) -> Option<&'a Offered> {
    match named {
        Some(named) => offered.iter().find(|one| one.is(named)),
        None => offered.iter().find(|one| fits(one)),
    }
}

fn missing(what: &str, option: &str, named: Option<&str>) -> Stop {
    Stop::Skipped(match named {
        Some(named) => format!(
            "needs servers, and the cloud offers nothing called '{named}': name {what} with {option}"
        ),
        None => {
            format!("needs servers, and the cloud offers none of {what}: name one with {option}")
        }
    })
}

fn without_images(why: &Stop) -> Stop {
    let why = match why {
        Stop::CouldNotAsk(why) => why.clone(),
        Stop::Interrupted => return Stop::Interrupted,
        _ => "no answer".to_owned(),
    };
    Stop::Skipped(format!(
        "needs servers, and the cloud does not tell its images through the Compute API ({why}): name one by its id with --image"
    ))
}

/// The list at a path, asked for at no version, which is the oldest.
async fn ask(
    path: &str,
    member: &str,
    read: fn(&Value) -> Option<Offered>,
    cloud: &Cloud,
    limits: Limits,
) -> Result<Vec<Offered>, Stop> {
    let mut request = RawRequest::get(path).within(limits.deadline);
    let reply = send(Caller::Main, &mut request, cloud)
        .await
        .map_err(Stop::CouldNotAsk)?;
    let body: Option<Value> = serde_json::from_slice(&reply.body)
        .ok()
        .filter(|_| reply.status == 200);
    let list = body.as_ref().and_then(|body| body.get(member)?.as_array());
    let list = list.ok_or_else(|| {
        Stop::CouldNotAsk(format!("GET {path} answered {}, and no list", reply.status))
    })?;
    Ok(list.iter().filter_map(read).collect())
}

fn text(item: &Value, field: &str) -> Option<String> {
    item.get(field)?.as_str().map(str::to_owned)
}

fn number(item: &Value, field: &str) -> u64 {
    item.get(field).and_then(Value::as_u64).unwrap_or_default()
}

fn flavor(item: &Value) -> Option<Offered> {
    Some(Offered {
        id: text(item, "id")?,
        name: text(item, "name")?,
        ram: number(item, "ram"),
        disk: number(item, "disk"),
        usable: item.get("OS-FLV-DISABLED:disabled") != Some(&Value::Bool(true)),
    })
}

/// Snapshots of servers are images too, and nobody's to boot but their makers'.
fn image(item: &Value) -> Option<Offered> {
    let is_snapshot =
        item.pointer("/metadata/image_type").is_some() || item.get("server").is_some();
    Some(Offered {
        id: text(item, "id")?,
        name: item
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        ram: number(item, "minRam"),
        disk: number(item, "minDisk"),
        usable: item.get("status") == Some(&Value::from("ACTIVE")) && !is_snapshot,
    })
}
