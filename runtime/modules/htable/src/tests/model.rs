//! The table against a map that anybody can read.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{S, at, table};
use crate::{Error, Overlay, Settlement, Table, TableConfig, Value};

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    Set(u8, Value, Option<u32>),
    Remove(u8),
    Add(u8, i64),
    Expire(u8, u32),
    Commit,
    Drop,
    Pass(u64),
    /// Everything expired is removed, or extended by so many seconds.
    Sweep(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..6u8;
    let value = prop_oneof![
        any::<i8>().prop_map(|n| Value::Int(n.into())),
        "[a-z]{0,5}".prop_map(|text| Value::text(&text)),
    ];
    let lifetime = prop::option::of(0..20u32);
    prop_oneof![
        4 => (key.clone(), value, lifetime).prop_map(|(k, v, l)| Step::Set(k, v, l)),
        1 => key.clone().prop_map(Step::Remove),
        4 => (key.clone(), -5..5i64).prop_map(|(k, d)| Step::Add(k, d)),
        1 => (key, 0..20u32).prop_map(|(k, s)| Step::Expire(k, s)),
        3 => Just(Step::Commit),
        1 => Just(Step::Drop),
        2 => (0..15u64).prop_map(Step::Pass),
        1 => (0..5u32).prop_map(Step::Sweep),
    ]
}

/// Value and end in seconds, none for good.
type Map = BTreeMap<String, (Value, Option<u64>)>;

#[derive(Clone)]
struct Model {
    map: Map,
    now: u64,
    expire: u32,
    update: bool,
}

impl Model {
    fn end(&self, seconds: u32) -> Option<u64> {
        (seconds != 0).then(|| self.now + u64::from(seconds))
    }

    fn live(&self, key: &str) -> Option<&(Value, Option<u64>)> {
        self.map
            .get(key)
            .filter(|(_, end)| end.is_none_or(|end| end > self.now))
    }

    fn set(&mut self, key: &str, value: Value, lifetime: Option<u32>) {
        let kept = self.live(key).map(|(_, end)| *end).filter(|_| !self.update);
        let end = match lifetime {
            Some(seconds) => self.end(seconds),
            None => kept.unwrap_or_else(|| self.end(self.expire)),
        };
        self.map.insert(key.to_owned(), (value, end));
    }

    fn add(&mut self, key: &str, delta: i64) -> Result<i64, Error> {
        let (before, kept) = match self.live(key) {
            None => (0, None),
            Some((Value::Int(number), end)) => (*number, Some(*end)),
            Some(_) => return Err(Error::NotANumber),
        };
        let restarts = self.update && self.expire != 0;
        let end = kept
            .filter(|_| !restarts)
            .unwrap_or_else(|| self.end(self.expire));
        self.map
            .insert(key.to_owned(), (Value::Int(before + delta), end));
        Ok(before + delta)
    }

    fn remove(&mut self, key: &str) -> bool {
        let there = self.live(key).is_some();
        if there {
            self.map.remove(key);
        }
        there
    }

    fn expire(&mut self, key: &str, seconds: u32) -> bool {
        let end = self.end(seconds);
        let there = self.live(key).is_some();
        if there && let Some(entry) = self.map.get_mut(key) {
            entry.1 = end;
        }
        there
    }

    fn sweep(&mut self, extend: u32) {
        let over: Vec<String> = self
            .map
            .keys()
            .filter(|key| self.live(key).is_none())
            .cloned()
            .collect();
        let end = self.end(extend);
        for key in over {
            match self.map.get_mut(&key) {
                Some(entry) if extend != 0 => entry.1 = end,
                _ => drop(self.map.remove(&key)),
            }
        }
    }
}

fn settle_all(table: &Table, extend: u32, now_us: u64) {
    let settlement = if extend == 0 {
        Settlement::Remove
    } else {
        Settlement::Extend(extend)
    };
    for entry in table.expired(now_us, usize::MAX) {
        assert!(table.settle(entry, settlement, now_us));
    }
}

