//! Arguments → command line or terminal interface → exit code.

use docker_ecr_tutor::cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match cli::parse() {
        Ok(arguments) => arguments,
        Err(code) => return ExitCode::from(code),
    };
    ExitCode::from(cli::run(arguments))
}
