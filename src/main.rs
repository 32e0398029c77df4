//! Arguments → command line or terminal interface → exit code.

fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
