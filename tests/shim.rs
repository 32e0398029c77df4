//! The shim's `aws` beside the real one: command lines through both, each against a practice ECR of its own that
//! holds the same; and JMESPath beside the library that the real one uses.
//!
//! The real one is version 1, which is what registries of packages have; the shim speaks version 2. What version 2
//! documents as different is put right before the two are compared: see `as_version_2`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use docker_ecr_tutor::practice::{Moment, Server, Settings};
use docker_ecr_tutor::shim::registry::Picture;
use docker_ecr_tutor::shim::{Inside, Machine, Remote, aws};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

#[path = "support/peers.rs"]
#[allow(dead_code, reason = "shared with tests that use more of it")]
mod peers;

/// The Python that the real `aws` runs on.
fn python() -> Option<PathBuf> {
    let aws = peers::peer("aws")?;
    let python = aws.canonicalize().unwrap().with_file_name("python");
    let known = Command::new(&python).args(["-c", "import awscli, botocore"]).stderr(Stdio::null()).status();
    if known.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    let why = "the aws program here is not the one of tests/setup/peers.txt";
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}, and CI=true allows no skipping");
    eprintln!("not run: {why}");
    None
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim").join(name)
}

/// Numbers by value, and whole ones apart from others, as Python writes them.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x.is_f64() == y.is_f64() && x.as_f64() == y.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((j, a), (k, b))| j == k && same(a, b))
        }
        (a, b) => a == b,
    }
}

/// Thousands of expressions: what they find, and what is said of those that cannot be read.
#[test]
fn jmespath_finds_what_the_library_finds() {
    let Some(python) = python() else { return };
    let done =
        Command::new(python).arg("-Wignore").arg(script("expressions.py")).arg("8000").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let cases: Vec<(String, Value, Value, Option<String>)> = serde_json::from_slice(&done.stdout).unwrap();
    let (mut wrong, mut found, mut refused, mut worded) = (Vec::new(), 0, 0, 0);
    let mut handed_on = 0;
    for (expression, document, wanted, error) in &cases {
        match (aws::query(expression, document), error) {
            (Ok(ours), None) if same(&ours, wanted) => found += usize::from(!ours.is_null()),
            // There an expression that is handed on to nobody is a value, of which nothing can come.
            (Err(ours), _) if ours.ends_with("is not a value") => handed_on += 1,
            (Err(ours), Some(theirs)) => {
                refused += 1;
                worded += usize::from(ours == *theirs);
                // The Python that is told of an odd escape or an odd sum has words of its own.
                let own =
                    ["escape", "control character", "dictionary update", "unsupported operand", "Exceeds"];
                if ours != *theirs && !own.iter().any(|own| theirs.contains(own)) {
                    wrong.push(format!("{expression}\n  in {document}\n  ours: {ours}\n  theirs: {theirs}"));
                }
            }
            (ours, error) => wrong.push(format!(
                "{expression}\n  in {document}\n  ours: {ours:?}\n  theirs: {wanted} {error:?}"
            )),
        }
    }
    println!(
        "{} expressions: {found} find something; {refused} are refused, {worded} word for word",
        cases.len()
    );
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong[..wrong.len().min(25)].join("\n")
    );
    assert!(found > 1500 && worded > 1000 && handed_on < 20, "{found} {worded} {handed_on}");
}

/// The compliance cases of JMESPath, when a folder of them is named.
#[test]
fn jmespath_complies() {
    let Some(folder) = std::env::var_os("TUTOR_JMESPATH_COMPLIANCE") else { return };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let suites: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for suite in &suites {
            for case in suite["cases"].as_array().into_iter().flatten() {
                let Some(expression) = case["expression"].as_str() else { continue };
                if case.get("bench").is_some() {
                    continue;
                }
                count += 1;
                let found = aws::query(expression, &suite["given"]);
                let right = match (&found, case.get("error")) {
                    (Err(_), Some(_)) => true,
                    // By value: the cases do not tell 1 from 1.0.
                    (Ok(found), None) => found == &case["result"] || same_by_value(found, &case["result"]),
                    _ => false,
                };
                if !right {
                    wrong.push(format!("{}: {expression}: {found:?}, not {case}", path.display()));
                }
            }
        }
    }
    println!("{count} cases of compliance");
    assert!(wrong.is_empty() && count > 0, "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

fn same_by_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_by_value(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same_by_value(a, b)))
        }
        (a, b) => a == b,
    }
}

