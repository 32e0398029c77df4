//! The command as a person calls it, on real files.

use super::*;

fn run_in(args: LintArgs) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&args, &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn gnu(path: PathBuf) -> LintArgs {
    LintArgs { files: vec![path], format: vec!["gnu".into()], ..LintArgs::default() }
}

#[test]
fn findings_decide_the_exit_code_by_the_threshold() {
    let at = folder(&[("Dockerfile", "FROM debian\nUSER 1\n"), ("fine", "FROM debian:12\nUSER 1\n")]);
    let path = |name: &str| at.path().join(name);
    let (code, out, _) = run_in(gnu(path("Dockerfile")));
    assert_eq!(code, 1);
    assert!(out.contains(":1: DL3006 warning: "), "{out}");
    assert_eq!(run_in(gnu(path("fine"))).0, 0);
    let threshold =
        |word: &str| run_in(LintArgs { failure_threshold: Some(word.into()), ..gnu(path("Dockerfile")) }).0;
    assert_eq!([threshold("error"), threshold("warning"), threshold("none"), threshold("x")], [0, 1, 1, 2]);
    assert_eq!(run_in(LintArgs { no_fail: true, ..gnu(path("Dockerfile")) }).0, 0);
    assert_eq!(run_in(LintArgs { ignore: vec!["tagged-base".into()], ..gnu(path("Dockerfile")) }).0, 0);
}

#[test]
fn a_missing_file_does_not_hide_the_findings_of_others() {
    let at = folder(&[("Dockerfile", "FROM debian\nUSER 1\n")]);
    let mut args = gnu(at.path().join("nowhere"));
    args.files.push(at.path().join("Dockerfile"));
    let (code, out, err) = run_in(args);
    assert_eq!(code, 1);
    assert!(out.contains("DL3006") && err.contains("nowhere"), "{out}{err}");
}

#[test]
fn folders_are_searched() {
    let at = folder(&[
        ("a/Dockerfile", "FROM x\n"),
        ("b/dev.Dockerfile", "FROM x\n"),
        ("b/Dockerfile.dockerignore", "x"),
        ("node_modules/Dockerfile", "FROM x\n"),
        ("c/Containerfile", "FROM x\n"),
    ]);
    let (_, out, _) = run_in(gnu(at.path().to_owned()));
    assert_eq!(out.lines().filter(|line| line.contains("DL3006")).count(), 3, "{out}");
}

#[test]
fn the_configuration_file_counts_and_a_broken_one_is_refused_with_its_place() {
    let at = folder(&[
        ("Dockerfile", "FROM debian\nUSER 1\nWORKDIR x\n"),
        ("good.yaml", "ignored: [DL3000]\noverride:\n  info: [DL3006]\nunknown-key: 1\n"),
        ("bad.yaml", "ignored:\n  DL3006: [x\n"),
    ]);
    let with = |name: &str| {
        run_in(LintArgs { config: Some(at.path().join(name)), ..gnu(at.path().join("Dockerfile")) })
    };
    let (_, out, _) = with("good.yaml");
    assert!(out.contains("DL3006 info") && !out.contains("DL3000"), "{out}");
    let (code, out, err) = with("bad.yaml");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("bad.yaml") && err.contains("line"), "{err}");
    assert_eq!(with("none.yaml").0, 2);
}

#[test]
fn fixes_are_written_and_shown() {
    let text = "FROM debian:12\nADD a /a\nUSER 1\nCMD run\n";
    let at = folder(&[("Dockerfile", text)]);
    let path = at.path().join("Dockerfile");
    let (code, out, _) = run_in(LintArgs { diff: true, ..gnu(path.clone()) });
    assert_eq!(code, 1);
    assert!(out.contains("-ADD a /a\n+COPY a /a\n") && !out.contains("+CMD"), "{out}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    run_in(LintArgs { fix: true, ..gnu(path.clone()) });
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "FROM debian:12\nCOPY a /a\nUSER 1\nCMD run\n");
    let (code, ..) = run_in(LintArgs { unsafe_fixes: true, ..gnu(path.clone()) });
    assert_eq!(code, 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "FROM debian:12\nCOPY a /a\nUSER 1\nCMD [\"run\"]\n");
    assert_eq!(std::fs::read_dir(at.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn rules_are_listed_and_explained() {
    let list = LintArgs { list_rules: true, ..LintArgs::default() };
    let (code, out, _) = run_in(list.clone());
    assert_eq!(code, 0);
    assert_eq!(out.lines().count(), 1 + crate::lint::all_rules().count());
    let (code, _, err) = run_in(LintArgs { format: vec!["xml".into()], ..list });
    assert!(code == 2 && err.contains("text, markdown, json"), "{err}");
    let explain = |word: &str| run_in(LintArgs { explain: Some(word.into()), ..LintArgs::default() });
    assert!(explain("latest-tag").1.contains("DL3007"));
    assert!(explain("SC2086").1.contains("quote-variables"));
    let repeated = explain("MultipleInstructionsDisallowed").1;
    assert!(["DL3012", "DL4003", "DL4004"].iter().all(|page| repeated.contains(page)), "{repeated}");
    assert_eq!(explain("DL0000").0, 2);
}
