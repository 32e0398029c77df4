//! The reader by its keys, and how it looks.

use super::*;
use crate::course::model::Exercise;
use crate::course::page::{Try, TryKind};
use crate::jobs::{self, Job, Outcome};
use crate::store::progress::QuizProgress;
use crate::tui::app::{self, Model, Screen};
use crate::tui::keymap::{Action, Context, lookup};
use crate::tui::message::{Destination, Msg};
use crate::tui::settings::Settings;
use crate::tui::theme::Theme;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const BODY: &str = r#"
An image is a stack of layers. See [the basics](02-dockerfile-basics.md) and
[Docker's own pages](https://docs.docker.com/build/).

## Layers

Every `RUN` adds a layer; deleting a file later hides it and saves *nothing*.

```quiz
id: smallest
question: Which base makes the **smallest** image?
options:
  - text: "`python:3.12`"
    why: It carries a compiler and its headers.
  - text: "`python:3.12-slim-bookworm`"
    right: true
    why: It has the interpreter and little else.
explain: Start small, then add what is needed.
```

Text between the questions.

```quiz
id: both
question: Which lines add bytes?
options:
  - text: RUN pip install
    right: true
    why: It writes files.
  - text: COPY . .
    right: true
    why: It copies files.
  - text: ENV A=1
    why: It is metadata only.
explain: Only what writes files adds bytes.
```

```quiz
id: typed
question: Which command shows the layers of an image?
answers: [docker history, docker image history]
explain: "`docker history` lists them, newest first."
```

## Try it

```dockerfile try
FROM python:3.12-slim-bookworm
RUN pip install --no-cache-dir flask
```

```sh try
docker images
```

### The end

Far below.
"#;

fn lesson(number: u32, slug: &str, title: &str, body: &str) -> Lesson {
    Lesson {
        slug: slug.to_owned(),
        number,
        title: title.to_owned(),
        summary: String::new(),
        minutes: 12,
        objectives: vec!["say what a layer is".to_owned(), "make an image smaller".to_owned()],
        exercises: vec!["exercise-1".to_owned()],
        body: body.to_owned(),
        path: format!("lessons/{number:02}-{slug}.md"),
        body_line: 1,
    }
}

fn exercise() -> Exercise {
    Exercise {
        id: "exercise-1".to_owned(),
        title: "Optimize an inefficient Dockerfile".to_owned(),
        minutes: 20,
        ..trial::scratch(
            &Try {
                id: "x/try-1".to_owned(),
                kind: TryKind::Dockerfile,
                language: "dockerfile".to_owned(),
                text: String::new(),
                with: None,
                bad: false,
                line: 1,
            },
            &Course::default(),
        )
    }
}

struct Reader {
    state: State,
    shared: Shared,
    effects: Vec<Effect>,
    left: bool,
}

impl Reader {
    fn new(size: (u16, u16)) -> Self {
        Self::with(size, Progress::default())
    }

    fn with(size: (u16, u16), progress: Progress) -> Self {
        let lessons = vec![
            lesson(1, "basics", "Dockerfile basics", "text"),
            lesson(2, "layers", "Layers and the cache", BODY),
            lesson(3, "size", "Image size", "text"),
        ];
        let course = Course { lessons, exercises: vec![exercise()], ..Course::default() };
        let state = State::new(&course.lessons[1], &course, &progress);
        let mut shared = Model::new(Theme::default(), Settings::default(), size).shared;
        shared.course = Arc::new(course);
        shared.progress = progress;
        Self { state, shared, effects: Vec::new(), left: false }
    }

    fn body(&self) -> Rect {
        Rect::new(0, 1, self.shared.size.0, self.shared.size.1 - 2)
    }

    fn keys(&mut self, keys: &[KeyCode]) -> &mut Self {
        for code in keys {
            let key = KeyEvent::new(*code, KeyModifiers::NONE);
            let body = self.body();
            let bound = lookup(&[Context::Lesson], &key).filter(|_| !self.state.takes_first(&key));
            match bound {
                Some(action) => match act(&mut self.state, &mut self.shared, body, action) {
                    Then::Do(effects) => self.effects.extend(effects),
                    Then::Leave => self.left = true,
                },
                None => {
                    self.effects.extend(on_key(&mut self.state, &mut self.shared, body, &key));
                }
            }
        }
        self
    }

    fn typed(&mut self, text: &str) -> &mut Self {
        let keys: Vec<KeyCode> = text.chars().map(Char).collect();
        self.keys(&keys)
    }

    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        let mouse = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        let body = self.body();
        self.effects.extend(on_mouse(&mut self.state, &mut self.shared, body, mouse));
    }

    fn screen(&self) -> String {
        let (width, height) = self.shared.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&self.state, &self.shared, frame, self.body())).unwrap();
        let buffer = terminal.backend().buffer();
        let rows = buffer.content().chunks(usize::from(width));
        rows.map(|row| {
            let text: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
            text.trim_end().to_owned() + "\n"
        })
        .collect()
    }

    fn row_of(&self, text: &str) -> (u16, u16) {
        let screen = self.screen();
        let (row, line) = screen.lines().enumerate().find(|(_, line)| line.contains(text)).unwrap();
        let column = line[..line.find(text).unwrap()].chars().count();
        (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
    }

    fn answers(&self) -> Vec<(&str, &str, bool)> {
        fn of(effect: &Effect) -> Option<(&str, &str, bool)> {
            match effect {
                Effect::RememberQuiz { id, answer, correct } => {
                    Some((id.as_str(), answer.as_str(), *correct))
                }
                _ => None,
            }
        }
        self.effects.iter().filter_map(of).collect()
    }
}

