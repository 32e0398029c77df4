//! The board driven by messages, and how it looks at three sizes.

use super::fixture::{BEGAN, MINUTE, at, checked, did, head, lines, told};
use super::*;
use crate::tui::app::{Model, Screen, update, view};
use crate::tui::message::{Effect, Msg};
use crate::tui::settings::Settings;
use crate::tui::theme::Theme;
use crate::workshop::event::What;
use crate::workshop::host::Event;
use crate::workshop::record::Line;
use crate::workshop::room::Change;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];
const JOIN: &str =
    "docker-ecr-tutor join 'nats://10.0.0.7:4222#abcd-efgh-jkmn-pqrs-tuvw-xyz2-3456' --name NAME";

fn key(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn keys(model: &mut Model, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| key(model, KeyCode::Char(c))).collect()
}

fn screen(model: &Model) -> String {
    let (width, height) = model.shared.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    terminal.backend().to_string()
}

fn with(size: (u16, u16), state: State) -> Model {
    let mut model = Model::new(Theme::default(), Settings::default(), size);
    model.screen = Screen::Board(Box::new(state));
    model
}

fn tell(model: &mut Model, lines: Vec<Line>) {
    update(model, Msg::Heard(Box::new(Event::Lines(lines))));
}

/// The fixture's workshop as it goes on, 29 minutes in.
fn live(size: (u16, u16)) -> Model {
    let mut model = with(size, State::live(&head(13), JoinLine(JOIN.into()), Limits::default()));
    update(&mut model, Msg::Clock(BEGAN + 29 * MINUTE));
    tell(&mut model, vec![Line::Head(Box::new(head(13)))]);
    tell(&mut model, lines());
    update(&mut model, Msg::Tick(1_000));
    model
}

/// The same, recorded, from its beginning.
fn replayed(size: (u16, u16)) -> Model {
    let text: String = std::iter::once(Line::Head(Box::new(head(3))))
        .chain(lines())
        .map(|line| line.write().unwrap())
        .collect();
    let playback = Playback::read(text.as_bytes()).unwrap();
    with(size, State::replay(playback, Limits::default()))
}

fn state(model: &Model) -> &State {
    match &model.screen {
        Screen::Board(state) => state,
        other => panic!("{other:?}"),
    }
}

fn changes(effects: &[Effect]) -> Vec<Change> {
    let of = |effect: &Effect| match effect {
        Effect::Lead(change) => Some((**change).clone()),
        _ => None,
    };
    effects.iter().filter_map(of).collect()
}

fn each_size(name: &str, make: impl Fn((u16, u16)) -> Model) {
    for size in SIZES {
        insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), screen(&make(size)));
    }
}

#[test]
fn the_board_looks_right() {
    each_size("board", live);
}

#[test]
fn an_empty_board_looks_right() {
    let empty = |size| {
        let mut model = with(size, State::live(&head(13), JoinLine(JOIN.into()), Limits::default()));
        tell(&mut model, vec![Line::Head(Box::new(head(2)))]);
        model
    };
    insta::assert_snapshot!("empty_80x24", screen(&empty((80, 24))));
}

#[test]
fn a_learner_looks_right() {
    each_size("learner", |size| {
        let mut model = live(size);
        key(&mut model, KeyCode::Tab);
        key(&mut model, KeyCode::Enter);
        model
    });
}

#[test]
fn the_projector_looks_right() {
    each_size("projector", |size| {
        let mut model = live(size);
        keys(&mut model, "p");
        model
    });
}

#[test]
fn a_recording_looks_right() {
    each_size("recording", |size| {
        let mut model = replayed(size);
        keys(&mut model, "]] ");
        model
    });
}

#[test]
fn in_ascii_there_are_no_other_signs() {
    let mut boards = vec![live((120, 36)), replayed((120, 36))];
    let mut detail = live((120, 36));
    keys(&mut detail, "k");
    key(&mut detail, KeyCode::Enter);
    let mut projector = live((120, 36));
    keys(&mut projector, "p");
    boards.extend([detail, projector]);
    for mut model in boards {
        model.shared.theme.ascii = true;
        let screen = screen(&model).replace(['日', '本', '花', '子'], "");
        // The terminal of the test draws quotation marks around its rows, nothing else.
        assert!(
            screen.is_ascii(),
            "{}",
            screen.lines().filter(|l| !l.is_ascii()).collect::<Vec<_>>().join("\n")
        );
    }
}

#[test]
fn nothing_of_others_steers_the_terminal() {
    let mut model = live((200, 50));
    for presses in ["", "p", "p/mallory\n"] {
        for c in presses.chars() {
            key(&mut model, if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) });
        }
        let screen = screen(&model);
        assert!(!screen.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{screen}");
    }
    assert!(screen(&model).contains("[2JMallory with a name"), "{}", screen(&model));
}

