//! The two closed lists between the pure half and the runtime: [`Msg`], all that can happen, and
//! [`Effect`], all that can be asked for.

use super::app::Popup;
use super::keymap::Action;
use super::screens::ecr::Wish;
use super::screens::fixes::Taken;
use super::screens::workbench::Choices;
use super::screens::workbench::analysis::{Analysis, AnalysisRequest};
use super::settings::Settings;
use crate::course::model::{Course, Exercise};
use crate::grade::Report;
use crate::image::plan::Ledger;
use crate::jobs::{Job, JobEvent, JobId};
use crate::store::builds::BuildRecord;
use crate::store::progress::{LessonProgress, Place, Progress};
use crate::text::sanitise;
use crate::workshop::event::What;
use crate::workshop::host::Event;
use crate::workshop::link::{self, Heard};
use crate::workshop::room::Change;
use crossterm::event::{KeyEvent, MouseEvent};
use std::sync::Arc;

/// Everything that can happen. Time comes in as data too.
#[derive(Debug)]
pub enum Msg {
    /// Milliseconds since the start of the program; comes before whatever else woke the loop.
    Tick(u64),
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal has this many columns and rows now.
    Resize(u16, u16),
    /// The terminal's window got (`true`) or lost the keyboard.
    Focus(bool),
    /// The program was stopped and goes on; the screen may hold anything.
    Resumed,
    /// A signal, by its number, asks the program to end.
    Terminate(u8),
    /// The colours of another language are there: what is on the screen may look different.
    Coloured,
    /// The course has been read.
    Course(Arc<Course>),
    /// The course as it is on disk now: somebody is writing it.
    Reloaded(Arc<Course>),
    /// There is a seat in a workshop.
    Seat(Box<link::Taken>),
    /// Something was heard of the workshop.
    Workshop(Box<Heard>),
    /// The terminal was lent and is back.
    Back,
    /// Progress and settings have been read; the notice is about how that went.
    Stored(Box<Stored>),
    /// A job said something.
    Job(JobEvent),
    /// Everything typed before a job was asked for is on disk: it can start.
    Saved(JobId, Box<Job>),
    /// The files of an exercise are there to be edited.
    Workspace(Box<Workspace>),
    /// Something about a file on disk.
    File(FileMsg),
    /// Something changed in the folder of the open workspace.
    Touched,
    /// What the linter and the static checks found.
    Analysed(Box<Analysis>),
    /// Something could not be kept on disk, said for a person.
    StoreFailed(String),
    /// An action was chosen from the palette, the key bar or a dialog.
    Act(Action),
    /// Go somewhere.
    Go(Destination),
    /// Stop this job.
    Stop(JobId),
    /// Say something in passing.
    Toast(Tone, String),
    /// Show the page of a rule, by its code or name.
    Explain(String),
    /// Show what the glossary says about a word.
    Word(String),
    /// Show this over the screen.
    Over(Box<Popup>),
    /// Something was chosen over the registry.
    Ecr(Box<Wish>),
    /// A fix was taken from the list of fixes.
    Take(Box<Taken>),
    /// Build like this, from now on.
    BuildWith(Box<Choices>),
    /// It was chosen where to open a shell.
    Shell(ShellWish),
    /// The clock of this machine, in milliseconds since 1970: a workshop's.
    Clock(i64),
    /// The host of the workshop on the board says something.
    Heard(Box<Event>),
    /// The instructor decided to do something.
    Lead(Box<Change>),
    /// The instructor reads this lesson, and those who follow turn pages too.
    FollowMe(String),
    /// The instructor decided to leave.
    Leave,
    /// The learner confirmed putting the exercise back to its start.
    ResetConfirmed,
    /// Of the two versions of a file that changed in both places, take the one on disk or keep ours.
    Resolve {
        /// File.
        path: String,
        /// Take the version on disk.
        take_disk: bool,
    },
}

/// Something about a file of the open workspace.
#[derive(Debug)]
pub enum FileMsg {
    /// A version was written.
    Saved {
        /// Exercise.
        exercise: String,
        /// File.
        path: String,
        /// The editor's revision that was written.
        revision: u64,
    },
    /// A version could not be written.
    SaveFailed {
        /// Exercise.
        exercise: String,
        /// File.
        path: String,
        /// Why, for a person.
        reason: String,
    },
    /// Somebody else wrote the file, or removed it (`None`).
    Changed {
        /// Exercise.
        exercise: String,
        /// File.
        path: String,
        /// What it holds now.
        text: Option<String>,
    },
}

