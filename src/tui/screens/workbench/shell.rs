//! Where a shell can be opened: in the container that runs, in the image of the last build, at the end
//! of a stage, in what the last good step left before the one that failed. Pure.

use super::build_tab;
use super::state::State;
use super::work::{self, Kind};
use crate::dockerfile::{self, Dockerfile, Kind as Instruction};
use crate::text::{LineIndex, sanitise};
use crate::tui::app::{Popup, Shared};
use crate::tui::message::{Effect, ShellPlace, ShellWish, Tone};
use crate::tui::screens::palette;

/// Characters of an instruction that are shown.
const SHOWN: usize = 48;

/// The key: straight into the container that runs, else a list to choose from.
pub fn ask(state: &mut State, shared: &mut Shared) -> (Vec<Effect>, Option<Popup>) {
    if container(state).is_some() {
        return (open(state, shared, ShellWish::Running), None);
    }
    if !work::is_free(state, shared) || !work::has_engine(shared) {
        return (Vec::new(), None);
    }
    let places = places(state);
    if places.is_empty() {
        shared.say(Tone::Plain, "There is no stage to open a shell in: the Dockerfile has no FROM");
        return (Vec::new(), None);
    }
    (Vec::new(), Some(Popup::Palette(palette::State::shells(places))))
}

/// The container that runs, if one does.
fn container(state: &State) -> Option<String> {
    let running = state.running.as_ref().filter(|running| running.kind == Kind::Run && !running.stopping);
    running?.container.clone()
}

fn text_of_dockerfile(state: &State) -> String {
    let file = state.files.iter().find(|file| file.path == "Dockerfile");
    file.map(|file| file.editor.text()).unwrap_or_default()
}

/// The step that failed: what it is called, and the text above it.
fn before_failure(state: &State, tree: &Dockerfile) -> Option<(String, String)> {
    let start = build_tab::failed_at(&state.build, &tree.source)?;
    let at = tree.instructions.iter().position(|i| i.span.start == start)?;
    let instruction = tree.instructions.get(at)?;
    let begins_stage = matches!(instruction.kind, Instruction::From(_) | Instruction::Arg(_));
    let has_stage = tree.stages().iter().any(|stage| stage.range.start < at);
    if begins_stage || !has_stage {
        return None;
    }
    let line = LineIndex::new(&tree.source).line(start);
    let words = sanitise::plain(&instruction.step_text()).into_owned();
    let what = format!("what is there before line {line}: {}", sanitise::bounded(&words, SHOWN));
    Some((what, tree.source.get(..start)?.to_owned()))
}

/// The name of a stage, and the text up to its end: not every builder finds a stage without a name.
fn up_to_stage(tree: &Dockerfile, index: usize) -> Option<(String, String)> {
    let stages = tree.stages();
    let stage = stages.get(index)?;
    let next = tree.instructions.get(stage.range.end).map(|next| next.span.start);
    let text = tree.source.get(..next.unwrap_or(tree.source.len()))?;
    Some((stage.display_name(), text.to_owned()))
}

/// The places, with the likeliest first.
fn places(state: &State) -> Vec<(String, String, ShellWish)> {
    let (tree, _) = dockerfile::parse(&text_of_dockerfile(state));
    let mut places = Vec::new();
    if let Some((what, _)) = before_failure(state, &tree) {
        places.push((what, "the last good step".to_owned(), ShellWish::BeforeFailure));
    }
    if state.built.is_some() {
        places.push(("the image of the last build".to_owned(), String::new(), ShellWish::Built));
    }
    for stage in tree.stages() {
        let base = sanitise::plain(stage.from.image.word.value()).into_owned();
        let title = format!("the end of stage {}", sanitise::plain(&stage.display_name()));
        places.push((title, format!("FROM {}", sanitise::bounded(&base, 24)), ShellWish::Stage(stage.index)));
    }
    places
}

/// Opens a shell where it is wished for; what has to be built first is built.
pub fn open(state: &mut State, shared: &mut Shared, wish: ShellWish) -> Vec<Effect> {
    let (tree, _) = dockerfile::parse(&text_of_dockerfile(state));
    match wish {
        ShellWish::Running => match container(state) {
            Some(id) => return vec![Effect::OpenShell(ShellPlace::Container(id))],
            None => shared.say(Tone::Plain, "The container has ended"),
        },
        ShellWish::Built => {
            if let Some(built) = &state.built {
                let id = built.outcome.image.id.clone();
                let what = "the image of the last build".to_owned();
                return vec![Effect::OpenShell(ShellPlace::Image { id, what })];
            }
        }
        ShellWish::BeforeFailure => match before_failure(state, &tree) {
            Some((what, text)) => {
                return work::build_for_shell(state, shared, what, text);
            }
            None => shared.say(Tone::Plain, "The instruction that failed is another one by now"),
        },
        ShellWish::Stage(index) => {
            let Some((name, text)) = up_to_stage(&tree, index) else {
                shared.say(Tone::Plain, "That stage is gone by now");
                return Vec::new();
            };
            return work::build_for_shell(state, shared, format!("the end of stage {name}"), text);
        }
    }
    Vec::new()
}
