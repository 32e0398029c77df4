//! Scanning an image for vulnerabilities.

use super::{Context, Outcome};
use crate::scan::trivy::{self, TrivyError};

pub(super) async fn perform(image: String, context: Context) -> Outcome {
    // Dropping the scan ends the scanner.
    tokio::select! {
        biased;
        () = context.cancel.cancelled() => Outcome::Cancelled,
        found = trivy::scan(&image) => match found {
            Ok(findings) => Outcome::Scanned(Box::new(findings)),
            Err(error) => {
                let hints = match &error {
                    TrivyError::Missing => vec![trivy::HOW_TO_GET.into()],
                    _ => Vec::new(),
                };
                Outcome::failed(error.to_string(), hints)
            }
        },
    }
}
