//! Keys are data: `(context, chord) → action`, with the words that the key bar and the help show.
//! The editor's own keys are listed by the editor; everything else is in [`bindings`].

mod lead;
mod room;
mod table;

pub use lead::Lead;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Where a key means something. Inner contexts are asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Everywhere.
    Global,
    /// The course map.
    Home,
    /// A lesson.
    Lesson,
    /// The workbench, whichever pane has the keys.
    Workbench,
    /// A pane of the workbench other than the editor.
    Panel,
    /// The list of problems, when it has the keys.
    Problems,
    /// The build's log, when it has the keys.
    BuildLog,
    /// The form that says how to build.
    BuildOptions,
    /// The set-up screen.
    Setup,
    /// The image explorer.
    Image,
    /// The registry.
    Ecr,
    /// A lifecycle policy, while it is edited.
    EcrPolicy,
    /// A list with a search line: the command palette.
    Palette,
    /// A page over the screen: help, a hint.
    Page,
    /// A question with buttons.
    Dialog,
    /// The list of fixes.
    Fixes,
    /// What if a file changes?
    WhatIf,
    /// Everywhere, for who sits in a workshop.
    Room,
    /// The call for help.
    Call,
    /// The board of a workshop.
    Board,
    /// The same, of one that goes on.
    Lead,
    /// The same, of a recorded one.
    Replay,
    /// A learner on the board.
    LearnerDetail,
    /// The board's view for a projector.
    Projector,
}

impl Context {
    /// Its heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Home => "Course map",
            Self::Lesson => "Lesson",
            Self::Workbench => "Workbench",
            Self::Panel => "Panes beside the editor",
            Self::Problems => "Problems",
            Self::BuildLog => "Build log",
            Self::BuildOptions => "Build options",
            Self::Setup => "Set-up",
            Self::Image => "Image explorer",
            Self::Ecr => "Registry",
            Self::EcrPolicy => "Lifecycle policy",
            Self::Palette => "Command palette",
            Self::Page => "Pages",
            Self::Dialog => "Questions",
            Self::Fixes => "Fixes",
            Self::WhatIf => "What if a file changes?",
            Self::Room => "Workshop",
            Self::Call => "Call for help",
            Self::Board => "Board of a workshop",
            Self::Lead => "Leading a workshop",
            Self::Replay => "A recorded workshop",
            Self::LearnerDetail => "A learner",
            Self::Projector => "Projector",
        }
    }
}

