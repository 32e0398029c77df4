//! The machine beside its engine: ports, programs, terminal, and the way to the workshop's server.

use super::{Colours, for_what, line};
use crate::jobs::DoctorLine;
use crate::jobs::doctor::version_of;
use crate::text::sanitise;
use crate::workshop::needs::Needs;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The smallest terminal that the course is made for: columns and rows.
const SMALLEST: (u16, u16) = (80, 24);
/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest greeting of a server that is read, in bytes.
const GREETING: u64 = 64 * 1024;
/// Where a workshop's server listens when its address says nothing.
const PORT: u16 = 4222;

/// Whether the ports that lessons and examples publish are free on loopback.
pub(super) async fn ports(needs: &Needs) -> Vec<DoctorLine> {
    let mut lines = Vec::new();
    for (port, what) in &needs.ports {
        let title = format!("port {port}");
        let bound = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).await;
        lines.push(match bound {
            Ok(_) => line(title, Some(true), "free", ""),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => line(
                title,
                Some(false),
                format!("in use; for {}", for_what(what)),
                "stop what listens there, or publish another port when the command comes",
            ),
            Err(error) => line(
                title,
                None,
                format!("not tried: {error}; for {}", for_what(what)),
                "publish a port above 1023 when the command comes",
            ),
        });
    }
    lines
}

/// Whether the programs that lessons call are on PATH, and the sandbox for scripts.
pub(super) async fn programs(needs: &Needs) -> Vec<DoctorLine> {
    let mut lines = Vec::new();
    for (program, what) in &needs.programs {
        let title = format!("program {program}");
        lines.push(match version_of(program).await {
            Some(version) => line(title, Some(true), version, ""),
            None => line(
                title,
                Some(false),
                format!("not on PATH; called by {}", for_what(what)),
                match *program {
                    "docker" => "the package docker-cli, or Docker Desktop",
                    "aws" => "https://docs.aws.amazon.com/cli: the package awscli, or pip install awscli",
                    "trivy" => crate::scan::trivy::HOW_TO_GET,
                    _ => "the package of that name",
                },
            ),
        });
    }
    if !needs.scripts.is_empty() {
        lines.push(match version_of("bwrap").await {
            Some(version) => line("bubblewrap", Some(true), version, ""),
            None => line(
                "bubblewrap",
                None,
                format!(
                    "not on PATH: scripts are graded in containers instead; for {}",
                    for_what(&needs.scripts)
                ),
                "apt install bubblewrap",
            ),
        });
    }
    lines
}

/// Whether the terminal is large enough.
pub(super) fn terminal(size: Option<(u16, u16)>) -> DoctorLine {
    let Some((columns, rows)) = size else {
        let found = "not tried: this does not run in one";
        return line("terminal", None, found, "run it in the terminal that the course will be in");
    };
    let found = format!("{columns} by {rows}");
    match columns >= SMALLEST.0 && rows >= SMALLEST.1 {
        true => line("terminal", Some(true), found, ""),
        false => line(
            "terminal",
            Some(false),
            found,
            format!("make it {} by {} at least: a larger window, or a smaller font", SMALLEST.0, SMALLEST.1),
        ),
    }
}

/// How many colours there are, by what the environment says.
pub(super) fn colours(colours: &Colours) -> DoctorLine {
    let term = sanitise::plain(&colours.term).into_owned();
    let (ok, found) = match (colours.none, colours.colorterm.as_str(), colours.term.as_str()) {
        (true, ..) => (Some(true), "none, as NO_COLOR asks for".to_owned()),
        (_, "truecolor" | "24bit", _) => (Some(true), format!("16 million ({term})")),
        (.., "" | "dumb") => (None, "none: TERM names no terminal".to_owned()),
        (.., name) if name.contains("256color") => (Some(true), format!("256 ({term})")),
        _ => (Some(true), format!("a few ({term})")),
    };
    let remedy = if ok.is_none() { "set TERM, for example to xterm-256color" } else { "" };
    line("colours", ok, found, remedy)
}

