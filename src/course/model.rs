//! What a course is once it has been read. Pure.

pub mod script;

use script::{EcrCheck, Scene, ScriptCheck};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A course that loaded, with whatever did not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Course {
    /// Lessons in order.
    pub lessons: Vec<Lesson>,
    /// Exercises in order of their number.
    pub exercises: Vec<Exercise>,
    /// Worked examples in order.
    pub examples: Vec<Example>,
    /// Reference pages in order: read like lessons, at any time.
    pub reference: Vec<Lesson>,
    /// Words of the glossary, in its order.
    pub glossary: Vec<Word>,
    /// Files that could not be read, each with what to do. The rest of the course is there.
    pub problems: Vec<Problem>,
}

impl Course {
    /// The lesson with this slug.
    pub fn lesson(&self, slug: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.slug == slug)
    }

    /// The lesson or reference page with this slug.
    pub fn page(&self, slug: &str) -> Option<&Lesson> {
        self.lesson(slug).or_else(|| self.reference.iter().find(|page| page.slug == slug))
    }

    /// What the glossary says about a word, written as one likes: `Cache mount`, `cache-mount`.
    pub fn word(&self, name: &str) -> Option<&Word> {
        let wanted = folded(name);
        self.glossary.iter().find(|word| folded(&word.name) == wanted)
    }

    /// The exercise with this id.
    pub fn exercise(&self, id: &str) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| exercise.id == id)
    }

    /// The example with this name, or with its number alone: `1` for `01-python-basic`.
    pub fn example(&self, name: &str) -> Option<&Example> {
        let number = |name: &str| name.split('-').next().and_then(|n| n.parse::<u32>().ok());
        self.examples.iter().find(|example| {
            example.name == name || (name.parse::<u32>().is_ok() && number(&example.name) == number(name))
        })
    }
}

/// A word in small letters, hyphens and underscores as blanks.
fn folded(word: &str) -> String {
    let spaced = word.replace(['-', '_'], " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A word of the glossary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As it is written: `Cache mount`.
    pub name: String,
    /// What it means, in markdown.
    pub text: String,
}

/// A course file that is broken: where, what, and the remedy, ready to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// File inside the course.
    pub path: String,
    /// Line from 1, when known.
    pub line: Option<usize>,
    /// Column in characters from 1, when known.
    pub column: Option<usize>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The lines around it with a marker; empty when there are none.
    pub snippet: String,
    /// What to do.
    pub remedy: String,
}

/// One lesson: a markdown page with front matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lesson {
    /// `image-size` of `lessons/04-image-size.md`.
    pub slug: String,
    /// `4` of `lessons/04-image-size.md`.
    pub number: u32,
    /// Title.
    pub title: String,
    /// One sentence for the course map.
    pub summary: String,
    /// Reading time in minutes.
    pub minutes: u32,
    /// What the reader can do afterwards.
    pub objectives: Vec<String>,
    /// Exercise ids that practise it.
    pub exercises: Vec<String>,
    /// Markdown behind the front matter. Fenced blocks with info string `quiz` hold a [`Quiz`] in
    /// YAML; those with `try` after the language open in a scratch workbench or run. Split it with
    /// [`super::page::split`].
    pub body: String,
    /// File inside the course: `lessons/04-image-size.md`.
    pub path: String,
    /// Line of that file on which `body` begins, from 1.
    pub body_line: usize,
}

impl Lesson {
    /// Whether this is a reference page, which has no number and no end to reach.
    pub fn is_reference(&self) -> bool {
        self.path.starts_with("assets/reference/")
    }
}

/// A question inside a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiz {
    /// Unique within the course, `lesson-slug/name`.
    pub id: String,
    /// The question, one line of markdown or more.
    pub question: String,
    /// How it is answered.
    pub kind: QuizKind,
    /// Shown after answering, right or wrong.
    pub explanation: String,
}

impl Quiz {
    /// Whether exactly these options, from 0, are the right ones.
    pub fn is_right_choice(&self, chosen: &BTreeSet<usize>) -> bool {
        match &self.kind {
            QuizKind::Choice { options, .. } => {
                options.iter().enumerate().all(|(index, option)| option.correct == chosen.contains(&index))
            }
            QuizKind::Text { .. } => false,
        }
    }

    /// Whether this is an accepted answer, blanks and case folded.
    pub fn is_right_text(&self, given: &str) -> bool {
        let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        match &self.kind {
            QuizKind::Text { answers } => answers.iter().any(|answer| folded(answer) == folded(given)),
            QuizKind::Choice { .. } => false,
        }
    }

    /// Chosen options as they are kept: `0,2`.
    pub fn notation(chosen: &BTreeSet<usize>) -> String {
        chosen.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
    }
}

/// How a quiz is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuizKind {
    /// One or several of the options; `multiple` says which of the two the learner sees.
    Choice {
        /// The options with whether each is right, and why (empty when it needs no reason).
        options: Vec<QuizOption>,
        /// Several may be chosen.
        multiple: bool,
    },
    /// A typed answer, right when it equals one of these, blanks and case folded.
    Text {
        /// Accepted answers.
        answers: Vec<String>,
    },
}

