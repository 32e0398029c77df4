//! The explorer driven by messages, and how it looks at three sizes.

use crate::image::explore::Explored;
use crate::image::fixture::{Put, explored};
use crate::jobs::{Job, JobEvent, JobId, Outcome, Progress};
use crate::tui::app::{Model, Screen, update, view};
use crate::tui::keymap::Action;
use crate::tui::message::{Destination, Effect, Msg};
use crate::tui::settings::Settings;
use crate::tui::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::sync::Arc;

const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAo\n";

fn image() -> Explored {
    explored(&[
        &[
            Put::Dir("etc", 0o755),
            Put::File("etc/os-release", &[b'x'; 400]),
            Put::Mode("bin/su", 0o4755, &[1; 70_000]),
            Put::File("var/lib/apt/lists/all", &[0; 900_000]),
            Put::Symlink("lib", "usr/lib"),
        ],
        &[
            Put::File("app/main.py", &[b'p'; 12_345]),
            Put::File("app/ev\u{1b}[2Jil\u{202e}name", b"1"),
            Put::File("root/key.pem", KEY),
            Put::Mode("bin/su", 0o755, &[1; 70_000]),
        ],
        &[Put::Gone("var/lib/apt/lists"), Put::Gone("root"), Put::File("app/main.py", &[b'q'; 300])],
    ])
}

fn smaller() -> Explored {
    explored(&[&[Put::File("app/main.py", &[b'q'; 300]), Put::File("new/file", &[2; 5_000])]])
}

fn key(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn keys(model: &mut Model, text: &str) {
    for c in text.chars() {
        key(model, KeyCode::Char(c));
    }
}

fn started(effects: &[Effect]) -> (JobId, Job) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Start(id, job) => Some((*id, (**job).clone())),
        _ => None,
    });
    found.expect("a job was started")
}

fn finish(model: &mut Model, id: JobId, outcome: Outcome) {
    update(model, Msg::Job(JobEvent::Finished(id, outcome)));
}

/// The explorer with an image that has been read.
fn explorer(size: (u16, u16)) -> Model {
    let mut model = Model::new(Theme::default(), Settings::default(), size);
    let to = Destination::Image { image: Some("app:1".into()), peer: Some("start:1".into()) };
    let (id, job) = started(&update(&mut model, Msg::Go(to)));
    assert_eq!(job, Job::Explore { image: "app:1".into() });
    update(&mut model, Msg::Job(JobEvent::Progress(id, Progress::Read(12_000_000))));
    assert!(screen(&model).contains("Reading app:1, 12.0 MB so far"));
    finish(&mut model, id, Outcome::Explored(Arc::new(image())));
    model
}

