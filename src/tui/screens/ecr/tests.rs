//! The screen driven by messages, and how it looks at three sizes.

use super::fixture::{NOW, POLICY, contents, opened, scan};
use crate::ecr::profiles::Profile;
use crate::ecr::{Change, Consent};
use crate::engine::images::Transfer;
use crate::engine::transfer::OwnImage;
use crate::jobs::ecr::{Account, Answer, Registry, Task};
use crate::jobs::{Job, JobEvent, JobId, Outcome, Progress};
use crate::tui::app::{Model, update, view};
use crate::tui::keymap::Action;
use crate::tui::message::{Destination, Effect, Msg};
use crate::tui::settings::Settings;
use crate::tui::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];

fn key(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn ctrl(model: &mut Model, c: char) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
}

fn keys(model: &mut Model, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| key(model, KeyCode::Char(c))).collect()
}

fn started(effects: &[Effect]) -> Vec<(JobId, Registry, Task)> {
    let of = |effect: &Effect| match effect {
        Effect::Start(id, job) => match &**job {
            Job::Ecr(registry, task) => Some((*id, registry.clone(), (**task).clone())),
            _ => None,
        },
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn only(effects: &[Effect]) -> (JobId, Task) {
    let all = started(effects);
    let [(id, _, task)] = all.as_slice() else { panic!("one job, not {all:?}") };
    (*id, task.clone())
}

fn answer(model: &mut Model, id: JobId, answer: Answer) -> Vec<Effect> {
    update(model, Msg::Job(JobEvent::Finished(id, Outcome::Ecr(Box::new(answer)))))
}

fn screen(model: &Model) -> String {
    let (width, height) = model.shared.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    terminal.backend().to_string()
}

/// The screen as it is entered: nothing is known yet.
fn entered(size: (u16, u16), built: Option<&str>) -> (Model, JobId) {
    let settings = Settings { still: true, ..Settings::default() };
    let mut model = Model::new(Theme::default(), settings, size);
    let effects = update(&mut model, Msg::Go(Destination::Ecr(built.map(str::to_owned))));
    let (id, task) = only(&effects);
    assert_eq!(task, Task::Open);
    (model, id)
}

/// Answers the opening, and the look into the first repository.
fn fill(model: &mut Model, id: JobId, policy: Option<&str>) {
    let effects = answer(model, id, Answer::Opened(opened()));
    let (id, task) = only(&effects);
    assert_eq!(task, Task::Look("app".into()));
    answer(model, id, Answer::Contents(Box::new(contents("app", policy)), NOW));
}

fn practice(size: (u16, u16)) -> Model {
    let (mut model, id) = entered(size, None);
    fill(&mut model, id, Some(POLICY));
    model
}

fn aws(size: (u16, u16)) -> Model {
    let (mut model, _) = entered(size, None);
    let (id, task) = only(&keys(&mut model, "a"));
    assert_eq!(task, Task::Profiles);
    answer(&mut model, id, Answer::Profiles(Ok(profiles())));
    keys(&mut model, "env");
    key(&mut model, KeyCode::Enter);
    let effects = key(&mut model, KeyCode::Enter);
    let all = started(&effects);
    assert_eq!((&all[0].1, &all[0].2), (&Registry::Aws(Account::default()), &Task::Open));
    fill(&mut model, all[0].0, Some(POLICY));
    model
}

fn profiles() -> Vec<Profile> {
    let of = |name: &str, region: Option<&str>| Profile { name: name.into(), region: region.map(Into::into) };
    vec![of("default", None), of("work", Some("eu-west-1")), of("ev\u{1b}[2Jil\u{202e}", None)]
}

#[test]
fn it_looks_well_at_three_sizes() {
    for size in SIZES {
        let name = |what: &str| format!("{what}_{}x{}", size.0, size.1);
        let mut model = practice(size);
        insta::assert_snapshot!(name("repositories"), screen(&model));
        key(&mut model, KeyCode::Tab);
        insta::assert_snapshot!(name("images"), screen(&model));
        let (id, task) = only(&key(&mut model, KeyCode::Enter));
        assert!(matches!(task, Task::Findings { .. }));
        answer(&mut model, id, Answer::Findings(scan()));
        insta::assert_snapshot!(name("findings"), screen(&model));
        keys(&mut model, "]");
        insta::assert_snapshot!(name("lifecycle"), screen(&model));
        keys(&mut model, "e");
        insta::assert_snapshot!(name("policy"), screen(&model));
        key(&mut model, KeyCode::Esc);
        keys(&mut model, "]");
        insta::assert_snapshot!(name("settings"), screen(&model));
        keys(&mut model, "n");
        insta::assert_snapshot!(name("create"), screen(&model));
    }
}

#[test]
fn what_it_says_of_aws_looks_well_at_three_sizes() {
    for size in SIZES {
        let name = |what: &str| format!("{what}_{}x{}", size.0, size.1);
        let (mut model, id) = entered(size, None);
        let hints = vec![
            "run `aws configure sso` or `aws configure`".into(),
            "the practice ECR needs no account".into(),
        ];
        let message = "asking AWS who you are: no credentials were found: not in the environment, not in ~/.aws, not from a role";
        let failed = Outcome::Failed { message: message.into(), hints };
        update(&mut model, Msg::Job(JobEvent::Finished(id, failed)));
        insta::assert_snapshot!(name("trouble"), screen(&model));
        let mut model = aws(size);
        keys(&mut model, "d");
        insta::assert_snapshot!(name("question"), screen(&model));
        key(&mut model, KeyCode::Esc);
        let images = vec![OwnImage {
            name: "shop:dev".into(),
            id: "sha256:1".into(),
            bytes: 184_000_000,
            created: NOW,
        }];
        let (id, task) = only(&keys(&mut model, "p"));
        assert_eq!(task, Task::OwnImages);
        answer(&mut model, id, Answer::OwnImages(images));
        key(&mut model, KeyCode::Enter);
        key(&mut model, KeyCode::Enter);
        let (id, task) = only(&keys(&mut model, "y"));
        assert!(matches!(task, Task::Push { .. }), "{task:?}");
        let said = |layer: &str, status: &str, current, total| {
            let said = Transfer { layer: layer.into(), status: status.into(), current, total };
            Msg::Job(JobEvent::Progress(id, Progress::Transfer(said)))
        };
        for msg in [
            said("5f70bf18a086", "Layer already exists", 0, 0),
            said("1b6e04c0c2b7", "Pushing", 21_000_000, 68_000_000),
            said("d4fc045c9e3a", "Waiting", 0, 0),
            said("9c27e219663c", "Pushing", 3_000, 3_000),
            said("9c27e219663c", "Pushed", 0, 0),
        ] {
            update(&mut model, msg);
        }
        insta::assert_snapshot!(name("pushing"), screen(&model));
    }
}

#[test]
fn nothing_of_a_registry_reaches_the_terminal_raw() {
    let mut model = practice((120, 36));
    let shown = screen(&model);
    assert!(shown.contains("il") && !shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
    key(&mut model, KeyCode::Tab);
    let (id, _) = only(&key(&mut model, KeyCode::Enter));
    answer(&mut model, id, Answer::Findings(scan()));
    assert!(!screen(&model).contains('\u{1b}'));
}

#[test]
fn the_practice_ecr_is_changed_at_once_unless_something_is_lost() {
    let mut model = practice((120, 36));
    keys(&mut model, "nteam/app");
    let (id, task) = only(&key(&mut model, KeyCode::Enter));
    let Task::Change(Change::Create { repository, immutable: true, scan_on_push: true }, consent) = task
    else {
        panic!("{task:?}")
    };
    assert_eq!((repository.as_str(), consent.account.as_str()), ("team/app", "123456789012"));
    let (id, task) = only(&answer(&mut model, id, Answer::Changed));
    assert_eq!(task, Task::List);
    // The new one is selected.
    let mut repositories = opened().repositories;
    repositories.push(super::fixture::repository("team/app", true));
    let (_, task) = only(&answer(&mut model, id, Answer::Listed(repositories)));
    assert_eq!(task, Task::Look("team/app".into()));

    let mut model = practice((120, 36));
    assert!(started(&keys(&mut model, "d")).is_empty());
    assert!(screen(&model).contains("with its 4 images. This cannot be taken back."));
    // Enter is the careful answer.
    assert!(started(&key(&mut model, KeyCode::Enter)).is_empty());
    keys(&mut model, "d");
    let (_, task) = only(&keys(&mut model, "y"));
    assert!(matches!(task, Task::Change(Change::DeleteRepository { images: 4, .. }, _)), "{task:?}");
}

#[test]
fn on_aws_nothing_begins_before_account_region_resource_and_cost_were_shown() {
    for wish in ["m", "o", "d", "nnew\n", "\td", "\tt2.0\n", "\ts", "\tg", "\tu"] {
        let mut model = aws((120, 36));
        let mut effects = Vec::new();
        for c in wish.chars() {
            let code = match c {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                c => KeyCode::Char(c),
            };
            effects.extend(key(&mut model, code));
        }
        assert!(started(&effects).is_empty(), "{wish:?} asks first");
        let shown = screen(&model);
        for said in ["This is AWS", "123456789012", "eu-central-1", "Resource", "learner/ada"] {
            assert!(shown.contains(said), "{wish:?} says {said}:\n{shown}");
        }
        let (_, task) = only(&keys(&mut model, "y"));
        if let Task::Change(_, consent) = &task {
            let shown = Consent { account: "123456789012".into(), region: "eu-central-1".into() };
            assert_eq!(*consent, shown, "what was shown goes with the job");
        }
    }
}

#[test]
fn the_command_of_an_action_is_copied_from_the_question_and_from_the_screen() {
    let copied = |effects: &[Effect]| {
        effects.iter().find_map(|effect| match effect {
            Effect::Copy(text) => Some(text.clone()),
            _ => None,
        })
    };
    let mut model = aws((120, 36));
    let text = copied(&keys(&mut model, "y")).unwrap();
    assert_eq!(text, "aws ecr describe-repositories --region eu-central-1");
    keys(&mut model, "m");
    let text = copied(&keys(&mut model, "c")).unwrap();
    assert!(text.contains("put-image-tag-mutability") && text.ends_with("--image-tag-mutability MUTABLE"));
    let text = copied(&keys(&mut model, "y")).unwrap();
    assert!(text.contains("put-image-tag-mutability"), "what was asked for last: {text}");
    key(&mut model, KeyCode::Tab);
    key(&mut model, KeyCode::Down);
    let text = copied(&keys(&mut model, "y")).unwrap();
    assert!(text.contains("describe-images") && text.ends_with("--repository-name app"), "{text}");
}

#[test]
fn the_policy_is_weighed_at_every_key_and_its_mistakes_are_placed() {
    let mut model = practice((200, 50));
    keys(&mut model, "e");
    assert!(screen(&model).contains("would expire 2 of 4 images"));
    ctrl(&mut model, 'a');
    let broken = POLICY.replace("\"imageCountMoreThan\"", "\"most\"");
    update(&mut model, Msg::Paste(broken));
    let shown = screen(&model);
    assert!(shown.contains("Line 1, column "), "{shown}");
    // A broken one is not put.
    assert!(started(&ctrl(&mut model, 's')).is_empty());
    ctrl(&mut model, 'a');
    update(&mut model, Msg::Paste(POLICY.replace("\"countNumber\":2", "\"countNumber\":3")));
    let shown = screen(&model);
    assert!(shown.contains("Changed, not put yet. This would expire 1 of 4 images"), "{shown}");
    assert!(shown.contains("it keeps the newest 3, and this is number 4 of 4"), "{shown}");
    // The registry's own word.
    let (id, task) = only(&key(&mut model, KeyCode::F(5)));
    assert!(matches!(task, Task::Preview { .. }));
    answer(&mut model, id, Answer::Previewed(Vec::new()));
    assert!(screen(&model).contains("The registry says otherwise"));
    assert!(started(&ctrl(&mut model, 's')).is_empty(), "what is lost is asked about on any registry");
    let (id, task) = only(&keys(&mut model, "y"));
    assert!(matches!(task, Task::Change(Change::PutPolicy { .. }, _)));
    answer(&mut model, id, Answer::Changed);
    assert!(screen(&model).contains("The policy in place") || screen(&model).contains("Changed"));
}

#[test]
fn what_is_typed_in_a_policy_outlives_a_new_look_at_the_repository() {
    let mut model = practice((200, 50));
    keys(&mut model, "e");
    keys(&mut model, "xyz");
    key(&mut model, KeyCode::Esc);
    let (id, _) = only(&keys(&mut model, "r"));
    let (id, _) = only(&answer(&mut model, id, Answer::Listed(opened().repositories)));
    answer(&mut model, id, Answer::Contents(Box::new(contents("app", Some(POLICY))), NOW));
    assert!(screen(&model).contains("xyz"));
}

#[test]
fn a_repository_that_is_passed_by_is_not_waited_for() {
    let mut model = practice((120, 36));
    let first = key(&mut model, KeyCode::Down);
    let (old, _) = only(&first);
    let effects = key(&mut model, KeyCode::Down);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(id) if *id == old)));
    let (_, task) = only(&effects);
    assert!(matches!(task, Task::Look(name) if name.starts_with("team/")));
    // Its late answer changes nothing.
    answer(&mut model, old, Answer::Contents(Box::new(contents("legacy", None)), NOW));
    assert!(screen(&model).contains("Reading team/"));
}