/// A practice ECR with something in it, and the files of whoever asks.
struct Side {
    server: Server,
    _folder: tempfile::TempDir,
    home: tempfile::TempDir,
}

impl Side {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server =
            Server::start(Settings::new(folder.path()), Arc::new(|| Moment::of_seconds(1_700_000_000)))
                .await
                .unwrap();
        let remote = Remote { address: server.address() };
        tokio::task::spawn_blocking(move || seed(remote)).await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        // Times as version 2 writes them.
        write(
            ".aws/config",
            "[default]\nregion = eu-central-1\ncli_timestamp_format = iso8601\n\n[profile other]\nregion = us-west-2\n\
             output = text\ncli_timestamp_format = iso8601\n",
        );
        write(
            ".aws/credentials",
            "[other]\naws_access_key_id = PRACTICE\naws_secret_access_key = practice\n",
        );
        let secret = home.path().join(".aws/credentials");
        std::fs::set_permissions(secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        write("policy.json", LIFECYCLE);
        write("input.json", "{\"repositoryName\": \"web/app\", \"imageIds\": [{\"imageTag\": \"1.0\"}]}");
        write("more.json", "{\"repositoryName\": \"web/app\", \"maxResults\": 1}");
        write("wrong.json", "{\"repositoryName\": 5, \"imageId\": []}");
        write("broken.json", "{\"repositoryName\"");
        Self { server, _folder: folder, home }
    }

    fn environment(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> =
            self.server.environment().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        all.insert("HOME".into(), self.home.path().display().to_string());
        all
    }

    /// What differs between the two sides and means nothing.
    fn told(&self, text: &str) -> String {
        text.replace(&self.server.address().to_string(), "REGISTRY")
            .replace(&self.home.path().display().to_string(), "HOME")
    }
}

const LIFECYCLE: &str = r#"{"rules": [{"rulePriority": 1, "description": "keep ten", "selection": {"tagStatus": "any",
  "countType": "imageCountMoreThan", "countNumber": 10}, "action": {"type": "expire"}}]}"#;

fn seed(remote: Remote) {
    let user = format!("AWS:{}", remote.password().unwrap());
    let call = |name: &str, input: Value| remote.call(name, &input).unwrap();
    for (name, mutability) in
        [("web/app", "IMMUTABLE"), ("tools", "MUTABLE"), ("empty", "MUTABLE"), ("a-b.c", "MUTABLE")]
    {
        let scan = json!({ "scanOnPush": name == "web/app" });
        call(
            "CreateRepository",
            json!({ "repositoryName": name, "imageTagMutability": mutability, "imageScanningConfiguration": scan }),
        );
    }
    for (number, tag) in ["1.0", "1.1", "2.0", "latest"].into_iter().enumerate() {
        let image = Picture::new(&[vec![number as u8; 512]], &json!({ "Cmd": [tag] })).unwrap();
        remote.push(&user, "web/app", tag, &image).unwrap();
        if number < 2 {
            remote.push(&user, "tools", "same", &image).unwrap();
        }
    }
    call("PutLifecyclePolicy", json!({ "repositoryName": "tools", "lifecyclePolicyText": LIFECYCLE }));
}

/// What the shim may see of its side.
struct Files<'a>(&'a Path);

impl Inside for Files<'_> {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(self.0.join(path)).map_err(|error| error.to_string())
    }
    fn stdin(&mut self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
    fn pack(&mut self, _folder: &str) -> Result<Vec<u8>, String> {
        Err("there is nothing to build".into())
    }
    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), String> {
        std::fs::write(self.0.join(path), content).map_err(|error| error.to_string())
    }
}

/// Words between blanks; single quotes keep them together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut open, mut quoted) = (Vec::new(), String::new(), false, false);
    for letter in line.chars() {
        match letter {
            '\'' => {
                open = !open;
                quoted = true;
            }
            ' ' if !open => {
                if quoted || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                quoted = false;
            }
            letter => word.push(letter),
        }
    }
    if quoted || !word.is_empty() {
        words.push(word);
    }
    words
}

