//! What course files say, field by field: the one definition behind reading, the JSON Schema and
//! the templates. Values are checked as they are read, so an error names its line and column.

pub mod overlay;
pub mod script;
pub mod values;

use super::model::Shown;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use values::{Id, Line, Percent, Period, Prose, RelPath, Size};

/// Front matter of a lesson, between two `---` lines at the top of `lessons/NN-slug.md`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LessonFile {
    /// Version of this format: 1, also when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<u32>,
    /// Title of the lesson.
    pub title: Line,
    /// One sentence for the course map.
    pub summary: Line,
    /// Reading time in minutes.
    pub minutes: u32,
    /// What the reader can do afterwards, each beginning with a verb.
    pub objectives: Vec<Line>,
    /// Ids of the exercises that practise it.
    #[serde(default)]
    pub exercises: Vec<Id>,
}

/// Front matter of a reference page, `assets/reference/NN-slug.md`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceFile {
    /// Version of this format: 1, also when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<u32>,
    /// Title of the page.
    pub title: Line,
    /// One sentence for the course map.
    pub summary: Line,
}

/// Front matter of an example's `README.md`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExampleFile {
    /// Version of this format: 1, also when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<u32>,
    /// Where its container answers.
    pub http: Endpoint,
}

/// A port and a path to ask.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// Port inside the container.
    pub port: u16,
    /// Path, beginning with `/`.
    pub path: Line,
}

/// A quiz: the YAML inside a fenced block with info string `quiz`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuizFile {
    /// Name, unique within the lesson; answers are remembered under it.
    pub id: Id,
    /// The question, in markdown.
    pub question: Prose,
    /// Options to choose from; each says whether it is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<OptionFile>>,
    /// Accepted answers of a typed question; blanks and case do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Vec<Line>>,
    /// Shown after answering, right or wrong.
    pub explain: Prose,
}

/// One option of a quiz.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionFile {
    /// What it says.
    pub text: Line,
    /// Whether it is right.
    #[serde(default)]
    pub right: bool,
    /// Why, shown when it was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Prose>,
}

/// `exercises/ID/exercise.yaml`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExerciseFile {
    /// Version of this format: 1.
    #[schemars(with = "u32")]
    pub format: Spanned<u32>,
    /// Name of the exercise and of its folder.
    #[schemars(with = "Id")]
    pub id: Spanned<Id>,
    /// Title.
    pub title: Line,
    /// Slug of the lesson that teaches it.
    pub lesson: Id,
    /// How hard it is.
    pub level: LevelFile,
    /// Time it takes, in minutes.
    pub minutes: u32,
    /// What to do, in markdown; shown beside the editor.
    pub task: Prose,
    /// The learner's files in tab order. Those with a start content lie in `start/`.
    #[schemars(with = "Vec<WorkFile>")]
    pub files: Vec<Spanned<WorkFile>>,
    /// What each build is handed as a secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretFile>,
    /// The script that its checks run, and the practice registry that the script meets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<script::SceneFile>,
    /// Hints from gentle to plain, opened one at a time.
    #[serde(default)]
    pub hints: Vec<Prose>,
    /// When the solution may be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reveal: Option<RevealFile>,
    /// Ids of checks that the start must fail: those that the exercise is about. `course check` proves it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub start_fails: Vec<Id>,
    /// What is graded.
    #[schemars(with = "Vec<CheckFile>")]
    pub checks: Vec<Spanned<CheckFile>>,
}

/// How hard an exercise is.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LevelFile {
    /// For the first day.
    Beginner,
    /// Needs the lessons before it.
    Intermediate,
    /// Needs most of the course.
    Advanced,
}

/// One of the learner's files.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkFile {
    /// Path below the exercise's folder.
    pub path: RelPath,
    /// Whether the learner is meant to change it. Without a file in `start/`, the learner creates it.
    #[serde(default)]
    pub edit: bool,
    /// In place of a file in `start/`: a file of so many zero bytes, which take no room on disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zeros: Option<Size>,
}

/// A file that each build is handed as a secret, as `--secret id=ID,src=FILE` does.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretFile {
    /// The name by which a `RUN --mount=type=secret` asks for it.
    pub id: Id,
    /// One of the exercise's files.
    pub file: RelPath,
    /// Each grading hands over another value: that of the file, a hyphen and something random. Where a file
    /// that the learner does not edit holds the SHA-256 of the value, it holds the new one's then.
    #[serde(default)]
    pub fresh: bool,
}

/// When the solution may be seen.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevealFile {
    /// Always after passing.
    pub after: RevealAfter,
    /// Also after so many failed attempts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub or_attempts: Option<u32>,
}

/// The event after which the solution may be seen.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RevealAfter {
    /// Every check passes.
    Pass,
}

