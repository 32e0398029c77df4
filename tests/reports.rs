//! Report formats as their own readers take them: `reports/validate.py` has each file that one grading
//! wrote read by the tool or the schema that it is meant for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use support::{Home, peer};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/courses/tiny");
const MANY: [&str; 9] = ["text", "json", "junit", "tap", "sarif", "github", "markdown", "html", "csv"];
const ONE: [&str; 3] = ["check50", "gradescope", "classroom50"];

/// Grades these folders without an engine, so that checks pass, fail and are not run; each format goes to
/// a file of its name.
fn graded(home: &Home, dirs: &[&str], formats: &[&str]) -> i32 {
    let nowhere = format!("unix://{}/none.sock", home.path().display());
    let mut args: Vec<String> =
        ["--course", COURSE, "--check", "exercise-1", "--host", &nowhere].map(str::to_owned).into();
    args.extend(dirs.iter().flat_map(|dir| ["--dir".to_owned(), (*dir).to_owned()]));
    args.extend(formats.iter().flat_map(|name| ["--format".to_owned(), format!("{name}=out/{name}")]));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let told = [
        ("CLASSROOM", "containers-101"),
        ("ASSIGNMENT", "images"),
        ("SUBMISSION_TAG", "submit/3"),
        ("COMMIT_URL", "https://example.org/c/1"),
        ("RELEASE_URL", "https://example.org/r/1"),
        ("REVIEW_URL", "https://example.org/v/1"),
        ("GITHUB_ACTOR", "ada"),
        ("SOURCE_DATE_EPOCH", "1767225600"),
        ("GITHUB_STEP_SUMMARY", "out/summary"),
    ];
    let output = home.command(&args).envs(told).output().unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    output.status.code().unwrap()
}

#[test]
fn each_format_is_read_by_its_own_tool() {
    let Some(aws) = peer("aws") else { return };
    // The environment of the peers: the set-up links the program from there.
    let python = aws.canonicalize().unwrap().with_file_name("python");
    let known = ["-c", "import check50, jsonschema, junitparser, sarif_pydantic, tap"];
    let known = Command::new(&python).args(known).stderr(Stdio::null()).status();
    if !known.is_ok_and(|status| status.success()) {
        let why = "the tools of tests/setup/peers.txt are not all there";
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}, and CI=true allows no skipping");
        eprintln!("not run: {why}");
        return;
    }
    let home = Home::new();
    fs::create_dir(home.path().join("out")).unwrap();
    let bad = home.write("=1+1, <b>&\"ada\"/Dockerfile", "FROM alpine:latest # <script>\nADD . /\n");
    let bad = bad.parent().unwrap().file_name().unwrap().to_str().unwrap();
    let good = Path::new(COURSE).join("solutions/exercise-1");
    assert_eq!(graded(&home, &[good.to_str().unwrap(), bad], &MANY), 1);
    assert_eq!(graded(&home, &[bad], &ONE), 1);
    let schema = home.command(&["course", "schema", "report"]).output().unwrap();
    home.write("out/schema", &schema.stdout);

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/validate.py");
    let done = Command::new(&python)
        .args([script, home.path().join("out").to_str().unwrap()])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let told = [done.stdout, done.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(done.status.success(), "{told}");
    assert_eq!(told.lines().filter(|line| line.starts_with("valid: ")).count(), 12, "{told}");
}

#[test]
fn the_same_submissions_give_the_same_bytes() {
    let home = Home::new();
    home.write("ada/Dockerfile", "FROM alpine:latest\n");
    let read = |name: &str| fs::read(home.path().join("out").join(name)).unwrap();
    let all = || {
        let _ = fs::remove_dir_all(home.path().join("out"));
        fs::create_dir(home.path().join("out")).unwrap();
        let formats = [&MANY[..], &ONE].concat();
        assert_eq!(graded(&home, &["ada"], &formats), 1);
        formats.into_iter().chain(["summary"]).map(|name| (name.to_owned(), read(name))).collect::<Vec<_>>()
    };
    let first = all();
    assert!(first.iter().all(|(_, bytes)| !bytes.is_empty()));
    assert_eq!(all(), first);
}

