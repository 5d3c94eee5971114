//! A server with one permit, in time that the tests make.

use proptest::prelude::*;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// Flows that always have work, and how long each run of theirs takes.
struct Scene {
    queue: FairQueue<u64>,
    now: Duration,
    /// By flow: how long a run takes, and how long all of them took.
    runs: Vec<(Duration, Duration)>,
}

impl Scene {
    fn new(flows: &[(ShareWeight, Duration)]) -> Self {
        let mut queue = FairQueue::new();
        for (flow, (share, _)) in (0..).zip(flows) {
            queue.join(flow, *share, Duration::ZERO);
            queue.push(flow, Urgency::New, flow);
        }
        Self {
            queue,
            now: Duration::ZERO,
            runs: flows
                .iter()
                .map(|(_, run)| (*run, Duration::ZERO))
                .collect(),
        }
    }

    /// Runs the next one and has it wait again. Which it was.
    fn step(&mut self) -> usize {
        let (flow, _) = self.queue.pop(self.now, MS).unwrap();
        let place = usize::try_from(flow).unwrap();
        let (run, taken) = &mut self.runs[place];
        self.now += *run;
        *taken += *run;
        // It waits again before it is known how long it took, as those do that have many runs.
        self.queue.push(flow, Urgency::New, flow);
        self.queue.settle(flow, MS, *run);
        place
    }

    fn run_until(&mut self, end: Duration) {
        while self.now < end {
            self.step();
        }
    }

    fn share_of(&self, flow: usize) -> f64 {
        self.runs[flow].1.as_secs_f64() / self.now.as_secs_f64()
    }
}

fn weight(weight: u32) -> ShareWeight {
    ShareWeight {
        weight,
        ..ShareWeight::default()
    }
}

#[test]
fn time_is_shared_by_weight_however_long_each_run_takes() {
    let mut scene = Scene::new(&[
        (weight(1), 50 * MS),
        (weight(1), MS / 10),
        (weight(2), 5 * MS),
        (weight(4), MS),
    ]);
    scene.run_until(Duration::from_secs(100));
    for (flow, wanted) in [(0, 1.0), (1, 1.0), (2, 2.0), (3, 4.0)] {
        let share = scene.share_of(flow);
        assert!((share - wanted / 8.0).abs() < 0.01, "{flow}: {share}");
    }
}

#[test]
fn one_hostile_flow_costs_each_of_999_others_one_run_of_its_own() {
    let mut flows = vec![(weight(1), 50 * MS)];
    flows.extend([(weight(1), MS / 20); 999]);
    let mut scene = Scene::new(&flows);
    for _ in 0..100_000 {
        scene.step();
    }
    assert!(scene.share_of(0) < 0.06, "{}", scene.share_of(0));
    // Whoever comes waits for one run of each at most.
    let most = 50 * MS + 999 * MS / 20;
    let last: Vec<_> = (0..1000).map(|_| scene.step()).collect();
    assert!(scene.now > most);
    assert!(last.iter().filter(|flow| **flow == 0).count() <= 1);
}

#[test]
fn a_floor_comes_before_the_weights_of_others_and_not_beyond_itself() {
    let floor = ShareWeight {
        weight: 1,
        floor_per_second: 300 * MS,
    };
    let mut scene = Scene::new(&[(floor, MS), (weight(1000), MS), (weight(1000), 50 * MS)]);
    scene.run_until(Duration::from_secs(100));
    let share = scene.share_of(0);
    assert!((0.29..0.34).contains(&share), "{share}");
}