#[test]
fn a_profile_and_a_region_are_chosen_shown_and_kept_for_the_session() {
    let pick = |size| {
        let mut model = practice(size);
        let (id, _) = only(&keys(&mut model, "a"));
        answer(&mut model, id, Answer::Profiles(Ok(profiles())));
        model
    };
    for size in SIZES {
        let name = |what: &str| format!("{what}_{}x{}", size.0, size.1);
        let mut model = pick(size);
        insta::assert_snapshot!(name("registries"), screen(&model));
        keys(&mut model, "work");
        key(&mut model, KeyCode::Enter);
        insta::assert_snapshot!(name("regions"), screen(&model));
    }
    let chosen = |typed: &str| {
        let mut model = pick((120, 36));
        keys(&mut model, "work");
        key(&mut model, KeyCode::Enter);
        keys(&mut model, typed);
        let all = started(&key(&mut model, KeyCode::Enter));
        assert_eq!(all[0].2, Task::Open);
        (model, all[0].1.clone())
    };
    let of =
        |region: &str| Registry::Aws(Account { profile: Some("work".into()), region: Some(region.into()) });
    assert_eq!(chosen("").1, of("eu-west-1"), "its own first");
    assert_eq!(chosen("tokyo").1, of("ap-northeast-1"), "by where it is");
    assert_eq!(chosen("ap-northeast-3").1, of("ap-northeast-3"));
    let (mut model, registry) = chosen("eu-central-9");
    assert_eq!(registry, of("eu-central-9"), "one that is not in the list is taken as typed");
    assert!(screen(&model).contains("AWS, profile work, eu-central-9"), "{}", screen(&model));
    // It is the one that is opened the next time.
    key(&mut model, KeyCode::Esc);
    let all = started(&update(&mut model, Msg::Go(Destination::Ecr(None))));
    assert_eq!(all[0].1, of("eu-central-9"));
    keys(&mut model, "a");
    let mut model = pick((120, 36));
    assert!(screen(&model).contains("shown now"));
    key(&mut model, KeyCode::Enter);
    assert!(screen(&model).contains("practice ECR, on this machine"));
}