/// What a person can ask for, by key, by mouse or from the command palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Leave the program.
    Quit,
    /// Stop here and give the shell back, until it says go on.
    Suspend,
    /// Open the command palette.
    Palette,
    /// Open the help.
    Help,
    /// Go back: close what is on top, else leave the screen.
    Back,
    /// Go to the course map.
    Home,
    /// Go to the set-up screen.
    Setup,
    /// The next theme.
    NextTheme,
    /// Borders and signs in ASCII, or not.
    ToggleAscii,
    /// Spinners stand still, or not.
    ToggleMotion,
    /// Vim keys in the editor, or not.
    ToggleVim,
    /// Draw the whole screen anew.
    Redraw,
    /// Move up a row.
    Up,
    /// Move down a row.
    Down,
    /// Move up a page.
    PageUp,
    /// Move down a page.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Take what is selected.
    Accept,
    /// Go on where you left off.
    Continue,
    /// Look again at what the machine has.
    Refresh,
    /// Build the image.
    Build,
    /// Grade the exercise.
    Check,
    /// Show the difference tab, or go round what it compares with.
    Diff,
    /// Show what the next build runs again, and why.
    Plan,
    /// Show what it would run again if a file changed.
    WhatIf,
    /// Run the image.
    Run,
    /// Scan the image.
    Scan,
    /// Open the next hint.
    Hint,
    /// Give the keys to the next pane.
    NextPane,
    /// Give the keys to the editor.
    FocusEditor,
    /// To the next problem.
    NextProblem,
    /// To the previous problem.
    PreviousProblem,
    /// Apply the only safe fix of the problem under the cursor, else list what can be done.
    Fix,
    /// List what can be done about it, with what each would change.
    Fixes,
    /// Silence the rule for this instruction.
    Ignore,
    /// Show what is wrong under the cursor, why, and what is better.
    Explain,
    /// Show the list of all rules.
    Rules,
    /// Show the words of the glossary.
    Words,
    /// Sort the problems another way.
    SortProblems,
    /// Show more or fewer problems by how bad they are.
    FilterProblems,
    /// Apply every safe fix.
    FixAll,
    /// The next file.
    NextFile,
    /// The previous file.
    PreviousFile,
    /// The next tab of the bottom pane.
    NextTab,
    /// The previous tab of the bottom pane.
    PreviousTab,
    /// The pane with the keys fills the screen, or not.
    Zoom,
    /// A larger bottom pane.
    Grow,
    /// A smaller bottom pane.
    Shrink,
    /// A wider side pane.
    Widen,
    /// A narrower side pane.
    Narrow,
    /// Stop the job that runs.
    CancelJob,
    /// Edit the file in `$EDITOR`.
    ExternalEditor,
    /// Put the exercise back to its start; what there is goes into a backup.
    Reset,
    /// Show the solution, when it may be seen.
    Solution,
    /// Read the lesson that teaches this exercise.
    OpenLesson,
    /// To the next link, answer or button of a lesson.
    NextSpot,
    /// To the previous one.
    PreviousSpot,
    /// Show the table of contents.
    Contents,
    /// Search in the page.
    Find,
    /// To what search found next.
    NextMatch,
    /// To what search found before.
    PreviousMatch,
    /// Read the next lesson.
    NextLesson,
    /// Read the previous lesson.
    PreviousLesson,
    /// Copy the block of code under the focus.
    CopyBlock,
    /// List what runs, here and in exercises that were left, to stop it.
    Jobs,
    /// Explore the image that was built, or any other.
    ExploreImage,
    /// Explore another image.
    OpenImage,
    /// Lay another image beside this one.
    CompareImage,
    /// Search in the paths of an image.
    FindFile,
    /// Files by size, or by name.
    SortFiles,
    /// Only what the layer changed, or all files.
    OnlyChanges,
    /// Take the selected file out of the image.
    ExtractFile,
    /// To the instruction of the selected step, or of the build that failed.
    GoToInstruction,
    /// Close every step of the build's log, or open all.
    FoldAll,
    /// Search in the build's log.
    FindInLog,
    /// Copy all of the build's log.
    CopyLog,
    /// Say how to build: target, build args, secrets, platform, without the cache.
    BuildOptions,
    /// Open a shell: in the container that runs, in the image, in a stage, before the step that failed.
    Shell,
    /// Go to the registry: the practice ECR, or AWS.
    Ecr,
    /// Take another registry: the practice ECR, or an account of AWS.
    EcrRegistry,
    /// Create a repository.
    EcrCreate,
    /// Push an image that was built here.
    EcrPush,
    /// Pull the selected image.
    EcrPull,
    /// Give the selected image another tag.
    EcrTag,
    /// Take the last tag of the selected image away.
    EcrUntag,
    /// Delete what is selected.
    EcrDelete,
    /// Scan the selected image.
    EcrScan,
    /// Make tags immutable, or mutable.
    EcrMutability,
    /// Scan what is pushed, or not.
    EcrScanOnPush,
    /// Edit the lifecycle policy.
    EcrPolicy,
    /// Put the lifecycle policy in place.
    EcrPutPolicy,
    /// Ask the registry what the lifecycle policy would do.
    EcrPreview,
    /// Copy the command that does the same.
    EcrCopyCommand,
    /// Call for help in a workshop, or take the call back.
    CallForHelp,
    /// Show all that was said to the workshop.
    Announcements,
    /// Follow the pages that the host shows, or not.
    Follow,
    /// Something on the board of a workshop.
    Lead(Lead),
}

