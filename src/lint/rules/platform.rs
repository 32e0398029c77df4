//! Platforms as `--platform` writes them, for the rules about it.

/// Operating system and processor that `text` names, as containerd reads it: `linux/arm64/v8`, `amd64`,
/// `linux`. `None` when it names none.
pub(super) fn parse(text: &str) -> Option<(String, String)> {
    let component = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '(' | ')'))
    };
    let parts: Vec<&str> = text.split('/').collect();
    if !parts.iter().all(|part| component(part)) {
        return None;
    }
    match parts.as_slice() {
        [one] => match (system(one), processor(one)) {
            (system, _) if SYSTEMS.contains(&system.as_str()) => Some((system, "amd64".to_owned())),
            (_, processor) if PROCESSORS.contains(&processor.as_str()) => {
                Some(("linux".to_owned(), processor))
            }
            _ => None,
        },
        [os, cpu] | [os, cpu, _] => Some((system(os), processor(cpu))),
        _ => None,
    }
}

const SYSTEMS: [&str; 8] =
    ["linux", "windows", "darwin", "freebsd", "openbsd", "netbsd", "solaris", "wasip1"];
const PROCESSORS: [&str; 11] =
    ["386", "amd64", "arm", "arm64", "loong64", "mips64", "mips64le", "ppc64", "ppc64le", "riscv64", "s390x"];

fn system(text: &str) -> String {
    let name = text.split('(').next().unwrap_or(text).to_ascii_lowercase();
    if name == "macos" { "darwin".to_owned() } else { name }
}

fn processor(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "i386" => "386",
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "armhf" | "armel" => "arm",
        _ => return text,
    }
    .to_owned()
}

/// The platform of an image of Docker's official collections for one processor.
pub(super) fn of_image(reference: &str) -> Option<(String, String)> {
    let name = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let (system, processor) = match name.split_once('/')?.0 {
        "amd64" => ("linux", "amd64"),
        "i386" => ("linux", "386"),
        "arm32v5" | "arm32v6" | "arm32v7" => ("linux", "arm"),
        "arm64v8" => ("linux", "arm64"),
        "mips64le" => ("linux", "mips64le"),
        "ppc64le" => ("linux", "ppc64le"),
        "riscv64" => ("linux", "riscv64"),
        "s390x" => ("linux", "s390x"),
        "winamd64" => ("windows", "amd64"),
        _ => return None,
    };
    Some((system.to_owned(), processor.to_owned()))
}
