//! Plans over edits of small Dockerfiles, without any engine; `tests/plan.rs` holds them against one.

use super::*;
use crate::dockerfile::parse;
use crate::image::dockerignore::Ignore;
use std::collections::BTreeMap;

const PYTHON: &str = "FROM python:3.12
WORKDIR /app
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
CMD [\"python\", \"main.py\"]
";

/// What a build is made of.
#[derive(Clone)]
struct Made {
    text: String,
    ignore: String,
    tree: Tree,
    args: BTreeMap<String, String>,
    bases: BTreeMap<String, Base>,
    target: String,
    builder: Builder,
}

fn base(layers: &[&str], env: &[&str]) -> Base {
    let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Base { id: format!("{layers:?}{env:?}"), layers: all(layers), env: all(env), ..Base::default() }
}

fn file(path: &str, text: &str) -> Entry {
    let (content, target) = (Key::of(text.as_bytes()), String::new());
    Entry { path: path.into(), kind: FileKind::File, mode: 0o644, content, target }
}

fn made(text: &str) -> Made {
    Made {
        text: text.into(),
        ignore: String::new(),
        tree: Tree::new([file("main.py", "1"), file("requirements.txt", "flask"), file("note.md", "x")]),
        args: BTreeMap::new(),
        bases: BTreeMap::from([("python:3.12".to_owned(), base(&["a", "b"], &["PATH=/bin"]))]),
        target: String::new(),
        builder: Builder::BuildKit,
    }
}

impl Made {
    fn recipe(&self) -> Recipe {
        let tree = self.tree.with_text("Dockerfile", &self.text).with_text(".dockerignore", &self.ignore);
        let given = Given {
            tree: &tree.kept(&Ignore::parse(&self.ignore)),
            build_args: &self.args,
            target: &self.target,
            platform: "linux/amd64",
            bases: &self.bases,
            builder: self.builder,
        };
        Recipe::new(&parse(&self.text).0, &given)
    }

    /// What is known once this was built, each step in its number of seconds.
    fn built(&self) -> Ledger {
        let recipe = self.recipe();
        let mut millis = 0;
        let steps: Vec<(String, u32, u64)> = recipe
            .steps
            .iter()
            .filter(|step| step.needed && (step.number > 0 || self.builder == Builder::Classic))
            .map(|step| {
                millis += 1_000;
                (recipe.stages[step.stage].name.clone(), step.number, millis)
            })
            .collect();
        let done: Vec<Done<'_>> = steps
            .iter()
            .map(|(stage, number, millis)| Done {
                stage,
                number: *number,
                ended: true,
                millis: *millis,
                ..Done::default()
            })
            .collect();
        Ledger::default().with("e", recipe, self.bases.clone(), &done, true)
    }

    /// The verdicts after `before` was built, as `again COPY . .: why`.
    fn after(&self, before: &Self) -> Vec<String> {
        let recipe = self.recipe();
        let plan = Plan::new(&before.built(), &recipe);
        let told = |(step, planned): (&Step, &Planned)| match planned.verdict {
            Verdict::Cached => None,
            verdict => Some(format!("{verdict:?} {}: {}", step.words, planned.why).to_lowercase()),
        };
        recipe.steps.iter().zip(&plan.steps).filter_map(told).collect()
    }

    fn but(&self, from: &str, to: &str) -> Self {
        assert!(self.text.contains(from), "{from}");
        Self { text: self.text.replacen(from, to, 1), ..self.clone() }
    }

    fn with_file(&self, path: &str, text: &str) -> Self {
        Self { tree: self.tree.with_text(path, text), ..self.clone() }
    }
}

#[test]
fn the_same_is_cached_and_so_is_what_builders_do_not_look_at() {
    let before = Made { ignore: "Dockerfile".into(), ..made(PYTHON) };
    assert_eq!(before.after(&before), [""; 0]);
    for (from, to) in [
        ("WORKDIR", "# why\n\nWORKDIR"),
        ("COPY . .", "copy   ./   ./"),
        ("CMD", "LABEL a=b\nEXPOSE 8000\nCMD"),
        ("COPY . .", "COPY [\".\", \"/app/\"]"),
    ] {
        assert_eq!(before.but(from, to).after(&before), [""; 0], "{to}");
    }
}

#[test]
fn a_changed_file_is_named_and_what_follows_says_what_it_follows() {
    let before = made(PYTHON);
    assert_eq!(
        before.with_file("main.py", "2").after(&before),
        ["again copy . .: takes main.py, which changed"]
    );
    let after = before.with_file("requirements.txt", "django").after(&before);
    assert_eq!(
        after,
        [
            "again copy requirements.txt .: takes requirements.txt, which changed",
            "again run pip install -r requirements.txt: follows copy requirements.txt ., which runs again",
            "again copy . .: takes requirements.txt, which changed",
        ]
    );
    let gone = Made { tree: before.tree.without("note.md"), ..before.clone() };
    assert_eq!(gone.after(&before), ["again copy . .: takes no note.md any more"]);
    let many = before.with_file("main.py", "2").with_file("a", "1").with_file("b", "1");
    assert_eq!(
        many.after(&before),
        ["again copy . .: takes main.py, which changed, and a and b, which are new"]
    );
    let lots = ["a", "b", "c", "d", "e"].iter().fold(before.clone(), |made, path| made.with_file(path, "1"));
    assert_eq!(lots.after(&before), ["again copy . .: takes a, b, c and 2 more, which are new"]);
    // The Dockerfile itself is one of the files.
    let commented = before.but("WORKDIR", "# why\nWORKDIR");
    assert_eq!(commented.after(&before), ["again copy . .: takes dockerfile, which changed"]);
}

#[test]
fn an_ignored_file_does_not_count() {
    let before = Made { ignore: "*.md\nDockerfile\n.dockerignore".into(), ..made(PYTHON) };
    assert_eq!(before.with_file("note.md", "2").after(&before), [""; 0]);
    let shown = Made { ignore: "Dockerfile\n.dockerignore".into(), ..before.clone() };
    assert_eq!(shown.after(&before), ["again copy . .: takes note.md, which is new"]);
}

#[test]
fn a_run_hangs_on_its_text_its_variables_and_who_runs_it() {
    let before = made("FROM python:3.12\nARG V=1\nENV E=1\nRUN make  x\nCOPY main.py /\n");
    let follows = "again copy main.py /: follows run make x, which runs again";
    for (from, to, why) in [
        ("make  x", "make x", "was changed"),
        ("V=1", "V=2", "arg v changed from 1 to 2 and this run sees it"),
        ("E=1", "E=2", "env e changed from 1 to 2 and this run sees it"),
        ("E=1", "E=1 F=2", "env f is new and this run sees it"),
        ("ENV E=1\n", "", "env e is gone and this run saw it"),
        ("RUN", "USER app\nRUN", "runs as app now, not as root"),
        ("RUN", "SHELL [\"bash\", \"-c\"]\nRUN", "runs with the shell bash -c now, not with /bin/sh -c"),
    ] {
        assert_eq!(
            before.but(from, to).after(&before),
            [&format!("again run make x: {why}"), follows],
            "{to}"
        );
    }
    let args = Made { args: BTreeMap::from([("V".into(), "3".into())]), ..before.clone() };
    assert_eq!(args.after(&before)[0], "again run make x: arg v changed from 1 to 3 and this run sees it");
    let token = before.but("V=1", "TOKEN=1");
    let other = token.but("TOKEN=1", "TOKEN=2");
    assert_eq!(other.after(&token)[0], "again run make x: arg token changed and this run sees it");
    let late = before.but("ARG V=1\n", "").but("COPY", "ARG V=1\nCOPY");
    assert_eq!(late.but("V=1", "V=2").after(&late), [""; 0]);
}

#[test]
fn an_image_is_its_layers_and_what_it_sets() {
    let before = made(PYTHON);
    let with =
        |base: Base| Made { bases: BTreeMap::from([("python:3.12".to_owned(), base)]), ..before.clone() };
    let newer = with(base(&["a", "c"], &["PATH=/bin"])).after(&before);
    assert_eq!(newer.len(), 4);
    assert_eq!(newer[0], "again workdir /app: follows from python:3.12, which is another one now");
    let other = with(base(&["a", "b"], &["PATH=/usr/bin"])).after(&before);
    assert_eq!(
        other[0],
        "again run pip install -r requirements.txt: env path changed from /bin to /usr/bin and this run sees it"
    );
    assert_eq!(
        before.but("3.12", "3.13").after(&before)[0],
        "again from python:3.13: starts from python:3.13 instead of python:3.12"
    );
}

const STAGES: &str = "FROM python:3.12 AS build
COPY main.py /
RUN make
FROM python:3.12 AS test
RUN check
FROM scratch
COPY --from=build /out /app
COPY note.md /
";

#[test]
fn stages_the_target_does_not_need_are_told_and_what_commands_write_is_not_guessed() {
    let before = made(STAGES);
    assert_eq!(
        before.after(&before),
        [
            "notneeded from python:3.12 as test: stage-2 does not need this stage",
            "notneeded run check: stage-2 does not need this stage",
        ]
    );
    let after = before.with_file("main.py", "2").after(&before);
    assert_eq!(after[0], "again copy main.py /: takes main.py, which changed");
    assert_eq!(after[1], "again run make: follows copy main.py /, which runs again");
    assert_eq!(
        after[4],
        "perhaps copy --from=build /out /app: takes files of build, which runs again; from the cache if they come out the same"
    );
    assert_eq!(
        after[5],
        "perhaps copy note.md /: follows copy --from=build /out /app, which perhaps runs again"
    );
    let both = before.with_file("main.py", "2").with_file("note.md", "2").after(&before);
    assert_eq!(both[5], "again copy note.md /: takes note.md, which changed");
    let targeted = Made { target: "test".into(), ..before.clone() };
    let told = targeted.after(&before);
    assert!(told.contains(&"again run check: was not needed before".to_owned()), "{told:?}");
    assert!(told[0].starts_with("notneeded from python:3.12 as build"), "{told:?}");
}

#[test]
fn what_a_url_answers_nobody_knows_before() {
    let dockerfile = "FROM python:3.12 AS get\nRUN true\nADD https://example.com/a.tar /a/\nRUN tar xf /a/a.tar\n\
        FROM python:3.12\nCOPY --from=get /a /a\nCOPY main.py .\n";
    let before = made(dockerfile);
    assert_eq!(
        before.after(&before),
        [
            "perhaps add https://example.com/a.tar /a/: https://example.com/a.tar is asked again; from the cache if it answers the same",
            "perhaps run tar xf /a/a.tar: follows add https://example.com/a.ta…, which perhaps runs again",
            "perhaps copy --from=get /a /a: takes files of get, which perhaps runs again; from the cache if they come out the same",
            "perhaps copy main.py .: follows copy --from=get /a /a, which perhaps runs again",
        ]
    );
    let pinned = before.but("ADD ", "ADD --checksum=sha256:00 ");
    assert_eq!(pinned.after(&pinned), [""; 0]);
}

#[test]
fn what_failed_is_not_said_to_follow_something() {
    let made = made(PYTHON);
    let recipe = made.recipe();
    let done = |number, ended| Done { number, ended, ..Done::default() };
    let done = [done(1, true), done(2, true), done(3, true), done(4, false)];
    let ledger = Ledger::default().with("e", recipe.clone(), made.bases, &done, false);
    let plan = Plan::new(&ledger, &recipe);
    let why: Vec<&str> =
        plan.steps.iter().map(|step| step.why.as_str()).filter(|why| !why.is_empty()).collect();
    assert_eq!(
        why,
        ["did not end well in the last build", "follows RUN pip install -r requireme…, which runs again"]
    );
}

#[test]
fn going_back_to_an_earlier_version_is_cached_and_times_are_those_of_the_last_run() {
    let first = made(PYTHON);
    let second = first.but("pip install", "pip install -q");
    let ledger = first.built();
    let recipe = second.recipe();
    let plan = Plan::new(&ledger, &recipe);
    assert_eq!((plan.again, plan.needed, plan.millis, plan.more), (2, 5, 9_000, false));
    assert_eq!(plan.words(), "the next build runs 2 of 5 steps again, about 9.0 s");
    let done = [
        Done { number: 4, ended: true, millis: 60_000, ..Done::default() },
        Done { number: 5, ended: true, millis: 1_000, bytes: Some(7), ..Done::default() },
    ];
    let ledger = ledger.with("e", recipe, second.bases.clone(), &done, true);
    let plan = Plan::new(&ledger, &first.recipe());
    assert_eq!(plan.words(), "the next build takes every step from the cache");
    let again = Plan::new(&ledger, &second.but("-q", "-qq").recipe());
    assert_eq!(again.words(), "the next build runs 2 of 5 steps again, about 61 s");
    assert_eq!(again.steps[4].bytes, Some(7));
    assert_eq!(Ledger::from_text(&ledger.to_text()), ledger);
    assert_eq!(Ledger::from_text("{"), Ledger::default());
    // Another engine knows nothing of it.
    let elsewhere = ledger.with("f", first.recipe(), BTreeMap::new(), &[], false);
    assert_eq!(Plan::new(&elsewhere, &first.recipe()).again, 4);
}

#[test]
fn steps_are_found_by_stage_and_number_as_builders_count() {
    let made = made(
        "ARG X\nFROM python:3.12 AS a\nENV B=1\nRUN x\nRUN x\nFROM a\nRUN x\nFROM scratch AS c\nCOPY . /\nWORKDIR /\nCOPY . /\n",
    );
    let recipe = made.recipe();
    let at = |stage, number| recipe.find(stage, number, 0).map(|at| recipe.steps[at].instruction);
    assert_eq!([at("a", 1), at("a", 2), at("a", 3)], [Some(1), Some(3), Some(4)]);
    assert_eq!([at("stage-1", 1), at("c", 1), at("c", 2), at("c", 3)], [Some(6), Some(8), Some(10), None]);
    let classic = Made { builder: Builder::Classic, ..made }.recipe();
    let written: Vec<_> =
        (0..11).map(|place| classic.find("", 0, place).map(|at| classic.steps[at].instruction)).collect();
    assert_eq!(written, (0..11).map(Some).collect::<Vec<_>>());
}

#[test]
fn a_base_brings_its_own_steps() {
    let mut with = base(&["a"], &[]);
    with.onbuild = vec!["COPY requirements.txt /".into(), "RUN pip install".into()];
    let bases = BTreeMap::from([("python:3.12".to_owned(), with)]);
    let before = Made { bases, ..made("FROM python:3.12\nRUN x\n") };
    let recipe = before.recipe();
    let told: Vec<_> =
        recipe.steps.iter().map(|step| (step.instruction, step.trigger, step.number)).collect();
    assert_eq!(told, [(0, false, 1), (0, true, 2), (0, true, 3), (1, false, 4)]);
    let after = before.with_file("requirements.txt", "2").after(&before);
    assert_eq!(after.len(), 3, "{after:?}");
}

#[test]
fn the_classic_builder_minds_every_instruction_in_order() {
    let before = Made { builder: Builder::Classic, ..made(PYTHON) };
    let labelled = before.but("WORKDIR", "LABEL a=b\nWORKDIR").after(&before);
    assert_eq!(labelled.len(), 6, "{labelled:?}");
    assert_eq!(
        before.but("CMD [\"python\"", "CMD [\"pypy\"").after(&before),
        ["again copy . .: takes dockerfile, which changed", "again cmd [\"pypy\", \"main.py\"]: was changed"]
    );
}

#[test]
fn what_is_linked_in_follows_only_where_layers_cannot_be_merged() {
    let before = made("FROM python:3.12\nRUN a\nCOPY --link main.py /\nRUN b\n");
    let after = before.but("RUN a", "RUN c").after(&before);
    assert_eq!(
        after,
        [
            "again run c: was changed",
            "perhaps copy --link main.py /: is linked in: from the cache if this engine can merge layers",
            "again run b: follows run c, which runs again",
        ]
    );
}

#[test]
fn times_are_told_as_people_do() {
    assert_eq!(
        [0, 9_949, 9_950, 61_400, 125_000].map(seconds),
        ["0.0 s", "9.9 s", "10 s", "61 s", "2 min 5 s"]
    );
}

#[test]
fn hostile_text_makes_a_plan_too() {
    let mut text = String::from(
        "FROM x\nRUN\nCOPY\nADD --from\nONBUILD ONBUILD\nARG\nENV\nWORKDIR\nFROM\nCOPY --from=9 a b\n",
    );
    text.push_str(&"RUN --mount=from=a,source=\nFROM a AS a\n".repeat(50));
    for builder in [Builder::BuildKit, Builder::Classic] {
        let made = Made { builder, ..made(&text) };
        let plan = Plan::new(&Ledger::default(), &made.recipe());
        assert!(!plan.steps.is_empty());
    }
}