/// One option of a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuizOption {
    /// What it says.
    pub text: String,
    /// Whether it is right.
    pub correct: bool,
    /// Why, shown when it was chosen.
    pub why: String,
}

/// A worked example: a folder of `assets/examples/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// `01-python-basic`.
    pub name: String,
    /// Title, the first heading of its `README.md`.
    pub title: String,
    /// Port its container answers on, and the path to ask, from its front matter.
    pub http: Option<(u16, String)>,
    /// The walk-through: `README.md` behind its front matter, in markdown.
    pub readme: String,
    /// Files by path, `README.md` among them.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// How hard an exercise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For the first day.
    Beginner,
    /// Needs the lessons before it.
    Intermediate,
    /// Needs most of the course.
    Advanced,
}

/// One exercise: `exercises/ID/exercise.yaml`, its `start/` files and its solution.
#[derive(Debug, Clone, PartialEq)]
pub struct Exercise {
    /// `exercise-1`.
    pub id: String,
    /// Title.
    pub title: String,
    /// Slug of the lesson that teaches it.
    pub lesson: String,
    /// How hard it is.
    pub level: Level,
    /// Time it takes, in minutes.
    pub minutes: u32,
    /// What to do, in markdown.
    pub task: String,
    /// The learner's files in tab order.
    pub files: Vec<ExerciseFile>,
    /// Files that each build is handed as secrets, by the name it asks for.
    pub secrets: BTreeMap<String, SecretSource>,
    /// The script that is run, and the registry it meets.
    pub script: Option<Scene>,
    /// Hints, opened one at a time.
    pub hints: Vec<String>,
    /// When the solution may be seen.
    pub reveal: Reveal,
    /// What is graded, in order.
    pub checks: Vec<Check>,
    /// Ids of checks that the start fails: what the exercise is about.
    pub start_fails: Vec<String>,
    /// Solution files by path.
    pub solution: BTreeMap<String, Vec<u8>>,
}

impl Exercise {
    /// The files a learner starts with, as path and bytes.
    pub fn start_files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().filter_map(|file| Some((file.path.as_str(), file.start.as_deref()?)))
    }

    /// Points there are, without bonus points.
    pub fn points(&self) -> u32 {
        self.checks.iter().filter(|check| !check.terms.bonus).map(|check| check.points).sum()
    }

    /// The large files a learner starts with, as path and number of zero bytes.
    pub fn zero_files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files.iter().filter_map(|file| Some((file.path.as_str(), file.zeros?)))
    }
}

/// Where a secret of builds comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSource {
    /// One of the exercise's files.
    pub file: String,
    /// Whether each grading hands over another value, so that none can be known by heart.
    pub fresh: bool,
}

/// One of an exercise's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExerciseFile {
    /// Relative path, `/` between parts, never outside the exercise.
    pub path: String,
    /// Whether the learner is meant to change it. A file with `edit` and no start content is one
    /// that the learner has to create.
    pub edit: bool,
    /// Content at the start, `None` when the learner creates the file or `zeros` stand for it.
    pub start: Option<Vec<u8>>,
    /// So many zero bytes in place of a content: weight that a course need not carry.
    pub zeros: Option<u64>,
}

/// When the solution may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reveal {
    /// Failed attempts after which it may be seen without having passed; `None` is never.
    pub or_attempts: Option<u32>,
}

/// One graded check.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Unique within the exercise.
    pub id: String,
    /// What holds when it passes, as a sentence.
    pub title: String,
    /// What it is worth.
    pub points: u32,
    /// Shown when it fails, beside what was measured.
    pub why: String,
    /// On what terms its points are earned.
    pub terms: Terms,
    /// What is checked.
    pub kind: CheckKind,
}

/// On what terms the points of a check are earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terms {
    /// They are added to what there is, and nobody needs them to pass.
    pub bonus: bool,
    /// A check that fails gives the share of them that held.
    pub partial: bool,
    /// How much of the check a learner sees.
    pub shown: Shown,
}

/// How much of a check a learner sees.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// All of it: what was expected, what was found.
    #[default]
    All,
    /// Its title, its points and how it ended.
    Title,
    /// Nothing; it counts all the same.
    Nothing,
}

