use std::sync::atomic::AtomicBool;

use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use super::*;

/// An order whose work writes down what it is, once it is let.
struct Scene {
    order: Arc<Order>,
    tasks: TaskTracker,
    done: Arc<Mutex<Vec<u32>>>,
}

const TENANT: TenantIndex = TenantIndex::new(0);

impl Scene {
    fn new() -> Self {
        let tasks = TaskTracker::new();
        let order = Order::new(InlineExecutor::new(tasks.clone(), 1000));
        order.admit(TENANT);
        order.admit(TenantIndex::new(1));
        Self {
            order,
            tasks,
            done: Arc::default(),
        }
    }

    /// Work that waits for a gate; none is open.
    fn start(
        &self,
        key: OrderKey,
        name: u32,
        gate: Option<oneshot::Receiver<()>>,
    ) -> Result<Poll<()>, u32> {
        let done = Arc::clone(&self.done);
        self.order.start(key, name, |name| {
            Box::pin(async move {
                if let Some(gate) = gate {
                    let _ = gate.await;
                }
                done.lock().unwrap().push(name);
            })
        })
    }

    fn done(&self) -> Vec<u32> {
        self.done.lock().unwrap().clone()
    }

    async fn over(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        assert_eq!(self.order.waiting.load(Ordering::Relaxed), 0);
        let mut queued = self.order.queued.all().into_iter();
        assert!(queued.all(|(_, queued)| queued.load(Ordering::Relaxed) == 0));
    }
}

#[tokio::test]
async fn what_waits_goes_before_what_came_later_and_holds_up_nothing_else() {
    let scene = Scene::new();
    let [one, other] = ["one", "other"].map(|text| scene.order.key(TENANT, text));
    let (open, gate) = oneshot::channel();
    assert!(matches!(scene.start(one, 1, Some(gate)), Ok(Poll::Pending)));
    for name in 2..9 {
        assert!(matches!(scene.start(one, name, None), Ok(Poll::Pending)));
    }
    assert!(matches!(scene.start(other, 9, None), Ok(Poll::Ready(()))));
    let neighbours = scene.order.key(TenantIndex::new(1), "one");
    assert!(matches!(
        scene.start(neighbours, 10, None),
        Ok(Poll::Ready(()))
    ));
    assert_eq!(scene.done(), [9, 10]);
    open.send(()).unwrap();
    scene.over().await;
    assert_eq!(scene.done(), [9, 10, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn work_that_waits_in_its_turn_is_waited_for_as_well() {
    let scene = Scene::new();
    let key = scene.order.key(TENANT, "one");
    let gates: Vec<_> = (0..3).map(|_| oneshot::channel()).collect();
    let mut opens = Vec::new();
    for (name, (open, gate)) in (0..3).zip(gates) {
        opens.push(open);
        assert!(matches!(
            scene.start(key, name, Some(gate)),
            Ok(Poll::Pending)
        ));
    }
    for open in opens.into_iter().rev() {
        open.send(()).unwrap();
    }
    scene.over().await;
    assert_eq!(scene.done(), [0, 1, 2]);
}

#[tokio::test]
async fn what_is_over_the_limit_of_a_dialog_is_given_back_and_counted() {
    let scene = Scene::new();
    let key = scene.order.key(TENANT, "one");
    let (open, gate) = oneshot::channel();
    assert!(scene.start(key, 0, Some(gate)).is_ok());
    let queued = u32::try_from(DIALOG_QUEUED_MAX).unwrap();
    for name in 1..=queued {
        assert!(scene.start(key, name, None).is_ok());
    }
    assert_eq!(scene.start(key, 7777, None), Err(7777));
    assert_eq!(scene.order.refused(), 1);
    open.send(()).unwrap();
    scene.over().await;
    assert_eq!(scene.done(), (0..=queued).collect::<Vec<_>>());
}

#[tokio::test]
async fn one_tenants_queues_take_no_room_from_anothers() {
    let scene = Scene::new();
    let (mut opens, mut names) = (Vec::new(), 0..);
    let mut wait = |tenant: u32, behind: usize| {
        let name = names.next().unwrap();
        let key = scene.order.key(TenantIndex::new(tenant), name);
        let (open, gate) = oneshot::channel();
        opens.push(open);
        assert!(scene.start(key, name, Some(gate)).is_ok());
        (0..behind)
            .map(|_| scene.start(key, name, None))
            .filter(Result::is_err)
            .count()
    };
    for _ in 0..TENANT_QUEUED_MAX / DIALOG_QUEUED_MAX {
        assert_eq!(wait(0, DIALOG_QUEUED_MAX), 0);
    }
    assert_eq!(wait(0, 2), 2);
    assert_eq!(wait(1, 2), 0);
    drop(opens);
    scene.over().await;
}

#[tokio::test]
async fn a_panic_holds_up_nobody_behind() {
    let scene = Scene::new();
    let key = scene.order.key(TENANT, "one");
    let (open, gate) = oneshot::channel::<()>();
    let fallen = Arc::new(AtomicBool::new(false));
    let falling = Arc::clone(&fallen);
    let started = scene.order.start(key, (), |()| {
        Box::pin(async move {
            let _ = gate.await;
            falling.store(true, Ordering::Relaxed);
            panic!("a fault of this server");
        })
    });
    assert!(matches!(started, Ok(Poll::Pending)));
    assert!(scene.start(key, 1, None).is_ok());
    assert!(scene.start(key, 2, None).is_ok());
    drop(open);
    scene.over().await;
    assert!(fallen.load(Ordering::Relaxed));
    assert_eq!(scene.done(), [1, 2]);
}
