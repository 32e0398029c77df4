//! `completions SHELL` and `man`: what a shell and a manual reader need.

use super::Cli;
use crate::failure::{Failure, Kind};
use clap::CommandFactory;
use std::io::Write;

/// What `completions` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which shell
    shell: clap_complete::Shell,
}

pub(super) fn completions(args: &Args, out: &mut dyn Write) -> Result<u8, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    write(out, &script)
}

pub(super) fn man(out: &mut dyn Write) -> Result<u8, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Failure::new(Kind::Internal, error))?;
    write(out, &page)
}

fn write(out: &mut dyn Write, bytes: &[u8]) -> Result<u8, Failure> {
    out.write_all(bytes).map_err(|error| Failure::new(Kind::Environment, error))?;
    Ok(0)
}
