//! The training set is what it says, and finds what it should and nothing else.

use super::*;
use regex::Regex;

fn package(ecosystem: Ecosystem, name: &str, version: &str) -> Package {
    let source = (name.to_owned(), version.to_owned());
    Package { ecosystem, name: name.into(), version: version.into(), source, path: "p".into(), layer: 0 }
}

fn inventory(system: Option<(&str, &str)>, packages: Vec<Package>) -> Inventory {
    let system =
        system.map(|(id, version)| System { id: id.into(), version: version.into(), title: String::new() });
    Inventory { system, packages, unread: Vec::new() }
}

fn ids(inventory: &Inventory) -> Vec<String> {
    findings(training_set(), inventory).into_iter().map(|f| format!("{} {}", f.id, f.fixed)).collect()
}

#[test]
fn the_set_is_whole_dated_and_in_order_of_its_own_rules() {
    let set = training_set();
    assert!(set.advisories.len() >= 40, "{}", set.advisories.len());
    assert!(set.title.contains("no vulnerability database"));
    let day = Regex::new(r"^20\d\d-[01]\d-[0-3]\d$").unwrap();
    let id = Regex::new(r"^CVE-20\d\d-\d{4,7}$").unwrap();
    for advisory in &set.advisories {
        assert!(id.is_match(&advisory.id) && day.is_match(&advisory.date), "{advisory:?}");
        assert!(advisory.date <= set.dated, "{advisory:?}");
        assert!(!advisory.summary.is_empty() && advisory.summary.len() < 100, "{advisory:?}");
        let ecosystem = match advisory.ecosystem.split(':').next().unwrap() {
            "pypi" => Ecosystem::Python,
            "npm" => Ecosystem::Node,
            "go" => Ecosystem::Go,
            "debian" => Ecosystem::Debian,
            "alpine" => Ecosystem::Alpine,
            "amzn" => Ecosystem::Rpm,
            other => panic!("{other}"),
        };
        for (from, to) in &advisory.affected {
            assert!(compare(ecosystem, from, to).is_lt(), "{advisory:?}");
        }
    }
    let mut names: Vec<_> = set.advisories.iter().map(|a| (&a.id, &a.ecosystem, &a.package)).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "an advisory is there twice");
}

#[test]
fn amazon_linux_is_matched_by_its_release_and_what_its_packages_are_built_from() {
    let libs = |version: &str| Package {
        source: ("openssl".into(), version.into()),
        ..package(Ecosystem::Rpm, "openssl-libs", version)
    };
    let found = |system, version: &str| ids(&inventory(Some(system), vec![libs(version)]));
    let fixed = "CVE-2023-2650 1:3.0.8-1.amzn2023.0.3";
    assert_eq!(found(("amzn", "2023"), "1:3.0.8-1.amzn2023.0.1"), [fixed]);
    assert_eq!(found(("amzn", "2023"), "1:3.0.8-1.amzn2023.0.3"), Vec::<String>::new());
    assert_eq!(found(("amzn", "2023"), "1:3.0.8-1.amzn2023.0.12"), Vec::<String>::new());
    assert_eq!(found(("amzn", "2"), "1:3.0.8-1.amzn2023.0.1"), Vec::<String>::new());
}

#[test]
fn a_version_is_affected_from_the_first_of_a_range_up_to_its_fix() {
    let found =
        |name: &str, version: &str| ids(&inventory(None, vec![package(Ecosystem::Node, name, version)]));
    assert_eq!(found("minimist", "0.2.3"), ["CVE-2021-44906 0.2.4"]);
    assert_eq!(found("minimist", "0.2.4"), Vec::<String>::new());
    assert_eq!(found("minimist", "1.2.5"), ["CVE-2021-44906 1.2.6"]);
    assert_eq!(found("minimist", "1.2.6"), Vec::<String>::new());
    let stdlib = |version: &str| ids(&inventory(None, vec![package(Ecosystem::Go, "stdlib", version)]));
    assert_eq!(stdlib("1.22.3"), ["CVE-2024-24790 1.22.4", "CVE-2024-34156 1.22.7"]);
    assert_eq!(stdlib("1.23.1"), Vec::<String>::new());
}

#[test]
fn a_distributions_notice_is_for_its_release_and_the_source_package() {
    let mut library = package(Ecosystem::Debian, "libc6", "2.36-9+deb12u2");
    library.source.0 = "glibc".into();
    let of = |id: &str, version: &str| ids(&inventory(Some((id, version)), vec![library.clone()]));
    assert_eq!(of("debian", "12"), ["CVE-2023-4911 2.36-9+deb12u3", "CVE-2024-2961 2.36-9+deb12u6"]);
    assert_eq!(of("debian", "11"), Vec::<String>::new());
    assert_eq!(of("ubuntu", "12"), Vec::<String>::new());
    assert_eq!(ids(&inventory(None, vec![library.clone()])), Vec::<String>::new());
    let alpine = package(Ecosystem::Alpine, "openssl", "3.1.3-r0");
    assert_eq!(ids(&inventory(Some(("alpine", "3.18.4")), vec![alpine])), ["CVE-2023-5363 3.1.4-r0"]);
}

#[test]
fn the_worst_come_first_and_say_where_they_are() {
    let mut old = package(Ecosystem::Python, "pyyaml", "5.3");
    old.layer = 4;
    let packages = vec![package(Ecosystem::Python, "jinja2", "2.11.2"), old];
    let found = findings(training_set(), &inventory(None, packages));
    let severities: Vec<_> = found.iter().map(|f| f.severity).collect();
    let mut sorted = severities.clone();
    sorted.sort();
    assert_eq!(severities, sorted);
    assert_eq!(
        (found[0].id.as_str(), found[0].layer, found[0].manager.as_str()),
        ("CVE-2020-14343", 4, "PYTHON")
    );
    assert_eq!(found[0].uri, "https://nvd.nist.gov/vuln/detail/CVE-2020-14343");
}