#[test]
fn profiles_that_cannot_be_read_leave_the_rest_to_choose_from() {
    let mut model = practice((120, 36));
    let (id, _) = only(&keys(&mut model, "a"));
    answer(&mut model, id, Answer::Profiles(Err("config, line 3: no section".into())));
    let shown = screen(&model);
    assert!(shown.contains("Which registry?") && shown.contains("line 3") && shown.contains("Practice ECR"));
}

#[test]
fn a_change_goes_on_when_the_screen_is_left_and_says_how_it_ended() {
    let mut model = practice((120, 36));
    let (id, _) = only(&keys(&mut model, "m"));
    let left = key(&mut model, KeyCode::Esc);
    assert!(!left.iter().any(|effect| matches!(effect, Effect::Cancel(_))), "{left:?}");
    assert!(screen(&model).contains("1 at work elsewhere"), "{}", screen(&model));
    update(&mut model, Msg::Act(Action::Jobs));
    assert!(screen(&model).contains("Changing the"), "{}", screen(&model));
    model.popups.clear();
    let failed = Outcome::Failed { message: "it may not be done".into(), hints: vec!["ask Ada".into()] };
    assert!(update(&mut model, Msg::Job(JobEvent::Finished(id, failed))).is_empty());
    assert!(screen(&model).contains("Practice ECR: it may not be done"), "{}", screen(&model));
    // Who comes back sees why, and everything is read again.
    let (_, task) = only(&update(&mut model, Msg::Go(Destination::Ecr(None))));
    assert_eq!(task, Task::List);
    assert!(screen(&model).contains("try: ask Ada") && model.registry.is_none());

    let mut model = practice((120, 36));
    let (id, _) = only(&keys(&mut model, "m"));
    key(&mut model, KeyCode::Esc);
    let stopped = update(&mut model, Msg::Stop(id));
    assert!(matches!(stopped.as_slice(), [Effect::Cancel(same)] if *same == id), "{stopped:?}");
    answer(&mut model, id, Answer::Changed);
    assert!(!screen(&model).contains("elsewhere") && screen(&model).contains("Practice ECR: "));
}

