//! Shares in virtual time, where a piece of work takes as long as it says and no time goes by.

use std::sync::Weak;

use tokio::task::{JoinSet, yield_now};

use super::*;

const MS: Duration = Duration::from_millis(1);
/// What the tests' tenants have of each second: a quarter.
const PER_SECOND: Duration = Duration::from_millis(250);

fn budget(name: &str, per_second: Duration, everybody: &Arc<FairShare>) -> Arc<CpuBudget> {
    let time = Arc::new(RunTime::new(per_second, now()));
    Arc::new(CpuBudget::new(
        name,
        time,
        everybody,
        ShareWeight::default(),
    ))
}

/// When pieces of work were done, and how long each took.
type Work = Arc<Mutex<Vec<(Instant, Duration)>>>;

/// A run that spins until it has been at work for 50 ms, and lets others run every 5.
async fn spin(budget: Weak<CpuBudget>, work: Work) {
    let budget = budget.upgrade().unwrap();
    let run = async {
        for piece in 0..10 {
            if piece > 0 {
                yield_now().await;
            }
            work.lock().unwrap().push((Instant::now(), SLICE));
        }
    };
    budget.pace_by(run, PIECE, |_| SLICE).await;
}

/// The most work in any window of this length.
fn most_within(work: &[(Instant, Duration)], window: Duration) -> Duration {
    let starts = work.iter().map(|(start, _)| *start);
    let within = |start: Instant| {
        let inside = work
            .iter()
            .filter(|(at, _)| (start..start + window).contains(at));
        inside.map(|(_, took)| *took).sum()
    };
    starts.map(within).max().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn bursts_in_the_async_lane_get_their_share_over_any_window_and_no_more() {
    let everybody = FairShare::new(1);
    let hostile = budget("mallory", PER_SECOND, &everybody);
    let honest = budget("alice", PER_SECOND, &everybody);
    let (begun, work) = (Instant::now(), Work::default());
    let mut runs = JoinSet::new();
    for burst in 0..10 {
        tokio::time::sleep_until(begun + burst * 2200 * MS).await;
        for _ in 0..64 {
            runs.spawn(spin(Arc::downgrade(&hostile), Arc::clone(&work)));
        }
        yield_now().await;
        // A neighbour is admitted without waiting, in either lane.
        let mut neighbour = pin!(honest.pace_by(async {}, PIECE, |_| MS));
        assert!(poll_once(neighbour.as_mut()).is_ready());
        assert!(honest.reserve(now(), 50 * MS).is_some());
    }
    runs.join_all().await;
    let work = work.lock().unwrap();
    assert_eq!(work.len(), 10 * 64 * 10, "all of it was done in the end");
    for seconds in [1, 2, 3, 5, 10, 22, 60, 120] {
        let window = Duration::from_secs(seconds);
        let most = PER_SECOND + PER_SECOND * u32::try_from(seconds).unwrap();
        let taken = most_within(&work, window);
        assert!(
            taken <= most,
            "{taken:?} in {window:?}, {most:?} may be taken"
        );
        assert!(taken + 2 * SLICE >= most, "{taken:?} of {most:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn runs_that_wait_together_are_not_at_work_together_for_more_than_the_share() {
    let everybody = FairShare::new(2);
    let budget = budget("demo", PER_SECOND, &everybody);
    let (database, work) = (Arc::new(Semaphore::new(0)), Work::default());
    let mut runs = JoinSet::new();
    for _ in 0..64 {
        let (budget, database, work) = (Arc::clone(&budget), database.clone(), work.clone());
        runs.spawn(async move {
            let run = async {
                database.acquire().await.unwrap().forget();
                work.lock().unwrap().push((Instant::now(), 50 * MS));
            };
            // Asking a database takes no time, what is done with its answer does.
            let took = || {
                work.lock()
                    .unwrap()
                    .last()
                    .map_or(Duration::ZERO, |_| 50 * MS)
            };
            budget.pace_by(run, PIECE, |_| took()).await;
        });
    }
    // All of them wait; the database answers all at once.
    tokio::time::sleep(3600 * MS).await;
    database.add_permits(64);
    runs.join_all().await;
    let work = work.lock().unwrap();
    let taken = most_within(&work, Duration::from_secs(2));
    // Two seconds' worth, what may be taken at once, and a last piece that is longer than a slice.
    let most = 3 * PER_SECOND + 2 * 50 * MS;
    assert!(taken <= most, "{taken:?} within two seconds");
}

/// A runner computes whether or not anybody polls its run: no more of them are set to work than
/// there is time for.
#[tokio::test(start_paused = true)]
async fn runners_are_not_at_work_for_more_than_the_share_although_nobody_polls_their_runs() {
    let everybody = FairShare::new(2);
    let budget = budget("demo", PER_SECOND, &everybody);
    let (begun, work) = (Instant::now(), Work::default());
    let mut runs = JoinSet::new();
    for _ in 0..64 {
        let (budget, work) = (Arc::clone(&budget), Arc::clone(&work));
        runs.spawn(async move {
            let at_work = std::sync::atomic::AtomicBool::new(false);
            let run = async {
                // Twice at work for 25 ms, and ten seconds of waiting for something else.
                for _ in 0..2 {
                    work.lock().unwrap().push((Instant::now(), 25 * MS));
                    at_work.store(true, Ordering::Relaxed);
                    tokio::time::sleep(25 * MS).await;
                    at_work.store(false, Ordering::Relaxed);
                    tokio::time::sleep(10_000 * MS).await;
                }
            };
            let piece = Piece {
                most: 50 * MS,
                goes_on: || at_work.load(Ordering::Relaxed),
            };
            budget.pace_by(run, piece, |begun| begun.elapsed()).await;
        });
    }
    runs.join_all().await;
    let work = work.lock().unwrap();
    assert_eq!(work.len(), 128);
    for seconds in [1, 2, 5] {
        let window = Duration::from_secs(seconds);
        let taken = most_within(&work, window);
        let most = PER_SECOND + PER_SECOND * u32::try_from(seconds).unwrap();
        assert!(
            taken <= most,
            "{taken:?} in {window:?}, {most:?} may be taken"
        );
    }
    // Those that wait for something else hold nothing: 3.2 s of work at a quarter, and two waits.
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn the_synchronous_lane_reserves_all_that_a_run_may_take_and_waits_where_it_cannot() {
    let everybody = FairShare::new(1);
    let budget = budget("demo", PER_SECOND, &everybody);
    let begun = Instant::now();
    let running: Vec<_> = (0..5)
        .map(|_| budget.reserve(now(), 50 * MS).unwrap())
        .collect();
    assert!(budget.reserve(now(), 50 * MS).is_none(), "all is reserved");
    let mut throttled = Box::pin(budget.permit(Urgency::New, 50 * MS, false));
    assert!(poll_once(throttled.as_mut()).is_pending());
    // Four give back nearly all, one takes twice what it said.
    for (number, reserved) in running.into_iter().enumerate() {
        let took = if number == 0 { 100 * MS } else { MS };
        budget.settle(reserved, took);
    }
    assert!(budget.reserve(now(), MS).is_none(), "one waits before it");
    throttled.await.unwrap().settle(50 * MS);
    assert!(budget.reserve(now(), MS).is_some(), "nobody waits");
    assert!(begun.elapsed() <= 201 * MS, "{:?}", begun.elapsed());
    // 154 ms are used up, 250 a second come: the next 250 wait for what is owed.
    let begun = Instant::now();
    budget.charge(10_000 * MS);
    budget
        .permit(Urgency::New, MS, false)
        .await
        .unwrap()
        .settle(MS);
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(39), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_long_deadline_does_not_make_short_runs_wait_for_each_other() {
    let everybody = FairShare::new(1);
    let budget = budget("demo", PER_SECOND, &everybody);
    let long = Duration::from_secs(10);
    for _ in 0..10_000 {
        let reserved = budget.reserve(now(), long).unwrap();
        budget.settle(reserved, Duration::from_micros(2));
    }
    let running: Vec<_> = (0..3)
        .map(|_| budget.reserve(now(), long).unwrap())
        .collect();
    // 20 ms were taken: there is not a quarter left.
    assert!(budget.reserve(now(), long).is_none());
    // What one takes beyond its reservation is owed.
    for reserved in running {
        budget.settle(reserved, long);
    }
    let begun = Instant::now();
    budget
        .permit(Urgency::New, long, false)
        .await
        .unwrap()
        .settle(MS);
    assert!(
        begun.elapsed() >= Duration::from_secs(4 * 29),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn a_long_run_is_throttled_only_where_it_waits_for_time() {
    let budget = budget("demo", PER_SECOND, &FairShare::new(1));
    for _ in 0..4 {
        let permit = budget.permit(Urgency::New, 50 * MS, true).await;
        permit.unwrap().settle(50 * MS);
    }
    assert_eq!(budget.throttled(), 0);
    let permit = budget.permit(Urgency::New, 50 * MS, false).await;
    permit.unwrap().settle(50 * MS);
    assert_eq!(budget.throttled(), 1, "it had no place on a worker");
    let permit = budget.permit(Urgency::New, 50 * MS, true).await;
    permit.unwrap().settle(50 * MS);
    assert_eq!(budget.throttled(), 2);
}

#[tokio::test]
async fn turns_are_limited_and_so_is_waiting_for_them() {
    let everybody = FairShare::new(1);
    let plenty = Duration::from_secs(3600);
    let [one, other] = ["one", "other"].map(|name| budget(name, plenty, &everybody));
    let held = one.permit(Urgency::New, MS, false).await.unwrap();
    let mut waits = Box::pin(other.permit(Urgency::New, MS, false));
    assert!(
        poll_once(waits.as_mut()).is_pending(),
        "all turns are taken"
    );
    let in_async_lane = other.pace(async {});
    in_async_lane.await;
    let mut waiting: Vec<_> = (0..=WAITING_MAX + 1)
        .map(|_| Box::pin(one.permit(Urgency::New, MS, false)))
        .collect();
    let polled = waiting
        .iter_mut()
        .map(|permit| poll_once(permit.as_mut()).map(Result::err));
    let refused: Vec<_> = polled.filter(Poll::is_ready).collect();
    assert_eq!(refused, [Poll::Ready(Some(LimitKind::RunTime))]);
    drop(held);
    assert!(waits.await.is_ok());
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    future.poll(&mut context)
}
