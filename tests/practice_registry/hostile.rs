//! Input that means harm: right errors, nothing touched that was not named, nobody kept waiting.

use super::http::{connect, read, send};
use super::server::{Practice, names, sha256};
use serde_json::json;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Every file below `folder`.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.insert(entry.path());
        }
    }
    found
}

#[test]
fn paths_that_lead_elsewhere_are_refused_and_leave_no_file() {
    let practice = Practice::start();
    let repo = practice.repository("team/app");
    repo.image("v1", "x");
    let before = files(practice.folder.path().parent().unwrap().join(practice.folder.path()).as_path());
    let digest = sha256(b"content");
    let long = "a".repeat(300);
    let names = [
        "..",
        ".",
        "../..",
        "team/../team/app",
        "team/app/..",
        "%2e%2e",
        "%2e%2e%2f%2e%2e",
        "team%2fapp",
        "team%2Fapp",
        "..%5c..",
        "team//app",
        "/team/app",
        "team/app/",
        "Team/App",
        "team/~/app",
        "team~app",
        "te%00am",
        "te%0aam",
        "te%c3%a9m",
        "team/.app",
        "team/app.",
        "a___b",
        "%",
        "%zz",
        "%252e%252e",
        &long,
    ];
    for name in names {
        for (method, path) in [
            ("GET", format!("/v2/{name}/tags/list")),
            ("GET", format!("/v2/{name}/manifests/v1")),
            ("PUT", format!("/v2/{name}/manifests/v1")),
            ("DELETE", format!("/v2/{name}/manifests/v1")),
            ("GET", format!("/v2/{name}/blobs/{digest}")),
            ("POST", format!("/v2/{name}/blobs/uploads/?digest={digest}")),
            ("POST", format!("/v2/team/app/blobs/uploads/?mount={digest}&from={name}")),
        ] {
            let answer = practice.client.send(method, &path, &[], b"content");
            let mount = path.contains("mount=");
            let fine =
                if mount { [202, 400].contains(&answer.status) } else { (400..405).contains(&answer.status) };
            assert!(fine, "{method} {path}: {} {}", answer.status, answer.text());
        }
    }
    for id in ["..", "../../repository.json", "..%2f..%2frepository.json", "x", "", "%00"] {
        for method in ["GET", "PATCH", "PUT", "DELETE"] {
            let path = format!("/v2/team/app/blobs/uploads/{id}?digest={digest}");
            let status = practice.client.send(method, &path, &[], b"content").status;
            assert!((400..=405).contains(&status), "{method} {path}: {status}");
        }
    }
    for reference in
        ["..", "../../../etc/passwd", "..%2f..%2fjournal", "%2e%2e", "sha256:..%2f..%2fjournal", "@", "a:b"]
    {
        for method in ["GET", "PUT", "DELETE"] {
            for kind in ["manifests", "blobs", "referrers"] {
                let path = format!("/v2/team/app/{kind}/{reference}");
                let status = practice.client.send(method, &path, &[], b"{}").status;
                assert!((400..=405).contains(&status), "{method} {path}: {status}");
            }
        }
    }
    let added: Vec<_> = files(practice.folder.path()).difference(&before).cloned().collect();
    let uploads = |path: &&PathBuf| path.parent().unwrap().ends_with("uploads");
    assert!(added.iter().all(|path| uploads(&path)), "{added:?}");
    assert_eq!(repo.tags(), ["v1"]);
}