use KeyCode::{BackTab, Backspace, Char, Down, End, Enter, Esc, Home, PageDown, Tab};

#[test]
fn looks_good_at_three_sizes() {
    for (width, height) in [(80, 24), (120, 36), (200, 50)] {
        let mut reader = Reader::new((width, height));
        insta::assert_snapshot!(format!("first_{width}x{height}"), reader.screen());
        reader.keys(&[Char('1'), End]);
        insta::assert_snapshot!(format!("end_{width}x{height}"), reader.screen());
    }
}

#[test]
fn one_choice_is_answered_at_once_and_may_be_tried_again() {
    let mut reader = Reader::new((80, 60));
    reader.keys(&[Tab, Tab, Tab, Enter]);
    assert_eq!(reader.answers(), [("layers/smallest", "0", false)]);
    let screen = reader.screen();
    assert!(screen.contains("Wrong. It carries a compiler"), "{screen}");
    assert!(!screen.contains("little else"), "the right answer is not given away: {screen}");
    reader.keys(&[Tab, Char(' ')]);
    assert_eq!(reader.answers().last(), Some(&("layers/smallest", "1", true)));
    let screen = reader.screen();
    assert!(screen.contains("Right. It has the interpreter"), "{screen}");
    assert!(screen.contains("Start small, then add"), "{screen}");
    reader.keys(&[Char('1')]);
    assert_eq!(reader.answers().len(), 2, "an answered question stays answered");
    assert_eq!(reader.state.counts(), ["questions 1/3"]);
}

#[test]
fn several_choices_are_checked_together() {
    let mut reader = Reader::new((80, 80));
    let part = reader.state.parts.iter().position(|p| matches!(p, Part::Quiz(c) if c.multiple())).unwrap();
    reader.state.focus = Some(Spot::Choice { part, index: 0 });
    reader.typed("13").keys(&[Tab, Enter]);
    assert_eq!(reader.answers(), [("layers/both", "0,2", false)]);
    reader.typed("32");
    assert!(reader.answers().len() == 1, "marking alone answers nothing");
    reader.state.focus = Some(Spot::Submit(part));
    reader.keys(&[Enter]);
    assert_eq!(reader.answers().last(), Some(&("layers/both", "0,1", true)));
    assert!(reader.screen().contains("Only what writes files adds bytes."));
}

