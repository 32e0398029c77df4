//! `clean --aws`: lists the repositories that carry our tag in one account and region, asks, and removes
//! them with their images. What does not carry the tag is never touched.

use super::Args;
use crate::ecr::clean::{Found, Removed};
use crate::ecr::{Consent, Ecr, EcrError, Identity, Options, TAG};
use crate::failure::{Failure, Kind};
use crate::text::sanitise;
use anyhow::Context as _;
use std::fmt::Write as _;
use std::io::{BufRead as _, IsTerminal as _, Write};

pub(super) async fn run(args: &Args, out: &mut (dyn Write + Send)) -> Result<u8, Failure> {
    let options =
        Options { profile: args.profile.clone(), region: args.region.clone(), ..Options::default() };
    let ecr = Ecr::connect(&options).await;
    let identity = ecr.identity().await.map_err(failure)?;
    let found = ecr.ours().await.map_err(failure)?;
    tell(out, &listed(&identity, ecr.endpoint().as_deref(), &found))?;
    if found.ours.is_empty() || args.dry_run {
        return Ok(0);
    }
    if !args.yes && !confirmed(out)? {
        tell(out, "Nothing was removed.\n")?;
        return Ok(0);
    }
    let writer = ecr.writer(&Consent::from(&identity)).await.map_err(failure)?;
    let (mut removed, mut kept) = (0, 0);
    for (repository, _) in &found.ours {
        let name = sanitise::plain(&repository.name);
        match writer.remove(repository).await {
            Ok(Removed::Gone) => {
                removed += 1;
                tell(out, &format!("removed repository {name}\n"))?;
            }
            Ok(Removed::NotOurs) => {
                tell(out, &format!("kept repository {name}: it does not carry the tag any more\n"))?;
            }
            // Somebody else was faster.
            Err(error) if error.code == "RepositoryNotFoundException" => {
                tell(out, &format!("repository {name} is gone already\n"))?;
            }
            Err(error) => {
                kept += 1;
                tell(out, &format!("kept repository {name}: {}\n", sanitise::lines(&error.said)))?;
            }
        }
    }
    let noun = if removed == 1 { "repository" } else { "repositories" };
    tell(out, &format!("{removed} {noun} removed.\n"))?;
    Ok(if kept == 0 { 0 } else { 3 })
}

/// The account, and what carries our tag there.
fn listed(identity: &Identity, endpoint: Option<&str>, found: &Found) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Account   {} ({})", identity.account, sanitise::plain(&identity.arn));
    let _ = writeln!(text, "Region    {}", identity.region);
    if let Some(endpoint) = endpoint {
        let _ = writeln!(text, "Endpoint  {}", sanitise::plain(endpoint));
    }
    let (all, ours) = (found.repositories, found.ours.len());
    if ours == 0 {
        let _ = writeln!(
            text,
            "\nNone of its {all} repositories carries the tag {TAG}: there is nothing of ours."
        );
        return text;
    }
    let _ = writeln!(text, "\n{ours} of its {all} repositories carry the tag {TAG}:");
    for (repository, images) in &found.ours {
        let noun = if *images == 1 { "image" } else { "images" };
        let _ = writeln!(text, "  {}  {images} {noun}", sanitise::plain(&repository.name));
    }
    text
}

/// Asks on the terminal; without one there is nobody to ask.
fn confirmed(out: &mut (dyn Write + Send)) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(Kind::User, anyhow::anyhow!("nobody is here to confirm the removal"))
            .hint("say --yes, or run it in a terminal; --dry-run only lists"));
    }
    tell(out, "\nRemove them with all their images? This cannot be taken back. Type yes: ")?;
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer).context("cannot read the answer");
    read.map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(answer.trim() == "yes")
}

fn failure(error: EcrError) -> Failure {
    let hints = error.next.clone();
    hints.into_iter().fold(Failure::new(Kind::Environment, error), Failure::hint)
}

fn tell(out: &mut (dyn Write + Send), text: &str) -> Result<(), Failure> {
    let done = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    done.context("cannot write").map_err(|error| Failure::new(Kind::Environment, error))
}
