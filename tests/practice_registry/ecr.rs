//! ECR's own behaviour inside the registry: who gets in, what a push may make and overwrite, what is
//! remembered of a pull; and a state that outlives the server.

use super::http::send;
use super::server::{Client, Practice, sha256};
use base64::Engine as _;
use docker_ecr_tutor::practice::{Server, Settings, TOKEN_LIFETIME_SECONDS, advance, system_clock};
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn basic(pair: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

#[test]
fn without_a_good_token_nothing_is_given_and_nothing_taken() {
    let practice = Practice::start();
    let repo = practice.repository("team/app");
    let digest = repo.image("v1", "x");
    let blob = repo.blob(b"blob");
    let requests = [
        ("GET", "/v2/".to_owned()),
        ("GET", "/v2/_catalog".to_owned()),
        ("GET", "/v2/team/app/tags/list".to_owned()),
        ("GET", "/v2/team/app/manifests/v1".to_owned()),
        ("HEAD", "/v2/team/app/manifests/v1".to_owned()),
        ("GET", format!("/v2/team/app/blobs/{blob}")),
        ("GET", format!("/v2/team/app/referrers/{digest}")),
        ("POST", "/v2/team/app/blobs/uploads/".to_owned()),
        ("PUT", "/v2/team/app/manifests/v2".to_owned()),
        ("DELETE", "/v2/team/app/manifests/v1".to_owned()),
        ("DELETE", format!("/v2/team/app/blobs/{blob}")),
        ("GET", "/v2/none/tags/list".to_owned()),
        ("GET", "/v2/no place".to_owned().replace(' ', "%20")),
    ];
    let wrong = [
        None,
        Some(basic("AWS:guess")),
        Some(basic("aws:guess")),
        Some(basic(&format!("root:{}", practice.client.password()))),
        Some(format!("Bearer {}", practice.client.password())),
        Some("Basic %%%".to_owned()),
    ];
    for (method, path) in &requests {
        for authorization in &wrong {
            let headers: Vec<_> =
                authorization.iter().map(|value| ("Authorization", value.as_str())).collect();
            let answer = send(practice.server.address(), method, path, &headers, b"");
            assert_eq!(answer.status, 401, "{method} {path} {authorization:?}");
            let challenge = answer.header("www-authenticate").unwrap();
            let expected =
                format!(r#"Basic realm="http://{}/",service="ecr.amazonaws.com""#, practice.server.address());
            assert_eq!(challenge, expected);
            let body = if *method == "HEAD" { "" } else { "Not Authorized\n" };
            assert_eq!(answer.text(), body);
        }
    }
    assert_eq!(repo.tags(), ["v1"]);
    assert_eq!(repo.get(&format!("/blobs/{blob}")).status, 200);
}

#[test]
fn a_token_expires_after_twelve_hours_by_a_clock_that_can_be_advanced() {
    let practice = Practice::start();
    let repo = practice.repository("team/app");
    let expired = |client: &Client| {
        let answer = client.send("GET", "/v2/", &[], b"");
        assert_eq!((answer.status, answer.code().as_str()), (403, "DENIED"));
        assert_eq!(answer.message(), "Your authorization token has expired. Reauthenticate and try again.");
    };
    practice.clock.fetch_add((TOKEN_LIFETIME_SECONDS - 1) * 1000, Ordering::SeqCst);
    assert_eq!(repo.get("/tags/list").status, 200);
    practice.clock.fetch_add(1000, Ordering::SeqCst);
    expired(&practice.client);

    // By the server, and by a command that only knows its folder.
    let second = Client::login(practice.server.address());
    practice.server.advance(Duration::from_secs(TOKEN_LIFETIME_SECONDS - 1)).unwrap();
    assert_eq!(second.send("GET", "/v2/", &[], b"").status, 200);
    advance(practice.folder.path(), 1).unwrap();
    expired(&second);
    let third = Client::login(practice.server.address());
    assert_eq!(third.send("GET", "/v2/", &[], b"").status, 200);
}

#[test]
fn the_texts_are_ecrs() {
    let practice = Practice::start();
    practice.client.create("fixed", json!({ "imageTagMutability": "IMMUTABLE" }));
    let fixed = practice.client.repo("fixed");
    fixed.image("v1", "x");
    let same = String::from_utf8(fixed.get("/manifests/v1").body).unwrap();
    let other = fixed.manifest(&[b"y"], json!({}));
    for manifest in [&same, &other] {
        let answer = fixed.put("v1", manifest);
        assert_eq!((answer.status, answer.code().as_str()), (400, "TAG_INVALID"));
        assert_eq!(
            answer.message(),
            "The image tag 'v1' already exists in the 'fixed' repository and cannot be overwritten because the \
             tag is immutable."
        );
    }
    assert_eq!(fixed.put("v2", &same).status, 201);
    // By digest there is no tag to overwrite.
    assert_eq!(fixed.put(&sha256(other.as_bytes()), &other).status, 201);

    let nobody = practice.client.repo("nobody/made");
    for (method, path) in [("POST", "/blobs/uploads/"), ("PUT", "/manifests/v1"), ("GET", "/manifests/v1")] {
        let answer = nobody.send(method, path, &[], b"");
        assert_eq!((answer.status, answer.code().as_str()), (404, "NAME_UNKNOWN"));
        assert_eq!(
            answer.message(),
            "The repository with name 'nobody/made' does not exist in the registry with id '123456789012'"
        );
    }
    let found = practice.client.api("DescribeRepositories", json!({}));
    assert_eq!(found.json()["repositories"].as_array().unwrap().len(), 1, "a push made a repository");
    let answer = fixed.get("/manifests/none");
    assert_eq!(answer.message(), "Requested image not found");
}

#[test]
fn filters_except_tags_from_what_holds_for_the_others() {
    let practice = Practice::start();
    for (mutability, release, latest) in
        [("IMMUTABLE_WITH_EXCLUSION", 400, 201), ("MUTABLE_WITH_EXCLUSION", 201, 400)]
    {
        let name = mutability.to_lowercase().replace('_', "-");
        let filters = json!([{ "filterType": "WILDCARD", "filter": "lat*" }]);
        let settings =
            json!({ "imageTagMutability": mutability, "imageTagMutabilityExclusionFilters": filters });
        practice.client.create(&name, settings);
        let repo = practice.client.repo(&name);
        for (tag, again) in [("v1", release), ("latest", latest)] {
            repo.image(tag, "one");
            let manifest = repo.manifest(&[b"two"], json!({}));
            assert_eq!(repo.put(tag, &manifest).status, again, "{mutability} {tag}");
        }
    }
}

#[test]
fn a_push_makes_a_repository_only_where_a_template_says_so() {
    let practice = Practice::start();
    let template =
        json!({ "prefix": "made", "appliedFor": ["CREATE_ON_PUSH"], "imageTagMutability": "IMMUTABLE" });
    let answer = practice.client.api("CreateRepositoryCreationTemplate", template);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(practice.client.repo("other/app").send("POST", "/blobs/uploads/", &[], b"").status, 404);
    let made = practice.client.repo("made/by/push");
    assert_eq!(made.get("/tags/list").status, 404, "a read makes nothing");
    made.image("v1", "one");
    assert_eq!(made.tags(), ["v1"]);
    let again = made.manifest(&[b"two"], json!({}));
    assert_eq!(made.put("v1", &again).code(), "TAG_INVALID", "the template's settings hold");
}

#[test]
fn pulls_are_remembered_by_the_practice_clock_and_looks_are_not() {
    let practice = Practice::start();
    let repo = practice.repository("team/app");
    let digest = repo.image("v1", "x");
    let pulled = || {
        let found = practice.client.api("DescribeImages", json!({ "repositoryName": "team/app" }));
        found.json()["imageDetails"][0]["lastRecordedPullTime"].as_f64()
    };
    repo.send("HEAD", "/manifests/v1", &[], b"");
    assert_eq!(pulled(), None);
    for reference in ["v1", &digest] {
        practice.clock.fetch_add(3_600_001, Ordering::SeqCst);
        assert_eq!(repo.get(&format!("/manifests/{reference}")).status, 200);
        assert_eq!(pulled(), Some(practice.clock.load(Ordering::SeqCst) as f64 / 1000.0));
    }
}

#[test]
fn a_policy_denies_in_ecrs_words_and_mounting_can_be_switched_off() {
    let practice = Practice::start();
    let (open, shut) = (practice.repository("open"), practice.repository("shut"));
    let blob = open.blob(b"shared");
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Principal": "*",
        "Action": ["ecr:InitiateLayerUpload", "ecr:PutImage"] }] });
    let set = json!({ "repositoryName": "shut", "policyText": policy.to_string() });
    let answer = practice.client.api("SetRepositoryPolicy", set);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let refused = shut.send("POST", "/blobs/uploads/", &[], b"");
    assert_eq!((refused.status, refused.code().as_str()), (403, "DENIED"));
    assert!(
        refused.message().contains("is not authorized to perform: ecr:InitiateLayerUpload"),
        "{}",
        refused.message()
    );
    assert_eq!(shut.get("/tags/list").status, 200);

    let other = practice.repository("other");
    let off = json!({ "name": "BLOB_MOUNTING", "value": "DISABLED" });
    assert_eq!(practice.client.api("PutAccountSetting", off).status, 200);
    let path = format!("/blobs/uploads/?mount={blob}&from=open");
    assert_eq!(other.send("POST", &path, &[], b"").status, 202);
}

