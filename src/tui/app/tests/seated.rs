//! A learner in a workshop: what is told of what they do, what the room closes and opens, how it looks.

use super::*;
use crate::tui::screens::call;
use crate::tui::workshop::tests::seated;
use crate::tui::workshop::{IDLE, STILL};
use crate::workshop::event::{What, Where};
use crate::workshop::link::{Heard, Taken};
use crate::workshop::room::{Change, Page, Room};

/// The workbench of exercise 1 with a seat in a workshop whose second part has been on for so many minutes.
fn seat(mut model: Model, minutes: i64) -> Model {
    let seat = seated(minutes);
    update(&mut model, Msg::Seat(Box::new(Taken { workshop: "abcdefgh".into(), ..seat.taken.clone() })));
    let room = seat.room.unwrap();
    hear(&mut model, room, minutes);
    update(&mut model, Msg::Workshop(Box::new(Heard::Online)));
    model.shared.toasts.clear();
    model
}

fn hear(model: &mut Model, room: Room, minutes: i64) -> Vec<Effect> {
    update(model, Msg::Workshop(Box::new(Heard::Room { room: Box::new(room), now: minutes * 60_000 })))
}

fn change(model: &mut Model, changes: &[Change], minutes: i64) -> Vec<Effect> {
    let mut room = model.shared.seat.as_ref().unwrap().room.clone().unwrap();
    changes.iter().for_each(|change| room.apply(change, minutes * 60_000));
    hear(model, room, minutes)
}

fn alt(model: &mut Model, c: char) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT)))
}

fn told(effects: &[Effect]) -> Vec<What> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Tell(what) => Some((**what).clone()),
        _ => None,
    });
    told.collect()
}

#[test]
fn the_bar_looks_right() {
    each_size("seated", |size| seat(workbench(size), 12));
    each_size("seated_said", |size| {
        let mut model = seat(model(size), 8);
        let text = "Look at the layers\u{1b}[2J of the image once more before you go on, please".into();
        change(&mut model, &[Change::Announce { text }], 8);
        update(&mut model, Msg::Workshop(Box::new(Heard::Offline("gone".into()))));
        update(&mut model, Msg::Workshop(Box::new(Heard::Unsent(3))));
        model
    });
    let mut ascii = seat(workbench((80, 24)), 12);
    ascii.shared.theme.ascii = true;
    assert!(screen(&ascii).is_ascii(), "{}", screen(&ascii));
}

#[test]
fn who_sits_in_no_workshop_sees_nothing_of_it_and_tells_nothing() {
    for size in SIZES {
        let mut model = workbench(size);
        assert!(!screen(&model).contains("Alt-J"), "{}", screen(&model));
        let checked = key(&mut model, KeyCode::F(6));
        assert_eq!(told(&checked), []);
        let gone = update(&mut model, Msg::Tick(9 * IDLE));
        assert_eq!(told(&gone), []);
        assert!(update(&mut model, Msg::Workshop(Box::new(Heard::Online))).is_empty());
    }
}

#[test]
fn the_smallest_terminal_keeps_the_clock_the_key_for_help_and_the_way_back() {
    let mut model = seat(workbench((60, 16)), 12);
    change(&mut model, &[Change::Announce { text: "Look here".into() }], 14);
    update(&mut model, Msg::Workshop(Box::new(Heard::Offline(String::new()))));
    let shown = screen(&model);
    let words = ["6 min", "Alt-J", "offline", "Look here"];
    assert!(words.iter().all(|word| shown.contains(word)), "{shown}");
    let keys = |model: &Model| screen(model).lines().last().map(str::to_owned);
    let with = keys(&model);
    model.shared.seat = None;
    assert_eq!(keys(&model), with, "the bar of keys loses nothing");
}