#[test]
fn formats_for_one_submission_take_one() {
    let home = Home::new();
    for name in ["a", "b"] {
        home.write(format!("{name}/Dockerfile"), "FROM alpine:3.19\n");
    }
    for format in ONE {
        let args =
            ["--course", COURSE, "--check", "exercise-1", "--dir", "a", "--dir", "b", "--format", format];
        let output = home.command(&args).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(&format!("{format} is a format for one submission")), "{told}");
    }
}

const OVERLAY: &str = "\
format: 1
exercises:
  exercise-1:
    points: { clean: 5 }
    checks:
      - id: ports
        title: It says what it is
        points: 4
        partial: true
        why: why-of-ports
        dockerfile: { require: [LABEL, EXPOSE, USER, WORKDIR] }
      - { id: zebra, title: zebra-title, points: 2, shown: nothing, why: zebra-why, dockerfile: { require: [STOPSIGNAL] } }
      - { id: extra, title: Extra, points: 3, bonus: true, shown: all, why: So., dockerfile: { require: [VOLUME] } }
";

#[test]
fn an_overlay_adds_hidden_checks_other_points_shares_and_a_bonus() {
    let home = Home::new();
    home.write("overlay.yaml", OVERLAY);
    fs::create_dir(home.path().join("out")).unwrap();
    let good = Path::new(COURSE).join("solutions/exercise-1");
    let dockerfile = fs::read_to_string(good.join("Dockerfile")).unwrap();
    home.write("ada/Dockerfile", &dockerfile);
    home.write("ada/.dockerignore", fs::read(good.join(".dockerignore")).unwrap());
    let formats: Vec<String> = MANY.iter().chain(&ONE).map(|name| format!("{name}=out/{name}")).collect();
    let grade = |more: &[&str]| {
        let mut args = vec!["--course", COURSE, "--check", "exercise-1", "--only", "static", "--dir", "ada"];
        args.extend(formats.iter().flat_map(|format| ["--format", format]));
        args.extend(["--overlay", "overlay.yaml", "--resume", "record"]);
        args.extend(more);
        let output = home.command(&args).output().unwrap();
        let said =
            [&output.stdout[..], &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        let reports: Vec<String> = MANY
            .iter()
            .chain(&ONE)
            .map(|name| fs::read_to_string(home.path().join("out").join(name)).unwrap())
            .collect();
        (output.status.code(), said.concat(), reports)
    };
    // Twice: the second one comes from the record, which has more than a learner may see.
    for _ in 0..2 {
        let (code, said, reports) = grade(&[]);
        assert_eq!(code, Some(1), "{said}");
        for (name, report) in MANY.iter().chain(&ONE).zip(&reports) {
            assert!(!report.contains("zebra") && !said.contains("zebra"), "{name}: {report}");
            assert!(!report.contains("why-of-ports") && !report.contains("no LABEL"), "{name}: {report}");
            assert!(report.contains("ports") || report.contains("It says what it is"), "{name}: {report}");
        }
        let json: serde_json::Value = serde_json::from_str(&reports[1]).unwrap();
        let report = &json["reports"][0];
        // clean 5, context 1, shape 1, and two of the four things that `ports` asks for.
        assert_eq!((report["score"].as_u64(), report["max_score"].as_u64()), (Some(9), Some(22)));
        let ports = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "ports").unwrap();
        assert_eq!((ports["score"].as_u64(), ports["status"].as_str()), (Some(2), Some("fail")));
    }
    let (code, _, reports) = grade(&["--instructor"]);
    assert_eq!(code, Some(1));
    for (name, report) in MANY.iter().chain(&ONE).zip(&reports) {
        assert!(report.contains("zebra"), "{name}: {report}");
    }
    // With what is hidden and needed in place, a bonus that is not earned stops nobody.
    home.write("ada/Dockerfile", format!("{dockerfile}LABEL a=b\nEXPOSE 8000\nSTOPSIGNAL SIGTERM\n"));
    let (code, said, reports) = grade(&[]);
    assert_eq!(code, Some(0), "{said}{}", reports[0]);
    home.write(
        "overlay.yaml",
        OVERLAY.replace("STOPSIGNAL", "stopsignal").replace("exercise-1", "exercise-2"),
    );
    assert_eq!(grade(&[]).0, Some(2));
}