#[test]
fn a_typed_answer_folds_blanks_and_case_and_may_be_shown_after_two_tries() {
    let mut reader = Reader::new((80, 80));
    let part = reader.state.parts.iter().position(|p| matches!(p, Part::Quiz(c) if is_typed(c))).unwrap();
    reader.state.focus = Some(Spot::Answer(part));
    reader.typed("docker q").keys(&[Enter]);
    assert!(!reader.screen().contains("Show the answer"));
    reader.keys(&[Enter]);
    assert!(reader.screen().contains("Show the answer"));
    let mut other = Reader::with((80, 80), reader.shared.progress.clone());
    assert!(other.screen().contains("Show the answer"), "tries are kept");
    other.state.focus = Some(Spot::Reveal(part));
    other.keys(&[Enter]);
    assert!(other.screen().contains("The answer: docker history"));
    for _ in 0.."docker q".len() {
        reader.keys(&[Backspace]);
    }
    reader.typed(" Docker  HISTORY").keys(&[Enter]);
    assert_eq!(reader.answers().last(), Some(&("layers/typed", " Docker  HISTORY", true)));
}

#[test]
fn answers_and_place_are_there_again() {
    let mut progress = Progress::default();
    let kept = QuizProgress { answer: "1".to_owned(), correct: true, tries: 1 };
    progress.quizzes.insert("layers/smallest".to_owned(), kept);
    let mut reader = Reader::with((80, 24), progress);
    reader.keys(&[PageDown]);
    let line = reader.screen().lines().nth(1).unwrap().to_owned();
    let kept = reader.shared.progress.lessons["layers"];
    assert_eq!(kept.state, LessonState::Begun);
    let mut progress = reader.shared.progress.clone();
    let again = Reader::with((80, 24), progress.clone());
    assert_eq!(again.screen().lines().nth(1).unwrap(), line, "the same line is on top");
    progress.lessons.insert("layers".to_owned(), LessonProgress { scroll: u64::MAX, ..kept });
    Reader::with((80, 24), progress).screen();
}

#[test]
fn a_place_survives_a_resize() {
    let mut reader = Reader::new((80, 24));
    reader.keys(&[PageDown, PageDown]);
    let top = reader.screen().lines().nth(1).unwrap().to_owned();
    reader.shared.size = (63, 20);
    reader.screen();
    reader.shared.size = (80, 24);
    assert_eq!(reader.screen().lines().nth(1).unwrap(), top);
}

#[test]
fn the_end_of_the_page_makes_the_lesson_read() {
    let mut reader = Reader::new((80, 24));
    reader.keys(&[Char('G')]);
    assert_eq!(reader.shared.progress.lessons["layers"].state, LessonState::Read);
    assert!(matches!(reader.effects.last(), Some(Effect::RememberLesson(slug, _)) if slug == "layers"));
    reader.keys(&[Home]);
    assert_eq!(reader.shared.progress.lessons["layers"].state, LessonState::Read, "once read, read");
}

#[test]
fn search_goes_round_and_ends_with_escape() {
    let mut reader = Reader::new((80, 24));
    reader.keys(&[Char('/')]).typed("layer");
    assert!(reader.screen().contains(" /layer"));
    reader.keys(&[Enter]);
    assert!(reader.screen().contains("1 of "), "{}", reader.screen());
    reader.typed("n");
    assert!(reader.screen().contains("2 of "));
    reader.typed("NN");
    let screen = reader.screen();
    let total = reader.state.laid_out(76, false).found.len();
    assert!(screen.contains(&format!("{total} of {total}")), "{screen}");
    reader.keys(&[Esc]);
    assert!(!reader.screen().contains("n next"));
    assert!(!reader.left);
    reader.keys(&[Esc]);
    assert!(reader.left);
}

