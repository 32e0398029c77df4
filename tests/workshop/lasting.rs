//! What lasts: servers and hosts that are killed, messages that come twice or in another order.

use crate::hosted::{Hosted, again, is_there, start, within};
use docker_ecr_tutor::workshop::host::{HostError, folder::FolderError};
use docker_ecr_tutor::workshop::record::Line;
use docker_ecr_tutor::workshop::room::{Change, Clock};
use docker_ecr_tutor::workshop::words::Says;

fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_comes_back_and_nothing_is_lost_or_counted_twice() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut hosted = Hosted::new(data.path()).await;
    let mut ada = hosted.learner().await;
    ada.tell(1, 5).await;
    kill(hosted.handle.server.expect("a process of ours"));
    // Told while the server is away, and again until it is recorded.
    for seq in 6..=12 {
        ada.tell(seq, seq).await;
    }
    let key = ada.key.clone();
    hosted.until("all of it", |hosted| hosted.numbers(&key).len() >= 12).await;
    assert_eq!(hosted.numbers(&key), (1..=12).collect::<Vec<_>>());
    hosted.until("away and here again", |hosted| hosted.away >= 1 && hosted.here >= 2).await;
    hosted.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_started_again_goes_on_where_it_was() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut hosted = Hosted::new(data.path()).await;
    let mut ada = hosted.learner().await;
    ada.tell(1, 3).await;
    let changes = hosted.handle.changes();
    changes.send(Change::Part { part: 1 }).await.unwrap();
    changes.send(Change::Announce { text: "Lunch at noon".into() }).await.unwrap();
    let done = |hosted: &Hosted| hosted.lines.iter().filter(|line| matches!(line, Line::Did { .. })).count();
    hosted.until("both changes", |hosted| done(hosted) == 2).await;
    let (workshop, address) = (hosted.handle.workshop.clone(), hosted.handle.address.clone());
    let second = start(data.path(), again(&workshop)).await;
    assert!(matches!(second, Err(HostError::Folder(FolderError::Hosted(_)))), "two hosts of one workshop");
    let key = ada.key.clone();
    hosted.until("all of it", |hosted| hosted.numbers(&key) == [1, 2, 3]).await;
    let before = hosted.lines;
    hosted.handle.stop().await;

    let mut hosted = start(data.path(), again(&workshop)).await.unwrap();
    assert_eq!(hosted.handle.address, address, "learners come back to where they were");
    hosted.until("the record", |hosted| hosted.live).await;
    assert_eq!(hosted.lines, before);
    ada.tell(4, 5).await;
    hosted.until("what came later", |hosted| hosted.numbers(&key) == [1, 2, 3, 4, 5]).await;
    let says = ada.word_to_all().await.says;
    let Says::Room { room } = says else { panic!("{says:?}") };
    assert!(matches!(room.clock, Clock::Running { part: 1, .. }), "{:?}", room.clock);
    hosted.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_said_when_it_changes_and_to_who_joins() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut hosted = Hosted::new(data.path()).await;
    let mut ada = hosted.learner().await;
    ada.send([1]).await;
    // Two words come to who joins, in no promised order.
    let (first, second) = (ada.word().await.says, ada.word().await.says);
    let is_room = |says: &Says| matches!(says, Says::Room { room } if room.clock == Clock::Waiting);
    let is_recorded = |says: &Says| matches!(says, Says::Recorded { up_to: 1 });
    assert!(
        (is_room(&first) && is_recorded(&second)) || (is_room(&second) && is_recorded(&first)),
        "{first:?} {second:?}"
    );
    let helped = Change::Helped { learner: ada.key.clone(), seq: 1 };
    for change in [Change::Part { part: 0 }, helped, Change::OpenHints { exercise: "exercise-1".into() }] {
        hosted.handle.changes().send(change).await.unwrap();
    }
    loop {
        let word = ada.word_to_all().await;
        let Says::Room { room } = word.says else { panic!("{word:?}") };
        if room.revision == 3 {
            assert!(room.hints.contains("exercise-1") && room.helped.contains_key(&ada.key), "{room:?}");
            assert!(room.part(word.at).is_some_and(|now| now.index == 0), "{room:?}");
            break;
        }
    }
    hosted.until("the changes in the record", |hosted| hosted.lines.len() >= 4).await;
    hosted.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_twice_or_in_another_order_is_recorded_once() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut hosted = Hosted::new(data.path()).await;
    let mut ada = hosted.learner().await;
    for numbers in [4..=6, 1..=1, 4..=6, 9..=9, 1..=1, 2..=3, 2..=3, 5..=6, 9..=9, 7..=8, 8..=8] {
        ada.send(numbers).await;
    }
    ada.tell(10, 10).await;
    let key = ada.key.clone();
    hosted.until("all of it", |hosted| hosted.numbers(&key).len() >= 10).await;
    let mut numbers = hosted.numbers(&key);
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    let workshop = hosted.handle.workshop.clone();
    hosted.handle.stop().await;
    // The stream is read again where it ends, and what is known of it is not recorded again.
    let mut hosted = start(data.path(), again(&workshop)).await.unwrap();
    ada.tell(11, 11).await;
    hosted.until("one more", |hosted| hosted.numbers(&key).len() >= 11).await;
    assert_eq!(hosted.numbers(&key).len(), 11);
    hosted.handle.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_gone_is_made_again_and_learners_fill_it() {
    if !is_there() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut hosted = Hosted::new(data.path()).await;
    let mut ada = hosted.learner().await;
    ada.tell(1, 4).await;
    let js = async_nats::jetstream::new(hosted.instructor().await);
    within("the stream is deleted", js.delete_stream(hosted.subjects().stream())).await.unwrap();
    ada.tell(5, 6).await;
    let key = ada.key.clone();
    hosted.until("all of it", |hosted| hosted.numbers(&key) == [1, 2, 3, 4, 5, 6]).await;
    hosted.handle.stop().await;
}
