//! A build context of a gigabyte: it is told, it passes through little memory, and can be stopped.

use super::common::*;
use super::support::{Home, in_podman};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

/// A number that the kernel keeps of a process.
fn kept(process: u32, file: &str, field: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{process}/{file}")).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix(field)).expect("the field");
    line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gigabyte_is_told_takes_little_memory_and_can_be_stopped() {
    let Some(engine) = engine().await else { return };
    let folder = folder(&[("Dockerfile", &format!("FROM {BASE}\nCOPY . /all\n")), ("assets/readme", "")]);
    // It takes no disk here.
    let big = File::create(folder.path().join("assets/big.bin")).expect("a file");
    big.set_len(1_000_000_000).expect("its length");
    let home = Home::new();
    for buildkit in if in_podman() { &["0"][..] } else { &["1", "0"] } {
        let mut command = home.command(&["build"]);
        command
            .arg(folder.path())
            .env("DOCKER_HOST", &engine.info().endpoint)
            .env("DOCKER_BUILDKIT", buildkit);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program");
        let mut told = BufReader::new(child.stdout.take().expect("its output")).lines();
        let note = told.find_map(|line| line.ok().filter(|line| line.starts_with("note: ")));
        let note = note.expect("a note before it is all sent");
        assert!(note.contains("takes 1.00 GB of its folder") && note.contains("assets (1.00 GB)"), "{note}");
        assert!(note.contains(".dockerignore"), "{note}");
        until("a third of it is on its way", PATIENCE, || kept(child.id(), "io", "rchar:") > 300_000_000);
        let memory = kept(child.id(), "status", "VmHWM:") * 1024;
        println!("buildkit {buildkit}: {memory} bytes of memory");
        assert!(memory < 64_000_000, "buildkit {buildkit}: {memory} bytes of memory");
        let process = Pid::from_raw(i32::try_from(child.id()).expect("a number")).expect("a process");
        kill_process(process, Signal::INT).expect("it runs");
        let mut ended = None;
        let done = std::cell::RefCell::new((&mut child, &mut ended));
        let took = until("it ends", Duration::from_secs(2), || {
            let mut held = done.borrow_mut();
            let status = held.0.try_wait().expect("its state");
            *held.1 = status;
            status.is_some()
        });
        println!("buildkit {buildkit}: ended {took:?} after the interrupt");
        assert_eq!(ended.and_then(|status| status.code()), Some(130));
    }
}
