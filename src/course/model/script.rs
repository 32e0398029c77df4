//! What checks of scripts and registries look at.

use std::collections::BTreeMap;
use std::time::Duration;

/// The script of an exercise, and the practice registry that it meets: a fresh one each time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scene {
    /// One of the exercise's files, run with bash.
    pub file: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, beside region and credentials.
    pub environment: BTreeMap<String, String>,
    /// Limit for one run.
    pub within: Duration,
    /// What is in the registry before.
    pub repositories: Vec<SeedRepository>,
}

/// A repository that is there before the script runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeedRepository {
    /// Its name.
    pub name: String,
    /// Whether its tags cannot be moved.
    pub immutable: bool,
    /// Whether a push is scanned.
    pub scan_on_push: bool,
    /// Its images.
    pub images: Vec<SeedImage>,
}

/// An image that is there before the script runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SeedImage {
    /// Its tags.
    pub tags: Vec<String>,
    /// How many days ago it was pushed.
    pub days: u32,
    /// Python packages in it, as `name==version`.
    pub packages: Vec<String>,
}

/// What a run of the script must do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScriptCheck {
    /// Environment over the scene's.
    pub environment: BTreeMap<String, String>,
    /// Variables of the scene that are not set.
    pub without: Vec<String>,
    /// Commands that fail, each in a run of its own: `docker push`.
    pub failing: Vec<String>,
    /// Whether it must fail; otherwise it must succeed.
    pub fails: bool,
    /// Whether it runs a second time, which must succeed and change nothing.
    pub again: bool,
    /// Whether it must leave the registry's images as they were.
    pub pushes_nothing: bool,
    /// Text that its output must hold.
    pub output: Option<String>,
    /// Commands that it must have called.
    pub calls: Vec<String>,
    /// Commands that it must not have called.
    pub never: Vec<String>,
    /// Whether no token may be in its output, its files, or an argument of a command.
    pub keeps_token: bool,
    /// Whether ShellCheck must find nothing in it.
    pub shellcheck: bool,
}

/// What a registry must be like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EcrCheck {
    /// The repository.
    pub repository: String,
    /// Environment over the scene's, for the run that is looked at.
    pub environment: BTreeMap<String, String>,
    /// Whether its tags must be immutable.
    pub immutable: bool,
    /// Tags that must stay movable all the same.
    pub movable: Vec<String>,
    /// Whether a push must start a scan.
    pub scan_on_push: bool,
    /// Tags that must be there, all on one image. `{NAME}` is a variable of the script, `{commit}` the
    /// commit that the script sees.
    pub tags: Vec<String>,
    /// A tag that was there before, whose image must have those tags.
    pub same_as: Option<String>,
    /// Tags that must not be there.
    pub no_tags: Vec<String>,
    /// The worst severity that a finding with a fix may not have, in any image that has those tags.
    pub findings_below: Option<String>,
    /// What its lifecycle policy must do.
    pub policy: Option<PolicyCheck>,
}

/// What a lifecycle policy must do with images.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyCheck {
    /// One of the exercise's files with the policy; the repository's own policy when there is none.
    pub file: Option<String>,
    /// The images of a repository, and what becomes of each.
    pub images: Vec<PolicyImage>,
}

/// An image under a lifecycle policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyImage {
    /// Its tags.
    pub tags: Vec<String>,
    /// How many days ago it was pushed.
    pub days: u32,
    /// Whether it must expire; otherwise it must stay.
    pub expires: bool,
}
