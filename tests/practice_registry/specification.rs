//! The OCI Distribution specification 1.1, requirement by requirement: a table of what it says and how
//! that is tried, each row in a repository of its own. Written from the specification's text.

use super::http::Answer;
use super::server::{EMPTY, INDEX, MANIFEST, Practice, Repo, names, sha256, sha512};
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the specification says, and how it is tried.
type Must = (&'static str, fn(&Repo<'_>));

#[track_caller]
fn status(answer: &Answer, wanted: u16) {
    assert_eq!(answer.status, wanted, "{}", answer.text());
}

#[track_caller]
fn refused(answer: &Answer, wanted: u16, code: &str) {
    status(answer, wanted);
    assert_eq!(answer.code(), code, "{}", answer.text());
}

const ABSENT: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A manifest about `subject`, of this type and with these annotations.
fn about(repo: &Repo<'_>, subject: &str, kind: Option<&str>, salt: &str) -> String {
    let mut more = json!({
        "subject": { "mediaType": MANIFEST, "digest": subject, "size": 7 },
        "annotations": { "salt": salt },
    });
    if let Some(kind) = kind {
        more["artifactType"] = json!(kind);
    }
    repo.manifest(&[], more)
}

const PULL: &[Must] = &[
    ("GET /v2/ answers 200", |repo| status(&repo.get("/v2/"), 200)),
    ("A manifest is pulled as it was pushed, by tag and by digest, with type and digest", |repo| {
        let manifest = repo.manifest(&[b"layer"], json!({ "annotations": { "a": " spaces  stay " } }));
        let manifest = manifest.replace("\":", "\" :  ");
        status(&repo.put("v1", &manifest), 201);
        let digest = sha256(manifest.as_bytes());
        for reference in ["v1", &digest] {
            let got = repo.get(&format!("/manifests/{reference}"));
            status(&got, 200);
            assert_eq!(got.text(), manifest);
            assert_eq!(got.header("content-type").as_deref(), Some(MANIFEST));
            assert_eq!(got.header("docker-content-digest"), Some(digest.clone()));
        }
    }),
    ("A blob is pulled whole, with its digest", |repo| {
        let digest = repo.blob(b"content");
        let got = repo.get(&format!("/blobs/{digest}"));
        status(&got, 200);
        assert_eq!((got.text(), got.header("docker-content-digest")), ("content".into(), Some(digest)));
    }),
    ("HEAD says digest and size of manifests and blobs, and sends no body", |repo| {
        let digest = repo.image("v1", "x");
        let size = repo.get("/manifests/v1").body.len();
        let blob = repo.blob(b"content");
        for (path, digest, size) in [
            ("/manifests/v1".to_owned(), &digest, size),
            (format!("/manifests/{digest}"), &digest, size),
            (format!("/blobs/{blob}"), &blob, 7),
        ] {
            let got = repo.send("HEAD", &path, &[], b"");
            status(&got, 200);
            assert_eq!(got.header("docker-content-digest").as_ref(), Some(digest), "{path}");
            assert_eq!(got.header("content-length"), Some(size.to_string()), "{path}");
            assert!(got.body.is_empty(), "{path}");
        }
    }),
    ("What is not there is 404, by GET and by HEAD", |repo| {
        for (path, code) in [
            ("/manifests/none".to_owned(), "MANIFEST_UNKNOWN"),
            (format!("/manifests/{ABSENT}"), "MANIFEST_UNKNOWN"),
            ("/manifests/.no-reference".to_owned(), "MANIFEST_UNKNOWN"),
            (format!("/blobs/{ABSENT}"), "BLOB_UNKNOWN"),
        ] {
            refused(&repo.get(&path), 404, code);
            status(&repo.send("HEAD", &path, &[], b""), 404);
        }
    }),
    ("A repository that is not there is 404", |repo| {
        for path in ["/v2/no/such/manifests/v1", "/v2/no/such/tags/list", "/v2/x/tags/list"] {
            refused(&repo.get(path), 404, "NAME_UNKNOWN");
        }
    }),
    ("A part of a blob is 206 with Content-Range, and a part that is not there 416", |repo| {
        let path = format!("/blobs/{}", repo.blob(b"0123456789"));
        for (range, said, found) in [
            ("bytes=2-4", "bytes 2-4/10", "234"),
            ("bytes=7-", "bytes 7-9/10", "789"),
            ("bytes=-3", "bytes 7-9/10", "789"),
            ("bytes=0-100", "bytes 0-9/10", "0123456789"),
        ] {
            let got = repo.send("GET", &path, &[("Range", range)], b"");
            status(&got, 206);
            assert_eq!((got.text().as_str(), got.header("content-range").as_deref()), (found, Some(said)));
        }
        let got = repo.send("GET", &path, &[("Range", "bytes=10-")], b"");
        status(&got, 416);
        assert_eq!(got.header("content-range").as_deref(), Some("bytes */10"));
        let whole = repo.send("GET", &path, &[("Range", "bytes=x")], b"");
        assert_eq!((whole.status, whole.body.len()), (200, 10));
    }),
    ("Content that the client has already is 304", |repo| {
        let manifest = format!("/manifests/{}", repo.image("v1", "x"));
        let blob = format!("/blobs/{}", repo.blob(b"x"));
        for path in [manifest, blob] {
            let tag = repo.get(&path).header("etag").unwrap();
            let again = repo.send("GET", &path, &[("If-None-Match", &tag)], b"");
            assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
            status(&repo.send("GET", &path, &[("If-Match", "\"other\"")], b""), 412);
        }
    }),
];

