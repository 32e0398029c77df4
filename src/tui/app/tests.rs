//! The whole interface driven by messages, and how its screens look at three sizes.

mod away;
mod seated;
mod support;

use super::*;
use crate::course::model::Lesson;
use crate::engine::{BuildEvent, BuildOutcome, StepSummary};
use crate::grade::{CheckResult, Report, Status};
use crate::image::plan::Ledger;
use crate::image::{HistoryEntry, ImageConfig, ImageInfo};
use crate::jobs::{DoctorLine, Progress as JobProgress};
use crate::store::attempts::ExerciseProgress;
use crate::store::progress::{LessonProgress, LessonState};
use crate::tui::message::{Destination, Stored, Workspace, WorkspaceFile};
use crate::tui::screens::workbench::{analysis, fixture};
use crate::tui::theme::ThemeName;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use support::*;

fn each_size(name: &str, make: impl Fn((u16, u16)) -> Model) {
    for size in SIZES {
        insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), screen(&make(size)));
    }
}

#[test]
fn home_looks_right() {
    each_size("home", model);
}

#[test]
fn the_workbench_looks_right() {
    each_size("workbench", workbench);
}

#[test]
fn the_workbench_after_a_build_and_an_edit_looks_right() {
    each_size("workbench_built", |size| {
        let mut model = workbench(size);
        build(&mut model);
        key(&mut model, KeyCode::Down);
        key(&mut model, KeyCode::End);
        let edited = key(&mut model, KeyCode::Char(' '));
        answer(&mut model, edited);
        let edited = key(&mut model, KeyCode::Char('x'));
        answer(&mut model, edited);
        model.shared.toasts.clear();
        model
    });
}

#[test]
fn the_plan_and_what_a_changed_file_costs_look_right() {
    let planned = |size| {
        let mut model = workbench(size);
        build(&mut model);
        model.shared.toasts.clear();
        let alt = |model: &mut Model, c| {
            update(model, Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT)));
        };
        alt(&mut model, 'p');
        assert!(screen(&model).contains("takes every step from the cache"), "{}", screen(&model));
        key(&mut model, KeyCode::Down);
        key(&mut model, KeyCode::End);
        let edited = key(&mut model, KeyCode::Char('2'));
        answer(&mut model, edited);
        (model, alt)
    };
    each_size("plan", |size| planned(size).0);
    each_size("what_if", |size| {
        let (mut model, alt) = planned(size);
        alt(&mut model, 'c');
        for c in "main".chars() {
            key(&mut model, KeyCode::Char(c));
        }
        model
    });
}

#[test]
fn a_build_at_work_looks_right() {
    each_size("building", |size| {
        let mut model = workbench(size);
        let id = started(&key(&mut model, KeyCode::F(2)));
        let events = [
            BuildEvent::StepStarted { step: 0, name: "[1/3] FROM docker.io/library/python:3.12".into() },
            BuildEvent::StepDone { step: 0, cached: true, millis: 0, error: None },
            BuildEvent::StepRuns { step: 0 },
            BuildEvent::StepStarted { step: 1, name: "[2/3] RUN apt-get update".into() },
            BuildEvent::StepLog {
                step: 1,
                text: b"\x1b[32mGet:1\x1b[0m http://mirror.example\x07\r\nReading\r\n".to_vec(),
            },
        ];
        for event in events {
            update(&mut model, Msg::Job(JobEvent::Progress(id, JobProgress::Build(event))));
        }
        update(&mut model, Msg::Tick(3_200));
        model
    });
}

#[test]
fn a_build_that_failed_looks_right() {
    each_size("not_built", |size| {
        let mut model = workbench(size);
        let id = started(&key(&mut model, KeyCode::F(2)));
        let name = "[2/3] RUN apt-get update && apt-get install -y curl";
        for event in [
            BuildEvent::StepStarted { step: 0, name: "[1/3] FROM docker.io/library/python:3.12".into() },
            BuildEvent::StepLog { step: 0, text: b"resolved\n".to_vec() },
            BuildEvent::StepDone { step: 0, cached: false, millis: 900, error: None },
            BuildEvent::StepStarted { step: 1, name: name.into() },
            BuildEvent::StepLog { step: 1, text: b"E: Unable to locate package curl\n".to_vec() },
            BuildEvent::StepDone { step: 1, cached: false, millis: 9, error: Some("exit code: 100".into()) },
        ] {
            update(&mut model, Msg::Job(JobEvent::Progress(id, JobProgress::Build(event))));
        }
        let tries = vec!["run `apt-get update` in the same RUN, before the install".to_owned()];
        let explanation = crate::engine::Explanation {
            cause: "apt-unknown-package",
            what: "apt-get knows no package curl".into(),
            tries: tries.clone(),
        };
        let why = crate::engine::Diagnosis {
            message: "`RUN apt-get update && apt-get install -y curl` ended with exit code 100".into(),
            explanation: Some(explanation),
            tries,
            line: Some(2),
            exit_code: Some(100),
            output: Vec::new(),
        };
        let ended = update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::NotBuilt(Box::new(why)))));
        answer(&mut model, ended);
        key(&mut model, KeyCode::F(7));
        key(&mut model, KeyCode::Home);
        model.shared.toasts.clear();
        model
    });
}