fn screen(model: &Model) -> String {
    let (width, height) = model.shared.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn its_tabs_look_well_at_three_sizes() {
    for size in [(80, 24), (120, 36), (200, 50)] {
        let mut model = explorer(size);
        let name = |tab: &str| format!("{tab}_{}x{}", size.0, size.1);
        // The third layer, with a folder open.
        for code in [KeyCode::Down, KeyCode::Down, KeyCode::Down, KeyCode::Tab, KeyCode::Enter, KeyCode::Down]
        {
            key(&mut model, code);
        }
        insta::assert_snapshot!(name("files"), screen(&model));
        key(&mut model, KeyCode::Tab);
        key(&mut model, KeyCode::Home);
        key(&mut model, KeyCode::Tab);
        keys(&mut model, "]");
        insta::assert_snapshot!(name("hidden"), screen(&model));
        keys(&mut model, "]");
        insta::assert_snapshot!(name("findings"), screen(&model));
        keys(&mut model, "]");
        insta::assert_snapshot!(name("about"), screen(&model));
        keys(&mut model, "d");
        let (id, job) = started(&key(&mut model, KeyCode::Enter));
        assert_eq!(job, Job::Explore { image: "start:1".into() }, "the start is offered to compare with");
        finish(&mut model, id, Outcome::Explored(Arc::new(smaller())));
        insta::assert_snapshot!(name("compare"), screen(&model));
    }
}

#[test]
fn nothing_of_an_image_reaches_the_terminal_raw() {
    let mut model = explorer((120, 36));
    key(&mut model, KeyCode::Tab);
    keys(&mut model, "/ev");
    let shown = screen(&model);
    assert!(shown.contains("il"), "{shown}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
}

#[test]
fn a_search_leaves_what_holds_it_and_its_folders() {
    let mut model = explorer((120, 36));
    keys(&mut model, "/MAIN");
    let shown = screen(&model);
    assert!(shown.contains("main.py") && !shown.contains("os-release"), "{shown}");
    key(&mut model, KeyCode::Enter);
    assert!(screen(&model).contains("main.py"), "the search stays");
    keys(&mut model, "/");
    key(&mut model, KeyCode::Esc);
    assert!(screen(&model).contains("etc"), "and Esc ends it");
}

#[test]
fn only_what_a_layer_changed_can_be_shown() {
    let mut model = explorer((120, 36));
    keys(&mut model, "jjc");
    let shown = screen(&model);
    assert!(shown.contains("75 B  ▸ root") && !shown.contains("▸ etc"), "{shown}");
    // Of all layers together there are no changes: everything is shown again.
    keys(&mut model, "kk");
    assert!(screen(&model).contains("▸ etc"));
}

#[test]
fn a_finding_leads_to_its_file_and_out_of_the_image() {
    let mut model = explorer((120, 36));
    key(&mut model, KeyCode::Tab);
    keys(&mut model, "]]");
    key(&mut model, KeyCode::Enter);
    let shown = screen(&model);
    assert!(
        shown.contains("/root/key.pem") && shown.contains("added by layer 2, removed by layer 3"),
        "{shown}"
    );
    keys(&mut model, "x");
    assert!(screen(&model).contains("Write the file to"), "{}", screen(&model));
    let (id, job) = started(&key(&mut model, KeyCode::Enter));
    let Job::Extract { path, layer, out, .. } = job else { panic!("{job:?}") };
    assert_eq!((path.as_str(), layer, out.to_str()), ("/root/key.pem", 1, Some("key.pem")));
    finish(&mut model, id, Outcome::Extracted { path: "key.pem".into(), bytes: 75 });
    assert!(screen(&model).contains("key.pem written, 75 B"));
}

#[test]
fn a_removed_file_is_taken_from_where_it_was() {
    let mut model = explorer((120, 36));
    for code in [KeyCode::End, KeyCode::Tab] {
        key(&mut model, code);
    }
    keys(&mut model, "/lists/all");
    key(&mut model, KeyCode::Enter);
    key(&mut model, KeyCode::End);
    keys(&mut model, "x");
    let (_, job) = started(&key(&mut model, KeyCode::Enter));
    assert!(
        matches!(&job, Job::Extract { path, layer: 1, .. } if path == "/var/lib/apt/lists/all"),
        "{job:?}"
    );
}

#[test]
fn it_asks_for_an_image_where_none_is_at_hand_and_tells_why_one_cannot_be_read() {
    let mut model = Model::new(Theme::default(), Settings::default(), (100, 30));
    update(&mut model, Msg::Act(Action::ExploreImage));
    assert!(screen(&model).contains("Image to explore"));
    keys(&mut model, "nowhere.tar");
    let (id, _) = started(&key(&mut model, KeyCode::Enter));
    let outcome =
        Outcome::Failed { message: "no such \u{1b}[31mfile".into(), hints: vec!["save one".into()] };
    finish(&mut model, id, outcome);
    let shown = screen(&model);
    assert!(
        shown.contains("no such") && shown.contains("try: save one") && !shown.contains('\u{1b}'),
        "{shown}"
    );
    assert!(matches!(model.screen, Screen::Image(_)));
    key(&mut model, KeyCode::Esc);
    assert!(matches!(model.screen, Screen::Home(_)));
}

#[test]
fn leaving_ends_what_is_being_read() {
    let mut model = Model::new(Theme::default(), Settings::default(), (100, 30));
    let to = Destination::Image { image: Some("app".into()), peer: None };
    let (id, _) = started(&update(&mut model, Msg::Go(to)));
    let effects = key(&mut model, KeyCode::Esc);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(cancelled) if *cancelled == id)));
    // What comes late is nobody's.
    finish(&mut model, id, Outcome::Explored(Arc::new(image())));
    assert!(matches!(model.screen, Screen::Home(_)));
}