const PUSH_BLOBS: &[Must] = &[
    ("POST answers 202 with a location that holds a UUID", |repo| {
        let location = repo.begin();
        let id = location.rsplit('/').next().unwrap();
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert_ne!(repo.begin(), location);
    }),
    ("POST then PUT answers 201 with a pullable location", |repo| {
        let answer = repo.close(&repo.begin(), &sha256(b"content"), b"content");
        status(&answer, 201);
        assert_eq!(repo.get(&answer.header("location").unwrap()).text(), "content");
    }),
    ("A single POST answers 201 with a pullable location", |repo| {
        let path = format!("/blobs/uploads/?digest={}", sha256(b"content"));
        let answer = repo.send("POST", &path, &[("Content-Type", "application/octet-stream")], b"content");
        status(&answer, 201);
        assert_eq!(repo.get(&answer.header("location").unwrap()).text(), "content");
    }),
    ("A digest in the query may be percent-encoded", |repo| {
        let digest = sha256(b"content");
        status(&repo.close(&repo.begin(), &digest.replace(':', "%3A"), b"content"), 201);
        status(&repo.get(&format!("/blobs/{}", digest.replace(':', "%3A"))), 200);
    }),
    ("Chunks answer 202 with Location and Range, and the last may come with the PUT", |repo| {
        let first = repo.patch(&repo.begin(), "0-3", b"0123");
        status(&first, 202);
        assert_eq!(first.header("range").as_deref(), Some("0-3"));
        let second = repo.patch(&first.header("location").unwrap(), "4-6", b"456");
        assert_eq!((second.status, second.header("range").as_deref()), (202, Some("0-6")));
        let path = format!("{}?digest={}", second.header("location").unwrap(), sha256(b"0123456789"));
        status(&repo.send("PUT", &path, &[("Content-Range", "7-9")], b"789"), 201);
        assert_eq!(repo.get(&format!("/blobs/{}", sha256(b"0123456789"))).text(), "0123456789");
    }),
    ("A session without a chunk in its PUT is closed by an empty one", |repo| {
        let location = repo.begin();
        status(&repo.patch(&location, "0-2", b"abc"), 202);
        status(&repo.close(&location, &sha256(b"abc"), b""), 201);
    }),
    ("A stream without Content-Range or length is a chunk too", |repo| {
        let location = repo.begin();
        let chunked = b"3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
        let answer = repo.send("PATCH", &location, &[("Transfer-Encoding", "chunked")], chunked);
        assert_eq!((answer.status, answer.header("range").as_deref()), (202, Some("0-6")));
        status(&repo.close(&location, &sha256(b"abcdefg"), b""), 201);
    }),
    ("A chunk out of order is 416, in a PATCH and in the PUT, and GET says where to go on", |repo| {
        let location = repo.begin();
        refused(&repo.patch(&location, "4-6", b"456"), 416, "BLOB_UPLOAD_INVALID");
        status(&repo.patch(&location, "0-3", b"0123"), 202);
        for range in ["5-6", "0-1", "3-4"] {
            status(&repo.patch(&location, range, b"xx"), 416);
        }
        let path = format!("{location}?digest={}", sha256(b"0123456"));
        status(&repo.send("PUT", &path, &[("Content-Range", "9-11")], b"456"), 416);
        let told = repo.get(&location);
        assert_eq!((told.status, told.header("range").as_deref()), (204, Some("0-3")));
        let location = told.header("location").unwrap();
        status(&repo.patch(&location, "4-6", b"456"), 202);
        status(&repo.close(&location, &sha256(b"0123456"), b""), 201);
    }),
    ("A chunk of another length than its Content-Range is refused, and leaves no trace", |repo| {
        let location = repo.begin();
        refused(&repo.patch(&location, "0-9", b"0123"), 400, "SIZE_INVALID");
        status(&repo.patch(&location, "0-3", b"0123"), 202);
        refused(&repo.patch(&location, "bytes", b"x"), 400, "BLOB_UPLOAD_INVALID");
        status(&repo.close(&location, &sha256(b"0123"), b""), 201);
    }),
    ("A session can be cancelled, and is gone then", |repo| {
        let location = repo.begin();
        status(&repo.patch(&location, "0-0", b"x"), 202);
        status(&repo.send("DELETE", &location, &[], b""), 204);
        refused(&repo.get(&location), 404, "BLOB_UPLOAD_UNKNOWN");
        refused(&repo.patch(&location, "1-1", b"x"), 404, "BLOB_UPLOAD_UNKNOWN");
        status(&repo.send("DELETE", &location, &[], b""), 404);
    }),
    ("A digest that is not the content's, or no digest, is 400", |repo| {
        refused(&repo.close(&repo.begin(), ABSENT, b"content"), 400, "DIGEST_INVALID");
        for digest in ["", "sha256:12", "md5:d41d8cd98f00b204e9800998ecf8427e", "rubbish"] {
            refused(&repo.close(&repo.begin(), digest, b"content"), 400, "DIGEST_INVALID");
        }
        refused(&repo.send("PUT", &repo.begin(), &[], b"x"), 400, "DIGEST_INVALID");
        let single = format!("/blobs/uploads/?digest={ABSENT}");
        refused(&repo.send("POST", &single, &[], b"content"), 400, "DIGEST_INVALID");
        status(&repo.get(&format!("/blobs/{}", sha256(b"content"))), 404);
    }),
    ("A blob of no bytes is a blob", |repo| {
        let digest = repo.blob(b"");
        let got = repo.get(&format!("/blobs/{digest}"));
        assert_eq!((got.status, got.header("content-length").as_deref()), (200, Some("0")));
        status(&repo.close(&repo.begin(), &digest, b""), 201);
    }),
    ("sha512 is a digest too, named before or only at the end", |repo| {
        for (start, content) in
            [("/blobs/uploads/?digest-algorithm=sha512", b"one"), ("/blobs/uploads/", b"two")]
        {
            let begun = repo.send("POST", start, &[], b"");
            status(&begun, 202);
            let location = begun.header("location").unwrap();
            status(&repo.patch(&location, "0-2", content), 202);
            let digest = sha512(content);
            status(&repo.close(&location, &digest, b""), 201);
            let got = repo.get(&format!("/blobs/{digest}"));
            assert_eq!(
                (got.body.as_slice(), got.header("docker-content-digest")),
                (&content[..], Some(digest))
            );
        }
        let other = repo.send("POST", "/blobs/uploads/?digest-algorithm=md5", &[], b"");
        refused(&other, 400, "DIGEST_INVALID");
    }),
    ("A blob is mounted from another repository by 201, and is not there without", |repo| {
        let digest = repo.blob(b"shared");
        let other = repo.client.repo(&format!("{}/other", repo.name));
        repo.client.create(&other.name, json!({}));
        status(&other.get(&format!("/blobs/{digest}")), 404);
        let path = format!("/blobs/uploads/?mount={digest}&from={}", repo.name);
        let answer = other.send("POST", &path, &[], b"");
        status(&answer, 201);
        assert_eq!(other.get(&answer.header("location").unwrap()).text(), "shared");
    }),
    ("What cannot be mounted begins an upload by 202", |repo| {
        let digest = repo.blob(b"shared");
        let other = repo.client.repo(&format!("{}/other", repo.name));
        repo.client.create(&other.name, json!({}));
        for query in [
            format!("mount={digest}"),
            format!("mount={digest}&from=no/such"),
            format!("mount={digest}&from=../{}", repo.name),
            format!("mount={ABSENT}&from={}", repo.name),
        ] {
            let answer = other.send("POST", &format!("/blobs/uploads/?{query}"), &[], b"");
            status(&answer, 202);
            let location = answer.header("location").unwrap();
            status(&other.close(&location, &sha256(query.as_bytes()), query.as_bytes()), 201);
        }
    }),
    ("Uploads into a repository that is not there are 404", |repo| {
        for path in
            ["/v2/no/such/blobs/uploads/", &format!("/v2/no/such/blobs/uploads/?mount={ABSENT}&from=x")]
        {
            refused(&repo.send("POST", path, &[], b""), 404, "NAME_UNKNOWN");
        }
    }),
];

