//! `clean` takes all that this program made, and nothing that stands beside it.

use super::common::*;
use super::private::Private;
use super::support::{self, Home};
use docker_ecr_tutor::engine::{Engine, RunRequest};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio_util::sync::CancellationToken;

/// Things of somebody else's, beside and upon those of this program.
struct Decoys {
    engine: support::Engine,
    name: String,
    containers: Vec<String>,
}

impl Decoys {
    /// A container of the base image, one of `ours` (which has our labels from it), and an image, a network
    /// and a volume with another label.
    fn make(engine: support::Engine, ours: &str, label: &str) -> Self {
        let name = format!("decoy-{label}");
        let post = |path: &str, body: Value| {
            let (status, told) = engine.request("POST", path, Some(&body.to_string())).expect("an answer");
            let told: Value = serde_json::from_slice(&told).unwrap_or_default();
            assert!((200..300).contains(&status), "{path}: {status} {told}");
            told
        };
        let container = |of: &str, labels: Value| {
            let told = post("/containers/create", json!({"Image": of, "Cmd": ["true"], "Labels": labels}));
            told["Id"].as_str().expect("an id").to_owned()
        };
        let theirs = container(BASE, json!({"decoy": label}));
        let upon_ours = container(ours, json!({}));
        let commit = format!("/commit?container={theirs}&repo={name}&tag=1&changes=LABEL%20decoy={label}");
        post(&commit, json!({}));
        post("/volumes/create", json!({"Name": name, "Labels": {"decoy": label}}));
        post("/networks/create", json!({"Name": name, "Labels": {"decoy": label}}));
        Self { engine, name, containers: vec![theirs, upon_ours] }
    }

    fn there(&self) -> [bool; 5] {
        let is =
            |path: String| self.engine.request("GET", &path, None).is_ok_and(|(status, _)| status == 200);
        [
            is(format!("/containers/{}/json", self.containers[0])),
            is(format!("/containers/{}/json", self.containers[1])),
            self.engine.has_image(&format!("{}:1", self.name)),
            is(format!("/volumes/{}", self.name)),
            is(format!("/networks/{}", self.name)),
        ]
    }

    fn remove_container(&self, at: usize) {
        self.engine.remove_container(&self.containers[at]);
    }
}

impl Drop for Decoys {
    fn drop(&mut self) {
        self.containers.iter().for_each(|id| self.engine.remove_container(id));
        self.engine.remove_image(&format!("{}:1", self.name));
        for kind in ["volumes", "networks"] {
            let _ = self.engine.request("DELETE", &format!("/{kind}/{}", self.name), None);
        }
    }
}

fn volumes(engine: &support::Engine) -> BTreeSet<String> {
    let all = engine.get("/volumes");
    let names = all["Volumes"].as_array().into_iter().flatten().filter_map(|volume| volume["Name"].as_str());
    names.map(str::to_owned).collect()
}

fn cached(engine: &support::Engine) -> BTreeSet<String> {
    let all = engine.get("/system/df");
    let ids = all["BuildCache"].as_array().into_iter().flatten().filter_map(|entry| entry["ID"].as_str());
    ids.map(str::to_owned).collect()
}

