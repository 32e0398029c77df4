//! What is done to a registry: first the question, where there is one, then the job.

use super::{Asks, Focus, Prompt, State, Tab, choice};
use crate::ecr::profiles::Profile;
use crate::ecr::{Change, Consent, command};
use crate::jobs::Job;
use crate::jobs::ecr::{Account, Registry, Task};
use crate::text::sanitise;
use crate::tui::app::{Popup, Shared};
use crate::tui::keymap::Action;
use crate::tui::message::{Effect, Msg, Tone};
use crate::tui::screens::dialog;
use crate::tui::widgets::input::Input;

/// What somebody chose over the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Do it: the question was answered with yes.
    Do(Task),
    /// Put a command on the clipboard.
    Copy(String),
    /// Push this image of the engine.
    Push(String),
    /// Choose a region of this account.
    Regions(Profile),
    /// Take this registry.
    Take(Registry),
}

/// What is to be done, in words.
struct Proposal {
    task: Task,
    title: String,
    resource: String,
    does: String,
    command: String,
    destroys: bool,
}

/// Starts a job of this screen.
pub(super) fn start(state: &mut State, shared: &mut Shared, task: Task) -> Effect {
    let (id, effect) = shared.start(Job::Ecr(state.registry.clone(), Box::new(task.clone())));
    state.running.push((id, task));
    effect
}

/// Starts a job in place of those of the same kind.
pub(super) fn replace(
    state: &mut State,
    shared: &mut Shared,
    task: Task,
    kind: impl Fn(&Task) -> bool,
) -> Vec<Effect> {
    let old = state.running.iter().filter(|(_, task)| kind(task)).map(|(id, _)| Effect::Cancel(*id));
    let mut effects: Vec<Effect> = old.collect();
    state.running.retain(|(_, task)| !kind(task));
    effects.push(start(state, shared, task));
    effects
}

/// Looks into the selected repository.
pub(super) fn look(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let Some(name) = state.repository().map(|repository| repository.name.clone()) else {
        return Vec::new();
    };
    replace(state, shared, Task::Look(name), |task| matches!(task, Task::Look(_)))
}

/// Asks what the last scan of the selected image found, unless that is known.
pub(super) fn findings(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if state.scan().is_some() {
        return Vec::new();
    }
    let (Some(repository), Some(image)) = (state.repository(), state.image()) else { return Vec::new() };
    if image.scan.is_none() {
        return Vec::new();
    }
    let (repository, digest) = (repository.name.clone(), image.digest.clone());
    replace(state, shared, Task::Findings { repository, digest }, |task| {
        matches!(task, Task::Findings { .. })
    })
}

fn say(shared: &mut Shared, text: &str) -> Vec<Effect> {
    shared.say(Tone::Plain, text);
    Vec::new()
}