#[test]
fn the_build_options_look_right() {
    each_size("build_options", |size| {
        let mut model = workbench(size);
        update(&mut model, Msg::Act(Action::BuildOptions));
        for _ in 0..2 {
            key(&mut model, KeyCode::Down);
        }
        for c in "VERSION=1.2 WRONG".chars() {
            key(&mut model, KeyCode::Char(c));
        }
        model
    });
}

#[test]
fn past_builds_look_right() {
    each_size("past_builds", |size| {
        let mut model = workbench(size);
        let Screen::Workbench(state) = &mut model.screen else { panic!("no workbench") };
        let sizes = [1_020_000_000, 1_020_000_000, 640_000_000, 655_000_000, 186_000_000];
        state.build.history = sizes
            .map(|bytes| crate::store::builds::BuildRecord { bytes, millis: 32_100, steps: 5, cached: 2 })
            .to_vec();
        let id = started(&key(&mut model, KeyCode::F(2)));
        let ended = update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::Built(Box::new(outcome())))));
        answer(&mut model, ended);
        model.shared.toasts.clear();
        model
    });
}

#[test]
fn a_graded_exercise_looks_right() {
    each_size("graded", |size| {
        let mut model = workbench(size);
        let id = started(&key(&mut model, KeyCode::F(3)));
        let exercise = fixture::exercise();
        let result = |check: &crate::course::model::Check, status| CheckResult {
            id: check.id.clone(),
            title: check.title.clone(),
            status,
            points: check.points,
            score: if status == Status::Pass { check.points } else { 0 },
            bonus: false,
            shown: Default::default(),
            needs: String::new(),
            expected: "at most 204 MB (80 % less than the start's 1.02 GB)".into(),
            found: "1.02 GB".into(),
            look_at: "Dockerfile:1".into(),
            why: check.why.clone(),
            millis: 1,
        };
        let statuses = [Status::Pass, Status::Fail];
        let report = Report {
            exercise: exercise.id.clone(),
            title: exercise.title.clone(),
            dir: "/work".into(),
            results: exercise
                .checks
                .iter()
                .zip(statuses)
                .map(|(check, status)| result(check, status))
                .collect(),
            unseen: Vec::new(),
            only_static: false,
            standing: None,
        };
        update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::Checked(Box::new(report)))));
        model
    });
}

#[test]
fn setup_looks_right() {
    each_size("setup", |size| {
        let mut model = model(size);
        let tried = Tried {
            endpoint: "unix:///var/run/docker.sock".into(),
            origin: "default socket".into(),
            reason: "no such file".into(),
        };
        model.shared.engine = Engine::Missing(vec![tried]);
        let effects = key(&mut model, KeyCode::Char('s'));
        let id = started(&effects);
        let line = |what: &str, ok, found: &str, remedy: &str| DoctorLine {
            what: what.into(),
            ok,
            found: found.into(),
            remedy: remedy.into(),
        };
        let lines = vec![
            line("Docker engine", Some(false), "none answers", "Install Docker Engine or Docker Desktop"),
            line("Trivy", None, "not found", "scans work without it through ECR"),
            line("Terminal", Some(true), "24-bit colours", ""),
        ];
        update(&mut model, Msg::Job(JobEvent::Finished(id, Outcome::Doctored(lines))));
        model.shared.engine = Engine::Missing(vec![Tried {
            endpoint: "unix:///var/run/docker.sock".into(),
            origin: "default socket".into(),
            reason: "no such file".into(),
        }]);
        model
    });
}