fn check(table: &Arc<Table>, model: &Model) {
    let rows = table.dump(model.now * S, usize::MAX);
    let seen: Map = rows
        .into_iter()
        .map(|row| {
            (
                row.key.to_string(),
                (row.value, row.seconds_left.map(|s| s + model.now)),
            )
        })
        .collect();
    let live = model
        .map
        .iter()
        .filter(|(key, _)| model.live(key).is_some());
    let expected: Map = live
        .map(|(key, entry)| (key.clone(), entry.clone()))
        .collect();
    assert_eq!(seen, expected);
    assert_eq!(table.entries(), model.map.len() as u64);
    let bytes = |(key, (value, _)): (&String, &(Value, _))| key.len() as u64 + value.bytes();
    assert_eq!(table.bytes(), model.map.iter().map(bytes).sum::<u64>());
}

/// The table, the run that is under way, and what both should be.
struct Play {
    table: Arc<Table>,
    committed: Model,
    run: Overlay,
    view: Model,
}

impl Play {
    fn new(expire: u32, update: bool) -> Self {
        let table = table(TableConfig {
            expire_seconds: expire,
            update_expire: update,
            ..TableConfig::named("t")
        });
        let model = Model {
            map: Map::new(),
            now: 1,
            expire,
            update,
        };
        Self {
            run: at(&table, S),
            table,
            view: model.clone(),
            committed: model,
        }
    }

    fn begin(&mut self) {
        self.run = at(&self.table, self.committed.now * S);
        self.view = self.committed.clone();
    }

    fn edit(&mut self, step: &Step) {
        let key = |k: &u8| format!("key{k}");
        let (run, view) = (&mut self.run, &mut self.view);
        match step {
            Step::Set(k, value, lifetime) => {
                run.set(&key(k), value.clone(), *lifetime).unwrap();
                view.set(&key(k), value.clone(), *lifetime);
            }
            Step::Remove(k) => {
                assert_eq!(run.remove(&key(k)), Ok(view.remove(&key(k))));
                // What is expired is still to be told, whatever the run put in its place and took away again.
                let base = self.committed.map.get(&key(k));
                let told = base.filter(|_| self.committed.live(&key(k)).is_none());
                view.map.extend(told.map(|entry| (key(k), entry.clone())));
            }
            Step::Add(k, delta) => assert_eq!(run.add(&key(k), *delta), view.add(&key(k), *delta)),
            Step::Expire(k, seconds) => {
                assert_eq!(
                    run.expire(&key(k), *seconds),
                    Ok(view.expire(&key(k), *seconds))
                );
            }
            Step::Commit | Step::Drop | Step::Pass(_) | Step::Sweep(_) => {}
        }
    }

    fn end(&mut self, step: &Step) {
        match step {
            Step::Set(..) | Step::Remove(_) | Step::Add(..) | Step::Expire(..) => return,
            Step::Commit => {
                let next = at(&self.table, self.committed.now * S);
                std::mem::replace(&mut self.run, next).finish().unwrap();
                self.committed = self.view.clone();
            }
            Step::Drop => {}
            Step::Pass(seconds) => self.committed.now += seconds,
            Step::Sweep(extend) => {
                settle_all(&self.table, *extend, self.committed.now * S);
                self.committed.sweep(*extend);
            }
        }
        self.begin();
    }

    fn check(&self) {
        for k in 0..6 {
            let key = format!("key{k}");
            let expected = self.view.live(&key).map(|(value, _)| value.clone());
            assert_eq!(self.run.get(&key), expected);
        }
        check(&self.table, &self.committed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_table_behaves_as_a_map_with_times(
        steps in vec(step(), 1..60),
        expire in prop_oneof![Just(0u32), 1..20u32],
        update in any::<bool>(),
    ) {
        let mut play = Play::new(expire, update);
        for step in &steps {
            play.edit(step);
            play.end(step);
            play.check();
        }
    }
}