fn shim(side: &Side, machine: &Machine, line: &[String]) -> (i64, String, String) {
    let mut environment = side.environment();
    let mut words = line;
    while let [first, rest @ ..] = words
        && let Some((name, value)) = first.split_once('=')
        && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    {
        environment.insert(name.to_owned(), value.to_owned());
        words = rest;
    }
    let said = machine.perform("aws", &words[1..], &environment, &mut Files(side.home.path()));
    (said.code.into(), side.told(&String::from_utf8_lossy(&said.out)), side.told(&said.err))
}

/// What version 2 would have answered: its exit codes, and no advertisement of itself.
fn as_version_2(code: i64, err: &str) -> (i64, String) {
    let starts = |what: &[&str]| what.iter().any(|what| err.trim_start().starts_with(what));
    let wanted = match code {
        0 => 0,
        _ if err.contains("usage: aws") => 252,
        _ if starts(&["An error occurred ("]) => 254,
        _ if starts(&["Unable to locate credentials", "You must specify a region"]) => 253,
        _ if starts(&["Parameter validation failed", "Error parsing parameter", "Bad value for --query"]) => {
            252
        }
        code => code,
    };
    (wanted, err.to_owned())
}

/// The part of an error that the two have in common: of usage what is wrong, and not how it is laid out.
fn essence(err: &str, first_line: bool) -> String {
    let told = err.rsplit_once("aws <command> <subcommand> help").map_or(err, |(_, told)| told).trim();
    let line = told.lines().next().unwrap_or_default();
    // Of a broken document each language has its own words.
    if first_line {
        line.split("Invalid JSON").next().unwrap_or_default().to_owned()
    } else {
        told.to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn command_lines_are_answered_as_the_real_one_answers_them() {
    let Some(python) = python() else { return };
    let text = std::fs::read_to_string(script("lines.txt")).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let began = std::time::Instant::now();
    let (ours, theirs) = (Side::new().await, Side::new().await);

    // A mark before a line, `~`: of an error, the first line is compared.
    let typed: Vec<Vec<String>> = lines.iter().map(|line| words(line.trim_start_matches('~'))).collect();
    let mut real = Command::new(python);
    real.arg("-Wignore")
        .arg(script("real.py"))
        .env_clear()
        .envs(theirs.environment())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TZ", "UTC")
        .env("LC_ALL", "C.UTF-8")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(theirs.home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let asked = json!({ "lines": typed }).to_string();
    let answers = tokio::task::spawn_blocking(move || {
        let mut child = real.spawn().unwrap();
        child.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    });
    let machine = Machine::new(Remote { address: ours.server.address() }, "eu-central-1", None);
    let (ours, said) = {
        let typed = typed.clone();
        tokio::task::spawn_blocking(move || {
            let said: Vec<_> = typed.iter().map(|line| shim(&ours, &machine, line)).collect();
            (ours, said)
        })
        .await
        .unwrap()
    };
    let done = answers.await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let answers: Vec<(i64, String, String)> = serde_json::from_slice(&done.stdout).unwrap();
    let mut wrong = Vec::new();
    for ((line, ours), (code, out, err)) in lines.iter().zip(said).zip(answers) {
        let (code, err) = as_version_2(code, &theirs.told(&err));
        let out = theirs.told(&out);
        let first = line.starts_with('~');
        let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
        // Members of documents come by name here: a document is compared as one, and by its lines in order.
        let sorted = |text: &str| {
            let mut lines: Vec<String> =
                text.lines().map(|line| line.trim_end_matches(',').to_owned()).collect();
            lines.sort();
            lines
        };
        let documents = parsed(&ours.1).zip(parsed(&out)).is_some_and(|(ours, theirs)| ours == theirs);
        let alike = ours.1 == out || documents && sorted(&ours.1) == sorted(&out);
        if !alike || ours.0 != code || essence(&ours.2, first) != essence(&err, first) {
            let show = |side: &str, (code, out, err): (i64, &str, &str)| {
                format!("  {side} {code}\n--- out\n{out}--- err\n{}\n", essence(err, false))
            };
            wrong.push(format!(
                "{line}\n{}{}",
                show("ours", (ours.0, &ours.1, &ours.2)),
                show("theirs", (code, &out, &err))
            ));
        }
    }
    println!("{} command lines in {:.1} s", lines.len(), began.elapsed().as_secs_f32());
    assert!(lines.len() >= 150, "{}", lines.len());
    ours.server.stop().await;
    theirs.server.stop().await;
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}