#[test]
fn keys_lead_the_workshop() {
    let mut model = live((120, 36));
    assert_eq!(changes(&keys(&mut model, " ")), [Change::Pause]);
    let copied = keys(&mut model, "y");
    assert!(matches!(copied.as_slice(), [Effect::Copy(join)] if join == JOIN), "{copied:?}");
    assert_eq!(
        changes(&keys(&mut model, "+-")),
        [Change::Extend { minutes: 5 }, Change::Extend { minutes: -5 }]
    );
    tell(&mut model, vec![did(29, Change::Pause)]);
    assert_eq!(changes(&keys(&mut model, " ")), [Change::Resume]);
    // The next part is the first of the list.
    keys(&mut model, "n");
    assert!(screen(&model).contains("Part 3 of 3: Questions"), "{}", screen(&model));
    assert_eq!(changes(&key(&mut model, KeyCode::Enter)), [Change::Part { part: 2 }]);
    keys(&mut model, "nEnd");
    assert_eq!(changes(&key(&mut model, KeyCode::Enter)), [Change::End]);
    // What is opened to all is asked for first, and the careful answer is the one that Enter takes.
    keys(&mut model, "h");
    assert_eq!(changes(&key(&mut model, KeyCode::Enter)), []);
    key(&mut model, KeyCode::Right);
    keys(&mut model, "h");
    assert_eq!(changes(&keys(&mut model, "o")), [Change::OpenHints { exercise: "exercise-2".into() }]);
    keys(&mut model, "o");
    assert_eq!(changes(&keys(&mut model, "o")), [Change::OpenSolution { exercise: "exercise-2".into() }]);
    tell(&mut model, vec![did(29, Change::OpenSolution { exercise: "exercise-2".into() })]);
    keys(&mut model, "o");
    assert!(model.popups.is_empty(), "it is open already");
}

#[test]
fn the_token_is_in_nothing_that_is_printed_for_debugging() {
    let model = live((80, 24));
    assert!(!format!("{model:?}").contains("abcd-efgh"));
}

#[test]
fn an_announcement_is_typed() {
    let mut model = live((120, 36));
    // While it is typed, letters are letters.
    assert_eq!(changes(&keys(&mut model, "aHelp is near, q n")), []);
    key(&mut model, KeyCode::Backspace);
    let text = "Help is near, q ".trim().to_owned();
    assert_eq!(changes(&key(&mut model, KeyCode::Enter)), [Change::Announce { text }]);
    keys(&mut model, "anot this");
    assert_eq!(changes(&key(&mut model, KeyCode::Esc)), []);
    assert_eq!(changes(&keys(&mut model, " ")), [Change::Pause], "keys are keys again");
    update(&mut model, Msg::Key(KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE)));
    update(&mut model, Msg::Paste("x".repeat(400)));
    update(&mut model, Msg::Paste("y".repeat(400)));
    let said = changes(&key(&mut model, KeyCode::Enter));
    assert!(matches!(said.as_slice(), [Change::Announce { text }] if text.len() == 500), "{said:?}");
}

#[test]
fn a_call_is_dealt_with_and_goes() {
    let mut model = live((120, 36));
    key(&mut model, KeyCode::Tab);
    let learner = state(&model).selected.clone().unwrap();
    let helped = changes(&keys(&mut model, "d"));
    assert_eq!(helped, [Change::Helped { learner, seq: 5 }]);
    tell(&mut model, vec![did(29, helped[0].clone())]);
    update(&mut model, Msg::Tick(3_000));
    assert!(!screen(&model).contains("wants help"), "{}", screen(&model));
    assert_eq!(changes(&keys(&mut model, "d")), [], "nobody is selected who calls");
}

#[test]
fn learners_are_sorted_and_found() {
    let mut model = live((120, 36));
    let names = |model: &Model| -> Vec<String> {
        let state = state(model);
        state.rows.iter().map(|at| state.board().learners()[*at].name.clone()).collect()
    };
    let first: Vec<String> = names(&model).into_iter().take(3).collect();
    assert_eq!(first, ["[2JMallory with a name that is far too…", "Ada Lovelace", "Alan Turing"]);
    keys(&mut model, "s");
    assert_eq!(names(&model)[0], "日本 花子", "who calls for help comes first");
    keys(&mut model, "s");
    assert_eq!(names(&model)[0], "Ada Lovelace", "who is furthest comes first");
    keys(&mut model, "s");
    assert_eq!(names(&model)[0], "[2JMallory with a name that is far too…", "who was heard longest ago");
    keys(&mut model, "/HOPPER");
    assert_eq!(names(&model), ["Grace Hopper"]);
    key(&mut model, KeyCode::Enter);
    assert_eq!(state(&model).learner().unwrap().name, "Grace Hopper");
    key(&mut model, KeyCode::Esc);
    assert_eq!(names(&model).len(), 7, "Esc shows all again");
    // A check that fails in the selected exercise finds them too, and what they are.
    for (word, count) in [("non-root", 2), ("stuck", 3), ("help", 1), ("gone", 1), ("failing", 2)] {
        keys(&mut model, &format!("/{word}"));
        assert_eq!(names(&model).len(), count, "{word}: {:?}", names(&model));
        key(&mut model, KeyCode::Esc);
    }
}