#[test]
fn help_looks_right() {
    each_size("help", |size| {
        let mut model = workbench(size);
        key(&mut model, KeyCode::F(1));
        model
    });
}

#[test]
fn the_palette_finds_by_a_few_letters() {
    each_size("palette", |size| {
        let mut model = model(size);
        ctrl(&mut model, 'p');
        for c in "exop".chars() {
            key(&mut model, KeyCode::Char(c));
        }
        model
    });
}

#[test]
fn dialogs_and_hints_look_right() {
    let mut model = workbench((80, 24));
    update(&mut model, Msg::Act(Action::Reset));
    insta::assert_snapshot!("dialog", screen(&model));
    key(&mut model, KeyCode::Esc);
    key(&mut model, KeyCode::F(6));
    insta::assert_snapshot!("hint", screen(&model));
}

#[test]
fn fixes_and_explanations_look_right() {
    let at = |size, place: &str| {
        let mut model = workbench(size);
        let Screen::Workbench(state) = &mut model.screen else { panic!("no workbench") };
        state.file_mut().editor.go_to(fixture::START.find(place).expect("in the text"));
        model
    };
    each_size("fixes", |size| {
        let mut model = at(size, "install");
        update(&mut model, Msg::Act(Action::Fixes));
        model
    });
    each_size("why", |size| {
        let mut model = at(size, "python main");
        key(&mut model, KeyCode::F(12));
        model
    });
    each_size("rules", |size| {
        let mut model = model(size);
        key(&mut model, KeyCode::Char('r'));
        for c in "cache".chars() {
            key(&mut model, KeyCode::Char(c));
        }
        model
    });
    let mut model = at((80, 24), "install");
    model.shared.theme.ascii = true;
    update(&mut model, Msg::Act(Action::Fixes));
    insta::assert_snapshot!("fixes_ascii", screen(&model));
    assert!(screen(&model).is_ascii(), "{}", screen(&model));
}

#[test]
fn the_sign_of_a_line_explains_its_finding() {
    let mut model = workbench((120, 36));
    let drawn = screen(&model);
    let (row, line) =
        drawn.lines().enumerate().find(|(_, line)| line.contains("2 RUN apt-get")).expect("drawn");
    let column = line.chars().position(|c| c == '●').expect("a sign");
    let press = |button, column: usize| {
        Msg::Mouse(crossterm::event::MouseEvent {
            kind: MouseEventKind::Down(button),
            column: u16::try_from(column).expect("a column"),
            row: u16::try_from(row).expect("a row"),
            modifiers: KeyModifiers::NONE,
        })
    };
    update(&mut model, press(MouseButton::Left, column));
    assert!(screen(&model).contains("Line 2"), "{}", screen(&model));
    key(&mut model, KeyCode::Esc);
    update(&mut model, press(MouseButton::Left, column + 12));
    assert!(model.popups.is_empty(), "a click in the text only moves the cursor");
    let text = line.chars().collect::<String>();
    let install = text[..text.find("install").expect("the text")].chars().count();
    update(&mut model, press(MouseButton::Right, install));
    assert!(screen(&model).contains("Line 2"), "{}", screen(&model));
}

#[test]
fn ascii_mode_draws_only_ascii() {
    let ascii = Settings { ascii: true, ..Settings::default() };
    for make in [model, workbench] {
        let mut model = make((120, 36));
        model.shared.settings = ascii;
        ascii.apply(&mut model.shared.theme);
        let drawn = screen(&model);
        let fancy: String = drawn.chars().filter(|c| !c.is_ascii()).filter(|c| !"·…".contains(*c)).collect();
        assert_eq!(fancy, "", "{drawn}");
    }
    let mut model = workbench((80, 24));
    build(&mut model);
    let toggled = update(&mut model, Msg::Act(Action::ToggleAscii));
    answer(&mut model, toggled);
    model.shared.toasts.clear();
    key(&mut model, KeyCode::End);
    let edited = key(&mut model, KeyCode::Char('x'));
    answer(&mut model, edited);
    assert!(screen(&model).contains(" ^ "), "what runs again is marked");
    insta::assert_snapshot!("workbench_ascii", screen(&model));
}

#[test]
fn no_color_sets_no_colour_anywhere() {
    for make in [model, workbench] {
        let mut model = make((120, 36));
        model.shared.theme.colour = false;
        let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
        terminal.draw(|frame| view(&model, frame)).unwrap();
        for cell in terminal.backend().buffer().content() {
            let reset = ratatui::style::Color::Reset;
            assert_eq!((cell.fg, cell.bg), (reset, reset), "{cell:?}");
        }
    }
}