/// What this program makes: an image of two stages with a volume, another version of it, a container.
async fn make(engine: &Engine, label: &str) -> docker_ecr_tutor::engine::Container {
    let stages = |text: &str| {
        format!(
            "FROM {BASE} AS one\nRUN echo {label}{text} >/made\nFROM {BASE}\nCOPY --from=one /made /made\nVOLUME /kept\n"
        )
    };
    for text in ["first", "second"] {
        let folder = folder(&[("Dockerfile", &stages(text))]);
        build(engine, request(folder.path(), label)).await.expect("build");
    }
    let asked = RunRequest {
        cmd: vec!["tail".into(), "-f".into(), "/dev/null".into()],
        labels: BTreeMap::from([(label.to_owned(), "1".to_owned())]),
        ..RunRequest::new(format!("{label}:latest"))
    };
    let container = engine.run(asked, |_| {}, CancellationToken::new()).await.expect("run");
    engine.settle(PATIENCE).await;
    container
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_was_made_goes_and_nothing_beside_it() {
    for engine in [engine().await, classic_engine().await] {
        let Some(engine) = engine else { return };
        let Some(socket) = engine.info().endpoint.strip_prefix("unix://") else { return };
        let asked = support::Engine::at(std::path::Path::new(socket));
        let label = fresh();
        let container = make(&engine, &label).await;
        let mine: Vec<String> = asked.get(&format!("/containers/{}/json", container.id()))["Mounts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|mount| mount["Name"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(mine.len(), 1, "a volume that has no name");
        let decoys = Decoys::make(asked.clone(), &format!("{label}:latest"), &label);
        assert_eq!(decoys.there(), [true; 5]);

        // Somebody's container stands on our image: it stays, and that is said.
        let filter = format!("{label}=1");
        let named = json!({"Name": format!("kept-{label}"), "Labels": {&label: "1"}}).to_string();
        assert_eq!(asked.request("POST", "/volumes/create", Some(&named)).expect("an answer").0, 201);
        let report = engine.clean_label(&filter).await.expect("clean");
        assert_eq!(report.volumes, [format!("kept-{label}")]);
        assert_eq!(report.containers.len(), 1, "{report:?}");
        assert_eq!(report.kept.len(), 1, "{report:?}");
        assert!(report.kept[0].starts_with(&format!("image {label}:latest: ")), "{report:?}");
        assert_eq!(decoys.there(), [true; 5]);
        assert!(!engine.has_container(container.id()).await.expect("ask"));
        assert!(!volumes(&asked).contains(&mine[0]), "the volume goes with its container");

        decoys.remove_container(1);
        let report = engine.clean_label(&filter).await.expect("clean");
        assert_eq!((report.kept.len(), report.images.is_empty()), (0, false), "{report:?}");
        assert_eq!(engine.images_with_label(&label).await.expect("list"), Vec::<String>::new());
        assert_eq!(decoys.there(), [true, false, true, true, true]);
        assert!(engine.has_image(BASE).await.expect("ask"));
        let again = engine.clean_label(&filter).await.expect("clean");
        assert_eq!(again, docker_ecr_tutor::engine::CleanReport::default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_cleans_an_engine_and_leaves_what_is_not_ours() {
    if support::in_turn() {
        return; // It has an engine of its own.
    }
    let Some(private) = Private::start(0) else { return };
    let engine = Engine::connect(&private.environment()).await.expect("it answers");
    let home = Home::new();
    let clean = || {
        let host = private.environment().docker_host.expect("its socket");
        let output = home.command(&["clean"]).env("DOCKER_HOST", host).output().expect("the program");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(clean(), (Some(0), "There is nothing of ours in the engine.\n".to_owned()));
    let label = fresh();
    let _container = make(&engine, &label).await;
    let decoys = Decoys::make(private.asked(), &format!("{label}:latest"), &label);
    decoys.remove_container(1);
    let cache = cached(&private.asked());
    let (code, told) = clean();
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("Removed: 1 container, 1 image, 0 volumes; about "), "{told}");
    assert!(told.contains("docker builder prune"), "{told}");
    assert_eq!(decoys.there(), [true, false, true, true, true]);
    let (containers, images) =
        (private.asked().get("/containers/json?all=1"), private.asked().get("/images/json?all=1"));
    assert_eq!(
        (containers.as_array().map(Vec::len), images.as_array().map(Vec::len)),
        (Some(1), Some(2)),
        "{images}"
    );
    assert!(
        !cache.is_empty() && cached(&private.asked()).is_superset(&cache),
        "the builder's cache is not ours alone"
    );
}