const PUSH_MANIFESTS: &[Must] = &[
    ("A manifest answers 201 with a pullable location and its digest", |repo| {
        let manifest = repo.manifest(&[b"a", b"b"], json!({}));
        for reference in ["v1", &sha256(manifest.as_bytes())] {
            let answer = repo.put(reference, &manifest);
            status(&answer, 201);
            assert_eq!(answer.header("docker-content-digest"), Some(sha256(manifest.as_bytes())));
            assert_eq!(repo.get(&answer.header("location").unwrap()).text(), manifest);
        }
    }),
    ("The list of blobs may be empty, and other fields may be there", |repo| {
        let more = json!({ "layers": [], "x-own": { "deep": [1, null] } });
        status(&repo.put("v1", &repo.manifest(&[], more)), 201);
    }),
    ("Docker's and OCI's kinds are kept under the type they were pushed with, without parameters", |repo| {
        let docker = "application/vnd.docker.distribution.manifest.v2+json";
        let list = "application/vnd.docker.distribution.manifest.list.v2+json";
        let image = repo.manifest(&[b"x"], json!({ "mediaType": docker }));
        let child = json!({ "mediaType": docker, "digest": sha256(image.as_bytes()), "size": image.len() });
        let nested = json!({ "schemaVersion": 2, "mediaType": list, "manifests": [child] }).to_string();
        let deeper = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [
            { "mediaType": list, "digest": sha256(nested.as_bytes()), "size": nested.len() },
        ] });
        let own = json!({ "mediaType": "application/vnd.example.own+json", "own": true });
        for (manifest, kind) in [
            (image, docker),
            (nested, list),
            (deeper.to_string(), INDEX),
            (own.to_string(), "application/vnd.example.own+json"),
        ] {
            let headers = [("Content-Type", format!("{kind}; charset=utf-8"))];
            let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
            status(&repo.send("PUT", "/manifests/v1", &headers, manifest.as_bytes()), 201);
            assert_eq!(repo.get("/manifests/v1").header("content-type").as_deref(), Some(kind));
        }
    }),
    ("A manifest that names blobs or manifests that are not there is MANIFEST_BLOB_UNKNOWN", |repo| {
        let layer = json!({ "layers": [{ "mediaType": "x/y", "digest": ABSENT, "size": 1 }] });
        let config = json!({ "config": { "mediaType": EMPTY, "digest": ABSENT, "size": 1 } });
        for more in [layer, config] {
            refused(&repo.put("v1", &repo.manifest(&[], more)), 400, "MANIFEST_BLOB_UNKNOWN");
        }
        let child = json!({ "mediaType": MANIFEST, "digest": ABSENT, "size": 1 });
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [child] });
        refused(&repo.put("v1", &index.to_string()), 400, "MANIFEST_BLOB_UNKNOWN");
        assert!(repo.tags().is_empty());
    }),
    ("Layers that are not distributed need not be there", |repo| {
        let kind = "application/vnd.oci.image.layer.nondistributable.v1.tar";
        let layer = json!({ "mediaType": kind, "digest": ABSENT, "size": 1, "urls": ["https://x.example"] });
        status(&repo.put("v1", &repo.manifest(&[], json!({ "layers": [layer] }))), 201);
    }),
    ("Content may come along in a descriptor", |repo| {
        let config = json!({ "mediaType": EMPTY, "digest": sha256(b"{}"), "size": 2, "data": "e30=" });
        status(&repo.put("v1", &repo.manifest(&[], json!({ "config": config }))), 201);
    }),
    ("What is no manifest is MANIFEST_INVALID", |repo| {
        for bad in
            ["", "{", "[]", "null", "{}", "{\"layers\":7}", "\u{feff}{}", "{\"config\":{\"digest\":\"x\"}}"]
        {
            refused(&repo.put("v1", bad), 400, "MANIFEST_INVALID");
        }
        let other = repo.manifest(&[], json!({ "mediaType": "application/vnd.other" }));
        let sent = repo.send("PUT", "/manifests/v1", &[("Content-Type", MANIFEST)], other.as_bytes());
        refused(&sent, 400, "MANIFEST_INVALID");
    }),
    ("A manifest with another digest than the one named is DIGEST_INVALID", |repo| {
        let manifest = repo.manifest(&[], json!({}));
        refused(&repo.put(ABSENT, &manifest), 400, "DIGEST_INVALID");
        refused(&repo.put("sha256:0", &manifest), 400, "DIGEST_INVALID");
    }),
    ("A tag has the specification's form", |repo| {
        let manifest = repo.manifest(&[], json!({}));
        for bad in [".x", "-x", "a%20b", "t%C3%A9", &"t".repeat(129)] {
            assert_eq!(repo.put(bad, &manifest).status, 400, "{bad}");
        }
        for good in ["_", "V1.0-rc_1", &"t".repeat(128)] {
            status(&repo.put(good, &manifest), 201);
        }
    }),
    ("A manifest is one image under both its digests, and is deleted as one", |repo| {
        for (salt, by_tag_first) in [(b"x", true), (b"y", false)] {
            let manifest = repo.manifest(&[salt], json!({}));
            let digests = [sha256(manifest.as_bytes()), sha512(manifest.as_bytes())];
            let mut order = ["v1", digests[1].as_str()];
            if !by_tag_first {
                order.reverse();
            }
            for reference in order {
                status(&repo.put(reference, &manifest), 201);
            }
            for digest in &digests {
                let got = repo.get(&format!("/manifests/{digest}"));
                assert_eq!(got.text(), manifest);
                assert_eq!(got.header("docker-content-digest").as_ref(), Some(digest));
                status(&repo.send("HEAD", &format!("/manifests/{digest}"), &[], b""), 200);
            }
            let child = json!({ "mediaType": MANIFEST, "digest": digests[1], "size": manifest.len() });
            let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [child] }).to_string();
            let whole = sha512(index.as_bytes());
            status(&repo.put(&whole, &index), 201);
            refused(&repo.send("DELETE", &format!("/manifests/{}", digests[0]), &[], b""), 403, "DENIED");
            status(&repo.send("DELETE", &format!("/manifests/{whole}"), &[], b""), 202);
            status(&repo.send("DELETE", &format!("/manifests/{}", digests[1]), &[], b""), 202);
            for reference in ["v1", &digests[0], &digests[1]] {
                refused(&repo.get(&format!("/manifests/{reference}")), 404, "MANIFEST_UNKNOWN");
            }
        }
    }),
    ("A push by digest sets the tags of the query, and says so", |repo| {
        let manifest = repo.manifest(&[], json!({}));
        let tags: Vec<String> = (0..12).map(|n| format!("t{n:02}")).collect();
        let query: Vec<String> = tags.iter().map(|tag| format!("tag={tag}")).collect();
        let answer = repo.put(&format!("{}?{}", sha256(manifest.as_bytes()), query.join("&")), &manifest);
        status(&answer, 201);
        assert_eq!(answer.header("oci-tag"), Some(tags.join(", ")));
        assert_eq!(repo.tags(), tags);
    }),
    ("A manifest of 4 MiB is kept, and one byte more is 413", |repo| {
        let manifest = repo.manifest(&[], json!({ "annotations": { "x": "" } }));
        let fill = |size: usize| {
            let more = "x".repeat(size - manifest.len());
            manifest.replace(r#""x":"""#, &format!(r#""x":"{more}""#))
        };
        status(&repo.put("v1", &fill(4 * 1024 * 1024)), 201);
        refused(&repo.put("v1", &fill(4 * 1024 * 1024 + 1)), 413, "SIZE_INVALID");
    }),
    ("A subject is answered with OCI-Subject, whether or not it is there", |repo| {
        let subject = repo.image("v1", "x");
        for subject in [subject.as_str(), ABSENT] {
            let answer = repo.put("about", &about(repo, subject, None, "1"));
            status(&answer, 201);
            assert_eq!(answer.header("oci-subject").as_deref(), Some(subject));
        }
        assert_eq!(repo.put("v2", &repo.manifest(&[], json!({}))).header("oci-subject"), None);
    }),
];

