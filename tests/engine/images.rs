//! The program's image explorer on images of whichever engine it is.

use super::common::*;
use super::support::Home;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_explored_and_a_file_that_was_removed_is_taken_out() {
    for engine in [engine().await, classic_engine().await] {
        let Some(engine) = engine else { return };
        let label = fresh();
        let dockerfile = format!(
            "FROM {BASE}\nRUN echo {label} >/own && head -c 300000 /dev/zero >/big\nCOPY note /note\nRUN rm /big\n"
        );
        let folder = folder(&[("Dockerfile", &dockerfile), ("note", "12345")]);
        let outcome = build(&engine, request(folder.path(), &label)).await.expect("build");
        let home = Home::new();
        let ask = |arguments: &[&str]| {
            let mut command = home.command(&["image", &label]);
            command.args(arguments).env("DOCKER_HOST", &engine.info().endpoint).env_remove("CI");
            let output = command.output().expect("the program");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let told: Value = serde_json::from_str(&ask(&["--files", "--format", "json"])).expect("JSON");
        assert_eq!(told["id"], outcome.image.id);
        assert_eq!(told["tags"][0], format!("{label}:latest"));
        let layers = told["layers"].as_array().expect("layers");
        let sizes: Vec<u64> =
            layers.iter().skip(1).filter_map(|layer| layer["size_bytes"].as_u64()).collect();
        assert_eq!(sizes, [300_000 + label.len() as u64 + 1, 5, 0]);
        assert_eq!(told["wasted_bytes"], 300_000);
        let made: Vec<&str> =
            layers.iter().skip(1).filter_map(|layer| layer["instruction"].as_str()).collect();
        assert!(
            made[0].starts_with("RUN echo") && made[1].contains("/note") && made[2] == "RUN rm /big",
            "{made:?}"
        );
        let gone: Vec<&Value> = layers[3]["files"].as_array().expect("files").iter().collect();
        assert!(gone.iter().any(|file| file["path"] == "/big" && file["change"] == "removed"), "{gone:?}");
        let out = home.path().join("big");
        ask(&["--extract", "/big", "--layer", "2", "-o", out.to_str().expect("a path")]);
        assert_eq!(std::fs::metadata(out).expect("it is written").len(), 300_000);
        clean(&engine, &label).await;
    }
}
