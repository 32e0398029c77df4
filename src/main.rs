//! Arguments → command line or terminal interface → exit code.

use docker_ecr_tutor::{cli, shim, tui};
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = shim::client::called().or_else(shim::mapped::called) {
        return ExitCode::from(code);
    }
    let mut arguments = match cli::parse() {
        Ok(arguments) => arguments,
        Err(code) => return ExitCode::from(code),
    };
    let opens = arguments.opens_course();
    if let Err(failure) = cli::settle(&mut arguments.global, opens) {
        return ExitCode::from(cli::tell(&failure));
    }
    match cli::leads(&arguments) {
        Ok(None) => {}
        Ok(Some(led)) => {
            let shown = cli::start_log(&arguments.global)
                .and_then(|()| tui::lead(options(arguments.global), led.leads));
            if let Some(after) = led.after {
                after();
            }
            return ExitCode::from(shown.unwrap_or_else(|failure| cli::tell(&failure)));
        }
        Err(failure) => return ExitCode::from(cli::tell(&failure)),
    }
    if !opens {
        let afterwards = arguments.opens_afterwards().then(|| options(arguments.global.clone()));
        let code = cli::run(arguments);
        return ExitCode::from(match afterwards {
            Some(options) if code == 0 => tui::run(options).unwrap_or_else(|failure| cli::tell(&failure)),
            _ => code,
        });
    }
    let shown = cli::start_log(&arguments.global)
        .and_then(|()| tui::run(tui::Options { watch: arguments.watch, ..options(arguments.global) }));
    ExitCode::from(shown.unwrap_or_else(|failure| cli::tell(&failure)))
}

/// What the command line says about the interface.
fn options(global: cli::Global) -> tui::Options {
    tui::Options {
        course: global.course,
        data: global.data,
        workspace: global.workspace,
        host: global.host,
        theme: global.theme.as_deref().and_then(tui::theme::ThemeName::named),
        ascii: global.ascii,
        vim: global.vim,
        ..tui::Options::default()
    }
}