#[test]
fn the_contents_lead_to_headings() {
    let mut reader = Reader::new((80, 24));
    reader.keys(&[Char('t')]);
    assert!(reader.screen().contains("Contents"));
    reader.keys(&[Down, Enter]);
    assert!(reader.screen().lines().nth(1).unwrap().contains("Layers"), "{}", reader.screen());
    let mut wide = Reader::new((120, 36));
    let (column, row) = wide.row_of("The end");
    wide.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    assert!(wide.screen().contains("Far below."));
}

#[test]
fn a_click_presses_and_the_wheel_scrolls() {
    let mut reader = Reader::new((80, 24));
    for _ in 0..4 {
        reader.mouse(MouseEventKind::ScrollDown, 5, 5);
    }
    let (column, row) = reader.row_of("python:3.12-slim");
    reader.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    assert_eq!(reader.answers(), [("layers/smallest", "1", true)]);
}

#[test]
fn addresses_and_blocks_are_copied() {
    let mut reader = Reader::new((80, 60));
    reader.keys(&[Tab, Tab, Enter]);
    let copied = |effects: &[Effect]| match effects.last() {
        Some(Effect::Copy(text)) => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(copied(&reader.effects), "https://docs.docker.com/build/");
    let part = reader.state.parts.iter().position(|p| matches!(p, Part::Try(_))).unwrap();
    reader.state.focus = Some(Spot::Copy(part));
    reader.keys(&[Char('y')]);
    assert!(copied(&reader.effects).starts_with("FROM python:3.12-slim-bookworm\nRUN pip"));
}

#[test]
fn commands_run_only_when_confirmed_and_show_what_they_print() {
    let mut reader = Reader::new((80, 100));
    let part = reader.state.parts.iter().rposition(|p| matches!(p, Part::Try(_))).unwrap();
    reader.state.focus = Some(Spot::Try(part));
    reader.keys(&[Enter]);
    assert!(reader.screen().contains("These commands run on this machine"));
    assert!(!reader.effects.iter().any(|e| matches!(e, Effect::Start(..))), "nothing runs before the answer");
    reader.keys(&[Tab, Enter]);
    assert!(reader.screen().contains("Run it here"), "no means no");
    reader.keys(&[Enter, Enter]);
    let started = reader
        .effects
        .iter()
        .find_map(|e| if let Effect::Start(id, job) = e { Some((*id, job)) } else { None });
    let (id, job) = started.expect("a job");
    assert!(matches!(&**job, Job::Script { text, .. } if text == "docker images\n"), "{job:?}");
    assert!(reader.state.owns(id));
    let bytes = b"alpine  3.19\r\n\x1b[31mred\x1b[2J\nunfinished".to_vec();
    reader.state.on_job(JobEvent::Progress(id, jobs::Progress::Log(bytes)));
    assert!(reader.screen().contains("alpine  3.19"));
    reader.keys(&[Enter]);
    assert!(matches!(reader.effects.last(), Some(Effect::Cancel(cancelled)) if *cancelled == id));
    assert_eq!(reader.state.close().len(), 1);
    reader.state.on_job(JobEvent::Finished(id, Outcome::Ran(3)));
    let screen = reader.screen();
    assert!(screen.contains("unfinished") && screen.contains("exit code 3"), "{screen}");
    assert!(!reader.state.owns(id) && reader.state.close().is_empty());
    assert_eq!(reader.state.focus, Some(Spot::Try(part)));
}

#[test]
fn every_spot_can_be_reached_both_ways() {
    let mut reader = Reader::new((80, 24));
    let spots: Vec<Spot> =
        reader.state.laid_out(76, false).page.spots.iter().map(|p| p.spot.clone()).collect();
    let mut seen = Vec::new();
    for _ in &spots {
        reader.keys(&[Tab]);
        seen.push(reader.state.focus.clone().unwrap());
    }
    assert_eq!(seen, spots);
    reader.keys(&[Tab]);
    assert_eq!(reader.state.focus.as_ref(), spots.first(), "round and round");
    reader.keys(&[BackTab]);
    assert_eq!(reader.state.focus.as_ref(), spots.last());
}

#[test]
fn a_block_to_try_becomes_an_exercise_with_its_example_beside_it() {
    let mut course = Course::default();
    course.examples.push(crate::course::model::Example {
        name: "01-python-basic".to_owned(),
        title: String::new(),
        http: None,
        readme: String::new(),
        files: [("main.py", "print()"), ("Dockerfile", "FROM x"), ("README.md", "")]
            .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
            .into(),
    });
    let block = Try {
        id: "layers/try-2".to_owned(),
        kind: TryKind::Dockerfile,
        language: "dockerfile".to_owned(),
        text: "FROM alpine:3.19\n".to_owned(),
        with: Some("01-python-basic".to_owned()),
        bad: false,
        line: 1,
    };
    let scratch = trial::scratch(&block, &course);
    let paths: Vec<_> = scratch.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["Dockerfile", "main.py"]);
    assert_eq!(scratch.files[0].start.as_deref(), Some(b"FROM alpine:3.19\n".as_slice()));
    assert_eq!(scratch.id, "scratch-layers-2");
}