#[test]
fn what_is_no_http_or_too_much_of_it_is_refused() {
    let practice = Practice::start();
    practice.repository("app");
    let raw = |text: &str| {
        let mut stream = connect(practice.server.address());
        drop(stream.write_all(text.as_bytes()));
        read(stream, false).map(|answer| answer.status)
    };
    let authorization = &practice.client.authorization;
    let head = format!("Host: 127.0.0.1\r\nConnection: close\r\nAuthorization: {authorization}\r\n");
    let long = "x".repeat(200_000);
    for (text, allowed) in [
        ("rubbish\r\n\r\n".to_owned(), vec![Some(400), None]),
        (format!("GET /v2/{long} HTTP/1.1\r\n{head}\r\n"), vec![Some(400), Some(414), Some(431)]),
        (format!("GET /v2/ HTTP/1.1\r\n{head}X: {long}\r\n\r\n"), vec![Some(431)]),
        (format!("GET /v2/ HTTP/1.1\r\n{}{head}\r\n", "X: y\r\n".repeat(500)), vec![Some(431)]),
        (
            format!("POST /v2/app/blobs/uploads/ HTTP/1.1\r\n{head}Content-Length: -1\r\n\r\n"),
            vec![Some(400), None],
        ),
        (
            format!("POST /v2/app/blobs/uploads/ HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
            vec![Some(202), Some(400), None],
        ),
        (format!("TRACE /v2/ HTTP/1.1\r\n{head}\r\n"), vec![Some(405)]),
        (
            format!(
                "GET /v2/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nAuthorization: {authorization}\r\n\r\n"
            ),
            vec![Some(421)],
        ),
    ] {
        let status = raw(&text);
        assert!(allowed.contains(&status), "{status:?}: {}", text.chars().take(60).collect::<String>());
    }
    for url in ["/v2/app/tags/list?n=%", "/v2/app/tags/list?last=%zz"] {
        assert_eq!(practice.client.send("GET", url, &[], b"").status, 400, "{url}");
    }
    let stranger = [("Host", "rebound.example:80"), ("X-Amz-Target", "x.GetAuthorizationToken")];
    assert_eq!(send(practice.server.address(), "POST", "/", &stranger, b"{}").status, 421);
    assert_eq!(practice.client.send("GET", "/v2/", &[], b"").status, 200);
}

#[test]
fn hostile_manifests_are_refused_in_no_time() {
    let practice = Practice::start();
    let repo = practice.repository("app");
    let four = 4 * 1024 * 1024;
    let absent = sha256(b"absent");
    let many = format!(r#"{{"digest":"{absent}","size":1}},"#).repeat(40_000);
    let began = Instant::now();
    for (manifest, status) in [
        ("[".repeat(four), 400),
        (r#"{"a":"#.repeat(four / 5), 400),
        (format!(r#"{{"layers":[{}],"config":7}}"#, "{},".repeat(1_000_000)), 400),
        (format!(r#"{{"config":{{"digest":"{absent}"}},"layers":[{}]}}"#, many.trim_end_matches(',')), 400),
        (format!(r#"{{"manifests":[{}]}}"#, many.trim_end_matches(',')), 400),
        (format!(r#"{{"config":{{"digest":"{absent}","size":-1}}}}"#), 400),
        ("x".repeat(2 * four), 413),
    ] {
        let answer = repo.put("v1", &manifest);
        let shown: String = manifest.chars().take(40).collect();
        assert_eq!(answer.status, status, "{shown}: {}", answer.text());
        assert!(answer.body.len() < 20_000, "{shown} is answered with {} bytes", answer.body.len());
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(repo.tags().is_empty());
}

#[test]
fn whoever_sends_nothing_is_let_go_and_what_came_is_kept() {
    let practice = Practice::with(|settings| settings.patience = Duration::from_millis(300));
    let repo = practice.repository("app");
    let location = repo.begin();
    let head = |more: &str| {
        let authorization = &practice.client.authorization;
        format!("PATCH {location} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}\r\n{more}")
    };
    // Half a head; a head alone; a body that stops; each is ended by the server.
    for (text, status) in [
        (head("X-Half: "), None),
        (head("Content-Length: 10\r\n\r\n"), Some(408)),
        (head("Content-Length: 10\r\n\r\nabc"), Some(408)),
    ] {
        let mut stream = connect(practice.server.address());
        stream.write_all(text.as_bytes()).unwrap();
        let answer = read(stream, false);
        let found = answer.as_ref().map(|answer| answer.status);
        assert!(found == status || (status.is_none() && found == Some(408)), "{found:?} {status:?}");
    }
    let told = repo.get(&location);
    assert_eq!(told.header("range").as_deref(), Some("0-2"));
    assert_eq!(repo.patch(&location, "3-5", b"def").status, 202);
    assert_eq!(repo.close(&location, &sha256(b"abcdef"), b"").status, 201);

    // One who is cut off in the middle may go on too.
    let location = repo.begin();
    let mut stream = connect(practice.server.address());
    let authorization = &practice.client.authorization;
    let request = format!(
        "PATCH {location} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}\r\nContent-Length: 9\r\n\r\nabc"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    drop(read(stream, false));
    assert_eq!(repo.get(&location).header("range").as_deref(), Some("0-2"));
    assert_eq!(repo.close(&location, &sha256(b"abcdef"), b"def").status, 201);
}

#[test]
fn a_drip_is_cut_although_it_never_stops() {
    let practice = Practice::with(|settings| settings.patience = Duration::from_millis(400));
    let repo = practice.repository("app");
    let location = repo.begin();
    let mut stream = connect(practice.server.address());
    let authorization = &practice.client.authorization;
    let request = format!(
        "PATCH {location} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {authorization}\r\nContent-Length: 1000000\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let (began, mut sent) = (Instant::now(), 0);
    // A byte now and then, well within the patience for each.
    while stream.write_all(b"x").is_ok() {
        sent += 1;
        assert!(began.elapsed() < Duration::from_secs(30), "a drip of {sent} bytes is still heard");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(repo.get(&location).header("range").is_some());
}

#[test]
fn ten_thousand_tags_are_listed_in_pages_and_none_is_lost() {
    let practice = Practice::start();
    let repo = practice.repository("app");
    let manifest = repo.manifest(&[], json!({}));
    let digest = sha256(manifest.as_bytes());
    for hundred in 0..100 {
        let tags: Vec<String> = (0..100).map(|n| format!("tag=t{:05}", hundred * 100 + n)).collect();
        assert_eq!(repo.put(&format!("{digest}?{}", tags.join("&")), &manifest).status, 201);
    }
    assert_eq!(repo.put("one-more", &manifest).status, 201);
    let too_many: Vec<String> = (0..101).map(|n| format!("tag=u{n}")).collect();
    assert_eq!(repo.put(&format!("{digest}?{}", too_many.join("&")), &manifest).status, 400);
    let (mut found, mut path) = (Vec::new(), "/tags/list?n=1500".to_owned());
    loop {
        let page = repo.get(&path);
        let tags = names(&page.json()["tags"]);
        assert!(tags.len() <= 1500);
        found.extend(tags);
        let Some(link) = page.header("link") else { break };
        path = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
    }
    assert_eq!(found.len(), 10_001);
    assert!(found.is_sorted());
    // Without a limit, a list is bounded all the same.
    let all = repo.get("/tags/list");
    assert_eq!(names(&all.json()["tags"]).len(), 10_000);
    assert!(all.header("link").is_some());
    let images = practice.client.api("DescribeImages", json!({ "repositoryName": "app" }));
    assert_eq!(images.status, 200, "{}", images.text());
}