/// What the store knew at the start.
#[derive(Debug, Default)]
pub struct Stored {
    /// Progress in this course.
    pub progress: Progress,
    /// Settings as the learner left them.
    pub settings: Option<Settings>,
    /// What the learner should be told.
    pub notice: Option<String>,
}

/// An exercise with its files as they are on disk.
#[derive(Debug)]
pub struct Workspace {
    /// The exercise.
    pub exercise: Exercise,
    /// The folder with the files.
    pub dir: std::path::PathBuf,
    /// Files in tab order.
    pub files: Vec<WorkspaceFile>,
    /// Image size of the start files, when they were built on this machine.
    pub start_size: Option<u64>,
    /// Builds that worked, oldest first.
    pub history: Vec<BuildRecord>,
    /// How it is to be built.
    pub choices: Choices,
    /// What is known of earlier builds.
    pub ledger: Ledger,
    /// What the learner should be told: recovered text, files that could not be read.
    pub notices: Vec<String>,
}

/// One file of a workspace.
#[derive(Debug, Clone)]
pub struct WorkspaceFile {
    /// Path, relative to the folder.
    pub path: String,
    /// Whether the learner is meant to change it.
    pub edit: bool,
    /// Text on disk; `None` when the file is not there yet.
    pub text: Option<String>,
    /// Text at the start; `None` when the learner creates the file.
    pub start: Option<String>,
    /// Text that was typed before a kill and never saved.
    pub recovered: Option<String>,
}

/// Where one can go.
#[derive(Debug, Clone, PartialEq)]
pub enum Destination {
    /// The course map.
    Home,
    /// The set-up screen.
    Setup,
    /// The image explorer.
    Image {
        /// Name or id, or the path of an archive; without, the screen asks.
        image: Option<String>,
        /// An image that is worth comparing with.
        peer: Option<String>,
    },
    /// The registry; the image of the last build can be pushed.
    Ecr(Option<String>),
    /// A lesson, by slug.
    Lesson(String),
    /// An exercise, by id.
    Exercise(String),
    /// A worked example, by name.
    Example(String),
    /// A scratch workbench.
    Scratch(Box<Exercise>),
}

/// Where somebody wants a shell; what has to be built for it is built first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShellWish {
    /// In the container that runs.
    Running,
    /// In a container of the image of the last build.
    Built,
    /// In what the last good step left, before the one that failed.
    BeforeFailure,
    /// At the end of the stage of that number, from 0.
    Stage(usize),
}

/// Where a shell is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShellPlace {
    /// In the running container of that id.
    Container(String),
    /// In a container made of an image.
    Image {
        /// The image; without a name of its own it is removed afterwards.
        id: String,
        /// What it is, as in "the image before line 7".
        what: String,
    },
}

impl ShellPlace {
    /// What is said before the shell begins.
    pub fn banner(&self) -> String {
        match self {
            Self::Container(id) => format!("A shell in the container {id:.12} that runs."),
            Self::Image { what, .. } => {
                format!("A shell in {}. What you change here is gone afterwards.", sanitise::plain(what))
            }
        }
    }
}

/// How loud a passing message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It went well.
    Good,
    /// Worth knowing.
    Plain,
    /// It went wrong.
    Bad,
}

