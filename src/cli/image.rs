//! `image IMAGE|TAR`: what an image is made of. Layers with what made them, files, hidden bytes, dive's
//! numbers and CI rules, secrets and wide rights, two images compared, a file taken out.

mod ci;
mod json;
mod text;

use super::Global;
use crate::engine::EngineError;
use crate::failure::{Failure, Kind};
use crate::image::explore::Explored;
use crate::image::manifest::Choice;
use crate::jobs::image::{Cache, OpenError, Opener, Target};
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

const ABOUT: &str = "\
IMAGE is the name or id of an image in the engine, an archive (`docker save`, or an OCI layout as a
tar), a folder with an OCI layout, or `-` for an archive on standard input. `docker://`,
`docker-archive:`, `oci-archive:` and `oci:` before it say which.

Layers count from 1, the base first. Nothing is unpacked to the disk; layers that were read once are
kept under their digests in cache/layers/ in the data folder, at most 256 MB.

In CI (--ci, or CI=true in the environment) dive's rules are judged on dive's numbers, with thresholds
from .dive-ci where it is, else from the options.

Exit codes:
  0    shown; with --ci: every rule holds
  1    with --ci: a rule fails
  2    wrong usage, a broken rule file, or no such image
  3    no engine answers, or the image cannot be read from it";