#[test]
fn the_shipped_lessons_read_well_at_80_and_120_columns() {
    let course = crate::course::load(&crate::course::Source::Embedded);
    assert!(course.lessons.len() >= 4);
    for lesson in &course.lessons {
        let state = State::new(lesson, &course, &Progress::default());
        for (name, width) in [("80", 76), ("120", 84)] {
            let page = state.laid_out(width, false).page;
            let text: String = page.layout.lines.iter().map(|line| line.text() + "\n").collect();
            assert!(page.layout.lines.iter().all(|line| line.width() <= usize::from(width)));
            insta::assert_snapshot!(format!("lesson_{}_{name}", lesson.number), text);
        }
    }
}

#[test]
fn from_lesson_to_lesson_to_exercise_and_back_to_the_map() {
    let mut model = Model::new(Theme::default(), Settings::default(), (120, 36));
    app::update(&mut model, Msg::Course(Arc::new(crate::course::embedded().clone())));
    let slug = |at: usize| crate::course::embedded().lessons[at].slug.clone();
    app::update(&mut model, Msg::Go(Destination::Lesson(slug(2))));
    app::update(&mut model, Msg::Act(Action::NextLesson));
    assert!(matches!(&model.screen, Screen::Lesson(state) if state.lesson.slug == slug(3)));
    assert_eq!((model.place().room.as_str(), model.place().id), ("lesson", slug(3)));
    if let Screen::Lesson(state) = &mut model.screen {
        state.focus = Some(Spot::Exercise("exercise-1".to_owned()));
    }
    let effects = app::update(&mut model, Msg::Act(Action::Accept));
    assert!(
        effects.iter().any(|e| matches!(e, Effect::OpenWorkspace(exercise) if exercise.id == "exercise-1"))
    );
    app::update(&mut model, Msg::Act(Action::Back));
    app::update(&mut model, Msg::Act(Action::Back));
    assert!(matches!(model.screen, Screen::Home(_)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(20))]
    #[test]
    fn no_keys_at_no_size_break_the_reader(
        steps in proptest::collection::vec((0usize..24, 1u16..130, 3u16..45), 1..60),
    ) {
        let keys = [
            Tab, BackTab, Enter, Esc, Down, KeyCode::Up, PageDown, KeyCode::PageUp, Home, End, Backspace,
            KeyCode::Left, KeyCode::Right, Char(' '), Char('/'), Char('n'), Char('N'), Char('t'), Char('1'),
            Char('3'), Char('y'), Char('a'), Char('容'), Char('G'),
        ];
        let mut reader = Reader::new((80, 24));
        for (key, width, height) in steps {
            if key % 7 == 0 {
                reader.shared.size = (width, height);
            }
            reader.keys(&[keys[key]]);
            reader.mouse(MouseEventKind::Down(MouseButton::Left), width / 2, height / 2);
            reader.screen();
        }
    }
}
