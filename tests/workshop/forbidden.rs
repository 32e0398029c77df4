//! What a learner's pass does not open, each thing tried with a plain client; and what only the instructor may.

use crate::hosted::{Hosted, Learner, is_there, within};
use async_nats::HeaderMap;
use docker_ecr_tutor::workshop::event::{MAX_PARCEL, What};
use docker_ecr_tutor::workshop::seat::{Key, Kind, Seat, jwt, options};
use docker_ecr_tutor::workshop::words::{Says, Word, WordError};
use futures_util::StreamExt as _;

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_hears_nothing_but_what_is_said_to_it_and_to_all() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let hosted = Hosted::new(data.path()).await;
    let mut eve = hosted.learner().await;
    let ada = hosted.learner().await;
    let (subjects, id) = (hosted.subjects(), hosted.handle.workshop.clone());
    for subject in [
        subjects.to(&ada.key),
        subjects.from(&ada.key),
        subjects.from(&eve.key),
        subjects.told(),
        subjects.to("*"),
        format!("tutor.{id}.>"),
        format!("tutor.{id}.*"),
        "tutor.>".to_owned(),
        ">".to_owned(),
        "*".to_owned(),
        "$JS.API.>".to_owned(),
        "$JS.EVENT.>".to_owned(),
        "$SYS.>".to_owned(),
        "_INBOX.>".to_owned(),
    ] {
        // One at a time: a learner has few subscriptions to have.
        let refused = eve.client.subscribe(subject.clone()).await.unwrap();
        eve.complaint(&["permissions violation for subscription", &format!("\"{subject}\"")]).await;
        drop(refused);
    }
    // The refusals cost it nothing that it may do.
    eve.tell(1, 1).await;
    hosted.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_learner_tells_in_its_own_name_and_nowhere_else() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut hosted = Hosted::new(data.path()).await;
    let mut eve = hosted.learner().await;
    let ada = hosted.learner().await;
    let (subjects, stream) = (hosted.subjects(), hosted.subjects().stream());
    for subject in [
        subjects.from(&ada.key),
        subjects.from("anybody"),
        subjects.to(&ada.key),
        subjects.to(&eve.key),
        subjects.all(),
        "anything".to_owned(),
        format!("$JS.API.STREAM.PURGE.{stream}"),
        format!("$JS.API.STREAM.DELETE.{stream}"),
        format!("$JS.API.STREAM.INFO.{stream}"),
        format!("$JS.API.STREAM.MSG.GET.{stream}"),
        format!("$JS.API.DIRECT.GET.{stream}"),
        "$JS.API.INFO".to_owned(),
        "$SYS.REQ.SERVER.PING".to_owned(),
        "$SYS.REQ.CLAIMS.UPDATE".to_owned(),
    ] {
        eve.client.publish(subject.clone(), eve.parcel("Ada", vec![(1, What::Joined)]).into()).await.unwrap();
        eve.complaint(&["permissions violation for publish", &format!("\"{subject}\"")]).await;
    }
    eve.tell(1, 2).await;
    let key = eve.key.clone();
    hosted.until("what it may tell", |hosted| hosted.numbers(&key).len() == 2).await;
    assert_eq!(hosted.numbers(&ada.key), [0_u64; 0], "nothing in another's name");
    hosted.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_no_way_to_have_the_server_do_what_a_learner_may_not() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut hosted = Hosted::new(data.path()).await;
    let (mut ada, mut eve) = (hosted.learner().await, hosted.learner().await);
    ada.tell(1, 3).await;
    let (subjects, stream) = (hosted.subjects(), hosted.subjects().stream());
    let js = async_nats::jetstream::new(hosted.instructor().await);
    let first = async |why: &str| {
        let mut kept = js.get_stream(&stream).await.unwrap();
        let state = kept.info().await.unwrap().state.clone();
        assert_eq!(state.first_sequence, 1, "{why}");
        assert!(state.messages >= 1, "{why}: {state:?}");
    };
    first("before").await;
    for (number, reply) in [
        format!("$JS.API.STREAM.PURGE.{stream}"),
        format!("$JS.API.STREAM.DELETE.{stream}"),
        subjects.all(),
        subjects.to(&ada.key),
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = eve.parcel("Eve", vec![(number as u64 + 1, What::Idle)]);
        let to = subjects.from(&eve.key);
        // Rolled up, acknowledged, expected: headers ask the stream for things too.
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Rollup", "all");
        eve.client.publish_with_reply(to.clone(), reply.clone(), bytes.clone().into()).await.unwrap();
        eve.client.publish_with_reply_and_headers(to, reply.clone(), headers, bytes.into()).await.unwrap();
        eve.tell(number as u64 + 1, number as u64 + 1).await;
        first(&reply).await;
    }
    ada.tell(4, 4).await;
    let key = ada.key.clone();
    hosted.until("all of the other", |hosted| hosted.numbers(&key) == [1, 2, 3, 4]).await;
    hosted.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_token_or_writes_its_own_rights_is_not_let_in() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let (hosted, other) = (Hosted::new(data.path()).await, Hosted::new(data.path()).await);
    let server = hosted.handle.address.server();
    let refused = async |what: &str, options: async_nats::ConnectOptions| {
        let tried = within(what, options.connect(&server)).await;
        let said = tried.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("authorization violation"), "{what}: {said}");
    };
    refused("nobody", async_nats::ConnectOptions::new()).await;
    refused("a password", async_nats::ConnectOptions::with_user_and_password("a".into(), "b".into())).await;
    let seat = hosted.seat().await;
    let wrong = Seat { token: other.handle.address.token.clone(), ..seat.clone() };
    refused("the token of another workshop", wrong.options()).await;
    // The instructor's kind of pass, signed with the key that everybody in the room has.
    let me = Key::make(Kind::Learner).unwrap();
    let pass = jwt::instructor(&me.public(), &seat.token.signing());
    refused("a pass that takes all rights", options(pass, me)).await;
    // A pass made out to somebody else.
    let pass = jwt::learner(&hosted.seat().await.key.public(), &seat.token.signing(), &seat.account);
    refused("another's pass", options(pass, seat.key.clone())).await;
    // And the same parts, put together well, are let in.
    let mut ada = Learner::connect(&server, seat, |options| options).await;
    ada.tell(1, 1).await;
    hosted.handle.stop().await;
    other.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_instructor_reads_everyone_and_only_its_own_words_are_believed() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let hosted = Hosted::new(data.path()).await;
    let mut ada = hosted.learner().await;
    let instructor = hosted.instructor().await;
    let mut everything = instructor.subscribe(format!("tutor.{}.>", hosted.handle.workshop)).await.unwrap();
    instructor.flush().await.unwrap();
    // A subscription stands when the server has it: until then the learner tells once more.
    let heard = async {
        loop {
            ada.send([1]).await;
            let again = tokio::time::sleep(std::time::Duration::from_millis(300));
            tokio::pin!(again);
            loop {
                tokio::select! {
                    message = everything.next() => {
                        if message.unwrap().subject.as_str() == hosted.subjects().from(&ada.key) {
                            return;
                        }
                    }
                    () = &mut again => break,
                }
            }
        }
    };
    within("the instructor hears the learner", heard).await;
    // Somebody who can publish there, and has not the key of the words.
    let forger = Key::make(Kind::Account).unwrap();
    let to = hosted.subjects().to(&ada.key);
    let forged = Word::new(0, Says::Recorded { up_to: 99 }).write(&to, &forger).unwrap();
    instructor.publish(to, forged.clone().into()).await.unwrap();
    let (mut believed, mut refused) = (0, 0);
    while believed == 0 || refused == 0 {
        let message = ada.raw().await;
        match Word::read(&message.subject, &message.payload, &ada.seat.token) {
            Ok(word) => {
                assert!(!matches!(word.says, Says::Recorded { up_to } if up_to > 1), "{word:?}");
                believed += 1;
            }
            Err(error) => {
                assert_eq!((error, message.payload.to_vec()), (WordError::Forged, forged.clone()));
                refused += 1;
            }
        }
    }
    hosted.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_parcels_are_counted_and_passed_over() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut hosted = Hosted::new(data.path()).await;
    let (mut eve, mut ada) = (hosted.learner().await, hosted.learner().await);
    let good = String::from_utf8(eve.parcel("Eve", vec![(1, What::Idle)])).unwrap();
    let hostile = [
        Vec::new(),
        b"nonsense".to_vec(),
        vec![0xff; 1_000],
        b"[".repeat(50_000),
        good.replace("\"format\":1", "\"format\":9").into_bytes(),
        good.replace("\"seq\":1", "\"seq\":0").into_bytes(),
        good.replace("\"seq\":1", "\"seq\":18446744073709551615").into_bytes(),
        good.replace("idle", "no such thing").into_bytes(),
        vec![b' '; MAX_PARCEL + 1],
    ];
    let count = hostile.len() as u64;
    for bytes in hostile {
        eve.send_raw(bytes).await;
    }
    eve.tell(1, 1).await;
    ada.tell(1, 2).await;
    let (eves, adas) = (eve.key.clone(), ada.key.clone());
    hosted
        .until("what is good of it, and a count of the rest", |hosted| {
            hosted.skipped == count && hosted.numbers(&eves) == [1] && hosted.numbers(&adas) == [1, 2]
        })
        .await;
    // More than a message may hold: the server ends the connection, and nobody else feels it.
    eve.send_raw(vec![b'x'; MAX_PARCEL * 2]).await;
    eve.complaint(&["disconnected"]).await;
    ada.tell(3, 3).await;
    eve.tell(2, 2).await;
    hosted.handle.stop().await;
}
