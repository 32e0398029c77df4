//! Courses in git repositories, by the `git` program. Nothing of the repository is run and nothing checked out: it is
//! cloned bare, one commit deep, and read by `git archive` through the same door as any archive. Hooks, submodules,
//! filters and LFS have no part in that; protocols, size and time are bounded.

use super::{FetchError, Origin, archive};
use crate::text::sanitise;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest time for one run of `git`.
const WITHIN: Duration = Duration::from_secs(120);
/// Longest time to ask whether there is something new.
const ASK_WITHIN: Duration = Duration::from_secs(15);
/// Most bytes of a clone.
const MAX_CLONE: u64 = 256 << 20;
/// How often a clone's size is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// Longest text that is kept of what `git` says.
const MOST: u64 = 64 << 10;

/// Protocols that are taken.
const PROTOCOLS: [&str; 3] = ["https", "ssh", "file"];

/// The repository that `text` names; `None` when it does not look like an address.
pub(super) fn origin(text: &str) -> Result<Option<Origin>, FetchError> {
    let (url, branch) = match text.split_once('#') {
        Some((url, branch)) => (url, Some(branch)),
        None => (text, None),
    };
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    // `git@host:path`, as ssh writes it.
    let scp = scheme.is_none() && url.split_once(':').is_some_and(|(host, _)| host.contains('@'));
    // `ext::command` and its like are remote helpers: programs.
    let helper = scheme.is_none() && url.contains("::");
    if scheme.is_none() && !scp && !helper {
        return Ok(None);
    }
    let shown = sanitise::bounded(&sanitise::plain(url), 200).into_owned();
    if helper || scheme.is_some_and(|scheme| !PROTOCOLS.contains(&scheme)) {
        let told = format!("{shown} is not taken: a course comes by https, ssh or file");
        return Err(FetchError::refused(told, "name it as https://HOST/PATH or git@HOST:PATH"));
    }
    let authority = scheme.and_then(|_| url.split_once("://")).and_then(|(_, rest)| rest.split('/').next());
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    if user.is_some_and(|user| user.contains(':') || scheme == Some("https")) {
        // Not shown: it is a secret, and the address is kept.
        let told = "there are credentials in the address of the course, and those are not taken";
        return Err(FetchError::refused(told, "leave them out: git asks its credential helper for them"));
    }
    let good = |text: &str| !text.starts_with('-') && !text.chars().any(|c| c.is_control() || c == ' ');
    let named = |branch: &str| good(branch) && !branch.is_empty() && !branch.contains("..");
    if !good(url) || !branch.is_none_or(named) {
        return Err(FetchError::refused(
            format!("{shown} is no address of a course"),
            "write URL or URL#BRANCH",
        ));
    }
    Ok(Some(Origin::Git { url: url.to_owned(), branch: branch.map(str::to_owned) }))
}

/// Brings the course into `fresh/course`; `None` when its commit is still that of `stamp`. Answers with the commit.
pub(super) fn fetch(
    url: &str,
    branch: Option<&str>,
    stamp: Option<&str>,
    fresh: &Path,
) -> Result<Option<String>, FetchError> {
    let failed = |told: String| FetchError::Git { url: url.to_owned(), told };
    if let Some(known) = stamp {
        let asked = branch.unwrap_or("HEAD");
        let told = run(git(&["ls-remote", "--", url, asked]), ASK_WITHIN, None).map_err(failed)?;
        if told.split_whitespace().next() == Some(known) {
            return Ok(None);
        }
    }
    let bare = fresh.join("bare");
    let mut clone =
        git(&["clone", "--quiet", "--bare", "--depth=1", "--single-branch", "--no-tags", "--template="]);
    if let Some(branch) = branch {
        clone.arg("--branch").arg(branch);
    }
    clone.arg("--").arg(url).arg(&bare);
    run(clone, WITHIN, Some(&bare)).map_err(failed)?;
    let inside = |arguments: &[&str]| {
        let mut command = git(&[]);
        // Filters are what a person's settings name for what a repository asks: here they name none.
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").arg("--git-dir").arg(&bare).args(arguments);
        command
    };
    let commit = run(inside(&["rev-parse", "HEAD"]), ASK_WITHIN, None).map_err(failed)?.trim().to_owned();
    let tar = fresh.join("course.tar");
    let mut packed = inside(&["archive", "--format=tar", "--output"]);
    packed.arg(&tar).arg(&commit);
    run(packed, WITHIN, Some(&tar)).map_err(failed)?;
    let disk = |source| FetchError::Disk { path: tar.clone(), source };
    archive::unpack(fs::File::open(&tar).map_err(disk)?, Path::new(url), &fresh.join("course"))?;
    Ok(Some(commit))
}

