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
        ("ecr create-repository --repository-name xx --scan", 252, "Unknown options: --scan"),
        ("ecr describe-repositories --query [", 252, "Bad value for --query ["),
        (
            "ecr describe-repositories --output yamlish",
            252,
            "argument --output: Invalid choice, valid choices are:",
        ),
        ("ecr describe-repositories --profile prod", 255, "The config profile (prod) could not be found"),
        (
            "ecr put-lifecycle-policy --repository-name xx --lifecycle-policy-text file://none",
            252,
            "Unable to load paramfile file://none: No such file",
        ),
        (
            "ecr create-repository --repository-name xx --image-scanning-configuration scan=true",
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
    let twice = value(&scanning, &words("scanOnPush=true,scanOnPush=false"));
    assert!(matches!(twice, Err(Fault::Parse(why)) if why.starts_with("Second instance of key")));
    assert_eq!(value(&Takes::Boolean, &[]), Ok(json!(true)));
}

fn shown(answer: Value, line: &str) -> String {
    let layout = Layout::new(&Line::parse(&words(line)).unwrap(), &BTreeMap::new(), None).ok().unwrap();
    String::from_utf8(layout.show("DescribeImages", answer).unwrap().out).unwrap()
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
    let wanted = "IMAGEDETAILS\tsha256:a\t2023-11-14T22:13:20.500000+00:00\t10\nIMAGETAGS\t1\nIMAGETAGS\tx\nIMAGEDETAILS\tsha256:b\t2023-11-14T22:13:21+00:00\t20\n";
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
fn pages_are_gone_through_by_the_token() {
    let line = said("ecr describe-repositories --no-paginate --max-items 1");
    assert!(line.err.contains("Cannot specify --no-paginate along with"), "{}", line.err);
    assert!(
        said("ecr get-lifecycle-policy --repository-name x1 --page-size 1").err.contains("Unknown options")
    );
}

#[test]
fn what_is_wrong_with_the_input_is_told_before_anybody_is_asked() {
    for (line, text) in [
        (
            "ecr describe-images --cli-input-json {}",
            "Missing required parameter in input: \"repositoryName\"",
        ),
        (
            "ecr describe-images --cli-input-json {\"repositoryName\":5}",
            "Invalid type for parameter repositoryName, value: 5, type: <class 'int'>, valid types: <class 'str'>",
        ),
        (
            "ecr describe-images --repository-name x",
            "Invalid length for parameter repositoryName, value: 1, valid min length: 2",
        ),
    ] {
        let said = said(line);
        assert!(said.err.contains(text) && said.code == 252, "{line}: {}", said.err);
    }
}

#[test]
fn yaml_is_written_as_readers_of_version_1_1_need_it() {
    let answer = json!({ "b": ["123", "1.5", "yes", "a: b", "it's", "2023-11-14T22:13:20+00:00", ""], "a": { "x": null, "y": [] } });
    let wanted = "a:\n  x: null\n  y: []\nb:\n- '123'\n- '1.5'\n- 'yes'\n- 'a: b'\n- it's\n- '2023-11-14T22:13:20+00:00'\n- ''\n";
    assert_eq!(shown(answer, "--output yaml"), wanted);
    let nested = json!({ "l": [[1, 2], { "k": [{ "z": true }] }] });
    assert_eq!(shown(nested, "--output yaml"), "l:\n- - 1\n  - 2\n- k:\n  - z: true\n");
}

#[test]
fn what_is_configured_is_kept_in_the_sandboxs_files() {
    struct Home(BTreeMap<String, Vec<u8>>);
    impl Inside for Home {
        fn read(&mut self, path: &str) -> Result<Vec<u8>, String> {
            self.0.get(path).cloned().ok_or_else(|| "No such file or directory (os error 2)".into())
        }
        fn stdin(&mut self) -> Result<Vec<u8>, String> {
            Ok(Vec::new())
        }
        fn pack(&mut self, _folder: &str) -> Result<Vec<u8>, String> {
            Ok(Vec::new())
        }
        fn write(&mut self, path: &str, content: &[u8]) -> Result<(), String> {
            self.0.insert(path.to_owned(), content.to_vec());
            Ok(())
        }
    }
    let mut home = Home(BTreeMap::new());
    let mut environment = environment();
    environment.insert("HOME".into(), "/home/x".into());
    let mut said = |line: &str| run(nobody(), "eu-central-1", &words(line), &environment, &mut home);
    assert_eq!(said("configure get region").out, b"eu-central-1\n");
    assert_eq!(said("configure set region eu-west-3 --profile blue").code, 0);
    assert_eq!(said("configure get region --profile blue").out, b"eu-west-3\n");
    assert_eq!(said("configure set aws_access_key_id OTHER --profile blue").code, 0);
    assert_eq!(said("configure get region").out, b"eu-central-1\n");
    assert_eq!(said("ecr describe-repositories --profile blue").code, 253);
    assert_eq!(said("configure set aws_secret_access_key x --profile blue").code, 0);
    assert!(said("ecr describe-repositories --profile blue").err.contains("UnrecognizedClientException"));
    let config = String::from_utf8(home.0["/home/x/.aws/config"].clone()).unwrap();
    assert_eq!(config, "[default]\nregion = eu-central-1\n[profile blue]\nregion = eu-west-3\n");
}