#[test]
fn leaving_the_screen_ends_what_only_reads() {
    let (mut model, id) = entered((80, 24), None);
    let effects = key(&mut model, KeyCode::Esc);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(ended) if *ended == id)));
}

#[test]
fn a_push_is_not_ended_by_leaving_but_by_stopping_it() {
    let (mut model, id) = entered((120, 36), Some("shop:dev"));
    fill(&mut model, id, None);
    let own = OwnImage { name: "shop:dev".into(), id: "1".into(), bytes: 1_000_000, created: NOW };
    let (id, _) = only(&keys(&mut model, "p"));
    answer(&mut model, id, Answer::OwnImages(vec![own]));
    key(&mut model, KeyCode::Enter);
    let (id, _) = only(&key(&mut model, KeyCode::Enter));
    let left = key(&mut model, KeyCode::Esc);
    assert!(!left.iter().any(|effect| matches!(effect, Effect::Cancel(_))), "{left:?}");
    let said = Transfer { layer: "5f70bf18a086".into(), status: "Pushing".into(), current: 1, total: 2 };
    update(&mut model, Msg::Job(JobEvent::Progress(id, Progress::Transfer(said))));
    let (list, _) = only(&update(&mut model, Msg::Go(Destination::Ecr(None))));
    assert!(screen(&model).contains("5f70bf18a086"), "it is seen again, as far as it is by now");
    answer(&mut model, list, Answer::Listed(opened().repositories));
    let effects = ctrl(&mut model, 'c');
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(ended) if *ended == id)));
    update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::Cancelled)));
    let failed = Outcome::Failed { message: "no such thing".into(), hints: Vec::new() };
    let (id, _) = only(&keys(&mut model, "r"));
    update(&mut model, Msg::Job(JobEvent::Finished(id, failed)));
    assert!(screen(&model).contains("no such thing"));
    key(&mut model, KeyCode::Down);
    assert!(!screen(&model).contains("no such thing"), "what went wrong elsewhere is over");
    key(&mut model, KeyCode::Esc);
    assert!(!screen(&model).contains("Repositories"));
}

#[test]
fn the_last_build_is_the_first_image_to_be_pushed_under_the_next_tag() {
    let (mut model, id) = entered((120, 36), Some("shop:dev"));
    fill(&mut model, id, None);
    let own = |name: &str| OwnImage { name: name.into(), id: name.into(), bytes: 1_000_000, created: NOW };
    let (id, _) = only(&keys(&mut model, "p"));
    answer(&mut model, id, Answer::OwnImages(vec![own("other:1"), own("shop:dev")]));
    assert!(screen(&model).contains("the last build"));
    key(&mut model, KeyCode::Enter);
    assert!(screen(&model).contains("Tag to push shop:dev under"));
    assert!(screen(&model).contains("1.4.1"), "{}", screen(&model));
    let (_, task) = only(&key(&mut model, KeyCode::Enter));
    let Task::Push { image, reference, .. } = task else { panic!("{task:?}") };
    assert_eq!(image, "shop:dev");
    assert_eq!(reference, "123456789012.dkr.ecr.eu-central-1.amazonaws.com/app:1.4.1");
}
