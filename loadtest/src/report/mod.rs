//! Reports of a run: the page and the file that draws it again, and what a terminal is told. They know results and
//! judgements, and change neither.

pub mod html;
pub mod live;
pub mod terminal;

use std::{fs, io, path::Path};

use crate::results::{FILE, Results};

/// The page's name.
pub const PAGE: &str = "report.html";

/// Writes the page and the file of results into a directory, which is made.
///
/// # Errors
/// One of them cannot be written; the error names it.
pub fn write(directory: &Path, results: &Results) -> io::Result<()> {
    fs::create_dir_all(directory).map_err(|error| naming(directory, &error))?;
    let text = results.text().map_err(io::Error::other)?;
    write_file(&directory.join(FILE), &text)?;
    write_file(&directory.join(PAGE), &html::render(results))
}

/// Writes one file.
///
/// # Errors
/// It cannot be written; the error names it.
pub fn write_file(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text).map_err(|error| naming(path, &error))
}

fn naming(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
