//! `clean`: removes what this program made in the engine, and only that; with `--aws`, in an AWS account.

mod aws;

use super::Global;
use crate::failure::{Failure, Kind};
use crate::image::human_size;
use crate::text::sanitise;
use std::fmt::Write as _;
use std::io::Write;

/// What `clean` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Remove what the course made in Amazon ECR instead: repositories with the tag org.docker-ecr-tutor, in
    /// the account and region that the usual AWS settings name. They are listed first, and confirmed
    #[arg(long)]
    aws: bool,
    /// Do not ask: for scripts
    #[arg(long, requires = "aws")]
    yes: bool,
    /// Only list what would be removed
    #[arg(long, requires = "aws", conflicts_with = "yes")]
    dry_run: bool,
    /// Profile of the AWS settings
    #[arg(long, requires = "aws", value_name = "NAME")]
    profile: Option<String>,
    /// Region, over what the AWS settings say
    #[arg(long, requires = "aws", value_name = "NAME")]
    region: Option<String>,
}

pub(super) fn run(args: &Args, global: &Global, out: &mut (dyn Write + Send)) -> Result<u8, Failure> {
    if args.aws {
        return super::runtime()?.block_on(aws::run(args, out));
    }
    let (report, buildkit) = super::runtime()?.block_on(async {
        let engine = super::connect(global).await?;
        let report = engine.clean().await.map_err(super::engine_failure)?;
        Ok::<_, Failure>((report, engine.info().buildkit))
    })?;
    let mut text = String::new();
    let all = [("container", &report.containers), ("image", &report.images), ("volume", &report.volumes)];
    for (what, names) in all {
        for name in names {
            let _ = writeln!(text, "removed {what} {}", sanitise::plain(name));
        }
    }
    for kept in &report.kept {
        let _ = writeln!(text, "kept {}", sanitise::plain(kept));
    }
    let nothing = all.iter().all(|(_, names)| names.is_empty()) && report.kept.is_empty();
    let _ = if nothing {
        writeln!(text, "There is nothing of ours in the engine.")
    } else {
        let counts = all.map(|(what, names)| match names.len() {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        });
        let freed = human_size(report.freed_bytes);
        writeln!(text, "Removed: {}; about {freed} freed.", counts.join(", "))
    };
    if buildkit && !report.images.is_empty() {
        text.push_str(
            "The builder's cache carries no labels and stays; `docker builder prune` empties it.\n",
        );
    }
    out.write_all(text.as_bytes()).map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(if report.kept.is_empty() { 0 } else { 3 })
}
