//! The `aws` of the sandbox, without a registry behind it: command lines that never get so far, values,
//! layouts.

use super::layout::Layout;
use super::value::{Fault, json as value};
use super::*;
use crate::practice::Takes;

struct Nothing;

impl Inside for Nothing {
    fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
        if path == "policy.json" { Ok(b"{\"rules\":[]}".to_vec()) } else { Err("No such file".into()) }
    }
    fn stdin(&mut self) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
    fn pack(&mut self, _folder: &str) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
    fn write(&mut self, _path: &str, _content: &[u8]) -> Result<(), String> {
        Ok(())
    }
}

fn environment() -> BTreeMap<String, String> {
    [("AWS_ACCESS_KEY_ID", "PRACTICE"), ("AWS_SECRET_ACCESS_KEY", "practice"), ("AWS_REGION", "eu-central-1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn nobody() -> Remote {
    Remote { address: ([127, 0, 0, 1], 1).into() }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn said(text: &str) -> Said {
    run(nobody(), "eu-central-1", &words(text), &environment(), &mut Nothing)
}

#[test]
fn what_needs_no_service_is_answered() {
    assert_eq!(said("sts get-caller-identity --query Account --output text").out, b"123456789012\n");
    assert_eq!(said("configure get region").out, b"eu-central-1\n");
    assert_eq!(said("configure get sso_region").code, 1);
    assert!(String::from_utf8(said("--version").out).unwrap().starts_with("aws-cli/2."));
}

#[test]
fn mistakes_are_told_in_the_words_and_codes_of_version_2() {
    for (line, code, text) in [
        ("", 252, "the following arguments are required: command"),
        ("ecr get-login --no-include-email", 252, "Invalid choice, valid choices are:"),
        ("ecr describe-image", 252, "Invalid choice: 'describe-image'"),
        ("ecr create-repository", 252, "the following arguments are required: --repository-name"),
        ("ecr create-repository --repository-name x --scan", 252, "Unknown options: --scan"),
        ("ecr describe-repositories --query [", 252, "Bad value for --query ["),
        ("ecr describe-repositories --output yamlish", 252, "Invalid choice: 'yamlish'"),
        ("ecr describe-repositories --profile prod", 255, "The config profile (prod) could not be found"),
        (
            "ecr put-lifecycle-policy --repository-name x --lifecycle-policy-text file://none",
            252,
            "Unable to load paramfile file://none: No such file",
        ),
        (
            "ecr create-repository --repository-name x --image-scanning-configuration scan=true",
            252,
            "must be one of: scanOnPush",
        ),
        ("ecr describe-repositories", 255, "Could not connect to the endpoint URL"),
        ("s3 ls", 252, "Invalid choice: 's3'"),
    ] {
        let said = said(line);
        assert_eq!(said.code, code, "{line}: {}", said.err);
        assert!(said.err.contains(text), "{line}: {}", said.err);
    }
    let mut none = environment();
    none.remove("AWS_ACCESS_KEY_ID");
    let without = run(nobody(), "x", &words("ecr describe-repositories"), &none, &mut Nothing);
    assert_eq!((without.code, without.err.contains("Unable to locate credentials")), (253, true));
}

fn takes(operation: &str, name: &str) -> Takes {
    let (_, parameters) = known(operation).unwrap();
    parameters.into_iter().find(|parameter| parameter.name == name).unwrap().takes
}

#[test]
fn values_are_read_as_shorthand_and_as_json() {
    let scanning = takes("create-repository", "imageScanningConfiguration");
    let wanted = json!({ "scanOnPush": true });
    assert_eq!(value(&scanning, &words("scanOnPush=true")), Ok(wanted.clone()));
    assert_eq!(value(&scanning, &words(r#"{"scanOnPush":true}"#)), Ok(wanted));
    let ids = takes("describe-images", "imageIds");
    let wanted = json!([{ "imageTag": "1" }, { "imageTag": "2", "imageDigest": "sha256:x" }]);
    assert_eq!(value(&ids, &words("imageTag=1 imageTag=2,imageDigest=sha256:x")), Ok(wanted));
    let tags = takes("create-repository", "tags");
    let wanted = json!([{ "Key": "team", "Value": "a=b" }]);
    assert_eq!(value(&tags, &words("Key=team,Value=a=b")), Ok(wanted));
    let rules = takes("put-replication-configuration", "replicationConfiguration");
    let wanted = json!({ "rules": [{ "destinations": [{ "region": "eu-west-1", "registryId": "1" }] }] });
    let short = words("rules=[{destinations=[{region=eu-west-1,registryId=1}]}]");
    assert_eq!(value(&rules, &short), Ok(wanted));
    assert!(matches!(value(&scanning, &words("scanOnPush")), Err(Fault::Parse(_))));
    assert!(matches!(value(&scanning, &words("{")), Err(Fault::Parse(_))));
    assert_eq!(value(&Takes::Boolean, &[]), Ok(json!(true)));
}

fn shown(answer: Value, line: &str) -> String {
    let layout = Layout::new(&Line::parse(&words(line)).unwrap(), &BTreeMap::new()).ok().unwrap();
    String::from_utf8(layout.show(answer).unwrap().out).unwrap()
}

fn images() -> Value {
    json!({ "imageDetails": [
        { "imageDigest": "sha256:a", "imageTags": ["1", "x"], "imageSizeInBytes": 10, "imagePushedAt": 1_700_000_000.5 },
        { "imageDigest": "sha256:b", "imageSizeInBytes": 20, "imagePushedAt": 1_700_000_001.0 },
    ] })
}

#[test]
fn answers_are_laid_out_as_the_real_one_does() {
    let text = shown(images(), "--output text");
    let wanted = "IMAGEDETAILS\tsha256:a\t2023-11-14T22:13:20.5+00:00\t10\nIMAGETAGS\t1\nIMAGETAGS\tx\nIMAGEDETAILS\tsha256:b\t2023-11-14T22:13:21+00:00\t20\n";
    assert_eq!(text, wanted);
    assert_eq!(shown(images(), "--output text --query imageDetails[].imageDigest"), "sha256:a\tsha256:b\n");
    assert_eq!(shown(images(), "--output text --query imageDetails[0].imageTags[0]"), "1\n");
    assert_eq!(shown(images(), "--output text --query imageDetails[7].imageDigest"), "None\n");
    assert_eq!(shown(images(), "--query length(imageDetails)"), "2\n");
    assert_eq!(shown(images(), "--query sum(imageDetails[].imageSizeInBytes)"), "30\n");
    let newest = "--output text --query sort_by(imageDetails,&imagePushedAt)[-1].imageDigest";
    assert_eq!(shown(images(), newest), "sha256:b\n");
    assert_eq!(shown(images(), "--query imageDetails[7]"), "null\n");
    assert_eq!(shown(json!({}), ""), "");
    assert_eq!(
        shown(json!({ "a": { "b": [1] } }), ""),
        "{\n    \"a\": {\n        \"b\": [\n            1\n        ]\n    }\n}\n"
    );
    assert!(shown(images(), "--output table").starts_with("-----"));
}

#[test]
fn pages_become_one_answer() {
    let mut whole = Value::Null;
    merge(&mut whole, json!({ "findings": { "list": [1], "count": 3 } }));
    merge(&mut whole, json!({ "findings": { "list": [2, 3], "count": 3 } }));
    assert_eq!(whole, json!({ "findings": { "list": [1, 2, 3], "count": 3 } }));
}
