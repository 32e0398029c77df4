//! Small servers on loopback that stand in for AWS: one that says what it is told, and one that passes what it
//! is asked on to a practice ECR and remembers the tokens that went by.

use docker_ecr_tutor::practice::authorization;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request, as far as an answer hangs on it.
pub struct Asked {
    /// `X-Amz-Target`; STS has none.
    pub target: String,
    /// `Content-Type`.
    pub kind: String,
    pub body: Vec<u8>,
}

/// Answers every request on loopback by `answer`, until the process ends.
pub fn serve(answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    let address = listener.local_addr().expect("its address");
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || {
                let mut stream = stream;
                if let Some(asked) = read(&mut stream) {
                    let _ = stream.write_all(&answer(&asked));
                }
            });
        }
    });
    address
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let end = loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let found = head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        found.unwrap_or_default()
    };
    let length: usize = header("content-length").parse().unwrap_or(0);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&buffer[..count]);
    }
    Some(Asked { target: header("x-amz-target"), kind: header("content-type"), body })
}

/// An answer in one piece.
pub fn answer(status: u16, kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

/// STS's answer: who the credentials belong to.
pub fn identity(account: &str) -> Vec<u8> {
    let body = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/ada</Arn><UserId>AIDAADA</UserId><Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    answer(200, "text/xml", &body)
}

/// What has a secret in it, of what went by.
pub type Tokens = Arc<Mutex<Vec<String>>>;

/// Stands in for AWS, with any keys: STS says who one is, a practice ECR does the rest.
pub fn stand_in(practice: SocketAddr) -> (SocketAddr, Tokens) {
    let tokens = Tokens::default();
    let seen = tokens.clone();
    let address = serve(move |asked| {
        if asked.target.is_empty() {
            return identity("123456789012");
        }
        let mut stream = TcpStream::connect(practice).expect("the practice ECR");
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {practice}\r\nConnection: close\r\nX-Amz-Target: {}\r\nContent-Type: {}\r\n\
             Authorization: {}\r\nContent-Length: {}\r\n\r\n",
            asked.target,
            asked.kind,
            authorization(&asked.target, &asked.body),
            asked.body.len()
        );
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&asked.body));
        sent.expect("a request to the practice ECR");
        let mut answered = Vec::new();
        stream.read_to_end(&mut answered).expect("its answer");
        if asked.target.ends_with("GetAuthorizationToken") {
            use base64::Engine as _;
            let text = String::from_utf8_lossy(&answered);
            let token =
                text.split("\"authorizationToken\":\"").nth(1).and_then(|rest| rest.split('"').next());
            let token = token.expect("a token in the answer").to_owned();
            let login = base64::engine::general_purpose::STANDARD.decode(&token).expect("base64");
            let login = String::from_utf8(login).expect("text");
            let password = login.split_once(':').expect("user and password").1.to_owned();
            seen.lock().expect("no panic").extend([token, password]);
        }
        answered
    });
    (address, tokens)
}
