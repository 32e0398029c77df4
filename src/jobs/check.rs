//! Grading a folder.

use super::{Context, Outcome};
use crate::course::model::Exercise;
use std::path::PathBuf;

pub(super) async fn perform(_: Exercise, _: PathBuf, _: bool, _: Context) -> Outcome {
    Outcome::failed("this version cannot grade", Vec::new())
}
