//! How findings read.

use super::super::Severity;
use super::*;

fn findings() -> Findings {
    let found = |id: &str, severity, fixed: &str, layer| Finding {
        id: id.into(),
        severity,
        package: "zl\u{1b}[2Jib".into(),
        installed: "1.2.13".into(),
        fixed: fixed.into(),
        title: "overflow in inflate".into(),
        url: "https://nvd.nist.gov/vuln/detail/CVE-1".into(),
        layer,
    };
    let origin = |instruction: &str, line| Origin {
        diff_id: "sha256:00".into(),
        instruction: instruction.into(),
        line,
        base: line == Some(1),
    };
    Findings {
        image: "app:1".into(),
        scanner: "trivy 0.57.1".into(),
        database: "database of 2026-11-20".into(),
        findings: vec![
            found("CVE-1", Severity::Critical, "1.3", Some(1)),
            found("CVE-22", Severity::Low, "", Some(0)),
            found("CVE-22", Severity::Low, "", None),
        ],
        layers: vec![
            origin("", Some(1)),
            origin("RUN apt-get update && apt-get install -y --no-install-recommends curl zlib", Some(4)),
        ],
        ignored: 2,
        remarks: vec!["the database is 9 days old".into()],
    }
}

#[test]
fn the_table_begins_with_the_counts() {
    insta::assert_snapshot!(table(&findings()));
    let none = Findings { image: "app:1".into(), scanner: "trivy".into(), ..Findings::default() };
    assert_eq!(table(&none), "app:1 (trivy): no known vulnerabilities\n");
}

#[test]
fn json_tells_the_layer_and_its_line() {
    let json = json(&findings());
    assert_eq!(json["findings"][0]["layer"], 2);
    assert_eq!(json["findings"][0]["line"], 4);
    assert_eq!(json["findings"][2]["layer"], Value::Null);
    assert_eq!((&json["ignored"], &json["schema_version"]), (&json!(2), &json!(1)));
}

#[test]
fn sarif_has_a_rule_for_each_vulnerability_and_a_place_for_each_result() {
    let document = sarif(&findings(), "app/Dockerfile");
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.iter().map(|rule| &rule["id"]).collect::<Vec<_>>(), ["CVE-1", "CVE-22"]);
    let place = |at: usize| &run["results"][at]["locations"][0]["physicalLocation"];
    assert_eq!(place(0)["artifactLocation"]["uri"], "app/Dockerfile");
    assert_eq!(place(0)["region"]["startLine"], 4);
    assert_eq!(place(2)["artifactLocation"]["uri"], "app:1");
    assert_eq!(run["results"][1]["ruleIndex"], 1);
}
