//! What the README shows can be copied: its CI snippets are read as YAML, their commands run as written,
//! its overlay is taken, and its exit codes are those that `--help` tells.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test fails the test")]

mod support;

use serde_yaml::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Home, PROGRAM, path_with};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn readme() -> String {
    fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap()
}

/// The YAML blocks of the README that begin with these words, read.
fn snippet(first: &str) -> (String, Value) {
    let readme = readme();
    let text = readme.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let text = text.into_iter().find(|text| text.starts_with(first)).unwrap().to_owned();
    let value = serde_yaml::from_str(&text).unwrap();
    (text, value)
}

/// A folder with the files of exercise 1, as they start or solved.
fn work(home: &Home, solved: bool) -> PathBuf {
    let dir = home.path().join(if solved { "solved" } else { "start" });
    fs::create_dir(&dir).unwrap();
    let copy = |from: &str| {
        for entry in fs::read_dir(Path::new(ROOT).join(from)).unwrap().flatten() {
            if entry.path().is_file() {
                fs::copy(entry.path(), dir.join(entry.file_name())).unwrap();
            }
        }
    };
    copy("exercises/exercise-1/start");
    if solved {
        copy("solutions/exercise-1");
    }
    dir
}

/// How a command of a snippet ends on a machine without an engine.
fn ends(home: &Home, dir: &Path, command: &str) -> i32 {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).env_clear().envs(home.env()).current_dir(dir);
    shell.env("PATH", path_with(Path::new(PROGRAM)));
    shell.env("DOCKER_HOST", format!("unix://{}/none.sock", home.path().display()));
    shell.env("GITHUB_STEP_SUMMARY", dir.join("summary.md"));
    let output = shell.output().unwrap();
    let code = output.status.code().unwrap();
    assert!(code != 2 && code < 70, "{command}: {code}\n{}", String::from_utf8_lossy(&output.stderr));
    code
}

#[test]
fn the_workflow_for_github_grades_and_leaves_its_report_and_summary() {
    let home = Home::new();
    let (_, workflow) = snippet("name: grade");
    assert!(workflow["on"].is_sequence() && workflow["jobs"]["grade"]["runs-on"].is_string());
    let steps = workflow["jobs"]["grade"]["steps"].as_sequence().unwrap();
    let commands: Vec<&str> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    assert_eq!((steps.len(), commands.len()), (2, 1));
    for (solved, code) in [(true, 3), (false, 1)] {
        let dir = work(&home, solved);
        assert_eq!(ends(&home, &dir, commands[0]), code);
        assert!(fs::read_to_string(dir.join("report.xml")).unwrap().contains("<testsuite "));
        assert!(fs::read_to_string(dir.join("summary.md")).unwrap().contains("## exercise-1"));
    }
}

#[test]
fn the_job_for_gitlab_grades_and_names_the_report_that_it_writes() {
    let home = Home::new();
    let (_, job) = snippet("grade:");
    let commands = job["grade"]["script"].as_sequence().unwrap();
    let report = job["grade"]["artifacts"]["reports"]["junit"].as_str().unwrap();
    for (solved, code) in [(true, 3), (false, 1)] {
        let dir = work(&home, solved);
        for command in commands {
            assert_eq!(ends(&home, &dir, command.as_str().unwrap()), code);
        }
        assert!(fs::read_to_string(dir.join(report)).unwrap().contains("<testsuite "));
    }
}

#[test]
fn the_hook_lets_good_work_through_and_stops_the_rest() {
    let home = Home::new();
    let (_, config) = snippet("repos:");
    let hook = &config["repos"][0]["hooks"][0];
    assert!(hook["id"].is_string() && hook["name"].is_string() && hook["pass_filenames"] == false);
    let files = regex::Regex::new(hook["files"].as_str().unwrap()).unwrap();
    assert!(
        files.is_match("a/Dockerfile") && files.is_match(".dockerignore") && !files.is_match("Dockerfile.md")
    );
    let entry = hook["entry"].as_str().unwrap();
    assert_eq!(ends(&home, &work(&home, true), entry), 0);
    assert_eq!(ends(&home, &work(&home, false), entry), 1);
}

#[test]
fn the_overlay_is_taken() {
    let home = Home::new();
    let (text, _) = snippet("format: 1\nexercises:");
    home.write("overlay.yaml", text);
    let command = "docker-ecr-tutor --check exercise-1 --only static --dir . --overlay ../overlay.yaml";
    assert_eq!(ends(&home, &work(&home, true), command), 0);
}

#[test]
fn the_exit_codes_are_those_that_the_help_tells() {
    let home = Home::new();
    let help = home.command(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let told = help.split("Exit codes of --check:").nth(1).unwrap().split("\n\n").next().unwrap();
    let number = regex::Regex::new(r"(?m)(?:^|; )\s*(\d+)  ").unwrap();
    let told: Vec<String> = number.captures_iter(told).map(|found| found[1].to_owned()).collect();
    let readme = readme();
    let table = readme.split("| exit code | meaning |").nth(1).unwrap().split("\n\n").next().unwrap();
    let rows = table.lines().filter_map(|row| row.strip_prefix("| ")?.split(" |").next());
    let codes: Vec<String> = rows.flat_map(|cell| cell.split(", ")).map(str::to_owned).collect();
    let codes: Vec<String> = codes.into_iter().filter(|code| code.parse::<u8>().is_ok()).collect();
    assert_eq!(codes, told);
    assert_eq!(codes, ["0", "1", "2", "3", "129", "130", "143"]);
}