/// What a check looks at. Static kinds need no engine.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckKind {
    /// Findings of the linter.
    Lint {
        /// The worst severity still allowed; `None` forbids only what `forbid` lists.
        at_most: Option<crate::lint::Severity>,
        /// Codes or names that must not be found.
        forbid: Vec<String>,
    },
    /// The Dockerfile's structure.
    Dockerfile(DockerfileCheck),
    /// Files of the submission and the build context.
    Files {
        /// Must exist.
        exist: Vec<String>,
        /// Paths (as if they existed) that `.dockerignore` must keep out of the context.
        ignored: Vec<String>,
        /// Paths that must stay in the context.
        kept: Vec<String>,
    },
    /// The image builds.
    Build(BuildCheck),
    /// Size of the image.
    ImageSize(SizeLimit),
    /// Layers of the image.
    Layers {
        /// Most layers that the Dockerfile may add above its base.
        at_most: Option<u32>,
        /// Paths that must be in no layer, deleted later or not; `*` and `**` as in `.dockerignore`.
        forbid_paths: Vec<String>,
        /// Texts that must be in no file of any layer, nor in history and configuration.
        forbid_text: Vec<String>,
    },
    /// Which steps a change of one file concerns, proved by two builds.
    Cache(CacheCheck),
    /// How much faster a build after a change is with warm caches, measured by two builds.
    Rebuild(RebuildCheck),
    /// A container of the image.
    Run(RunCheck),
    /// A run of the exercise's script.
    Script(ScriptCheck),
    /// What a registry is like after that script, or what a lifecycle policy does to one.
    Ecr(EcrCheck),
}

/// What a build must do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildCheck {
    /// Limit for one build.
    pub within: Duration,
    /// The stage that is built; the last one when there is none.
    pub target: Option<String>,
    /// Most bytes of the context that the builder may fetch.
    pub context_at_most: Option<u64>,
    /// Whether it must fail when the exercise's secrets are not handed to it.
    pub only_with_secrets: bool,
}

impl BuildCheck {
    /// The whole image builds within this time.
    pub fn within(within: Duration) -> Self {
        Self { within, target: None, context_at_most: None, only_with_secrets: false }
    }
}

/// What a change of a file may cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheCheck {
    /// File that is changed by appending a comment line.
    pub change: String,
    /// Text of an instruction that must still come from the cache, e.g. `pip install`.
    pub cached: Option<String>,
    /// Text of an instruction that must run again.
    pub again: Option<String>,
}

/// How much time warm caches must spare when something changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildCheck {
    /// File that is changed.
    pub file: String,
    /// Text in it that is replaced where it stands first.
    pub replace: String,
    /// What stands there afterwards.
    pub with: String,
    /// Text of the instruction that is timed; the whole build when there is none.
    pub step: Option<String>,
    /// So many times faster than with empty caches.
    pub times: u32,
}

/// Structure that a Dockerfile must have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DockerfileCheck {
    /// Fewest stages.
    pub min_stages: Option<u32>,
    /// Keywords that must be there.
    pub require: Vec<String>,
    /// Keywords that must not be there.
    pub forbid: Vec<String>,
}

/// A bound for an image's size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SizeLimit {
    /// At most so many bytes.
    Bytes(u64),
    /// Smaller than the image of the start files, built on this machine, by at least this share
    /// (0.8 for 80 %).
    SmallerThanStartBy(f64),
    /// What the Dockerfile adds above its base image is smaller than what the start adds above
    /// its own, by at least this share.
    AddedSmallerThanStartBy(f64),
}

/// What a container must do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunCheck {
    /// The main process must not be root (numeric uid other than 0, read from the container).
    pub non_root: bool,
    /// A request that must be answered.
    pub http: Option<HttpProbe>,
    /// Text that the container's output must hold.
    pub output: Option<String>,
    /// Exit code it must end with.
    pub exit_code: Option<i64>,
    /// It must end by itself within this time of SIGTERM.
    pub stops_within: Option<Duration>,
    /// It must work with a read-only root file system (a tmpfs on /tmp).
    pub read_only: bool,
    /// Its `HEALTHCHECK` must tell a process 1 that works from one that hangs.
    pub healthy: bool,
    /// Limit for start-up: an answer, or the end, must come within it.
    pub within: Duration,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpProbe {
    /// Container port.
    pub port: u16,
    /// Path, with its `/`.
    pub path: String,
    /// Status expected.
    pub status: u16,
    /// Text that the body must hold; empty for any.
    pub contains: String,
}

impl CheckKind {
    /// The kind's name in `exercise.yaml`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lint { .. } => "lint",
            Self::Dockerfile(_) => "dockerfile",
            Self::Files { .. } => "files",
            Self::Build(_) => "build",
            Self::ImageSize(_) => "image_size",
            Self::Layers { .. } => "layers",
            Self::Cache(_) => "cache",
            Self::Rebuild(_) => "rebuild",
            Self::Run(_) => "run",
            Self::Script(_) => "script",
            Self::Ecr(_) => "ecr",
        }
    }

    /// Whether it asks for several things of which some may hold: those kinds can give a share of
    /// their points.
    pub fn has_parts(&self) -> bool {
        matches!(self, Self::Lint { .. } | Self::Dockerfile(_) | Self::Files { .. } | Self::Run(_))
    }

    /// Whether it can be graded without an engine.
    pub fn is_static(&self) -> bool {
        match self {
            Self::Lint { .. } | Self::Dockerfile(_) | Self::Files { .. } => true,
            Self::Ecr(wanted) => wanted.policy.as_ref().is_some_and(|policy| policy.file.is_some()),
            _ => false,
        }
    }
}
