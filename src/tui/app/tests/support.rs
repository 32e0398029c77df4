//! Courses, learners and builds that the screens are tried with, and what a screen shows.

use super::*;

pub(super) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 50)];

pub(super) fn lesson(number: u32, slug: &str, title: &str) -> Lesson {
    Lesson {
        slug: slug.into(),
        number,
        title: title.into(),
        summary: format!("What {} means, and why it saves trouble.", title.to_lowercase()),
        minutes: 8 + number,
        objectives: vec!["tell a container from an image".into(), "read a layer's history".into()],
        exercises: Vec::new(),
        body: String::new(),
        body_line: 1,
        path: format!("lessons/{number:02}-{slug}.md"),
    }
}

pub(super) fn course() -> Course {
    Course {
        lessons: vec![
            lesson(1, "containers", "Containers and images"),
            lesson(2, "basics", "Dockerfile basics"),
            lesson(3, "image-size", "Image size"),
        ],
        exercises: vec![fixture::exercise()],
        ..Course::default()
    }
}

pub(super) fn engine() -> EngineInfo {
    EngineInfo { version: "28.5.1+dfsg1".into(), buildkit: true, ..EngineInfo::default() }
}

/// A learner who has read one lesson and tried the exercise once.
pub(super) fn model(size: (u16, u16)) -> Model {
    let mut model = Model::new(Theme::default(), Settings::default(), size);
    let mut progress = Progress::default();
    let read = LessonProgress { state: LessonState::Read, scroll: 0 };
    progress.lessons.insert("containers".into(), read);
    let tried = ExerciseProgress {
        best_score: 1,
        best_max: 3,
        attempts: 1,
        failed_attempts: 1,
        ..Default::default()
    };
    progress.exercises.insert("exercise-1".into(), tried);
    update(&mut model, Msg::Course(Arc::new(course())));
    update(&mut model, Msg::Stored(Box::new(Stored { progress, ..Stored::default() })));
    model.shared.engine = Engine::Here(engine());
    model
}

pub(super) fn key(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

pub(super) fn ctrl(model: &mut Model, c: char) -> Vec<Effect> {
    update(model, Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
}

/// The files of exercise 1 as they are at the start.
pub(super) fn workspace() -> Workspace {
    let file = |path: &str, text: &str, edit| WorkspaceFile {
        path: path.into(),
        edit,
        text: Some(text.into()),
        start: Some(text.into()),
        recovered: None,
    };
    let files = vec![file("Dockerfile", fixture::START, true), file("main.py", "print('hi')\n", false)];
    Workspace {
        exercise: fixture::exercise(),
        dir: "/work".into(),
        files,
        start_size: Some(1_020_000_000),
        history: Vec::new(),
        choices: Default::default(),
        ledger: Ledger::default(),
        notices: Vec::new(),
    }
}

/// The workbench of exercise 1.
pub(super) fn workbench(size: (u16, u16)) -> Model {
    let mut model = model(size);
    let opened = update(&mut model, Msg::Workspace(Box::new(workspace())));
    answer(&mut model, opened);
    model
}

/// Answers the questions of the linter, as the runtime would.
pub(super) fn answer(model: &mut Model, effects: Vec<Effect>) {
    for effect in effects {
        if let Effect::Analyse(request) = effect {
            let analysis = analysis::analyse(&request, &mut Default::default());
            update(model, Msg::Analysed(Box::new(analysis)));
        }
    }
}

pub(super) fn started(effects: &[Effect]) -> JobId {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Start(id, _) | Effect::StartWhenSaved(id, _) => Some(*id),
        _ => None,
    });
    found.expect("a job was started")
}

/// Builds what is typed, with a record of it as the job makes one.
pub(super) fn build(model: &mut Model) {
    let id = started(&key(model, KeyCode::F(2)));
    let texts = match &model.screen {
        Screen::Workbench(state) => state.texts(),
        other => panic!("{other:?}"),
    };
    let outcome = outcome();
    let record = fixture::record(&texts, &outcome);
    let recorded = Msg::Job(JobEvent::Progress(id, JobProgress::Recorded(Box::new(record))));
    let recorded = update(model, recorded);
    answer(model, recorded);
    let ended = update(model, Msg::Job(JobEvent::Finished(id, Outcome::Built(Box::new(outcome)))));
    answer(model, ended);
}

pub(super) fn outcome() -> BuildOutcome {
    let step = |index, instruction: &str, cached, millis, size| StepSummary {
        name: format!("[{index}/3] {instruction}"),
        index,
        instruction: instruction.into(),
        cached,
        millis,
        size_bytes: Some(size),
        ..StepSummary::default()
    };
    BuildOutcome {
        image: ImageInfo {
            id: "sha256:0123".into(),
            size_bytes: 1_020_000_000,
            history: vec![
                HistoryEntry { created_by: "base".into(), size_bytes: 780_000_000, created: 0 },
                HistoryEntry {
                    created_by: "RUN apt-get install -y curl".into(),
                    size_bytes: 240_000_000,
                    created: 0,
                },
            ],
            config: ImageConfig {
                cmd: vec!["/bin/sh".into(), "-c".into(), "python main.py".into()],
                ..Default::default()
            },
            platform: "linux/amd64".into(),
            ..ImageInfo::default()
        },
        steps: vec![
            step(1, "FROM docker.io/library/python:3.12", true, 0, 780_000_000),
            step(2, "RUN apt-get update && apt-get install -y curl", false, 31_000, 240_000_000),
            step(3, "COPY . /app", false, 400, 100_000),
        ],
        millis: 32_100,
    }
}

pub(super) fn screen(model: &Model) -> String {
    let (width, height) = model.shared.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view(model, frame)).unwrap();
    terminal.backend().to_string()
}