/// Whether the workshop's server answers. Nothing is told to it.
pub(super) async fn server(address: Option<&str>) -> DoctorLine {
    const TITLE: &str = "workshop server";
    let Some(address) = address else {
        return line(TITLE, None, "not tried: none was named", "--server nats://HOST:PORT");
    };
    let Some((host, port)) = place(address) else {
        let shown = sanitise::bounded(&sanitise::plain(address), 80).into_owned();
        return line(TITLE, Some(false), format!("{shown} is no address"), "write nats://HOST:PORT");
    };
    let remedy = "is `docker-ecr-tutor workshop host` running there, and does no firewall stand between?";
    let asked = async {
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        let mut greeting = String::new();
        BufReader::new(stream).take(GREETING).read_line(&mut greeting).await?;
        Ok::<_, std::io::Error>(greeting)
    };
    let greeting = match tokio::time::timeout(PATIENCE, asked).await {
        Err(_) => Err(format!("silent for {} s", PATIENCE.as_secs())),
        Ok(Err(error)) => Err(error.to_string()),
        Ok(Ok(greeting)) => version(&greeting).ok_or_else(|| "something else than NATS answers".to_owned()),
    };
    let at = format!("{}:{port}", sanitise::plain(&host));
    match greeting {
        Ok(version) => line(TITLE, Some(true), format!("nats-server {version} answers at {at}"), ""),
        Err(why) => line(TITLE, Some(false), format!("{at}: {why}"), remedy),
    }
}

/// Host and port of `nats://HOST[:PORT]`, whatever follows.
fn place(address: &str) -> Option<(String, u16)> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.split(['/', '#', '?']).next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(PORT), |port| port.parse().ok().filter(|port| *port > 0))?;
    (!host.is_empty()).then(|| (host.to_owned(), port))
}

/// The version in a server's greeting, `INFO {…}`.
fn version(greeting: &str) -> Option<String> {
    let info: serde_json::Value = serde_json::from_str(greeting.strip_prefix("INFO ")?).ok()?;
    let version = info["version"].as_str()?;
    Some(sanitise::bounded(&sanitise::plain(version), 40).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_they_are_typed() {
        let host = |name: &str, port| Some((name.to_owned(), port));
        assert_eq!(place("nats://10.0.0.1:4333#abcd-efgh"), host("10.0.0.1", 4333));
        assert_eq!(place("nats://host/?account=A"), host("host", 4222));
        assert_eq!(place("tls://me:secret@host:1"), host("host", 1));
        assert_eq!(place("nats://[::1]:5"), host("::1", 5));
        assert_eq!((place("nats://:1"), place("nats://h:x"), place("nats://h:0")), (None, None, None));
    }

    #[test]
    fn a_small_terminal_falls_short_and_none_is_not_tried() {
        assert_eq!(terminal(Some((80, 24))).ok, Some(true));
        assert_eq!(terminal(Some((79, 24))).ok, Some(false));
        assert_eq!(terminal(None).ok, None);
    }

    #[tokio::test]
    async fn a_server_is_known_by_its_greeting() {
        use tokio::io::AsyncWriteExt;
        for (greeting, ok) in
            [("INFO {\"version\":\"2.9\\u001b10\"} \r\n", Some(true)), ("SSH-2.0-x\r\n", Some(false))]
        {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("nats://{}", listener.local_addr().unwrap());
            let (line, ()) = tokio::join!(server(Some(&address)), async {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(greeting.as_bytes()).await.unwrap();
            });
            assert_eq!(line.ok, ok, "{line:?}");
            assert!(!line.found.contains('\u{1b}'));
        }
        assert_eq!(server(None).await.ok, None);
    }

    #[tokio::test]
    async fn a_port_that_somebody_has_is_told_with_what_it_is_for() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let mut needs = Needs::default();
        needs.ports.entry(port).or_default().insert("example 01".into());
        let lines = ports(&needs).await;
        assert_eq!(lines[0].ok, Some(false));
        assert!(lines[0].found.contains("example 01"), "{lines:?}");
    }
}
