//! What `exercise.yaml` says about scripts and registries.

use super::values::{Line, Period, RelPath};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The script of an exercise. It runs in a copy of the learner's files, in a git repository of one commit,
/// against a fresh practice registry; region and credentials are set.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SceneFile {
    /// One of the exercise's files, run with bash.
    pub file: RelPath,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Line>,
    /// Its environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Line>,
    /// Limit for one run; one minute when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
    /// Repositories that are there before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repositories: Vec<SeedFile>,
}

/// A repository that is there before the script runs.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedFile {
    /// Its name.
    pub name: Line,
    /// Whether its tags cannot be moved.
    #[serde(default)]
    pub immutable: bool,
    /// Whether a push is scanned.
    #[serde(default)]
    pub scan_on_push: bool,
    /// Its images.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<SeedImageFile>,
}

/// An image that is there before the script runs.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeedImageFile {
    /// Its tags.
    pub tags: Vec<Line>,
    /// How many days ago it was pushed.
    #[serde(default)]
    pub days: u32,
    /// Python packages in it, as `name==version`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Line>,
}

/// A run of the exercise's script, which must succeed unless `fails` or `failing` is given.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptFile {
    /// Environment over that of the exercise.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Line>,
    /// Variables of the exercise that are not set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<Line>,
    /// Commands that fail, each in a run of its own, as `docker push`: the script must fail too, and do no
    /// more work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failing: Vec<Line>,
    /// It must fail.
    #[serde(default)]
    pub fails: bool,
    /// It runs twice; the second run must succeed and change no tag.
    #[serde(default)]
    pub again: bool,
    /// The registry's images must be as they were.
    #[serde(default)]
    pub pushes_nothing: bool,
    /// Text that its output must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Line>,
    /// Commands that it must have called: `docker push`, `aws ecr put-image`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Line>,
    /// Commands that it must not have called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub never: Vec<Line>,
    /// No token may be in its output, in its files, or in the arguments of a command.
    #[serde(default)]
    pub keeps_token: bool,
    /// ShellCheck must find nothing in it; not run where there is no ShellCheck.
    #[serde(default)]
    pub shellcheck: bool,
}

/// What a repository is like after the script, or what a lifecycle policy does.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EcrFile {
    /// The repository.
    pub repository: Line,
    /// Environment over that of the exercise, for the run that is looked at.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Line>,
    /// Its tags cannot be moved.
    #[serde(default)]
    pub immutable: bool,
    /// Tags that can be moved all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub movable: Vec<Line>,
    /// A push starts a scan.
    #[serde(default)]
    pub scan_on_push: bool,
    /// Tags that are there, all on one image. `{NAME}` is a variable of the script, `{commit}` the commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Line>,
    /// A tag that was there before: its image has those tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<Line>,
    /// Tags that are not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_tags: Vec<Line>,
    /// No finding that has a fix is this bad or worse, in the image that has those tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings_below: Option<SeverityFile>,
    /// What its lifecycle policy does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<PolicyFile>,
}

/// A severity in ECR's words, in small letters.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeverityFile {
    /// CRITICAL
    Critical,
    /// HIGH
    High,
    /// MEDIUM
    Medium,
    /// LOW
    Low,
}

/// What a lifecycle policy does with images.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// One of the exercise's files with the policy, which then needs no run; else the policy that the script
    /// has put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<RelPath>,
    /// The images of a repository.
    pub images: Vec<PolicyImageFile>,
}

/// An image under a lifecycle policy.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyImageFile {
    /// Its tags.
    pub tags: Vec<Line>,
    /// How many days ago it was pushed.
    pub days: u32,
    /// What becomes of it.
    pub then: FateFile,
}

/// What becomes of an image.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FateFile {
    /// It stays.
    Stays,
    /// It expires.
    Expires,
}