impl Action {
    /// What the palette and the help call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Quit => "Quit",
            Self::Suspend => "Suspend to the shell",
            Self::Palette => "Commands",
            Self::Help => "Help",
            Self::Back => "Back",
            Self::Home => "Course map",
            Self::Setup => "Set-up: what this machine has",
            Self::NextTheme => "Next theme",
            Self::ToggleAscii => "ASCII borders and signs on or off",
            Self::ToggleMotion => "Moving spinners on or off",
            Self::ToggleVim => "Vim keys on or off",
            Self::Redraw => "Draw the screen anew",
            Self::Up => "Up",
            Self::Down => "Down",
            Self::PageUp => "Page up",
            Self::PageDown => "Page down",
            Self::First => "First",
            Self::Last => "Last",
            Self::Left => "Left",
            Self::Right => "Right",
            Self::Accept => "Open",
            Self::Continue => "Continue where you left off",
            Self::Refresh => "Look again",
            Self::Build => "Build the image",
            Self::Check => "Check the exercise",
            Self::Diff => "Show the difference",
            Self::Plan => "Show what the next build runs again, and why",
            Self::WhatIf => "What if a file changes? What a build would run again",
            Self::Run => "Run the image",
            Self::Scan => "Scan the image for vulnerabilities",
            Self::Hint => "Open the next hint",
            Self::NextPane => "Next pane",
            Self::FocusEditor => "Back to the editor",
            Self::NextProblem => "Next problem",
            Self::PreviousProblem => "Previous problem",
            Self::Fix => "Apply the only safe fix, or list the fixes",
            Self::Fixes => "List the fixes, with a preview of each",
            Self::Ignore => "Ignore the rule here",
            Self::Explain => "Explain the problem under the cursor",
            Self::Rules => "Explain a rule: all there are",
            Self::Words => "Look up a word in the glossary",
            Self::SortProblems => "Sort the problems another way",
            Self::FilterProblems => "Show only problems that are bad enough",
            Self::FixAll => "Apply every safe fix (with a preview)",
            Self::NextFile => "Next file",
            Self::PreviousFile => "Previous file",
            Self::NextTab => "Next tab below the editor",
            Self::PreviousTab => "Previous tab below the editor",
            Self::Zoom => "Zoom this pane",
            Self::Grow => "Taller bottom pane",
            Self::Shrink => "Shorter bottom pane",
            Self::Widen => "Wider task pane",
            Self::Narrow => "Narrower task pane",
            Self::CancelJob => "Stop what is running",
            Self::ExternalEditor => "Edit this file in $EDITOR",
            Self::Reset => "Reset the exercise (keeps a backup)",
            Self::Solution => "Compare with the solution",
            Self::OpenLesson => "Read the lesson of this exercise",
            Self::NextSpot => "Next link, answer or button",
            Self::PreviousSpot => "Previous link, answer or button",
            Self::Contents => "Table of contents",
            Self::Find => "Search in this lesson",
            Self::NextMatch => "Next match",
            Self::PreviousMatch => "Previous match",
            Self::NextLesson => "Next lesson",
            Self::PreviousLesson => "Previous lesson",
            Self::CopyBlock => "Copy this block",
            Self::Jobs => "Running jobs: see and stop them",
            Self::ExploreImage => "Explore an image: layers, files, waste, secrets",
            Self::OpenImage => "Another image",
            Self::CompareImage => "Compare with another image",
            Self::FindFile => "Search in the paths",
            Self::SortFiles => "Files by size or by name",
            Self::OnlyChanges => "Only what this layer changed, or all files",
            Self::ExtractFile => "Take this file out of the image",
            Self::GoToInstruction => "Go to the instruction that failed, or of a step",
            Self::FoldAll => "Close every step of the build log, or open all",
            Self::FindInLog => "Search in the build log",
            Self::CopyLog => "Copy the whole build log",
            Self::BuildOptions => "Build with options: target, args, secrets, cache",
            Self::Shell => "Open a shell in a container, or where the build failed",
            Self::Ecr => "Registry: repositories, images, scans, policies (ECR)",
            Self::EcrRegistry => "Take another registry: practice, or a profile of AWS",
            Self::EcrCreate => "Create a repository",
            Self::EcrPush => "Push an image that was built here",
            Self::EcrPull => "Pull this image",
            Self::EcrTag => "Give this image another tag",
            Self::EcrUntag => "Take this image's last tag away",
            Self::EcrDelete => "Delete this repository, image or policy",
            Self::EcrScan => "Scan this image",
            Self::EcrMutability => "Immutable tags on or off",
            Self::EcrScanOnPush => "Scan on push on or off",
            Self::EcrPolicy => "Edit the lifecycle policy",
            Self::EcrPutPolicy => "Put the lifecycle policy in place",
            Self::EcrPreview => "Ask the registry what the policy would do",
            Self::EcrCopyCommand => "Copy the aws or docker command that does the same",
            Self::CallForHelp => "Workshop: call for help, or take the call back",
            Self::Announcements => "Workshop: all that was said",
            Self::Follow => "Workshop: follow the pages that are shown, or not",
            Self::Lead(lead) => lead.title(),
        }
    }
}

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key.
    pub code: KeyCode,
    /// What is held with it.
    pub modifiers: KeyModifiers,
}