/// Everything the pure half can ask of the runtime.
#[derive(Debug)]
pub enum Effect {
    /// End the program, after everything has been saved.
    Quit,
    /// Give the terminal back and stop until the shell says go on.
    Suspend,
    /// Draw every cell anew.
    Redraw,
    /// Take the terminal again: whoever stopped the program may have changed its modes.
    Retake,
    /// Start a job under this id.
    Start(JobId, Box<Job>),
    /// Start a job once everything typed so far is on disk.
    StartWhenSaved(JobId, Box<Job>),
    /// Stop a job.
    Cancel(JobId),
    /// Lay down and read the files of an exercise.
    OpenWorkspace(Box<Exercise>),
    /// Nobody edits a workspace any more: write what is pending, stop watching.
    CloseWorkspace,
    /// Put the exercise back to its start; what there is goes into a backup.
    Reset(Box<Exercise>),
    /// A new version of a file, to be written soon.
    Save {
        /// Exercise.
        exercise: String,
        /// File.
        path: String,
        /// Its text.
        text: String,
        /// The editor's revision of it.
        revision: u64,
        /// Write it even though somebody else wrote the file: the learner chose so.
        force: bool,
    },
    /// Lint and check a version of the files; only the latest asked for is answered.
    Analyse(Box<AnalysisRequest>),
    /// Keep where the learner is.
    Remember(Place),
    /// Keep how far a lesson has been read.
    RememberLesson(String, LessonProgress),
    /// Keep an answer to a quiz.
    RememberQuiz {
        /// Quiz id.
        id: String,
        /// The answer, in the reader's notation.
        answer: String,
        /// Whether it was right.
        correct: bool,
    },
    /// Keep that so many hints of an exercise have been opened.
    RememberHint(String, u32),
    /// Keep a graded attempt.
    RememberReport(Box<Report>),
    /// Keep the image size of an exercise's start files.
    RememberStartSize(String, u64),
    /// Keep what is known of the builds of an exercise.
    RememberBuilds(String, Arc<Ledger>),
    /// Keep a build that worked.
    RecordBuild(String, BuildRecord),
    /// Keep how an exercise is to be built.
    RememberChoices(String, Choices),
    /// Keep the settings.
    RememberSettings(Settings),
    /// Give the terminal to a shell in a container until it ends.
    OpenShell(ShellPlace),
    /// Tell the host of the workshop, some time soon.
    Tell(Box<What>),
    /// Do something in the workshop on the board.
    Lead(Box<Change>),
    /// Put text on the clipboard.
    Copy(String),
    /// Hand a file to `$EDITOR`.
    EditExternally {
        /// File on disk.
        path: std::path::PathBuf,
        /// Line to open it at.
        line: usize,
    },
}

impl Effect {
    /// Whether it only keeps what came of a job.
    pub fn keeps(&self) -> bool {
        matches!(
            self,
            Self::RememberReport(_)
                | Self::RememberStartSize(..)
                | Self::RememberBuilds(..)
                | Self::RecordBuild(..)
        )
    }
}

impl Msg {
    /// Its name for the crash report: no content.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Tick(_) => "Tick",
            Self::Key(_) => "Key",
            Self::Paste(_) => "Paste",
            Self::Mouse(_) => "Mouse",
            Self::Resize(..) => "Resize",
            Self::Focus(_) => "Focus",
            Self::Resumed => "Resumed",
            Self::Terminate(_) => "Terminate",
            Self::Course(_) => "Course",
            Self::Reloaded(_) => "Reloaded",
            Self::Stored(_) => "Stored",
            Self::Seat(_) => "Seat",
            Self::Workshop(_) => "Workshop",
            Self::Back => "Back",
            Self::Job(JobEvent::Progress(..)) => "Job::Progress",
            Self::Job(JobEvent::Finished(..)) => "Job::Finished",
            Self::Saved(..) => "Saved",
            Self::Workspace(_) => "Workspace",
            Self::File(FileMsg::Saved { .. }) => "File::Saved",
            Self::File(FileMsg::SaveFailed { .. }) => "File::SaveFailed",
            Self::File(FileMsg::Changed { .. }) => "File::Changed",
            Self::Touched => "Touched",
            Self::Analysed(_) => "Analysed",
            Self::StoreFailed(_) => "StoreFailed",
            Self::Act(_) => "Act",
            Self::Go(_) => "Go",
            Self::Stop(_) => "Stop",
            Self::Toast(..) => "Toast",
            Self::Explain(_) => "Explain",
            Self::Word(_) => "Word",
            Self::Over(_) => "Over",
            Self::Ecr(_) => "Ecr",
            Self::Take(_) => "Take",
            Self::Shell(_) => "Shell",
            Self::BuildWith(_) => "BuildWith",
            Self::Clock(_) => "Clock",
            Self::Heard(_) => "Heard",
            Self::Lead(_) => "Lead",
            Self::FollowMe(_) => "FollowMe",
            Self::Leave => "Leave",
            Self::ResetConfirmed => "ResetConfirmed",
            Self::Coloured => "Coloured",
            Self::Resolve { .. } => "Resolve",
        }
    }
}
