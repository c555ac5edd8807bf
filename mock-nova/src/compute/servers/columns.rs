//! A server's attributes under the names of Nova's columns, by which lists are filtered and sorted.

use std::cmp::Ordering;

use jiff::Timestamp;

use crate::cloud::server::Server;

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Nothing is known. It comes first in order, and no filter finds it.
    Null,
    Number(i64),
    Text(String),
    Time(Timestamp),
}

impl Column {
    /// As a filter's pattern sees it.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Time(time) => Some(time.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()),
        }
    }

    /// In the order of a database.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            // One column has one kind of value.
            _ => Ordering::Equal,
        }
    }
}

impl From<Option<&str>> for Column {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.to_owned()))
    }
}

impl From<Option<Timestamp>> for Column {
    fn from(time: Option<Timestamp>) -> Self {
        time.map_or(Self::Null, Self::Time)
    }
}

/// The column of this name; nothing where a server has none.
pub(super) fn column(server: &Server, name: &str) -> Option<Column> {
    let text = |text: &str| Column::Text(text.to_owned());
    let kernel = |name| {
        text(
            server
                .boot_property(name)
                .filter(|id| *id != "nokernel")
                .unwrap_or_default(),
        )
    };
    let flag = |value: bool| Column::Number(i64::from(value));
    let ip = |ip: Option<String>| ip.map_or(Column::Null, Column::Text);
    Some(match name {
        "access_ip_v4" => ip(server.access_ip_v4.map(|ip| ip.to_string())),
        "access_ip_v6" => ip(server.access_ip_v6.map(|ip| ip.to_string())),
        "auto_disk_config" => flag(server.disk_config_auto),
        "availability_zone" => server.availability_zone.as_deref().into(),
        "config_drive" => text(if server.config_drive { "True" } else { "" }),
        "created_at" => Column::Time(server.created_at),
        "display_description" => server.description.as_deref().into(),
        "display_name" => text(&server.name),
        "host" | "launched_on" => server.host.as_deref().into(),
        "hostname" => text(&server.hostname),
        "image_ref" => text(server.image.as_deref().map_or("", |image| &image.id)),
        "instance_type_id" => text(&server.flavor.id),
        "kernel_id" => kernel("kernel_id"),
        "key_name" => server.key_name().into(),
        "launch_index" => Column::Number(i64::from(server.launch_index)),
        "launched_at" => server.launched_at.into(),
        "locked" => flag(server.locked.is_some()),
        "locked_by" => server
            .locked
            .as_deref()
            .map(|lock| if lock.by_owner { "owner" } else { "admin" })
            .into(),
        "node" => server.node().into(),
        "power_state" => Column::Number(server.power_state.code()),
        "progress" => Column::Number(0),
        "project_id" => text(&server.project_id),
        "ramdisk_id" => kernel("ramdisk_id"),
        "reservation_id" => text(&server.reservation_id),
        "root_device_name" => server.root_device_name.as_deref().into(),
        "task_state" => server.task_state.map(|state| state.name()).into(),
        "terminated_at" => server.terminated_at.into(),
        "updated_at" => Column::Time(server.updated_at),
        "user_id" => text(&server.user_id),
        "uuid" => text(&server.id.to_string()),
        "vm_state" => text(server.vm_state.name()),
        _ => return None,
    })
}