#[test]
fn what_is_done_is_told() {
    let mut model = model((120, 36));
    let joined = update(&mut model, Msg::Seat(Box::default()));
    assert_eq!(told(&joined), [What::Joined, What::At { place: Where::Map }]);
    let opened = update(&mut model, Msg::Workspace(Box::new(workspace())));
    let exercise = || "exercise-1".to_owned();
    let at = What::At { place: Where::Exercise(exercise()) };
    assert_eq!(told(&opened), [What::Started { exercise: exercise() }, at]);
    assert_eq!(told(&key(&mut model, KeyCode::Char('x'))), [], "what is typed is nobody's business");
    assert_eq!(told(&key(&mut model, KeyCode::F(6))), [What::HintOpened { exercise: exercise(), hint: 1 }]);
    key(&mut model, KeyCode::Esc);
    let id = started(&key(&mut model, KeyCode::F(3)));
    let result = |id: &str, status| CheckResult {
        id: id.into(),
        title: String::new(),
        status,
        points: 1,
        score: 0,
        bonus: false,
        shown: Default::default(),
        needs: String::new(),
        expected: String::new(),
        found: String::new(),
        look_at: String::new(),
        why: String::new(),
        millis: 1,
    };
    let results = vec![result("small", Status::Pass), result("user", Status::Fail)];
    let report = Report {
        exercise: exercise(),
        title: String::new(),
        dir: "/work".into(),
        results,
        unseen: Vec::new(),
        only_static: false,
        standing: None,
    };
    let ended = update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::Checked(Box::new(report)))));
    let [What::Checked { passed: false, failed, not_run, .. }] = &told(&ended)[..] else {
        panic!("{:?}", told(&ended))
    };
    assert_eq!((failed, not_run), (&vec!["user".to_owned()], &Vec::new()));
    let idle = update(&mut model, Msg::Tick(2 * IDLE));
    assert_eq!(told(&idle), [What::Idle]);
    assert_eq!(told(&key(&mut model, KeyCode::Up)), [What::Active]);
}

#[test]
fn hints_and_solutions_wait_for_the_room() {
    let mut model = seat(workbench((120, 36)), 2);
    let asked = key(&mut model, KeyCode::F(6));
    assert!(told(&asked).is_empty() && model.popups.is_empty());
    assert!(screen(&model).contains("Hints open in 3 minutes"), "{}", screen(&model));
    update(&mut model, Msg::Act(Action::Solution));
    assert!(
        screen(&model).contains("The solution opens in 13 minutes, or when you pass"),
        "{}",
        screen(&model)
    );
    change(&mut model, &[Change::OpenHints { exercise: "exercise-1".into() }], 2);
    assert!(!told(&key(&mut model, KeyCode::F(6))).is_empty(), "the room opened them");
    assert_eq!(model.popups.len(), 1);
}

#[test]
fn a_page_that_is_shown_opens_for_who_follows_and_never_over_typing_or_a_popup() {
    let mut model = seat(workbench((120, 36)), 2);
    let show = |lesson: &str| Change::Follow { page: Some(Page { lesson: lesson.into(), heading: None }) };
    let lesson = |model: &Model| match &model.screen {
        Screen::Lesson(state) => Some(state.lesson.slug.clone()),
        _ => None,
    };
    change(&mut model, &[show("basics")], 2);
    update(&mut model, Msg::Tick(STILL * 2));
    assert_eq!(lesson(&model), None, "who does not follow goes nowhere");
    assert!(screen(&model).contains("Alt-O follow the host"), "{}", screen(&model));
    alt(&mut model, 'o');
    assert_eq!(lesson(&model).as_deref(), Some("basics"), "the key asks for it");
    key(&mut model, KeyCode::Esc);
    key(&mut model, KeyCode::Char('x'));
    change(&mut model, &[show("containers")], 2);
    assert_eq!(lesson(&model), None, "something is being typed");
    update(&mut model, Msg::Act(Action::Help));
    update(&mut model, Msg::Tick(STILL * 4));
    assert_eq!(lesson(&model), None, "a popup is open");
    key(&mut model, KeyCode::Esc);
    assert!(model.next_tick().is_some_and(|wait| wait <= STILL), "{:?}", model.next_tick());
    update(&mut model, Msg::Tick(STILL * 6));
    assert_eq!(lesson(&model).as_deref(), Some("containers"));
    key(&mut model, KeyCode::Esc);
    update(&mut model, Msg::Tick(STILL * 20));
    assert_eq!(lesson(&model), None, "who leaves the page is not brought back to it");
}

