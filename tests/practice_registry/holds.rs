//! What is held: images that an index names, blobs that an image has; what follows its subject; the order
//! of pushes within a second; and what goes when nobody names it any more.

use super::http::Answer;
use super::server::{INDEX, MANIFEST, Practice, Repo, sha256};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// An index that names `children`. Answers with its digest.
fn index(repo: &Repo<'_>, tag: &str, children: &[&str]) -> String {
    let named = children.iter().map(|digest| json!({ "mediaType": MANIFEST, "digest": digest, "size": 2 }));
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": named.collect::<Vec<_>>() });
    let answer = repo.put(tag, &index.to_string());
    assert_eq!(answer.status, 201, "{}", answer.text());
    sha256(index.to_string().as_bytes())
}

/// Something that is about `subject`. Answers with its digest.
fn about(repo: &Repo<'_>, subject: &str) -> String {
    let subject = json!({ "mediaType": MANIFEST, "digest": subject, "size": 2 });
    let manifest = repo.manifest(&[b"signature"], json!({ "subject": subject }));
    let digest = sha256(manifest.as_bytes());
    assert_eq!(repo.put(&digest, &manifest).status, 201);
    digest
}

fn delete(repo: &Repo<'_>, path: &str) -> Answer {
    repo.send("DELETE", path, &[], b"")
}

fn there(repo: &Repo<'_>, digest: &str) -> bool {
    repo.send("HEAD", &format!("/manifests/{digest}"), &[], b"").status == 200
}

fn batch_delete(practice: &Practice, digest: &str) -> Value {
    let asked = json!({ "repositoryName": "app", "imageIds": [{ "imageDigest": digest }] });
    let answer = practice.client.api("BatchDeleteImage", asked);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn policy(practice: &Practice, status: &str, most: u32) {
    let rule = json!({ "rulePriority": 1, "action": { "type": "expire" },
        "selection": { "tagStatus": status, "countType": "imageCountMoreThan", "countNumber": most } });
    let text = json!({ "rules": [rule] }).to_string();
    let asked = json!({ "repositoryName": "app", "lifecyclePolicyText": text });
    let answer = practice.client.api("PutLifecyclePolicy", asked);
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn what_an_index_names_cannot_be_deleted_while_the_index_lives() {
    let practice = Practice::start();
    let repo = practice.repository("app");
    let child = repo.image("amd64", "x");
    let whole = index(&repo, "v1", &[&child]);
    let text = format!("Requested image referenced by manifest list: [{whole}]");
    let refused = delete(&repo, &format!("/manifests/{child}"));
    assert_eq!((refused.status, refused.code().as_str(), refused.message()), (403, "DENIED", text.clone()));
    let told = batch_delete(&practice, &child);
    assert_eq!(told["imageIds"], json!([]));
    assert_eq!(told["failures"][0]["failureCode"], "ImageReferencedByManifestList");
    assert_eq!(told["failures"][0]["failureReason"], text);
    // Its tag is nobody's but its own.
    assert_eq!(delete(&repo, "/manifests/amd64").status, 202);
    let young = ["a", "b"].map(|tag| {
        practice.clock.fetch_add(1000, Ordering::SeqCst);
        let digest = repo.image(tag, tag);
        assert_eq!(delete(&repo, &format!("/manifests/{tag}")).status, 202);
        digest
    });
    policy(&practice, "untagged", 1);
    assert!(there(&repo, &child), "a policy took what an index names");
    assert_eq!(young.map(|digest| there(&repo, &digest)), [false, true]);
    assert_eq!(delete(&repo, &format!("/manifests/{whole}")).status, 202);
    assert_eq!(delete(&repo, &format!("/manifests/{child}")).status, 202);
    assert!(!there(&repo, &child));
}

#[test]
fn what_is_about_an_image_goes_with_it_but_not_what_an_index_holds() {
    let practice = Practice::start();
    let repo = practice.repository("app");
    let image = repo.image("v1", "x");
    let signature = about(&repo, &image);
    let of_signature = about(&repo, &signature);
    let held = {
        let subject = json!({ "mediaType": MANIFEST, "digest": image, "size": 2 });
        let manifest = repo.manifest(&[b"held"], json!({ "subject": subject }));
        assert_eq!(repo.put("held", &manifest).status, 201);
        sha256(manifest.as_bytes())
    };
    index(&repo, "list", &[&held]);
    assert_eq!(delete(&repo, &format!("/manifests/{image}")).status, 202);
    assert!(!there(&repo, &image) && !there(&repo, &signature) && !there(&repo, &of_signature));
    assert!(there(&repo, &held));
    assert_eq!(repo.tags(), ["held", "list"]);
}

#[test]
fn a_blob_that_an_image_has_cannot_be_deleted() {
    let practice = Practice::start();
    let repo = practice.repository("app");
    let image = repo.image("v1", "layer");
    let blob = format!("/blobs/{}", sha256(b"layer"));
    let refused = delete(&repo, &blob);
    assert_eq!((refused.status, refused.code().as_str()), (403, "DENIED"));
    assert_eq!(refused.message(), format!("The blob is part of images of the repository: [{image}]"));
    assert_eq!(repo.get(&blob).text(), "layer");
    // Not even where the same file belongs to another repository as well.
    let other = practice.repository("other");
    let path = format!("/blobs/uploads/?mount={}&from=app", sha256(b"layer"));
    assert_eq!(other.send("POST", &path, &[], b"").status, 201);
    assert_eq!(delete(&other, &blob).status, 202);
    assert_eq!(delete(&repo, &format!("/manifests/{image}")).status, 202);
    assert_eq!(delete(&repo, &blob).status, 202);
    assert_eq!(repo.get(&blob).status, 404);
}

#[test]
fn two_pushes_in_one_second_are_in_order() {
    let practice = Practice::start();
    let repo = practice.repository("app");
    let pushed: Vec<String> = (0..6)
        .map(|n| {
            practice.clock.fetch_add(1, Ordering::SeqCst);
            repo.image(&format!("v{n}"), &n.to_string())
        })
        .collect();
    let asked = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v5" }] });
    let told = practice.client.api("DescribeImages", asked).json();
    assert_eq!(told["imageDetails"][0]["imagePushedAt"], json!(1_800_000_000.006));
    policy(&practice, "any", 2);
    let left: Vec<&String> = pushed.iter().filter(|digest| there(&repo, digest)).collect();
    assert_eq!(left, [&pushed[4], &pushed[5]], "by time, not by digest");
}

#[test]
fn what_nobody_names_goes_after_a_day_of_the_clock_that_can_be_advanced() {
    let practice = Practice::start();
    let repo = practice.repository("app");
    let image = repo.image("v1", "kept");
    let lone = format!("/blobs/{}", repo.blob(b"lone"));
    let location = repo.begin();
    assert_eq!(repo.patch(&location, "", b"half").status, 202);
    let look = || assert_eq!(practice.client.api("DescribeRepositories", json!({})).status, 200);
    practice.server.advance(Duration::from_secs(23 * 3600)).unwrap();
    look();
    assert_eq!(repo.get(&location).status, 403, "a token lasts twelve hours");
    let client = super::server::Client::login(practice.server.address());
    let repo = client.repo("app");
    assert_eq!((repo.get(&lone).status, repo.get(&location).status), (200, 204));
    practice.server.advance(Duration::from_secs(2 * 3600)).unwrap();
    look();
    assert_eq!((repo.get(&lone).status, repo.get(&location).status), (404, 404));
    assert!(there(&repo, &image));
    assert_eq!(repo.get(&format!("/blobs/{}", sha256(b"kept"))).status, 200);
}
