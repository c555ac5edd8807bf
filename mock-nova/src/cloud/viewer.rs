//! Who looks at images, networks and volumes: all that their rules of visibility ask.

/// For whom something is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer<'a> {
    /// The project the caller works in.
    pub project_id: Option<&'a str>,
    /// Whether the caller is an administrator, who sees everything.
    pub admin: bool,
}

impl Viewer<'_> {
    /// Whether what belongs to this project is the viewer's to change.
    #[must_use]
    pub fn owns(&self, project_id: &str) -> bool {
        self.admin || self.project_id == Some(project_id)
    }
}
