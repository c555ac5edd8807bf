//! The list of extensions, which names what is part of the API.

use crate::Operation::{ExtensionList, ExtensionShow};
use crate::change::{Change, Now, change, shown};
use crate::rules::{ANY, ARRAY, MOMENT, OBJECT, STRING};

pub(super) const CHANGES: &[Change] = &[
    change(&[ExtensionList, ExtensionShow], Now::Routed(true)),
    change(&[ExtensionList, ExtensionShow], Now::Status(200)),
    shown(&[ExtensionList], "/extensions", ARRAY),
    shown(&[ExtensionList], "/extensions/*", OBJECT),
    shown(&[ExtensionList], "/extensions/*/alias", STRING),
    shown(&[ExtensionList], "/extensions/*/description", STRING),
    shown(&[ExtensionList], "/extensions/*/links", ANY),
    shown(&[ExtensionList], "/extensions/*/name", STRING),
    shown(&[ExtensionList], "/extensions/*/namespace", STRING),
    shown(&[ExtensionList], "/extensions/*/updated", MOMENT),
    shown(&[ExtensionShow], "/extension", OBJECT),
    shown(&[ExtensionShow], "/extension/alias", STRING),
    shown(&[ExtensionShow], "/extension/description", STRING),
    shown(&[ExtensionShow], "/extension/links", ANY),
    shown(&[ExtensionShow], "/extension/name", STRING),
    shown(&[ExtensionShow], "/extension/namespace", STRING),
    shown(&[ExtensionShow], "/extension/updated", MOMENT),
];