#[test]
fn what_a_flow_owes_stays_when_it_has_no_work() {
    let mut queue = FairQueue::new();
    for flow in 0..2 {
        queue.join(flow, weight(1), Duration::ZERO);
    }
    queue.push(0, Urgency::New, "long");
    assert_eq!(queue.pop(Duration::ZERO, MS), Some((0, "long")));
    queue.settle(0, MS, 20 * MS);
    assert!(queue.is_empty());
    for _ in 0..10 {
        queue.push(0, Urgency::New, "again");
        queue.push(1, Urgency::New, "other");
    }
    let order: Vec<_> = (0..20)
        .map(|_| queue.pop(Duration::ZERO, MS).unwrap().0)
        .collect();
    assert_eq!(&order[..10], &[1; 10], "{order:?}");
}

#[test]
fn what_belongs_to_a_dialog_is_before_what_is_new_and_does_not_keep_it_out() {
    let mut queue = FairQueue::new();
    queue.join(0, weight(1), Duration::ZERO);
    queue.push(0, Urgency::New, 'n');
    queue.push(0, Urgency::New, 'n');
    for _ in 0..20 {
        queue.push(0, Urgency::InDialog, 'd');
    }
    let order: String = std::iter::from_fn(|| queue.pop(Duration::ZERO, MS))
        .map(|(_, one)| one)
        .collect();
    assert_eq!(order, "dddddddndddddddndddddd");
}

#[test]
fn who_leaves_takes_its_work_along() {
    let mut queue = FairQueue::new();
    for flow in 0..3 {
        queue.join(flow, weight(1), Duration::ZERO);
        queue.push(flow, Urgency::New, flow);
    }
    queue.leave(1);
    queue.push(1, Urgency::New, 1);
    queue.settle(1, MS, MS);
    let order: Vec<_> = std::iter::from_fn(|| queue.pop(Duration::ZERO, MS)).collect();
    assert_eq!(order, [(0, 0), (2, 2)]);
}

proptest! {
    /// Whatever the weights and runs: nobody starves, and over a long time no flow that always has
    /// work is further from its share than a round and a run of its own.
    #[test]
    fn nobody_starves_and_weights_are_honoured(
        flows in proptest::collection::vec((1_u32..20, 500_u64..60_000), 2..12)
    ) {
        let runs: Vec<_> = flows
            .iter()
            .map(|(share, micros)| (weight(*share), Duration::from_micros(*micros)))
            .collect();
        let mut scene = Scene::new(&runs);
        let all: f64 = flows.iter().map(|(share, _)| f64::from(*share)).sum();
        scene.run_until(Duration::from_secs(60));
        for (flow, (share, _)) in flows.iter().enumerate() {
            let wanted = f64::from(*share) / all * scene.now.as_secs_f64();
            let taken = scene.runs[flow].1.as_secs_f64();
            let round = f64::from(*share) * 0.001;
            let slack = round + 0.06 * 12.0 + 0.02 * wanted;
            prop_assert!((taken - wanted).abs() <= slack, "{flow}: {taken} of {wanted}");
        }
    }

    /// Nothing is lost and nothing comes twice, whoever leaves.
    #[test]
    fn each_that_waits_is_next_once(
        pushes in proptest::collection::vec((0_u64..5, any::<bool>(), 0_u64..20), 1..200),
        leaver in 0_u64..6,
    ) {
        let mut queue = FairQueue::new();
        for flow in 0..5 {
            queue.join(flow, weight(1), Duration::ZERO);
        }
        let mut expected = Vec::new();
        for (number, (flow, is_new, _)) in pushes.iter().enumerate() {
            let urgency = if *is_new { Urgency::New } else { Urgency::InDialog };
            queue.push(*flow, urgency, number);
            if *flow != leaver {
                expected.push(number);
            }
        }
        queue.leave(leaver);
        let mut came = Vec::new();
        while let Some((flow, number)) = queue.pop(Duration::ZERO, MS) {
            let (pushed_by, _, took) = pushes[number];
            prop_assert_eq!(flow, pushed_by);
            queue.settle(flow, MS, MS * u32::try_from(took).unwrap());
            came.push(number);
        }
        came.sort_unstable();
        prop_assert_eq!(came, expected);
        prop_assert!(queue.is_empty());
    }
}