const DISCOVERY: &[Must] = &[
    ("Tags are listed in order; a repository without any has an empty list", |repo| {
        assert_eq!(repo.get("/tags/list").json(), json!({ "name": repo.name, "tags": [] }));
        for tag in ["b", "a", "B", "_", "a1"] {
            repo.image(tag, "x");
        }
        assert_eq!(repo.tags(), ["B", "_", "a", "a1", "b"]);
    }),
    ("n limits the list, last continues it, and Link leads through all of it", |repo| {
        let manifest = repo.manifest(&[], json!({}));
        let all: Vec<String> = (0..7).map(|n| format!("t{n}")).collect();
        all.iter().for_each(|tag| status(&repo.put(tag, &manifest), 201));
        let list = |query: &str| names(&repo.get(&format!("/tags/list?{query}")).json()["tags"]);
        assert_eq!(list("n=3"), all[..3]);
        assert_eq!(list("n=3&last=t2"), all[3..6]);
        assert_eq!(list("last=t4"), all[5..]);
        assert_eq!(list("last=t4x"), all[5..]);
        assert_eq!(list("n=99999999999999999999999"), all);
        let none = repo.get("/tags/list?n=0");
        assert_eq!((none.json()["tags"].clone(), none.header("link")), (json!([]), None));
        assert_eq!(repo.get("/tags/list?n=7").header("link"), None);
        for bad in ["n=-1", "n=x", "n="] {
            status(&repo.get(&format!("/tags/list?{bad}")), 400);
        }
        let (mut found, mut path) = (Vec::new(), format!("/v2/{}/tags/list?n=2", repo.name));
        loop {
            let page = repo.get(&path);
            found.extend(names(&page.json()["tags"]));
            let Some(link) = page.header("link") else { break };
            assert!(link.ends_with(">; rel=\"next\""), "{link}");
            path = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
        }
        assert_eq!(found, all);
    }),
    ("Referrers are an index of all that name the digest, empty when none does", |repo| {
        let none = repo.get(&format!("/referrers/{ABSENT}"));
        status(&none, 200);
        assert_eq!(none.header("content-type").as_deref(), Some(INDEX));
        assert_eq!(none.json(), json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] }));
        for bad in ["sha256:12", "v1", "md5:d41d8cd98f00b204e9800998ecf8427e"] {
            status(&repo.get(&format!("/referrers/{bad}")), 400);
        }
        status(&repo.get(&format!("/v2/no/such/referrers/{ABSENT}")), 404);
    }),
    ("A referrer is listed with type, size, digest, artifactType and annotations", |repo| {
        let typed = about(repo, ABSENT, Some("application/x.sbom"), "1");
        let untyped = about(repo, ABSENT, None, "2");
        let subject = json!({ "mediaType": MANIFEST, "digest": ABSENT, "size": 7 });
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [], "subject": subject });
        let index = index.to_string();
        for (manifest, kind, expected) in [
            (&typed, MANIFEST, Some("application/x.sbom")),
            (&untyped, MANIFEST, Some(EMPTY)),
            (&index, INDEX, None),
        ] {
            let digest = sha256(manifest.as_bytes());
            status(&repo.put(&digest, manifest), 201);
            let list = repo.get(&format!("/referrers/{ABSENT}")).json();
            let found = list["manifests"].as_array().unwrap().iter().find(|d| d["digest"] == json!(digest));
            let found = found.expect("the referrer that was pushed");
            assert_eq!(found["mediaType"], json!(kind));
            assert_eq!(found["size"], json!(manifest.len()));
            assert_eq!(found.get("artifactType").and_then(|kind| kind.as_str()), expected);
            let said: serde_json::Value = serde_json::from_str(manifest).unwrap();
            assert_eq!(found.get("annotations"), said.get("annotations"));
        }
        assert_eq!(
            repo.get(&format!("/referrers/{ABSENT}")).json()["manifests"].as_array().unwrap().len(),
            3
        );
    }),
    ("A filter on artifactType is applied, and said in OCI-Filters-Applied", |repo| {
        for (kind, salt) in [(Some("application/a+b"), "1"), (Some("application/b"), "2"), (None, "3")] {
            let manifest = about(repo, ABSENT, kind, salt);
            status(&repo.put(&sha256(manifest.as_bytes()), &manifest), 201);
        }
        for (filter, count) in
            [("application/a%2Bb", 1), ("application/a+b", 1), ("application%2Fb", 1), (EMPTY, 1), ("x", 0)]
        {
            let answer = repo.get(&format!("/referrers/{ABSENT}?artifactType={filter}"));
            assert_eq!(answer.header("oci-filters-applied").as_deref(), Some("artifactType"));
            assert_eq!(answer.json()["manifests"].as_array().unwrap().len(), count, "{filter}");
        }
        assert_eq!(repo.get(&format!("/referrers/{ABSENT}")).header("oci-filters-applied"), None);
    }),
    ("A long list of referrers comes in pages, each an index that clients accept", |repo| {
        let long = "x".repeat(1_500_000);
        for salt in 0..5 {
            let manifest = about(repo, ABSENT, Some("application/x"), &format!("{salt}{long}"));
            status(&repo.put(&sha256(manifest.as_bytes()), &manifest), 201);
        }
        let (mut found, mut pages) = (Vec::new(), 0);
        let mut path = format!("/referrers/{ABSENT}?artifactType=application/x");
        loop {
            let page = repo.get(&path);
            assert!(page.body.len() <= 4 * 1024 * 1024);
            found
                .extend(page.json()["manifests"].as_array().unwrap().iter().map(|d| d["digest"].to_string()));
            pages += 1;
            let Some(link) = page.header("link") else { break };
            path = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
        }
        found.sort();
        found.dedup();
        assert_eq!((found.len(), pages), (5, 3));
    }),
    ("A referrer that is deleted, or is about something else now, is not listed", |repo| {
        let manifest = about(repo, ABSENT, None, "1");
        let digest = sha256(manifest.as_bytes());
        status(&repo.put("v1", &manifest), 201);
        status(&repo.send("DELETE", &format!("/manifests/{digest}"), &[], b""), 202);
        assert_eq!(repo.get(&format!("/referrers/{ABSENT}")).json()["manifests"], json!([]));
    }),
];

