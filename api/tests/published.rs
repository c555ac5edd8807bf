//! The generated documents are current. `UPDATE_DOCS=1` rewrites them.

use std::path::PathBuf;

use rstest::rstest;

fn openapi() -> String {
    format!("{:#}\n", nova_api::publish::openapi())
}

#[rstest]
#[case::microversions("microversions.md", nova_api::publish::microversions())]
#[case::openapi("openapi.json", openapi())]
fn the_document_is_current(#[case] name: &str, #[case] generated: String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../docs")
        .join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == generated,
        "docs/{name} is not what the history says; run UPDATE_DOCS=1 cargo test -p nova-api --test published"
    );
}