/// One check: `id`, `title`, `points`, `why`, and exactly one of the other fields.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFile {
    /// Name, unique within the exercise.
    pub id: Id,
    /// What holds when it passes, as a sentence.
    pub title: Line,
    /// What it is worth.
    pub points: u32,
    /// The reason for it; shown when it fails, beside what was measured.
    pub why: Prose,
    /// Its points are added to what there is, and nobody needs them to pass.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bonus: bool,
    /// When it fails, it gives the share of its points that held: for `lint`, `dockerfile`, `files`, `run`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub partial: bool,
    /// How much of it a learner sees; only an instructor's overlay hides checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// Findings of the linter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lint: Option<LintFile>,
    /// Structure of the Dockerfile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerfile: Option<DockerfileFile>,
    /// Files of the submission and of the build context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<FilesFile>,
    /// The image builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildFile>,
    /// Size of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_size: Option<SizeFile>,
    /// Layers of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<LayersFile>,
    /// Steps that must stay cached after a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<CacheFile>,
    /// How much faster a build after a change is with warm caches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuild: Option<RebuildFile>,
    /// A container of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunFile>,
    /// A run of the exercise's script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<script::ScriptFile>,
    /// What the registry is like after that script, or what a lifecycle policy does to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecr: Option<script::EcrFile>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Findings of the linter.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintFile {
    /// The worst severity still allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<AtMost>,
    /// Rules that must find nothing, by code or name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid: Vec<Line>,
}

/// A severity, from worst to least.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AtMost {
    /// Everything is allowed.
    Error,
    /// No errors.
    Warning,
    /// No errors or warnings.
    Info,
    /// Only matters of form.
    Style,
}

/// Structure of the Dockerfile.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DockerfileFile {
    /// Fewest stages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_stages: Option<u32>,
    /// Instructions that must be there: `USER`, ….
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<Line>,
    /// Instructions that must not be there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid: Vec<Line>,
}

/// Files of the submission and of the build context.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesFile {
    /// Files that must exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exist: Vec<RelPath>,
    /// Paths that `.dockerignore` must keep out of the context, whether they exist or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<RelPath>,
    /// Paths that must stay in the context.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<RelPath>,
}

/// The image builds.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildFile {
    /// Limit for the build; ten minutes when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
    /// The stage to build, as `--target` names it; the last one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Line>,
    /// Most bytes of the context that the builder may have to fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_at_most: Option<Size>,
    /// Without the exercise's secrets it must not build: proof that they come from nowhere else.
    #[serde(default)]
    pub only_with_secrets: bool,
}

/// Size of the image: exactly one of the fields.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SizeFile {
    /// At most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Size>,
    /// Smaller than the image of the start files by at least this share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smaller_than_start_by: Option<Percent>,
    /// What is added above the base image is smaller than what the start adds, by at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_smaller_than_start_by: Option<Percent>,
}

/// Layers of the image.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayersFile {
    /// Most layers above the base image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
    /// Paths that must be in no layer, deleted later or not; `*` and `**` as in `.dockerignore`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid_paths: Vec<Line>,
    /// Texts that must be in no file of any layer, nor in the image's history and configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbid_text: Vec<Line>,
}

/// Which steps a change concerns: at least one of `cached` and `again`.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheFile {
    /// File that is changed.
    pub change: RelPath,
    /// Text of an instruction that must come from the cache all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<Line>,
    /// Text of an instruction that must run again, because the change is its concern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Line>,
}

/// How much faster a build after a change is when cache mounts and layers of the build before it are there.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RebuildFile {
    /// What is changed between the two builds.
    pub change: ChangeFile,
    /// Text of the instruction that is timed; the whole build when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Line>,
    /// So many times faster than with empty caches, 2 to 1000.
    pub at_least_times_faster: u32,
}

/// A change of one place in a file.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeFile {
    /// File that is changed.
    pub file: RelPath,
    /// Text that is replaced where it stands first.
    pub replace: Line,
    /// What stands there afterwards.
    pub with: Line,
}

/// A container of the image.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunFile {
    /// Who the main process runs as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserRule>,
    /// A request that must be answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpFile>,
    /// Text that its output must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Line>,
    /// Exit code that it must end with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// It ends by itself within this time of SIGTERM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops_within: Option<Period>,
    /// It works with a read-only root file system.
    #[serde(default)]
    pub read_only: bool,
    /// Its `HEALTHCHECK` says healthy while process 1 works, and unhealthy when process 1 hangs.
    #[serde(default)]
    pub healthy: bool,
    /// Limit for start-up; thirty seconds when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Period>,
}

/// Who a container may run as.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UserRule {
    /// Anyone but root.
    NonRoot,
}

/// A request and its answer.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpFile {
    /// Port inside the container.
    pub port: u16,
    /// Path, beginning with `/`.
    pub path: Line,
    /// Status expected; 200 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Text that the body must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<Line>,
}
