//! A process that is killed loses nothing of what it was told is kept.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use evroute_journal::{Durability, Journal, JournalLimits, JournalStore, RowChange};

/// Tells the child that it is one, and where to write.
const FILE: &str = "EVROUTE_TEST_JOURNAL";
const POWER: &str = "EVROUTE_TEST_POWER";

/// How often a process is killed.
const KILLS: u32 = 12;

const LIMITS: JournalLimits = JournalLimits {
    queued_bytes_max: 1 << 20,
    kept_bytes_max: 1 << 30,
};

fn open(journal: &Journal, durability: Durability) -> JournalStore {
    journal
        .open_store(("acme", "location"), durability, LIMITS)
        .unwrap()
}

/// Not a test by itself: what the other one starts, to be killed. Eight threads write rows and say
/// the number of each that is kept.
#[test]
fn child() {
    let Some(file) = std::env::var_os(FILE) else {
        return;
    };
    let durability = match std::env::var_os(POWER) {
        Some(_) => Durability::Power,
        None => Durability::Process,
    };
    let journal = Journal::at(file);
    let store = open(&journal, durability);
    let told = Mutex::new(std::io::stdout());
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let (store, told) = (&store, &told);
            scope.spawn(move || {
                for number in 0_u64.. {
                    let key = (thread << 32 | number).to_be_bytes();
                    let row = RowChange::put(key, number.to_string().repeat(20).into());
                    store.append(vec![row]).unwrap().wait().unwrap();
                    let line = format!("kept {}\n", u64::from_be_bytes(key));
                    told.lock().unwrap().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
}

/// Kills a child once it has told of so many rows. The answer is those that it told of.
fn killed_after(file: &Path, durability: Durability, rows: usize) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "child", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if durability == Durability::Power {
        child.env(POWER, "1");
    }
    let mut child = child.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut kept = Vec::new();
    for line in lines {
        let line = line.unwrap();
        // The last may be cut.
        let number: Option<u64> = line
            .strip_prefix("kept ")
            .and_then(|number| number.parse().ok());
        kept.extend(number);
        if kept.len() == rows {
            child.kill().unwrap();
        }
    }
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert!(kept.len() >= rows);
    kept
}

#[test]
fn what_a_killed_process_was_told_is_kept_is_there() {
    for round in 0..KILLS {
        let durability = match round % 3 {
            0 => Durability::Power,
            _ => Durability::Process,
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.db");
        // Two processes one after the other: the second one goes on with what the first left.
        let first = 37 * (usize::try_from(round).unwrap() + 1);
        let mut told = killed_after(&file, durability, first);
        told.extend(killed_after(&file, durability, 300));
        let journal = Journal::at(&file);
        let mut found = std::collections::HashSet::new();
        open(&journal, durability)
            .rows(|key, row| {
                let key = u64::from_be_bytes(key.try_into().unwrap());
                let number = (key & u64::from(u32::MAX)).to_string();
                assert_eq!(row, number.repeat(20).as_bytes());
                found.insert(key);
            })
            .unwrap();
        let lost: Vec<_> = told.iter().filter(|key| !found.contains(key)).collect();
        assert!(
            lost.is_empty(),
            "round {round}: {} of {}",
            lost.len(),
            told.len()
        );
    }
}
