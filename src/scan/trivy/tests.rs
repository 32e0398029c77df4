//! Trivy's words, and a stand-in of it that says them.

use super::*;
use crate::scan::Severity;

const REPORT: &str = r#"{"SchemaVersion":2,
    "Metadata":{"OS":{"Family":"debian","Name":"9.13","EOSL":true},
        "ImageConfig":{"architecture":"amd64","os":"linux","config":{},
            "history":[{"created_by":"/bin/sh -c #(nop) ADD file:1 in / "},
                {"created_by":"ENV A=1","empty_layer":true},
                {"created_by":"RUN /bin/sh -c apt-get install -y zlib1g # buildkit"}],
            "rootfs":{"type":"layers","diff_ids":["sha256:aa","sha256:bb"]}}},
    "Results":[
    {"Target":"x (debian 12)","Class":"os-pkgs","Vulnerabilities":[
        {"VulnerabilityID":"CVE-1","PkgName":"zlib","InstalledVersion":"1","Severity":"LOW","Title":"a",
         "Layer":{"Digest":"sha256:cc","DiffID":"sha256:bb"},"PrimaryURL":"https://avd.example/cve-1"},
        {"VulnerabilityID":"CVE-2","PkgName":"openssl","InstalledVersion":"3.0","FixedVersion":"3.1",
         "Severity":"CRITICAL","Title":"b","Layer":{"DiffID":"sha256:ee"}}]},
    {"Target":"Python","Class":"lang-pkgs"}]}"#;

const STATE: &[u8] = br#"{"Version":"0.57.1","VulnerabilityDB":{"Version":2,
    "NextUpdate":"2026-11-21T06:00:00.5Z","UpdatedAt":"2026-11-20T06:00:00.5Z"}}"#;

#[test]
fn a_report_becomes_findings_worst_first_with_their_layers() {
    let found = parse(REPORT.as_bytes(), None).expect("report");
    let ids: Vec<&str> = found.findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids, ["CVE-2", "CVE-1"]);
    assert_eq!((found.findings[0].severity, found.findings[0].fixed.as_str()), (Severity::Critical, "3.1"));
    assert_eq!((found.findings[0].layer, found.findings[1].layer), (None, Some(1)));
    let origin = found.origin(&found.findings[1]).expect("an origin");
    assert_eq!((origin.instruction.as_str(), origin.line), ("RUN apt-get install -y zlib1g", None));
    assert_eq!(found.remarks.len(), 1, "a release that nobody mends is told: {:?}", found.remarks);
}

#[test]
fn an_image_without_packages_has_no_findings() {
    assert_eq!(parse(br#"{"SchemaVersion":2}"#, None).expect("report"), Findings::default());
    assert_eq!(parse(br#"{"Results":null,"Metadata":{}}"#, None).expect("report"), Findings::default());
    assert!(parse(b"no json", None).is_err());
}

#[test]
fn the_database_is_told_with_its_age() {
    let version = Version::parse(STATE);
    assert_eq!(version.scanner(), "trivy 0.57.1");
    assert_eq!(version.database("2026-11-20T12:00:00Z"), ("database of 2026-11-20".into(), None));
    assert!(version.database("2026-11-22T12:00:00Z").1.is_some(), "a newer one is due");
    assert_eq!(Version::parse(b"Version: 0.1").database(""), (String::new(), None));
}

#[test]
fn what_it_says_when_it_fails_leads_to_what_to_do() {
    let hints = |words: &str| TrivyError::Failed(words.into()).hints().concat();
    let first = "2026-11-22T10:00:00Z\tFATAL\tFatal error\tinit error: DB error: --skip-db-update cannot be specified on the first run";
    let why = why(&["2026\tINFO\tx".into(), first.into(), String::new()]);
    assert_eq!(
        why,
        "Fatal error init error: DB error: --skip-db-update cannot be specified on the first run"
    );
    assert!(hints(&why).contains("no database yet"));
    assert!(hints("failed to download vulnerability DB: dial tcp: lookup mirror").contains("network"));
    assert!(hints("TOOMANYREQUESTS: retry-after").contains("later"));
    assert_eq!(hints("something else"), "");
    assert_eq!(
        remark("2026-11-22T10:00:00Z\tINFO\t[vulndb] Need to update DB"),
        "[vulndb] Need to update DB"
    );
}

#[test]
fn a_name_is_never_taken_for_an_option() {
    let ask = Ask { image: "--evil", archive: false, offline: true };
    let arguments = ask.arguments();
    assert_eq!(&arguments[arguments.len() - 2..], ["--", "--evil"]);
    assert!(arguments.contains(&"--offline-scan".to_owned()));
    let archive = Ask { archive: true, ..ask }.arguments();
    assert_eq!(&archive[archive.len() - 2..], ["--input", "--evil"]);
}

#[cfg(unix)]
mod program {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn stand_in(folder: &std::path::Path, script: &str) -> std::path::PathBuf {
        let path = folder.join("trivy");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        path
    }

    async fn scanned(program: &OsStr) -> (Result<Findings, TrivyError>, Vec<String>) {
        let ask = Ask { image: "x", archive: false, offline: false };
        let mut said = Vec::new();
        let result = Program { path: program, host: None }
            .scan(&ask, None, "", |line| said.push(line.to_owned()))
            .await;
        (result, said)
    }

    #[tokio::test]
    async fn a_missing_scanner_is_told_from_a_failing_one() {
        let (missing, _) = scanned(OsStr::new("/nonexistent/trivy")).await;
        assert!(matches!(missing, Err(TrivyError::Missing)), "{missing:?}");
        let (failing, _) = scanned(OsStr::new("false")).await;
        assert!(matches!(failing, Err(TrivyError::Failed(_))), "{failing:?}");
    }

    #[tokio::test]
    async fn what_it_says_is_heard_while_it_works() {
        let folder = tempfile::tempdir().expect("a folder");
        let script = format!(
            "if [ \"$1\" = --version ]; then cat <<'END'\n{}\nEND\nexit; fi\n\
             printf '2026-11-22\\tINFO\\t[vulndb] Downloading\\n' >&2\ncat <<'END'\n{REPORT}\nEND",
            String::from_utf8_lossy(STATE)
        );
        let (found, said) = scanned(stand_in(folder.path(), &script).as_os_str()).await;
        let found = found.expect("findings");
        assert_eq!((found.findings.len(), found.scanner.as_str()), (2, "trivy 0.57.1"));
        assert_eq!(found.database, "database of 2026-11-20");
        assert_eq!(said, ["[vulndb] Downloading"]);
    }
}