/// `git` as it is run here: it asks nobody, knows three protocols, and runs nothing of a repository's.
fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        // A repository or settings that happen to be set are not meant; how ssh is run is a person's choice.
        if text.starts_with("GIT_") && text != "GIT_SSH_COMMAND" && text != "GIT_SSL_CAINFO" {
            command.env_remove(&name);
        }
    }
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", PROTOCOLS.join(":"))
        .env("GIT_LFS_SKIP_SMUDGE", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C");
    if std::env::var_os("GIT_SSH_COMMAND").is_none() {
        command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
    }
    for setting in [
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "submodule.recurse=false",
        "protocol.file.allow=always",
    ] {
        command.arg("-c").arg(setting);
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Runs it and answers with its output; it is ended when it takes too long, or what grows at `grows` gets too large.
fn run(mut command: Command, within: Duration, grows: Option<&Path>) -> Result<String, String> {
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no git here: install it, or download the course".to_owned(),
        _ => format!("it does not start: {error}"),
    })?;
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    let since = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => {}
            Err(error) => return Err(error.to_string()),
        }
        let too_long = since.elapsed() > within;
        let too_large = grows.is_some_and(|path| size(path, 0) > MAX_CLONE);
        if too_long || too_large {
            end(&mut child);
            return Err(match too_long {
                true => format!("no end after {} s", within.as_secs()),
                false => format!("it is larger than {} MiB", MAX_CLONE >> 20),
            });
        }
        std::thread::sleep(LOOK);
    };
    let (out, err) = (out.join().unwrap_or_default(), err.join().unwrap_or_default());
    if status.success() {
        return Ok(out);
    }
    let said = err.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it failed");
    Err(sanitise::bounded(&sanitise::plain(said), 300).into_owned())
}

/// Reads a stream to its end beside everything else, and keeps the first of it.
fn read(stream: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.by_ref().take(MOST).read_to_end(&mut kept);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
        String::from_utf8_lossy(&kept).into_owned()
    })
}

/// Ends it with all that it has started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Bytes of a file or of a folder and what is in it.
fn size(path: &Path, depth: usize) -> u64 {
    let Ok(metadata) = fs::symlink_metadata(path) else { return 0 };
    if !metadata.is_dir() || depth > 6 {
        return metadata.len();
    }
    fs::read_dir(path).into_iter().flatten().flatten().map(|entry| size(&entry.path(), depth + 1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_by_their_protocol() {
        let of = |text: &str| origin(text);
        let git = |url: &str, branch: Option<&str>| {
            Some(Origin::Git { url: url.into(), branch: branch.map(Into::into) })
        };
        let https = "https://example.org/course.git";
        assert_eq!(of(https).unwrap(), git(https, None));
        assert_eq!(of(&format!("{https}#v2")).unwrap(), git(https, Some("v2")));
        assert_eq!(of("git@example.org:me/course").unwrap(), git("git@example.org:me/course", None));
        assert_eq!(of("ssh://git@example.org/course").unwrap(), git("ssh://git@example.org/course", None));
        for folder in ["courses/mine", "/nowhere", "C", "course.git"] {
            assert_eq!(of(folder).unwrap(), None, "{folder}");
        }
        for bad in [
            "http://example.org/course",
            "git://example.org/course",
            "ext::sh -c true",
            "fd::17",
            "https://ada:hunter2@example.org/course",
            "https://hunter2@example.org/course",
            "https://example.org/a b",
            "https://example.org/a#--upload-pack=x",
            "https://example.org/a#",
        ] {
            let error = of(bad).unwrap_err();
            assert!(!error.hint().is_empty() && !error.to_string().contains("hunter2"), "{bad}: {error}");
        }
    }
}
