//! The `docker` of the sandbox, without a registry behind it.

use super::*;

/// A sandbox with these files below `.`.
#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Inside for Files {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path.trim_start_matches("./")).cloned().ok_or_else(|| "no such file".into())
    }
    fn stdin(&mut self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
    fn pack(&mut self, folder: &str) -> Result<Vec<u8>, String> {
        if folder != "." {
            return Err("no such folder".into());
        }
        let mut tar = tar::Builder::new(Vec::new());
        for (path, content) in &self.0 {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, content.as_slice()).unwrap();
        }
        Ok(tar.into_inner().unwrap())
    }
    fn write(&mut self, path: &str, content: &[u8]) -> Result<(), String> {
        self.0.insert(path.to_owned(), content.to_vec());
        Ok(())
    }
}

fn machine() -> Docker {
    Docker::new(Remote { address: ([127, 0, 0, 1], 1).into() }, "eu-central-1")
}

fn run(machine: &mut Docker, files: &mut Files, line: &str) -> Said {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    machine.run(&arguments, &BTreeMap::new(), files)
}

fn context(dockerfile: &str) -> Files {
    let files = [
        ("Dockerfile", dockerfile),
        ("app/main.py", "print()"),
        ("notes.md", "x"),
        (".dockerignore", "notes.md"),
    ];
    Files(files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into())
}

#[test]
fn the_same_context_builds_the_same_image_and_another_one_another() {
    let text = "FROM scratch AS a\nCOPY app /x/\nFROM python:3.12\nARG V=1\nLABEL v=$V\nCOPY --from=a /x /app\nRUN make\nCMD [\"a\"]\n";
    let mut machine = machine();
    let id = |machine: &mut Docker, files: &mut Files, line: &str| {
        let said = run(machine, files, line);
        assert_eq!(said.code, 0, "{}", said.err);
        String::from_utf8(said.out).unwrap()
    };
    let first = id(&mut machine, &mut context(text), "build -q -t app:1 .");
    assert_eq!(first, id(&mut machine, &mut context(text), "buildx build -q --tag=app:2 ."));
    assert_ne!(first, id(&mut machine, &mut context(text), "build -q --build-arg V=2 ."));
    let mut changed = context(text);
    changed.0.insert("app/main.py".into(), b"other".to_vec());
    assert_ne!(first, id(&mut machine, &mut changed, "build -q ."));
    let mut ignored = context(text);
    ignored.0.insert("notes.md".into(), b"other".to_vec());
    assert_eq!(first, id(&mut machine, &mut ignored, "build -q ."));
    let labels = run(&mut machine, &mut ignored, "inspect --format {{.Config.Labels.v}} app:1");
    assert_eq!(labels.out, b"1\n");
}

#[test]
fn builds_fail_where_the_real_one_does() {
    for (text, line, wanted) in [
        ("FROM scratch\nCOPY none /\n", "build .", "\"/none\": not found"),
        ("FROM scratch\nCOPY notes.md /\n", "build .", "\"/notes.md\": not found"),
        ("FRO scratch\n", "build .", "parse error"),
        ("FROM scratch\n", "build --target x .", "target stage \"x\" could not be found"),
        ("FROM scratch\n", "build elsewhere", "path \"elsewhere\" not found"),
        ("FROM scratch\n", "build -f Other .", "open Other: no such file"),
        ("FROM scratch\n", "build", "requires exactly 1 argument"),
    ] {
        let said = run(&mut machine(), &mut context(text), line);
        assert_eq!(said.code, 1, "{line}");
        assert!(said.err.contains(wanted), "{line}: {}", said.err);
    }
}

#[test]
fn images_are_named_listed_and_removed() {
    let (mut machine, mut files) = (machine(), context("FROM scratch\nCOPY app /\n"));
    run(&mut machine, &mut files, "build -t app:1 .");
    assert_eq!(run(&mut machine, &mut files, "tag app:1 team/app").code, 0);
    let listed = run(&mut machine, &mut files, "images --format {{.Repository}}:{{.Tag}}");
    assert_eq!(listed.out, b"app:1\nteam/app:latest\n");
    assert_eq!(run(&mut machine, &mut files, "images -q app:2").out, b"");
    assert_eq!(run(&mut machine, &mut files, "images -q").out.len(), 13);
    assert!(run(&mut machine, &mut files, "tag none x").err.contains("No such image: none:latest"));
    assert_eq!(run(&mut machine, &mut files, "image inspect team/app").code, 0);
    assert_eq!(run(&mut machine, &mut files, "rmi app:1").out, b"Untagged: app:1\n");
    assert_eq!(run(&mut machine, &mut files, "rmi app:1").code, 1);
}

#[test]
fn what_cannot_be_is_said_as_docker_does() {
    let (mut machine, mut files) = (machine(), context("FROM scratch\n"));
    for (line, wanted) in [
        ("push 127.0.0.1:1/app", "An image does not exist locally with the tag: 127.0.0.1:1/app"),
        ("pull 127.0.0.1:1/app", "no basic auth credentials"),
        ("login -u AWS --password-stdin 127.0.0.1:1", "non TTY device"),
        ("login -u AWS -p x 210987654321.dkr.ecr.eu-central-1.amazonaws.com", "no such host"),
        ("run app", "nothing runs in the sandbox"),
        ("frobnicate", "is not a docker command"),
    ] {
        let said = run(&mut machine, &mut files, line);
        assert_ne!(said.code, 0, "{line}");
        assert!(said.err.contains(wanted), "{line}: {}", said.err);
    }
}
