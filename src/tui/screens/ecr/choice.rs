//! Which registry: first the practice ECR or a profile of AWS, then the region. What is chosen is kept until the
//! program ends.

use super::{State, Wish, actions, update};
use crate::ecr::profiles::{Profile, REGIONS};
use crate::jobs::ecr::{Account, Registry, Task};
use crate::tui::app::{Popup, Shared};
use crate::tui::message::{Effect, Msg, Tone};
use crate::tui::screens::palette;

/// What the settings of the environment are called, where a profile would stand.
const USUAL: &str = "as the environment says";

/// Asks which profiles there are; the list opens when they are known.
pub(super) fn ask(state: &mut State, shared: &mut Shared) -> Vec<Effect> {
    if busy(state, shared) || state.does(|task| matches!(task, Task::Profiles)) {
        return Vec::new();
    }
    vec![actions::start(state, shared, Task::Profiles)]
}

/// Whether something would be lost by another registry; that is said.
fn busy(state: &State, shared: &mut Shared) -> bool {
    let busy = state.does(Task::goes_on);
    if busy {
        shared.say(Tone::Plain, "Something is under way here: Ctrl-C stops it");
    }
    busy
}

/// Opens the list of registries.
pub(super) fn registries(state: &State, shared: &mut Shared, found: Result<Vec<Profile>, String>) {
    let chosen = match &state.registry {
        Registry::Practice => None,
        Registry::Aws(account) => Some(account.profile.as_deref()),
    };
    let note = |is_it: bool, other: &str| if is_it { "shown now".to_owned() } else { other.to_owned() };
    let practice = Wish::Take(Registry::Practice);
    let mut rows = vec![
        ("Practice ECR".to_owned(), note(chosen.is_none(), "on this machine"), practice),
        (format!("AWS, {USUAL}"), note(chosen == Some(None), ""), Wish::Regions(Profile::default())),
    ];
    let profiles = found.unwrap_or_else(|problem| {
        shared.say(Tone::Bad, format!("The profiles of AWS cannot be read: {problem}"));
        Vec::new()
    });
    rows.extend(profiles.into_iter().map(|profile| {
        let is_it = chosen == Some(Some(&profile.name));
        let region = profile.region.as_deref().unwrap_or_default();
        (format!("AWS, profile {}", profile.name), note(is_it, region), Wish::Regions(profile))
    }));
    shared.post(Msg::Over(Box::new(Popup::Palette(palette::State::registries(rows)))));
}

/// Opens the list of regions for a profile, or for the environment's settings where it has no name.
pub(super) fn regions(shared: &mut Shared, profile: &Profile) -> Vec<Effect> {
    let account = |region: Option<&str>| Account {
        profile: Some(profile.name.clone()).filter(|name| !name.is_empty()),
        region: region.map(str::to_owned),
    };
    let take = |region: Option<&str>| Wish::Take(Registry::Aws(account(region)));
    let usual = match &profile.region {
        Some(region) => (region.clone(), "the profile's own".to_owned(), take(Some(region))),
        None => (format!("Region {USUAL}"), String::new(), take(None)),
    };
    let others = REGIONS.iter().filter(|(code, _)| profile.region.as_deref() != Some(code));
    let others = others.map(|(code, place)| (format!("{code}  {place}"), String::new(), take(Some(code))));
    let rows = std::iter::once(usual).chain(others).collect();
    shared.post(Msg::Over(Box::new(Popup::Palette(palette::State::regions(&account(None), rows)))));
    Vec::new()
}

/// Takes what was chosen.
pub(super) fn take(state: &mut State, shared: &mut Shared, registry: Registry) -> Vec<Effect> {
    if busy(state, shared) {
        return Vec::new();
    }
    shared.registry = registry.clone();
    update::reopen(state, shared, registry)
}
