//! The worked cases of the user guide in our own words, what it forbids, and what holds for any policy.

use super::*;
use crate::practice::Moment;
use proptest::prelude::*;

const NOW: Moment = Moment::of_seconds(2_000_000_000);

/// An image pushed `days` ago.
fn image(name: &str, tags: &[&str], days: u64) -> Candidate {
    Candidate {
        digest: name.to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        pushed_at: NOW.earlier(days * DAY),
        pulled_at: None,
        archived_at: None,
        activated_at: None,
        children: Vec::new(),
        subject: None,
    }
}

/// `priority selection count`, where selection is `tagged:a,b`, `prefix:a,b`, `untagged` or `any`.
fn rule(priority: u32, selection: &str, count: &str) -> String {
    let (status, list) = selection.split_once(':').unwrap_or((selection, ""));
    let quoted = list.split(',').map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(",");
    let select = match status {
        "tagged" => format!(r#""tagStatus":"tagged","tagPatternList":[{quoted}]"#),
        "prefix" => format!(r#""tagStatus":"tagged","tagPrefixList":[{quoted}]"#),
        plain => format!(r#""tagStatus":"{plain}""#),
    };
    let (kind, number) = count.split_once(' ').unwrap();
    let (count, action) = match kind {
        "more" => (format!(r#""countType":"imageCountMoreThan","countNumber":{number}"#), "expire"),
        "pushed" => (days("sinceImagePushed", number), "expire"),
        "pulled" => (days("sinceImagePulled", number), "expire"),
        "unused" => (days("sinceImagePulled", number), "transition"),
        "archived" => {
            (format!("{},\"storageClass\":\"archive\"", days("sinceImageTransitioned", number)), "expire")
        }
        other => panic!("{other}"),
    };
    let target = if action == "transition" { r#","targetStorageClass":"archive""# } else { "" };
    format!(
        r#"{{"rulePriority":{priority},"selection":{{{select},{count}}},"action":{{"type":"{action}"{target}}}}}"#
    )
}

fn days(kind: &str, number: &str) -> String {
    format!(r#""countType":"{kind}","countUnit":"days","countNumber":{number}"#)
}

fn policy(rules: &[String]) -> Policy {
    parse(&format!(r#"{{"rules":[{}]}}"#, rules.join(","))).unwrap()
}

/// `name→priority` of what is expired (`name⇒priority` of what is archived).
fn acted(policy: &Policy, images: &[Candidate]) -> String {
    let done = evaluate(policy, images, NOW).into_iter().filter_map(|verdict| {
        let (action, priority) = verdict.done?;
        let arrow = if action == Action::Expire { '→' } else { '⇒' };
        Some(format!("{}{arrow}{priority}", verdict.digest))
    });
    done.collect::<Vec<_>>().join(" ")
}

#[test]
fn images_older_than_so_many_days_expire_and_no_others() {
    let policy = policy(&[rule(1, "tagged:prod*", "pushed 14")]);
    let images = [
        image("old", &["prod-1"], 15),
        image("edge", &["prod-2"], 14),
        image("new", &["prod-3"], 1),
        image("other", &["dev"], 99),
        image("untagged", &[], 99),
    ];
    assert_eq!(acted(&policy, &images), "old→1");
}

#[test]
fn only_the_newest_untagged_image_stays() {
    let policy = policy(&[rule(1, "untagged", "more 1")]);
    let images = [image("a", &[], 3), image("b", &[], 1), image("c", &[], 2), image("d", &["x"], 9)];
    assert_eq!(acted(&policy, &images), "a→1 c→1");
}

/// Two rules, each keeping one image: what the first selects is counted by the second, and not touched.
#[test]
fn a_lower_rule_counts_what_a_higher_one_selected_and_leaves_it_alone() {
    let images = [
        image("a", &["beta-1", "prod-1"], 10),
        image("b", &["beta-2", "prod-2"], 9),
        image("c", &["beta-3"], 8),
    ];
    let keep = policy(&[rule(1, "prefix:prod", "more 1"), rule(2, "prefix:beta", "more 1")]);
    assert_eq!(acted(&keep, &images), "a→1");
    let swapped = policy(&[rule(1, "prefix:beta", "more 1"), rule(2, "prefix:prod", "more 1")]);
    assert_eq!(acted(&swapped, &images), "a→1 b→1");
    let verdicts = evaluate(&keep, &images, NOW);
    assert_eq!(verdicts[0].reason, "rule 1: it keeps the newest 1, and this is number 2 of 2");
    assert_eq!(
        verdicts[1].reason,
        "rule 1: it keeps the newest 1, and this is number 1 of 2; rule 2 would take it, but rule 1 comes \
         first and selects it too"
    );
}

#[test]
fn several_prefixes_or_patterns_must_all_be_found_among_the_tags() {
    let images = [
        image("a", &["alpha-1"], 12),
        image("b", &["beta-1"], 11),
        image("c", &["alpha-2", "beta-2"], 10),
        image("d", &["alpha-3"], 4),
        image("e", &["beta-3"], 3),
        image("f", &["alpha-4", "beta-4"], 2),
    ];
    assert_eq!(acted(&policy(&[rule(1, "prefix:alpha,beta", "pushed 5")]), &images), "c→1");
    assert_eq!(acted(&policy(&[rule(1, "tagged:alpha*,beta*", "more 1")]), &images), "c→1");
}

#[test]
fn a_rule_for_any_image_works_with_what_the_others_left() {
    let images = [
        image("a", &["alpha-1"], 4),
        image("b", &["beta-1"], 3),
        image("c", &[], 2),
        image("d", &["alpha-2"], 1),
    ];
    assert_eq!(acted(&policy(&[rule(1, "any", "more 1")]), &images), "a→1 b→1 c→1");
    let three = policy(&[
        rule(1, "tagged:alpha*", "more 1"),
        rule(2, "untagged", "pushed 1"),
        rule(3, "any", "more 1"),
    ]);
    assert_eq!(acted(&three, &images), "a→1 b→3 c→2");
}

#[test]
fn unused_images_go_to_the_archive_and_from_there_after_their_time() {
    let policy = policy(&[rule(1, "any", "unused 90"), rule(2, "any", "archived 365")]);
    let mut pulled = image("pulled", &["v1"], 200);
    pulled.pulled_at = Some(NOW.earlier(10 * DAY));
    let mut restored = image("restored", &["v2"], 900);
    restored.activated_at = Some(NOW.earlier(5 * DAY));
    restored.pulled_at = Some(NOW.earlier(400 * DAY));
    let mut archived = image("archived", &["v3"], 900);
    archived.archived_at = Some(NOW.earlier(366 * DAY));
    let mut resting = image("resting", &["v4"], 900);
    resting.archived_at = Some(NOW.earlier(100 * DAY));
    let images = [image("never", &["v0"], 91), pulled, restored, archived, resting];
    assert_eq!(acted(&policy, &images), "never⇒1 archived→2");
}

#[test]
fn what_an_index_names_is_safe_until_the_index_is_gone() {
    let policy = policy(&[rule(1, "untagged", "pushed 1")]);
    let mut index = image("index", &["v1"], 9);
    index.children = vec!["arm".into(), "amd".into()];
    let mut images = vec![index, image("arm", &[], 9), image("amd", &[], 9), image("stray", &[], 9)];
    assert_eq!(acted(&policy, &images), "stray→1");
    assert_eq!(
        evaluate(&policy, &images, NOW)[1].reason,
        "rule 1: pushed 9 days ago, more than 1; but the index index names it"
    );
    images.remove(0);
    assert_eq!(acted(&policy, &images), "arm→1 amd→1 stray→1");
}

#[test]
fn a_referrer_is_left_to_its_subject() {
    let policy = policy(&[rule(1, "untagged", "pushed 1")]);
    let mut signature = image("signature", &[], 9);
    signature.subject = Some("app".into());
    let mut orphan = image("orphan", &[], 9);
    orphan.subject = Some("gone".into());
    assert_eq!(acted(&policy, &[image("app", &["v1"], 9), signature, orphan]), "orphan→1");
}

#[test]
fn texts_that_are_no_policy_are_refused_in_the_services_words() {
    let one = |rule: &str| format!(r#"{{"rules":[{rule}]}}"#);
    let good = rule(1, "untagged", "more 1");
    let schema = "instance failed to match exactly one schema (matched 0 out of 2)";
    let cases = [
        ("[]".to_owned(), "Could not map policyString into LifecyclePolicy."),
        ("{".to_owned(), "Could not map policyString into LifecyclePolicy."),
        ("{}".to_owned(), r#"object has missing required properties (["rules"])"#),
        (
            r#"{"rules":{}}"#.to_owned(),
            r#"instance type (object) does not match any allowed primitive type (allowed: ["array"])"#,
        ),
        (
            one("7"),
            r#"instance type (integer) does not match any allowed primitive type (allowed: ["object"])"#,
        ),
        (one("{}"), r#"object has missing required properties (["action","rulePriority","selection"])"#),
        (
            one(&good.replace("\"expire\"", "\"delete\"")),
            r#"instance value ("delete") not found in enum (possible values: ["expire","transition"])"#,
        ),
        (one(&good.replace("\"expire\"", "\"transition\"")), schema),
        (one(&good.replace("imageCountMoreThan", "imageCount")), schema),
        (one(&good.replace("\"untagged\"", "\"tagged\"")), schema),
        (
            one(&good.replace("\"countNumber\":1", "\"countNumber\":0")),
            "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
        ),
        (one(&good.replace("\"countNumber\"", "\"countUnit\":\"days\",\"countNumber\"")), schema),
        (
            one(&rule(1, "untagged", "pushed 1").replace("days", "hours")),
            r#"instance value ("hours") not found in enum (possible values: ["days"])"#,
        ),
        (one(&rule(1, "tagged:a*b*c*d*e*", "more 1")), "more than 4 wildcards"),
        (one(&rule(1, "any", "archived 89")), "minimum: 90, found: 89"),
        (
            one(&format!("{good},{}", rule(2, "untagged", "pushed 1"))),
            "Only one rule can select Untagged images per storage class.",
        ),
        (one(&format!("{good},{good}")), "Rule priorities must be unique; 1 is used twice."),
        (
            one(&format!("{},{}", rule(1, "any", "more 1"), rule(2, "untagged", "more 1"))),
            "any must have the highest rulePriority",
        ),
        (
            one(&format!("{},{}", rule(1, "prefix:a,b", "more 1"), rule(2, "prefix:b,a", "more 2"))),
            "different tag prefix lists",
        ),
        (
            one(&good.replacen('{', r#"{"name":"x","#, 1)),
            r#"object instance has properties which are not allowed by the schema: (["name"])"#,
        ),
    ];
    for (text, wanted) in cases {
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.starts_with("Lifecycle policy validation failure: "), "{error}");
        assert!(error.contains(wanted), "{text}\n  {error}\n  {wanted}");
    }
    // One per storage class is fine.
    policy(&[rule(1, "any", "unused 30"), rule(2, "any", "archived 90")]);
}

proptest! {
    /// No text makes the reader panic.
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = parse(&text);
    }

    /// Each image is acted on at most once, by a rule that selects it; a count rule leaves its number.
    #[test]
    fn a_count_rule_leaves_the_newest(ages in prop::collection::vec(0u64..1000, 0..40), keep in 1usize..10) {
        let images: Vec<_> = ages.iter().enumerate().map(|(at, age)| image(&format!("{at:02}"), &[], *age)).collect();
        let policy = policy(&[rule(1, "any", &format!("more {keep}"))]);
        let verdicts = evaluate(&policy, &images, NOW);
        let gone = verdicts.iter().filter(|verdict| verdict.done.is_some()).count();
        prop_assert_eq!(gone, images.len().saturating_sub(keep));
        let oldest_kept = verdicts.iter().zip(&images).filter(|(v, _)| v.done.is_none()).map(|(_, i)| i.pushed_at).min();
        let newest_gone = verdicts.iter().zip(&images).filter(|(v, _)| v.done.is_some()).map(|(_, i)| i.pushed_at).max();
        if let (Some(kept), Some(gone)) = (oldest_kept, newest_gone) {
            prop_assert!(kept >= gone);
        }
    }
}