impl Chord {
    /// A key alone.
    pub const fn key(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// A function key.
    pub const fn f(number: u8) -> Self {
        Self::key(KeyCode::F(number))
    }

    /// A character.
    pub const fn char(c: char) -> Self {
        Self::key(KeyCode::Char(c))
    }

    /// A character with Ctrl.
    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
    }

    /// A key with Alt.
    pub const fn alt(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::ALT }
    }

    /// Whether `event` is this chord. Shift is ignored for characters, which carry it themselves.
    pub fn matches(self, event: &KeyEvent) -> bool {
        let relevant = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut held = event.modifiers & relevant;
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            held -= KeyModifiers::SHIFT;
        }
        self.code == event.code && self.modifiers == held
    }

    /// As people write it: `Ctrl-P`, `Alt-Enter`, `F2`.
    pub fn label(self) -> String {
        let key = match self.code {
            KeyCode::F(n) => format!("F{n}"),
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) if self.modifiers.is_empty() => c.to_string(),
            KeyCode::Char(c) => c.to_uppercase().to_string(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            other => format!("{other:?}"),
        };
        let held = |flag, name| if self.modifiers.contains(flag) { name } else { "" };
        format!(
            "{}{}{}{key}",
            held(KeyModifiers::CONTROL, "Ctrl-"),
            held(KeyModifiers::ALT, "Alt-"),
            held(KeyModifiers::SHIFT, "Shift-")
        )
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// The key.
    pub chord: Chord,
    /// What it does.
    pub action: Action,
    /// Its word in the key bar; empty keeps it out of the bar.
    pub label: &'static str,
}

/// Every key that is not the editor's own.
pub fn bindings() -> impl Iterator<Item = &'static Binding> {
    table::BINDINGS.iter().chain(room::ROOM).chain(lead::BINDINGS)
}

/// What `key` means in `contexts`, the first of them that knows it.
pub fn lookup(contexts: &[Context], key: &KeyEvent) -> Option<Action> {
    contexts.iter().find_map(|context| {
        bindings().find(|b| b.context == *context && b.chord.matches(key)).map(|b| b.action)
    })
}

/// What the key bar shows in `contexts`: key and word, in the table's order.
pub fn bar(contexts: &[Context]) -> Vec<(String, &'static str, Action)> {
    let mut shown: Vec<(String, &'static str, Action)> = Vec::new();
    for context in contexts {
        for binding in bindings().filter(|b| b.context == *context && !b.label.is_empty()) {
            if !shown.iter().any(|(_, _, action)| *action == binding.action) {
                shown.push((binding.chord.label(), binding.label, binding.action));
            }
        }
    }
    shown
}

/// The first key of `action` for the palette and for texts that name keys.
pub fn key_of(action: Action) -> Option<String> {
    bindings().find(|b| b.action == action).map(|b| b.chord.label())
}

/// The first key of `action` in one context, where it has others elsewhere.
pub fn key_in(context: Context, action: Action) -> Option<String> {
    bindings().find(|b| b.context == context && b.action == action).map(|b| b.chord.label())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_means_two_things_in_one_context() {
        let mut seen = HashSet::new();
        for binding in bindings() {
            assert!(seen.insert((binding.context, binding.chord)), "{binding:?}");
        }
    }

    #[test]
    fn inner_contexts_come_first() {
        let esc = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        assert_eq!(lookup(&[Context::Panel, Context::Workbench], &esc), Some(Action::FocusEditor));
        assert_eq!(lookup(&[Context::Workbench, Context::Global], &esc), Some(Action::Back));
    }

    #[test]
    fn keys_read_as_people_write_them() {
        assert_eq!(Chord::ctrl('p').label(), "Ctrl-P");
        assert_eq!(Chord::alt(KeyCode::Enter).label(), "Alt-Enter");
        assert_eq!(Chord::f(2).label(), "F2");
    }
}