/// An action on the registry.
pub(super) fn act(state: &mut State, shared: &mut Shared, action: Action) -> Vec<Effect> {
    if state.opened.is_none() {
        return say(shared, "The registry is not open yet");
    }
    if action == Action::EcrCreate {
        return ask(state, Asks::Create { immutable: true, scan_on_push: true }, "");
    }
    let Some(repository) = state.repository().cloned() else {
        return say(shared, "There is no repository yet: n creates one");
    };
    let name = repository.name.clone();
    match action {
        Action::EcrPush => return images_to_push(state, shared),
        Action::EcrMutability => {
            let immutable = !repository.immutable;
            let drops_exceptions = !repository.except.is_empty();
            let change = Change::SetMutability { repository: name, immutable, drops_exceptions };
            return change_it(state, shared, "Tag mutability", change);
        }
        Action::EcrScanOnPush => {
            let change = Change::SetScanOnPush { repository: name, on: !repository.scan_on_push };
            return change_it(state, shared, "Scan on push", change);
        }
        Action::EcrDelete if state.focus == Focus::Repositories => {
            let Some(contents) = state.contents() else { return say(shared, "Its images are being counted") };
            let change = Change::DeleteRepository { repository: name, images: contents.images.len() };
            return change_it(state, shared, "Delete the repository", change);
        }
        Action::EcrDelete if state.tab == Tab::Lifecycle => {
            if state.lifecycle.kept.is_none() {
                return say(shared, "This repository has no lifecycle policy");
            }
            let change = Change::DeletePolicy { repository: name };
            return change_it(state, shared, "Delete the lifecycle policy", change);
        }
        _ => {}
    }
    let Some(image) = state.image().cloned() else {
        return say(shared, "There is no image yet: p pushes one");
    };
    match action {
        Action::EcrTag => {
            let digest = image.digest;
            ask(state, Asks::Tag { digest }, "")
        }
        Action::EcrUntag => match image.tags.as_slice() {
            [] => say(shared, "This image has no tag"),
            [.., tag] => {
                let (tag, last) = (tag.clone(), image.tags.len() == 1);
                change_it(state, shared, "Take the tag away", Change::Untag { repository: name, tag, last })
            }
        },
        Action::EcrDelete => {
            let change = Change::DeleteImage { repository: name, digest: image.digest, tags: image.tags };
            change_it(state, shared, "Delete the image", change)
        }
        Action::EcrScan if image.is_index() => {
            say(shared, "An index has nothing to scan: scan the images it names")
        }
        Action::EcrScan => {
            state.scan = None;
            state.tab = Tab::Findings;
            let change = Change::StartScan { repository: name, digest: image.digest };
            change_it(state, shared, "Scan the image", change)
        }
        Action::EcrPull => {
            let by = image.tags.first().unwrap_or(&image.digest);
            let reference = command::reference(&repository, by);
            let proposal = Proposal {
                title: "Pull the image".into(),
                resource: format!("image {reference}"),
                does: format!(
                    "Pulls {} into the engine. AWS charges for what leaves the region.",
                    crate::image::human_size(image.bytes)
                ),
                command: command::pull(state.region(), &reference),
                destroys: false,
                task: Task::Pull { reference },
            };
            propose(state, shared, proposal)
        }
        _ => Vec::new(),
    }
}

/// Opens a line to type in.
fn ask(state: &mut State, asks: Asks, text: &str) -> Vec<Effect> {
    let mut input = Input::default();
    input.insert(text);
    state.prompt = Some(Prompt { asks, input, problem: None });
    Vec::new()
}

/// Asks which image: the engine's that this program built.
fn images_to_push(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if state.does(|task| matches!(task, Task::Push { .. } | Task::Pull { .. })) {
        return say(shared, "One transfer at a time: Ctrl-C stops the one that runs");
    }
    if state.does(|task| matches!(task, Task::OwnImages)) {
        return Vec::new();
    }
    vec![start(state, shared, Task::OwnImages)]
}

/// Puts the policy in place.
pub(super) fn put_policy(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let Some(repository) = state.repository().map(|repository| repository.name.clone()) else {
        return Vec::new();
    };
    match &state.lifecycle.verdicts {
        Some(Ok(verdicts)) => {
            let gone = verdicts.iter().filter(|verdict| verdict.done.is_some()).count();
            let change = Change::PutPolicy { repository, text: state.lifecycle.text() };
            let title = match gone {
                0 => "Put the lifecycle policy".to_owned(),
                1 => "Put the lifecycle policy: it acts on 1 image now".to_owned(),
                _ => format!("Put the lifecycle policy: it acts on {gone} images now"),
            };
            change_it(state, shared, &title, change)
        }
        Some(Err(_)) => say(shared, "The policy has a mistake: it is underlined"),
        None => Vec::new(),
    }
}

/// Asks the registry what the policy would do.
pub(super) fn preview(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let Some(repository) = state.repository().map(|repository| repository.name.clone()) else {
        return Vec::new();
    };
    if !matches!(state.lifecycle.verdicts, Some(Ok(_))) {
        return say(shared, "The policy has a mistake: it is underlined");
    }
    let policy = state.lifecycle.text();
    state.command = Some(command::preview(state.region(), &repository, &policy));
    replace(state, shared, Task::Preview { repository, policy }, |task| matches!(task, Task::Preview { .. }))
}