/// What `image` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT)]
pub(super) struct Args {
    /// Image, archive or OCI layout
    #[arg(value_name = "IMAGE|TAR")]
    image: String,
    /// Form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Compare with this image: what it has more, less, or otherwise
    #[arg(long, value_name = "OTHER", conflicts_with_all = ["extract", "files"])]
    compare: Option<String>,
    /// List the files: of the merged image, or with --layer what that layer did
    #[arg(long)]
    files: bool,
    /// Only files whose path holds this, any case
    #[arg(long, value_name = "TEXT", requires = "files")]
    find: Option<String>,
    /// Order of the files
    #[arg(long, value_enum, default_value_t = Sort::Path, requires = "files")]
    sort: Sort,
    /// A layer, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    layer: Option<u32>,
    /// Take this file out of the image, as it is in the end or after --layer
    #[arg(long, value_name = "PATH", conflicts_with = "files")]
    extract: Option<String>,
    /// Where --extract writes; never over a file that is there [default: the file's own name, here]
    #[arg(long, short, value_name = "FILE", requires = "extract")]
    output: Option<PathBuf>,
    /// Which image of an archive that holds several
    #[arg(long = "image", value_name = "NAME")]
    which: Option<String>,
    /// Which platform of an image for several: os/architecture
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Read all layers again, and keep none
    #[arg(long)]
    no_cache: bool,
    #[command(flatten)]
    ci: ci::CiArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[value(alias = "table")]
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Sort {
    /// By name
    Path,
    /// Largest first
    Size,
}

pub(super) fn run(args: &Args, global: &Global, out: &mut dyn Write) -> Result<u8, Failure> {
    // A broken rule file is told before minutes are spent on an image.
    let rules = args.ci.thresholds()?;
    let target = Target::of(&args.image);
    let other = args.compare.as_deref().map(Target::of);
    super::runtime()?.block_on(async {
        let needs_engine = target.needs_engine() || other.as_ref().is_some_and(Target::needs_engine);
        let engine = if needs_engine { Some(super::connect(global).await?) } else { None };
        let cache = match args.no_cache {
            true => Cache::none(),
            false => global.data().map_or_else(|_| Cache::none(), |data| Cache::of(&data)),
        };
        let opener = Opener { engine, cache, cancel: CancellationToken::new() };
        let choice = Choice { name: args.which.clone(), platform: args.platform.clone() };
        let image = opener.open(&target, &choice, |_| {}).await.map_err(failure)?;
        if let Some(path) = &args.extract {
            return extract(args, &opener, &target, &image, path, out).await;
        }
        if let Some(other) = &other {
            let other = opener.open(other, &choice, |_| {}).await.map_err(failure)?;
            let told = match args.format {
                Format::Text => text::comparison(&image, &other),
                Format::Json => pretty(&json::comparison(&image, &other))?,
            };
            print(out, &told)?;
            return Ok(0);
        }
        show(args, rules, &image, out)
    })
}

fn show(
    args: &Args,
    rules: Option<crate::image::rules::Thresholds>,
    image: &Explored,
    out: &mut dyn Write,
) -> Result<u8, Failure> {
    let layer = layer_of(args, image)?;
    let verdicts = rules.map(|rules| ci::judge(&rules, image)).transpose()?;
    match (args.format, &verdicts) {
        (Format::Text, _) if args.files => {
            let list = text::Listing { layer, find: args.find.as_deref(), by_size: args.sort == Sort::Size };
            text::files(image, &list, out).map_err(unwritten)?;
        }
        (Format::Text, Some(verdicts)) => print(out, &ci::report(image, verdicts))?,
        (Format::Text, None) => print(out, &text::overview(image, layer))?,
        (Format::Json, verdicts) => {
            json::write(image, args.files, verdicts.as_deref(), out).map_err(unwritten)?;
        }
    }
    let holds = verdicts.is_none_or(|verdicts| crate::image::rules::holds(&verdicts));
    Ok(u8::from(!holds))
}

/// The layer that was asked for, from 0.
fn layer_of(args: &Args, image: &Explored) -> Result<Option<usize>, Failure> {
    let Some(number) = args.layer else { return Ok(None) };
    let at = usize::try_from(number).unwrap_or(usize::MAX) - 1;
    if at >= image.layers.len() {
        let what = anyhow::anyhow!("there is no layer {number}; the image has {}", image.layers.len());
        return Err(Failure::new(Kind::User, what));
    }
    Ok(Some(at))
}

async fn extract(
    args: &Args,
    opener: &Opener,
    target: &Target,
    image: &Explored,
    path: &str,
    out: &mut dyn Write,
) -> Result<u8, Failure> {
    let layer = layer_of(args, image)?;
    let own_name = || Path::new(path).file_name().map(PathBuf::from);
    let to = args.output.clone().or_else(own_name).ok_or_else(|| {
        let what = anyhow::anyhow!("`{path}` names no file");
        Failure::new(Kind::User, what)
    })?;
    let bytes = opener.extract(target, image, path, layer, &to).await.map_err(failure)?;
    let size = crate::image::human_size(bytes);
    print(out, &format!("{} written, {size}\n", crate::text::sanitise::plain(&to.display().to_string())))?;
    Ok(0)
}

fn failure(error: OpenError) -> Failure {
    let hints = error.hints();
    let kind = match &error {
        OpenError::Engine(EngineError::NotFound(_)) | OpenError::Image { .. } => Kind::User,
        OpenError::NoFile(_) | OpenError::Write { .. } => Kind::User,
        OpenError::Engine(_) | OpenError::Cancelled => Kind::Environment,
    };
    hints.into_iter().fold(Failure::new(kind, error), Failure::hint)
}

fn unwritten(error: std::io::Error) -> Failure {
    Failure::new(Kind::Environment, error)
}

fn print(out: &mut dyn Write, text: &str) -> Result<(), Failure> {
    out.write_all(text.as_bytes()).map_err(unwritten)
}

fn pretty(value: &serde_json::Value) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Failure::new(Kind::Internal, e))?;
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::fixture::{Put, explored};

    const KEY: &[u8] = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAo\n";

    fn image() -> Explored {
        explored(&[
            &[
                Put::File("etc/os-release", &[b'x'; 2_000]),
                Put::Mode("bin/su", 0o4755, &[1; 70_000]),
                Put::File("var/lib/apt/lists/all", &[0; 30_000]),
            ],
            &[
                Put::File("app/ev\u{1b}[2Jil", b"1"),
                Put::File("root/key.pem", KEY),
                Put::Mode("bin/su", 0o755, &[1; 70_000]),
            ],
            &[Put::Gone("var/lib/apt/lists"), Put::Gone("root")],
        ])
    }

    #[test]
    fn the_overview_tells_layers_waste_and_findings() {
        insta::assert_snapshot!(text::overview(&image(), None));
    }

    #[test]
    fn a_layer_and_its_files_are_told() {
        let image = image();
        let list = |layer, find, by_size| {
            let mut out = Vec::new();
            text::files(&image, &text::Listing { layer, find, by_size }, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let all = [list(None, None, true), list(Some(2), None, false), list(Some(1), Some("SU"), false)];
        insta::assert_snapshot!(all.join("--\n"));
    }

    #[test]
    fn two_images_stand_side_by_side() {
        let smaller = explored(&[&[Put::File("etc/os-release", &[b'y'; 1_000]), Put::File("app/new", b"1")]]);
        insta::assert_snapshot!(text::comparison(&image(), &smaller));
        let json = json::comparison(&image(), &smaller);
        assert_eq!(json["right"]["size_bytes"], 1_001);
        assert_eq!(json["differences"][0]["path"], "/bin");
    }

    #[test]
    fn rules_are_judged_and_told() {
        let thresholds = crate::image::rules::Thresholds::default();
        let verdicts = ci::judge(&thresholds, &image()).unwrap();
        insta::assert_snapshot!(ci::report(&image(), &verdicts));
    }

    #[test]
    fn json_holds_it_all_and_no_secret() {
        let image = image();
        let mut out = Vec::new();
        json::write(&image, true, None, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains("abc") && !text.contains("MIIEv"), "no values of variables, no keys");
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["wasted_bytes"], 170_000 - 70_000 + KEY.len());
        assert_eq!(json["layers"][2]["files"][0]["path"], "/root");
        assert_eq!(json["layers"][2]["files"][0]["change"], "removed");
        assert_eq!(json["dive"]["fileReference"][0]["file"], "/bin/su");
        assert_eq!(json["findings"][0]["hidden_by"], 3);
    }
}
