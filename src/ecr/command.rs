//! The `aws` and `docker` commands that do what is done here: what a learner would type.

use super::{Change, Repository, TAG};

/// Longest policy that is written into a command; longer ones are read from a file there.
const LONGEST_POLICY: usize = 4_000;

/// A word as a shell takes it literally.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn aws(region: &str, operation: &str, arguments: &[(&str, &str)]) -> String {
    let mut command = format!("aws ecr {operation} --region {}", quoted(region));
    for (name, value) in arguments {
        command.push_str(&format!(" --{name}"));
        if !value.is_empty() {
            command.push_str(&format!(" {}", quoted(value)));
        }
    }
    command
}

/// Lists repositories.
pub fn repositories(region: &str) -> String {
    aws(region, "describe-repositories", &[])
}

/// Lists the images of a repository.
pub fn images(region: &str, repository: &str) -> String {
    aws(region, "describe-images", &[("repository-name", repository)])
}

/// Shows what a scan found.
pub fn findings(region: &str, repository: &str, digest: &str) -> String {
    let image = format!("imageDigest={digest}");
    aws(region, "describe-image-scan-findings", &[("repository-name", repository), ("image-id", &image)])
}

/// Shows a repository's lifecycle policy.
pub fn policy(region: &str, repository: &str) -> String {
    let text = aws(region, "get-lifecycle-policy", &[("repository-name", repository)]);
    format!("{text} --query lifecyclePolicyText --output text")
}

/// Asks what a policy would do.
pub fn preview(region: &str, repository: &str, policy: &str) -> String {
    let name = ("repository-name", repository);
    let start =
        aws(region, "start-lifecycle-policy-preview", &[name, ("lifecycle-policy-text", &shown(policy))]);
    format!("{start}\n{}", aws(region, "get-lifecycle-policy-preview", &[name]))
}

/// Logs the engine in to a registry.
pub fn login(region: &str, registry: &str) -> String {
    format!(
        "aws ecr get-login-password --region {} | docker login --username AWS --password-stdin {}",
        quoted(region),
        quoted(registry)
    )
}

/// The host of a repository's URI.
pub fn host(uri: &str) -> &str {
    uri.split_once('/').map_or(uri, |(host, _)| host)
}

/// Pushes an image of the engine.
pub fn push(region: &str, image: &str, uri: &str, tag: &str) -> String {
    let reference = quoted(&format!("{uri}:{tag}"));
    format!("{}\ndocker tag {} {reference}\ndocker push {reference}", login(region, host(uri)), quoted(image))
}

/// Pulls an image, by tag or digest.
pub fn pull(region: &str, reference: &str) -> String {
    format!("{}\ndocker pull {}", login(region, host(reference)), quoted(reference))
}

/// How a digest or a tag is appended to a repository's URI.
pub fn reference(repository: &Repository, name: &str) -> String {
    let sign = if name.starts_with("sha256:") { '@' } else { ':' };
    format!("{}{sign}{name}", repository.uri)
}

fn shown(policy: &str) -> String {
    if policy.len() > LONGEST_POLICY { "file://policy.json".to_owned() } else { compact(policy) }
}

/// JSON in a line; what is no JSON stays as it is.
fn compact(text: &str) -> String {
    let parsed = serde_json::from_str::<serde_json::Value>(text);
    parsed.map_or_else(|_| text.to_owned(), |value| value.to_string())
}

impl Change {
    /// The commands that do the same in `region`.
    pub fn command(&self, region: &str) -> String {
        let name = ("repository-name", self.repository());
        match self {
            Self::Create { immutable, scan_on_push, .. } => {
                let (mutability, scan) = (mutability(*immutable), format!("scanOnPush={scan_on_push}"));
                let tag = format!("Key={TAG},Value=1");
                let settings = [
                    name,
                    ("image-tag-mutability", mutability),
                    ("image-scanning-configuration", scan.as_str()),
                    ("tags", tag.as_str()),
                ];
                aws(region, "create-repository", &settings)
            }
            Self::DeleteRepository { .. } => aws(region, "delete-repository", &[name, ("force", "")]),
            Self::DeleteImage { digest, .. } => {
                aws(region, "batch-delete-image", &[name, ("image-ids", &format!("imageDigest={digest}"))])
            }
            Self::Untag { tag, .. } => {
                aws(region, "batch-delete-image", &[name, ("image-ids", &format!("imageTag={tag}"))])
            }
            Self::Tag { digest, tag, .. } => {
                let get =
                    aws(region, "batch-get-image", &[name, ("image-ids", &format!("imageDigest={digest}"))]);
                let put = aws(region, "put-image", &[name, ("image-tag", tag)]);
                format!(
                    "MANIFEST=$({get} --query 'images[0].imageManifest' --output text)\n{put} --image-manifest \"$MANIFEST\""
                )
            }
            Self::SetMutability { immutable, .. } => {
                let setting = ("image-tag-mutability", mutability(*immutable));
                aws(region, "put-image-tag-mutability", &[name, setting])
            }
            Self::SetScanOnPush { on, .. } => {
                let setting = format!("scanOnPush={on}");
                let setting = ("image-scanning-configuration", setting.as_str());
                aws(region, "put-image-scanning-configuration", &[name, setting])
            }
            Self::StartScan { digest, .. } => {
                let image = format!("imageDigest={digest}");
                let image = ("image-id", image.as_str());
                let start = aws(region, "start-image-scan", &[name, image]);
                format!("{start}\n{}", aws(region, "wait image-scan-complete", &[name, image]))
            }
            Self::PutPolicy { text, .. } => {
                aws(region, "put-lifecycle-policy", &[name, ("lifecycle-policy-text", &shown(text))])
            }
            Self::DeletePolicy { .. } => aws(region, "delete-lifecycle-policy", &[name]),
        }
    }
}

fn mutability(immutable: bool) -> &'static str {
    if immutable { "IMMUTABLE" } else { "MUTABLE" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell_stay_one_word() {
        assert_eq!(quoted("team/app:1.0"), "team/app:1.0");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's $(x)"), r"'it'\''s $(x)'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn every_change_has_its_command() {
        let create = Change::Create { repository: "app".into(), immutable: true, scan_on_push: true };
        assert_eq!(
            create.command("eu-central-1"),
            "aws ecr create-repository --region eu-central-1 --repository-name app --image-tag-mutability IMMUTABLE \
             --image-scanning-configuration scanOnPush=true --tags Key=org.docker-ecr-tutor,Value=1"
        );
        let policy = Change::PutPolicy { repository: "app".into(), text: "{ \"rules\": [ ] }".into() };
        assert!(policy.command("r").ends_with(r#"--lifecycle-policy-text '{"rules":[]}'"#));
        let tag = Change::Tag { repository: "app".into(), digest: "sha256:1".into(), tag: "live".into() };
        assert!(tag.command("r").contains("put-image --region r --repository-name app --image-tag live"));
    }

    #[test]
    fn a_push_logs_in_where_the_repository_is() {
        let told = push("r", "app:dev", "1.dkr.ecr.r.amazonaws.com/team/app", "v1");
        assert_eq!(told.lines().count(), 3);
        assert!(told.contains("--password-stdin 1.dkr.ecr.r.amazonaws.com\n"));
        assert!(told.ends_with("docker push 1.dkr.ecr.r.amazonaws.com/team/app:v1"));
    }
}