/// Does what the typed line says.
pub(super) fn take_prompt(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    let Some(mut prompt) = state.prompt.take() else { return Vec::new() };
    let text = prompt.input.text().trim().to_owned();
    prompt.problem = match prompt.asks {
        Asks::Create { .. } => name_problem(&text),
        Asks::Tag { .. } | Asks::Push { .. } => tag_problem(&text),
    };
    if prompt.problem.is_some() {
        state.prompt = Some(prompt);
        return Vec::new();
    }
    let repository = state.repository().cloned().unwrap_or_default();
    match prompt.asks {
        Asks::Create { immutable, scan_on_push } => {
            let change = Change::Create { repository: text, immutable, scan_on_push };
            change_it(state, shared, "Create a repository", change)
        }
        Asks::Tag { digest } => {
            let change = Change::Tag { repository: repository.name, digest, tag: text };
            change_it(state, shared, "Tag the image", change)
        }
        Asks::Push { image } => {
            let Some(consent) = state.consent() else { return Vec::new() };
            let reference = command::reference(&repository, &text);
            let ours = match state.contents().map(|contents| contents.is_ours()) {
                Some(false) => {
                    " The repository was not made by the course: `clean --aws` will leave the image there."
                }
                _ => "",
            };
            let proposal = Proposal {
                title: "Push an image".into(),
                resource: format!("image {reference}"),
                does: format!(
                    "Pushes {image} under the tag {text}. Stored images are charged by size and month.{ours}"
                ),
                command: command::push(state.region(), &image, &repository.uri, &text),
                destroys: false,
                task: Task::Push { image, reference, consent },
            };
            propose(state, shared, proposal)
        }
    }
}

fn name_problem(name: &str) -> Option<&'static str> {
    let part = |part: &str| {
        let edge = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = part.as_bytes();
        let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
        edge(bytes.first()) && edge(bytes.last()) && part.bytes().all(letter)
    };
    match name.len() {
        0..2 => Some("a name has at least 2 characters"),
        257.. => Some("a name has at most 256 characters"),
        _ if name.split('/').all(part) => None,
        _ => Some("lower-case letters, digits, and . _ - between them; / makes a namespace"),
    }
}

fn tag_problem(tag: &str) -> Option<&'static str> {
    let letter = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    match tag.len() {
        0 => Some("a tag has at least 1 character"),
        129.. => Some("a tag has at most 128 characters"),
        _ if tag.starts_with(['.', '-']) || !tag.bytes().all(letter) => {
            Some("letters, digits, and . _ -; not . or - at the beginning")
        }
        _ => None,
    }
}

fn change_it(state: &mut State, shared: &mut Shared, title: &str, change: Change) -> Vec<Effect> {
    let Some(consent) = state.consent() else { return Vec::new() };
    let proposal = Proposal {
        title: title.to_owned(),
        resource: change.resource(),
        does: change.does(),
        command: change.command(state.region()),
        destroys: change.destroys(),
        task: Task::Change(change, consent),
    };
    propose(state, shared, proposal)
}

/// Asks first, on AWS always, else where something is lost; or begins.
fn propose(state: &mut State, shared: &mut Shared, proposal: Proposal) -> Vec<Effect> {
    state.command = Some(proposal.command.clone());
    state.trouble = None;
    if state.registry.is_practice() && !proposal.destroys {
        return begin(state, shared, proposal.task);
    }
    let text = question(state, &proposal);
    let dialog = dialog::State::new(proposal.title, &text)
        .answer("No", None)
        .answer("Yes, do it", Some(Msg::Ecr(Box::new(Wish::Do(proposal.task)))))
        .answer("Copy the command", Some(Msg::Ecr(Box::new(Wish::Copy(proposal.command)))));
    shared.post(Msg::Over(Box::new(Popup::Dialog(dialog))));
    Vec::new()
}