#[test]
fn a_terminal_too_small_gets_a_message_and_every_larger_one_a_screen() {
    let mut model = workbench((80, 24));
    for (width, height) in [(59, 16), (60, 15), (1, 1)] {
        update(&mut model, Msg::Resize(width, height));
        screen(&model);
    }
    update(&mut model, Msg::Resize(40, 8));
    assert!(screen(&model).contains("please make it larger") || screen(&model).contains("60x16"));
    for (width, height) in [(60, 16), (99, 17), (100, 16), (300, 100)] {
        update(&mut model, Msg::Resize(width, height));
        assert!(screen(&model).contains("Dockerfile"), "{width}x{height}");
        for _ in 0..6 {
            key(&mut model, KeyCode::F(7));
            key(&mut model, KeyCode::F(9));
            screen(&model);
        }
    }
}

#[test]
fn one_comes_back_where_one_was() {
    let mut model = Model::new(Theme::default(), Settings::default(), (80, 24));
    let place = Place { room: "exercise".into(), id: "exercise-1".into(), position: 5 };
    let progress = Progress { place: Some(place), ..Progress::default() };
    assert!(update(&mut model, Msg::Stored(Box::new(Stored { progress, ..Stored::default() }))).is_empty());
    let effects = update(&mut model, Msg::Course(Arc::new(course())));
    assert!(matches!(&effects[..], [Effect::OpenWorkspace(exercise)] if exercise.id == "exercise-1"));
}

#[test]
fn quitting_remembers_the_place_from_every_screen() {
    for make in [model, workbench] {
        let mut model = make((80, 24));
        let effects = ctrl(&mut model, 'q');
        assert!(matches!(&effects[..], [Effect::Remember(_), Effect::Quit]), "{effects:?}");
        let effects = update(&mut model, Msg::Terminate(15));
        assert!(matches!(effects.last(), Some(Effect::Quit)));
    }
}

#[test]
fn nothing_ticks_when_nothing_runs() {
    let mut model = workbench((80, 24));
    model.shared.toasts.clear();
    assert_eq!(model.next_tick(), None);
    model.shared.say(Tone::Plain, "x");
    let wait = model.next_tick().unwrap();
    update(&mut model, Msg::Tick(wait));
    assert_eq!(model.next_tick(), None);
    key(&mut model, KeyCode::F(2));
    assert_eq!(model.next_tick(), Some(100));
}

#[test]
fn themes_go_round_and_are_kept() {
    let mut model = model((80, 24));
    let effects = key(&mut model, KeyCode::Char('t'));
    let kept = effects.iter().find_map(|effect| match effect {
        Effect::RememberSettings(settings) => Some(*settings),
        _ => None,
    });
    assert_eq!(kept.map(|settings| settings.theme), Some(ThemeName::Light));
    assert_eq!(model.shared.theme.name, ThemeName::Light);
}

#[test]
fn an_engine_that_is_missing_is_told_where_it_matters() {
    let mut model = workbench((80, 24));
    model.shared.engine = Engine::Missing(Vec::new());
    assert!(key(&mut model, KeyCode::F(2)).is_empty());
    assert!(screen(&model).contains("No container engine answers"));
}

#[test]
fn untrusted_text_never_reaches_the_screen_raw() {
    let mut model = workbench((120, 36));
    let evil = "\u{1b}[31mred\u{9b}2J\u{202e}abc\u{7}";
    model.shared.say(Tone::Bad, evil);
    let id = started(&key(&mut model, KeyCode::F(2)));
    let failed = Outcome::Failed { message: evil.into(), hints: vec![evil.into()] };
    update(&mut model, Msg::Job(JobEvent::Finished(id, failed)));
    model.popups.push(Popup::Page(page::State::new(evil, evil)));
    let drawn = screen(&model);
    assert!(drawn.contains("red"));
    assert!(!drawn.chars().any(|c| c != '\n' && crate::text::sanitise::is_unsafe(c)), "{drawn}");
}

#[test]
fn going_to_what_does_not_exist_says_so() {
    let mut model = model((80, 24));
    update(&mut model, Msg::Go(Destination::Exercise("exercise-99".into())));
    assert!(screen(&model).contains("no exercise exercise-99"));
}
