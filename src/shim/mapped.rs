//! `docker` for commands that `practice-ecr` runs: this program under that name, first on their PATH. It
//! says the practice registry wherever ECR's own host name is said (`ACCOUNT.dkr.ecr.REGION.amazonaws.com`),
//! and becomes the real `docker` with that. So a script that was written for real ECR runs unchanged, and
//! nothing of it reaches a real account.
//!
//! What `docker` prints, and the `FROM` of a Dockerfile, stay as they are: it is the words typed that change.

use regex::Regex;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Environment variable with the path of the real `docker`.
const REAL: &str = "DOCKER_ECR_TUTOR_REAL_DOCKER";
/// Environment variable with the practice registry, `127.0.0.1:PORT`.
const REGISTRY: &str = "DOCKER_ECR_TUTOR_REGISTRY";
/// The name that this is about.
const NAME: &str = "docker";

/// Makes the folder `bin`, to stand first on a command's PATH, and answers with what that command's
/// environment gets; nothing when there is no `docker` on PATH.
///
/// # Errors
/// When the folder cannot be made.
pub fn install(bin: &Path, registry: &str) -> io::Result<Vec<(&'static str, OsString)>> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Inside another one's command, its `docker` would only call us again.
    let known = std::env::var_os(REAL).map(PathBuf::from);
    let found = || std::env::split_paths(&path).map(|folder| folder.join(NAME)).find(|file| is_program(file));
    let Some(real) = known.or_else(found) else { return Ok(Vec::new()) };
    std::fs::create_dir_all(bin)?;
    #[cfg(unix)]
    std::os::unix::fs::symlink(std::env::current_exe()?, bin.join(NAME))?;
    #[cfg(not(unix))]
    return Ok(Vec::new());
    #[cfg(unix)]
    {
        let folders = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders).map_err(io::Error::other)?;
        Ok(vec![("PATH", path), (REAL, real.into()), (REGISTRY, registry.into())])
    }
}

fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    let may_run =
        |meta: &std::fs::Metadata| std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = |_: &std::fs::Metadata| true;
    std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && may_run(&meta))
}

/// When this program was called as such a `docker`: becomes the real one. Comes back only when that cannot
/// be, with the exit code of a shell that finds no such program.
pub fn called() -> Option<u8> {
    let mut typed = std::env::args_os();
    let name = typed.next()?;
    let (real, registry) = (std::env::var_os(REAL)?, std::env::var_os(REGISTRY)?);
    if Path::new(&name).file_name() != Some(OsStr::new(NAME)) {
        return None;
    }
    let registry = registry.to_string_lossy().into_owned();
    let words = typed.map(|word| match word.into_string() {
        Ok(word) => mapped(&word, &registry).into(),
        // No name of an image.
        Err(word) => word,
    });
    let mut command = std::process::Command::new(&real);
    command.args(words);
    let error = become_it(&mut command);
    use io::Write as _;
    let _ = writeln!(io::stderr(), "docker: {}: {error}", Path::new(&real).display());
    Some(127)
}

/// Its standard streams, its terminal and its signals are those of whoever called.
#[cfg(unix)]
fn become_it(command: &mut std::process::Command) -> io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

#[cfg(not(unix))]
fn become_it(_command: &mut std::process::Command) -> io::Error {
    io::ErrorKind::Unsupported.into()
}

/// `word` with `registry` in every place of a host name of ECR, whoever's account and wherever.
fn mapped(word: &str, registry: &str) -> String {
    static HOST: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"[0-9]{12}\.dkr(?:\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?|-ecr(?:-fips)?\.[a-z0-9-]+\.on\.aws)(?::443)?").ok()
    });
    let Some(host) = &*HOST else { return word.to_owned() };
    // Not a part of a longer name.
    let ends =
        |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let (mut out, mut from) = (String::new(), 0);
    for found in host.find_iter(word) {
        let (before, after) = (&word[..found.start()], &word[found.end()..]);
        out.push_str(&word[from..found.start()]);
        let whole = ends(before.chars().next_back()) && ends(after.chars().next());
        out.push_str(if whole { registry } else { found.as_str() });
        from = found.end();
    }
    out.push_str(&word[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_host_name_of_ecr_is_the_practice_registry_and_no_other() {
        let ecr = "111122223333.dkr.ecr.us-east-1.amazonaws.com";
        for (word, expected) in [
            (format!("{ecr}/team/app:v1"), "R/team/app:v1"),
            (ecr.to_owned(), "R"),
            (format!("https://{ecr}"), "https://R"),
            (format!("--tag={ecr}/app@sha256:00"), "--tag=R/app@sha256:00"),
            (format!("type=registry,ref={ecr}/app:cache,mode=max"), "type=registry,ref=R/app:cache,mode=max"),
            (format!("BASE={ecr}/a ALSO={ecr}/b"), "BASE=R/a ALSO=R/b"),
            (format!("{ecr}:443/app"), "R/app"),
            ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app".to_owned(), "R/app"),
            ("111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/app".to_owned(), "R/app"),
            ("111122223333.dkr-ecr.eu-central-1.on.aws/app".to_owned(), "R/app"),
        ] {
            assert_eq!(mapped(&word, "R"), expected, "{word}");
        }
        for other in [
            "docker.io/library/alpine:3.20",
            "public.ecr.aws/docker/library/alpine",
            "11112222333.dkr.ecr.us-east-1.amazonaws.com/app",
            "0111122223333.dkr.ecr.us-east-1.amazonaws.com/app",
            "111122223333.dkr.ecr.us-east-1.amazonaws.com.example.org/app",
            "x-111122223333.dkr.ecr.us-east-1.amazonaws.com/app",
            "111122223333Xdkr.ecr.us-east-1.amazonaws.com",
            "",
            "ä",
        ] {
            assert_eq!(mapped(other, "R"), other);
        }
    }
}