fn question(state: &State, proposal: &Proposal) -> String {
    let Some(opened) = &state.opened else { return String::new() };
    let identity = &opened.identity;
    let mut text = match state.registry {
        Registry::Aws(_) => format!("This is AWS. You are {}.\n\n", identity.arn),
        Registry::Practice => "This is the practice ECR, on this machine.\n\n".to_owned(),
    };
    if let Registry::Aws(Account { profile: Some(profile), .. }) = &state.registry {
        text.push_str(&format!("Profile   {profile}\n"));
    }
    text.push_str(&format!("Account   {}\nRegion    {}\n", identity.account, identity.region));
    if let (Registry::Aws(_), Some(endpoint)) = (&state.registry, &opened.endpoint) {
        text.push_str(&format!("Endpoint  {endpoint}\n"));
    }
    text.push_str(&format!("Resource  {}\n\n{}\n", proposal.resource, proposal.does));
    // A long policy in a command says nothing that the editor does not show.
    let command = sanitise::bounded(&proposal.command, 400);
    text.push_str(&format!("\n{command}"));
    text
}

/// Begins what needs no more questions.
fn begin(state: &mut State, shared: &mut Shared, task: Task) -> Vec<Effect> {
    match &task {
        Task::Push { image, reference, .. } => {
            state.moving = Some(super::Moving::new(format!("Push {image} to {reference}")));
        }
        Task::Pull { reference } => state.moving = Some(super::Moving::new(format!("Pull {reference}"))),
        _ => {}
    }
    vec![start(state, shared, task)]
}

/// What somebody chose over the screen.
pub fn on_wish(state: &mut State, shared: &mut Shared, wish: Wish) -> Vec<Effect> {
    match wish {
        // The question named this account; the screen may show another one by now.
        Wish::Do(task)
            if consented(&task).is_some_and(|consent| Some(consent) != state.consent().as_ref()) =>
        {
            say(shared, "The registry is another one now: nothing was done")
        }
        Wish::Do(task) => begin(state, shared, task),
        Wish::Copy(command) => {
            shared.say(Tone::Good, "The command is on the clipboard");
            vec![Effect::Copy(command)]
        }
        Wish::Push(image) => ask(state, Asks::Push { image }, &next_tag(state)),
        Wish::Regions(profile) => choice::regions(shared, &profile),
        Wish::Take(registry) => choice::take(state, shared, registry),
    }
}

fn consented(task: &Task) -> Option<&Consent> {
    match task {
        Task::Change(_, consent) | Task::Push { consent, .. } => Some(consent),
        _ => None,
    }
}

/// A tag that is not there yet, where the newest one ends in a number: `v1.2` leads to `v1.3`.
fn next_tag(state: &State) -> String {
    let Some(contents) = state.contents() else { return "v1".to_owned() };
    let all: Vec<&String> = contents.images.iter().flat_map(|image| &image.tags).collect();
    let newest = all.iter().find_map(|tag| {
        let digits = tag.len() - tag.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let (stem, number) = tag.split_at(tag.len() - digits);
        // A commit may end in digits too.
        let versioned = stem.is_empty() || stem.ends_with(['v', '.', '-']);
        let mut number: u64 = number.parse().ok().filter(|_| versioned)?;
        loop {
            number = number.checked_add(1)?;
            let next = format!("{stem}{number}");
            if !all.iter().any(|tag| **tag == next) {
                return Some(next);
            }
        }
    });
    newest.unwrap_or_else(|| if all.is_empty() { "v1".to_owned() } else { String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags_are_checked_before_anything_is_sent() {
        for good in ["ab", "team/app", "a.b-c_d/e1"] {
            assert_eq!(name_problem(good), None, "{good}");
        }
        for bad in ["", "a", "App", "a//b", "/ab", "a-", "a b"] {
            assert!(name_problem(bad).is_some(), "{bad}");
        }
        for good in ["v1", "1.2.3", "_x", "A-b"] {
            assert_eq!(tag_problem(good), None, "{good}");
        }
        for bad in ["", ".a", "-a", "a b", "a/b"] {
            assert!(tag_problem(bad).is_some(), "{bad}");
        }
    }
}