#[test]
fn the_selection_stays_with_its_learner() {
    let mut model = live((80, 24));
    key(&mut model, KeyCode::Down);
    let selected = state(&model).selected.clone();
    assert!(selected.is_some());
    tell(&mut model, vec![told("Aaron", 29, 1, vec![What::Joined])]);
    update(&mut model, Msg::Tick(5_000));
    assert_eq!((state(&model).selected.clone(), state(&model).row), (selected, 2));
}

#[test]
fn a_live_board_is_not_left_without_a_question_and_a_recording_is() {
    for leave in [KeyCode::Char('q'), KeyCode::Esc] {
        let mut model = live((80, 24));
        assert!(key(&mut model, leave).is_empty());
        assert!(screen(&model).contains("Leave the board?"), "{}", screen(&model));
        assert!(key(&mut model, KeyCode::Enter).is_empty(), "the careful answer is to stay");
        key(&mut model, leave);
        let effects = keys(&mut model, "l");
        assert!(matches!(effects.as_slice(), [Effect::Quit]), "{effects:?}");
        assert!(matches!(key(&mut replayed((80, 24)), leave).as_slice(), [Effect::Quit]));
    }
}

#[test]
fn a_recording_goes_on_stands_and_changes_nothing() {
    let mut model = replayed((120, 36));
    for c in "an+hofFd".chars() {
        assert_eq!(changes(&keys(&mut model, &c.to_string())), [], "{c}");
    }
    assert!(model.popups.is_empty());
    let position = |model: &Model| match &state(model).source {
        Source::Replay(playback) => playback.position().0,
        Source::Live { .. } => panic!("not a recording"),
    };
    let before = position(&model);
    update(&mut model, Msg::Tick(6_000));
    assert!(position(&model) > before);
    assert!(model.next_tick().is_some_and(|wait| wait <= 200));
    keys(&mut model, " ");
    let stands = position(&model);
    update(&mut model, Msg::Tick(60_000));
    assert_eq!(position(&model), stands);
    keys(&mut model, "].");
    assert_eq!(position(&model), stands + 11 * MINUTE);
    keys(&mut model, "[,");
    assert_eq!(position(&model), stands);
    keys(&mut model, "]]]]]");
    assert!(screen(&model).contains("at its end"), "{}", screen(&model));
}

#[test]
fn nobody_is_named_to_the_projector() {
    let mut model = live((200, 50));
    keys(&mut model, "p");
    let screen = screen(&model);
    for name in ["Ada", "Hopper", "花子", "Mallory", "USER line"] {
        assert!(!screen.contains(name), "{name}\n{screen}");
    }
    assert!(screen.contains("of 4 fail non-root") && screen.contains("Coffee at ten"), "{screen}");
    assert_eq!(changes(&keys(&mut model, " n+d")), [], "nothing is done from there");
}

#[test]
fn what_the_host_says_is_wrong_is_shown_until_it_is_right() {
    let mut model = live((120, 36));
    update(&mut model, Msg::Heard(Box::new(Event::ServerAway { why: "broken\u{1b}[2J pipe".into() })));
    assert!(screen(&model).contains("The server is away (broken\u{fffd}[2J pipe)"), "{}", screen(&model));
    update(&mut model, Msg::Heard(Box::new(Event::ServerHere)));
    assert!(screen(&model).contains("join: docker-ecr-tutor"), "{}", screen(&model));
    update(&mut model, Msg::Heard(Box::new(Event::Failed { why: "no space".into() })));
    assert!(screen(&model).contains("Nothing is recorded any more: no space"), "{}", screen(&model));
}

#[test]
fn five_thousand_learners_are_counted_and_drawn() {
    let mut model = with((80, 24), State::live(&head(13), JoinLine(JOIN.into()), Limits::default()));
    tell(&mut model, vec![Line::Head(Box::new(head(13)))]);
    let learner = |number: usize| {
        let failed: &[&str] = if number.is_multiple_of(3) { &["size"] } else { &[] };
        told(&format!("Learner {number:04}"), 1, 1, vec![What::Joined, at(1), checked(1, failed)])
    };
    tell(&mut model, (0..5_000).map(learner).collect());
    update(&mut model, Msg::Tick(2_000));
    key(&mut model, KeyCode::End);
    let screen = screen(&model);
    assert!(screen.contains("Learners: 5000") && screen.contains("Learner 4999"), "{screen}");
    assert!(screen.contains("1667 of 5000 fail size"), "{screen}");
    assert!(!screen.contains("Learner 0000"), "{screen}");
}
