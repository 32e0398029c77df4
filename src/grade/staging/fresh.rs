//! Secrets that are others in each grading: what is known by heart, or was copied from a colleague, opens
//! nothing.

use crate::course::model::{Exercise, ExerciseFile};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;

/// Random bytes of a value.
const RANDOM: usize = 8;

/// The files of `exercise` that hold a fresh secret, or the SHA-256 of one, by path.
pub(super) fn contents(exercise: &Exercise) -> io::Result<BTreeMap<&str, Vec<u8>>> {
    let mut contents: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    let given = |file: &&ExerciseFile| !file.edit && file.start.is_some();
    for secret in exercise.secrets.values().filter(|secret| secret.fresh) {
        let Some(file) = exercise.files.iter().filter(given).find(|file| file.path == secret.file) else {
            continue;
        };
        let old = String::from_utf8_lossy(file.start.as_deref().unwrap_or_default()).trim().to_owned();
        let new = format!("{old}-{}", random()?);
        let (old_sum, new_sum) = (sum(&old), sum(&new));
        for other in exercise.files.iter().filter(given) {
            let start = contents.get(other.path.as_str()).or(other.start.as_ref()).map(Vec::as_slice);
            let Ok(text) = std::str::from_utf8(start.unwrap_or_default()) else { continue };
            if text.contains(&old_sum) {
                let changed = text.replace(&old_sum, &new_sum).into_bytes();
                contents.insert(&other.path, changed);
            }
        }
        contents.insert(&file.path, format!("{new}\n").into_bytes());
    }
    Ok(contents)
}

fn random() -> io::Result<String> {
    let mut bytes = [0; RANDOM];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(hex(&bytes))
}

fn sum(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::embedded;

    #[test]
    fn each_grading_has_a_token_of_its_own_and_the_sum_that_fits_it() {
        let exercise = embedded().exercise("exercise-7").unwrap();
        let (one, other) = (contents(exercise).unwrap(), contents(exercise).unwrap());
        let text =
            |from: &BTreeMap<&str, Vec<u8>>, path: &str| String::from_utf8(from[path].clone()).unwrap();
        let token = text(&one, "token.txt");
        assert_ne!(token, text(&other, "token.txt"));
        assert!(token.starts_with("atlas-not-a-real-token-51c8-"), "{token}");
        assert!(text(&one, "catalogue.locked").contains(&sum(token.trim())));
        assert!(!text(&one, "catalogue.locked").contains(&sum("atlas-not-a-real-token-51c8")));
    }

    #[test]
    fn a_secret_that_is_not_fresh_stays_as_it_is() {
        let mut exercise = embedded().exercise("exercise-7").unwrap().clone();
        exercise.secrets.values_mut().for_each(|secret| secret.fresh = false);
        assert!(contents(&exercise).unwrap().is_empty());
    }
}