const MANAGEMENT: &[Must] = &[
    ("A tag is deleted by 202; the manifest and its other tags stay", |repo| {
        let digest = repo.image("v1", "x");
        repo.image("v2", "x");
        status(&repo.send("DELETE", "/manifests/v1", &[], b""), 202);
        refused(&repo.get("/manifests/v1"), 404, "MANIFEST_UNKNOWN");
        refused(&repo.send("DELETE", "/manifests/v1", &[], b""), 404, "MANIFEST_UNKNOWN");
        for reference in ["v2", &digest] {
            status(&repo.get(&format!("/manifests/{reference}")), 200);
        }
        assert_eq!(repo.tags(), ["v2"]);
    }),
    ("A manifest is deleted by 202, with every tag that points at it", |repo| {
        let digest = repo.image("v1", "x");
        repo.image("v2", "x");
        repo.image("other", "y");
        status(&repo.send("DELETE", &format!("/manifests/{digest}"), &[], b""), 202);
        for reference in ["v1", "v2", &digest] {
            status(&repo.get(&format!("/manifests/{reference}")), 404);
        }
        assert_eq!(repo.tags(), ["other"]);
        repo.image("v1", "x");
        status(&repo.get(&format!("/manifests/{digest}")), 200);
    }),
    ("A blob is deleted by 202, and is 404 then", |repo| {
        let path = format!("/blobs/{}", repo.blob(b"x"));
        status(&repo.send("DELETE", &path, &[], b""), 202);
        refused(&repo.get(&path), 404, "BLOB_UNKNOWN");
        refused(&repo.send("DELETE", &path, &[], b""), 404, "BLOB_UNKNOWN");
        repo.blob(b"x");
        status(&repo.get(&path), 200);
    }),
    ("Deleting in a repository that is not there is 404", |repo| {
        for path in ["manifests/v1", &format!("manifests/{ABSENT}"), &format!("blobs/{ABSENT}")] {
            refused(&repo.send("DELETE", &format!("/v2/no/such/{path}"), &[], b""), 404, "NAME_UNKNOWN");
        }
    }),
    ("What is not offered is 405", |repo| {
        refused(&repo.send("POST", "/manifests/v1", &[], b""), 405, "UNSUPPORTED");
        refused(&repo.send("DELETE", "/tags/list", &[], b""), 405, "UNSUPPORTED");
    }),
];

/// Tries every row, and tells all that do not hold.
fn hold(rows: &[Must]) {
    let practice = Practice::start();
    let mut broken = Vec::new();
    for (number, (says, check)) in rows.iter().enumerate() {
        let repo = practice.repository(&format!("specification/of/any-depth/{number}"));
        let tried = catch_unwind(AssertUnwindSafe(|| check(&repo)));
        if tried.is_err() {
            broken.push(*says);
        }
    }
    assert!(broken.is_empty(), "does not hold (reasons above):\n  {}", broken.join("\n  "));
}

#[test]
fn pull() {
    hold(PULL);
}

#[test]
fn push_blobs() {
    hold(PUSH_BLOBS);
}

#[test]
fn push_manifests() {
    hold(PUSH_MANIFESTS);
}

#[test]
fn content_discovery() {
    hold(DISCOVERY);
}

#[test]
fn content_management() {
    hold(MANAGEMENT);
}