#[test]
fn announcements_are_text_and_stay_until_they_are_seen() {
    let mut model = seat(model((120, 36)), 1);
    let hostile = "**bold** [x](http://evil) \u{1b}]0;x\u{7} # no heading".to_owned();
    change(&mut model, &[Change::Announce { text: hostile }], 1);
    assert!(screen(&model).contains("» **bold** [x](http://evil)"), "{}", screen(&model));
    update(&mut model, Msg::Tick(30_000));
    assert!(screen(&model).contains("**bold**"), "it stays");
    alt(&mut model, 'n');
    let page = screen(&model);
    assert!(page.contains("**bold** [x](http://evil)") && page.contains("just now"), "{page}");
    assert!(!page.contains('\u{1b}') && !page.contains('\u{7}'));
    key(&mut model, KeyCode::Esc);
    assert!(!screen(&model).contains("**bold**"), "{}", screen(&model));
}

#[test]
fn a_call_for_help_says_what_is_sent_and_can_be_taken_back() {
    let write = |size| {
        let mut model = seat(workbench(size), 12);
        alt(&mut model, 'j');
        for c in "Why is it still 1 GB?".chars() {
            key(&mut model, KeyCode::Char(c));
        }
        key(&mut model, KeyCode::Down);
        key(&mut model, KeyCode::Char(' '));
        model
    };
    each_size("call", write);
    let confirm = |size| {
        let mut model = write(size);
        assert_eq!(told(&key(&mut model, KeyCode::Enter)), []);
        model
    };
    each_size("call_confirm", confirm);
    let mut model = confirm((80, 24));
    let sent = key(&mut model, KeyCode::Enter);
    let [What::Help { exercise, says, files }] = &told(&sent)[..] else { panic!("{:?}", told(&sent)) };
    assert_eq!((exercise.as_deref(), says.as_str()), (Some("exercise-1"), "Why is it still 1 GB?"));
    assert_eq!((files.len(), files[0].path.as_str()), (1, "Dockerfile"));
    update(&mut model, Msg::Workshop(Box::new(Heard::Called(7))));
    assert!(screen(&model).contains("Alt-J called"), "{}", screen(&model));
    alt(&mut model, 'j');
    assert!(matches!(model.popups.last(), Some(Popup::Call(call::State { .. }))));
    assert_eq!(told(&key(&mut model, KeyCode::Enter)), [What::HelpOver]);
    assert!(screen(&model).contains("Alt-J help"), "{}", screen(&model));
}

#[test]
fn a_call_with_many_files_shows_the_row_that_has_the_keys_on_the_smallest_terminal() {
    let mut model = model((60, 16));
    let mut workspace = workspace();
    let like = workspace.files[0].clone();
    workspace.files.extend((0..12).map(|n| WorkspaceFile { path: format!("a{n:02}.txt"), ..like.clone() }));
    update(&mut model, Msg::Workspace(Box::new(workspace)));
    let mut model = seat(model, 12);
    alt(&mut model, 'j');
    key(&mut model, KeyCode::Char('?'));
    assert!(screen(&model).contains("> ?_"), "{}", screen(&model));
    key(&mut model, KeyCode::Down);
    assert!(screen(&model).contains("> [ ] Dockerfile"), "the first tab comes first: {}", screen(&model));
    key(&mut model, KeyCode::Up);
    key(&mut model, KeyCode::Up);
    assert!(screen(&model).contains("> [ ] a11.txt"), "{}", screen(&model));
}

#[test]
fn leaving_in_another_terminal_takes_the_bar_away() {
    let mut model = seat(workbench((120, 36)), 2);
    alt(&mut model, 'j');
    update(&mut model, Msg::Workshop(Box::new(Heard::Gone)));
    assert!(model.popups.is_empty() && model.shared.seat.is_none());
    assert_eq!(told(&key(&mut model, KeyCode::F(6))), []);
}
