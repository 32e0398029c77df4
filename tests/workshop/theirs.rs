//! A server that is somebody else's: what is missing on it is said, and what is too much; and a server with TLS.

use crate::hosted::{Hosted, Learner, PATIENCE, again, is_there, new, own_address, start, within};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docker_ecr_tutor::workshop::host::rights::RightsError;
use docker_ecr_tutor::workshop::host::{HostError, Setup};
use docker_ecr_tutor::workshop::seat::{Key, Kind, Token, jwt};
use docker_ecr_tutor::workshop::server::Greeting;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server with one account, as somebody else runs it.
struct Theirs {
    folder: tempfile::TempDir,
    ip: IpAddr,
    account: Key,
    operator: Key,
    system: Key,
    child: Option<Child>,
}

impl Theirs {
    fn new() -> Self {
        let key = |kind| Key::make(kind).unwrap();
        let (account, system, operator) = (key(Kind::Account), key(Kind::Account), key(Kind::Operator));
        let folder = tempfile::tempdir().unwrap();
        Self { folder, ip: own_address(), account, operator, system, child: None }
    }

    /// Starts it anew, with these signing keys in its account.
    async fn start(&mut self, signing_keys: Value) {
        self.stop();
        let (system, account) = (self.system.public(), self.account.public());
        let limits = json!({
            "subs": -1, "data": -1, "payload": -1, "wildcards": true, "conn": -1, "leaf": 0,
            "disk_storage": -1, "mem_storage": -1, "streams": -1, "consumer": -1,
        });
        let nats = json!({ "limits": limits, "default_permissions": { "pub": {}, "sub": {} },
            "signing_keys": signing_keys, "type": "account", "version": 2 });
        let config = json!({
            "server_name": "theirs",
            "host": self.ip,
            "port": 4222,
            "jetstream": { "store_dir": self.folder.path().join("store"), "max_file_store": 4_u64 << 30 },
            "operator": jwt::operator(&self.operator, &system),
            "system_account": system,
            "resolver": "MEMORY",
            "resolver_preload": {
                account.clone(): signed(&self.operator, &account, nats),
                system.clone(): jwt::system(&system, &self.operator),
            },
        });
        let file = self.folder.path().join("nats.conf");
        std::fs::write(&file, config.to_string()).unwrap();
        let mut command = Command::new("nats-server");
        command.arg("--config").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        let greets = async {
            while Greeting::read(&self.ip.to_string(), 4222, PATIENCE).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        within("their server greets", greets).await;
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The instructor's credentials there, as `nsc` writes them.
    fn setup(&self) -> Setup {
        let me = Key::make(Kind::Learner).unwrap();
        let creds = format!(
            "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
            jwt::instructor(&me.public(), &self.account),
            me.seed()
        );
        let path = self.folder.path().join("me.creds");
        std::fs::write(&path, creds).unwrap();
        Setup::Theirs { tls: false, host: self.ip.to_string(), port: 4222, creds: path, ca: None }
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        self.stop();
    }
}

fn signed(by: &Key, about: &str, nats: Value) -> String {
    let claims = json!({ "iat": 1_735_689_600, "iss": by.public(), "sub": about, "name": "theirs", "jti": "X", "nats": nats });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({ "typ": "JWT", "alg": "ed25519-nkey" })), part(&claims));
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(by.sign(text.as_bytes())))
}

#[tokio::test(flavor = "multi_thread")]
async fn on_somebody_elses_server_rights_are_tried_and_what_is_wrong_with_them_is_said() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut theirs = Theirs::new();
    theirs.start(json!([])).await;
    let refused = start(data.path(), new(theirs.setup())).await.err().unwrap();
    let HostError::Rights { workshop, fault, commands } = refused else { panic!("{refused}") };
    assert_eq!(fault, RightsError::NoKey);
    let keys =
        std::fs::read_to_string(data.path().join("workshops").join(&workshop).join("keys.json")).unwrap();
    let keys: Value = serde_json::from_str(&keys).unwrap();
    let token = Token::read(keys["token"].as_str().unwrap()).unwrap();
    let signing = token.signing().public();
    for part in
        ["nsc edit signing-key", &theirs.account.public(), &signing, &format!("tutor.{workshop}.from.")]
    {
        assert!(commands.contains(part), "{part}: {commands}");
    }
    assert!(!commands.contains(&token.reveal()[..9]), "commands are handed to others");

    // In the account, but without a role: a pass of it has no rights of its own.
    theirs.start(json!([signing])).await;
    let refused = start(data.path(), again(&workshop)).await.err().unwrap();
    assert!(matches!(refused, HostError::Rights { .. }), "{refused}");

    // With a role that opens everything.
    let mut wide = jwt::scope(&token);
    wide["template"]["pub"] = json!({ "allow": ["tutor.>"] });
    wide["template"]["sub"] = json!({ "allow": ["tutor.>"] });
    theirs.start(json!([wide])).await;
    let refused = start(data.path(), again(&workshop)).await.err().unwrap();
    assert!(matches!(refused, HostError::Rights { fault: RightsError::TooMuch(_), .. }), "{refused}");

    theirs.start(json!([jwt::scope(&token)])).await;
    let mut hosted = start(data.path(), again(&workshop)).await.unwrap();
    let address = hosted.handle.address.clone();
    assert_eq!(address.account, Some(theirs.account.public()), "the join line names the account");
    let mut ada = hosted.learner().await;
    ada.tell(1, 2).await;
    let key = ada.key.clone();
    hosted.until("both events", |hosted| hosted.numbers(&key) == [1, 2]).await;
    assert_eq!(hosted.skipped, 0, "what was tried is not taken for a learner's");
    hosted.handle.stop().await;
}

/// A certificate for this address, and its key.
fn certificate(folder: &Path, ip: IpAddr) -> Option<(PathBuf, PathBuf)> {
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=a workshop", "-addext", &format!("subjectAltName=IP:{ip}")])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&cert)
        .stderr(Stdio::null())
        .status();
    made.is_ok_and(|status| status.success()).then_some((cert, key))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_tls_is_spoken_to_in_tls_and_only_when_it_is_trusted() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let ip = own_address();
    let Some((cert, key)) = certificate(data.path(), ip) else {
        eprintln!("not run: there is no openssl to make a certificate");
        return;
    };
    let tls = Some((cert.clone(), key));
    let setup = Setup::Own { ip, port: None, reached_as: None, tls, ca: Some(cert.clone()) };
    let hosted: Hosted = start(data.path(), new(setup)).await.unwrap();
    let server = hosted.handle.address.server();
    assert!(hosted.handle.address.tls && server.starts_with("tls://"), "{server}");
    let seat = hosted.seat().await;
    let stranger = within("a learner who does not trust it", seat.options().connect(&server)).await;
    assert!(stranger.is_err(), "nobody vouches for this certificate");
    let mut ada = Learner::connect(&server, seat, |options| options.add_root_certificates(cert)).await;
    ada.tell(1, 1).await;
    hosted.handle.stop().await;
}