#[test]
fn what_was_pushed_outlives_the_server_and_a_reset_forgets_it() {
    let practice = Practice::start();
    let repo = practice.repository("team/app");
    let digest = repo.image("v1", "x");
    let location = repo.begin();
    assert_eq!(repo.patch(&location, "0-2", b"abc").status, 202);
    practice.server.advance(Duration::from_secs(3600)).unwrap();
    let Practice { folder, runtime, server, clock: _, client: old } = practice;
    runtime.block_on(server.stop());

    let start = || runtime.block_on(Server::start(Settings::new(folder.path()), system_clock())).unwrap();
    let server = start();
    let address = server.address();
    assert_eq!(address, old.address, "image names stay good");
    let told = send(address, "GET", "/v2/", &[("Authorization", &old.authorization)], b"");
    assert_eq!(told.status, 401, "tokens live in memory only");
    let client = Client::login(address);
    let repo = client.repo("team/app");
    assert_eq!(repo.tags(), ["v1"]);
    assert_eq!(repo.get(&format!("/manifests/{digest}")).status, 200);
    // An upload under way goes on where it was.
    assert_eq!(repo.get(&location).header("range").as_deref(), Some("0-2"));
    assert_eq!(repo.patch(&location, "3-5", b"def").status, 202);
    assert_eq!(repo.close(&location, &sha256(b"abcdef"), b"").status, 201);

    server.reset().unwrap();
    assert_eq!(repo.get("/tags/list").status, 404);
    client.create("team/app", json!({}));
    assert!(repo.tags().is_empty());
    runtime.block_on(server.stop());
    let server = start();
    assert!(Client::login(server.address()).repo("team/app").tags().is_empty());
    runtime.block_on(server.stop());
}

#[test]
fn repositories_are_listed_in_pages() {
    let practice = Practice::start();
    for name in ["b", "a/b", "c"].map(|name| format!("x{name}")) {
        practice.repository(&name);
    }
    let list = |query: &str| practice.client.send("GET", &format!("/v2/_catalog{query}"), &[], b"");
    assert_eq!(list("").json(), json!({ "repositories": ["xa/b", "xb", "xc"] }));
    let first = list("?n=1");
    assert_eq!(first.json(), json!({ "repositories": ["xa/b"] }));
    assert_eq!(first.header("link").as_deref(), Some("</v2/_catalog?n=1&last=xa%2Fb>; rel=\"next\""));
    assert_eq!(list("?last=xa%2Fb").json(), json!({ "repositories": ["xb", "xc"] }));
}
