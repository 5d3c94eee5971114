use super::Accepts;
use super::*;
use crate::{ActivationCause, ActivationOrder, Canary, ComponentFacts, RevisionSettings};

const HOUR_US: u64 = 3_600_000_000;

/// A store, and a tenant `demo` with a handler `guard`.
struct Scene {
    _folder: tempfile::TempDir,
    store: DeployStore,
    tenant: TenantId,
    handler: HandlerId,
    author: Author,
    policy: DeployPolicy,
    at_us: u64,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: DeployStore::open(folder.path()).unwrap(),
            _folder: folder,
            tenant: "demo".parse().unwrap(),
            handler: "guard".parse().unwrap(),
            author: Author {
                name: "alice".to_owned(),
                is_operator: false,
            },
            policy: DeployPolicy::default(),
            at_us: 10 * HOUR_US,
        }
    }

    fn put(&self, component: &str) -> Result<RevisionRecord, StoreError> {
        let digest = self.store.blobs().keep(component.as_bytes(), 1000).unwrap();
        let new = NewRevision {
            tenant: self.tenant.clone(),
            handler: self.handler.clone(),
            digest,
            settings: RevisionSettings::default(),
            facts: ComponentFacts::default(),
            signature: None,
            signed_by: None,
            why: "a fix".to_owned(),
            evidence: String::new(),
            attestation: None,
        };
        self.store.put(new, &self.author, &self.policy, self.at_us)
    }

    fn order(&self) -> ActivationOrder<'_> {
        ActivationOrder {
            tenant: &self.tenant,
            handler: &self.handler,
            author: &self.author,
            why: "a fix",
            evidence: "",
            policy: &self.policy,
            at_us: self.at_us,
        }
    }

    fn activate(&self, revision: u32) {
        let revision = Revision::new(revision);
        self.store
            .activate(&self.order(), revision, None, &mut |_| true)
            .unwrap();
    }

    fn canary(&self, revision: u32) -> Result<HandlerInForce, StoreError> {
        let revision = Revision::new(revision);
        let canary = Canary::new(revision, 5, 600).unwrap();
        self.store
            .activate(&self.order(), revision, Some(canary), &mut |_| true)
    }

    /// Three revisions, the last in force.
    fn with_three() -> Self {
        let scene = Self::new();
        for (number, component) in [(1, "one"), (2, "two"), (3, "three")] {
            scene.put(component).unwrap();
            scene.activate(number);
        }
        scene
    }

    fn in_force(&self) -> HandlerInForce {
        let mut all = self.store.in_force(&self.tenant).unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// The revision in force, the canary, the one before.
    fn numbers(&self) -> (Option<u32>, Option<u32>, Option<u32>) {
        let HandlerInForce {
            activation,
            previous,
            ..
        } = self.in_force();
        let canary = activation.canary.map(|canary| canary.revision().number());
        let number = |revision: Option<Revision>| revision.map(Revision::number);
        (number(activation.current), canary, number(previous))
    }
}

#[test]
fn what_is_put_is_kept_and_not_in_force() {
    let scene = Scene::new();
    let record = scene.put("one").unwrap();
    assert_eq!(record.revision, Revision::FIRST);
    assert_eq!(record.bytes, 3);
    let kept = scene.store.revisions(&scene.tenant, None).unwrap();
    assert_eq!(kept, [record]);
    assert_eq!(scene.store.in_force(&scene.tenant).unwrap(), []);
    scene.activate(1);
    assert_eq!(scene.numbers(), (Some(1), None, None));
}

#[test]
fn a_revision_needs_its_component_and_an_activation_its_revision() {
    let scene = Scene::new();
    let mut new = scene.put("one").unwrap().new;
    new.digest = ComponentDigest::of(b"nowhere");
    let refused = scene.store.put(new, &scene.author, &scene.policy, 0);
    assert!(matches!(refused, Err(StoreError::Gone(_))));
    let refused = scene
        .store
        .activate(&scene.order(), Revision::new(2), None, &mut |_| true);
    assert!(matches!(refused, Err(StoreError::NoRevision { .. })));
    assert_eq!(scene.store.in_force(&scene.tenant).unwrap(), []);
}

#[test]
fn each_rollback_goes_one_further_back() {
    let scene = Scene::with_three();
    assert_eq!(scene.numbers(), (Some(3), None, Some(2)));
    scene.store.rollback(&scene.order(), &mut |_| true).unwrap();
    assert_eq!(scene.numbers(), (Some(2), None, Some(1)));
    scene.store.rollback(&scene.order(), &mut |_| true).unwrap();
    assert_eq!(scene.numbers(), (Some(1), None, None));
    let end = scene.store.rollback(&scene.order(), &mut |_| true);
    assert!(matches!(end, Err(StoreError::NoEarlier(_))));
    scene.activate(3);
    assert_eq!(scene.numbers(), (Some(3), None, Some(1)));
}

#[test]
fn a_canary_is_promoted_stopped_or_rolled_back() {
    let scene = Scene::new();
    scene.put("one").unwrap();
    scene.put("two").unwrap();
    assert!(matches!(scene.canary(1), Err(StoreError::Canary(_))));
    scene.activate(1);
    assert!(matches!(scene.canary(1), Err(StoreError::Canary(_))));
    type End =
        fn(&DeployStore, &ActivationOrder<'_>, Accepts<'_>) -> Result<HandlerInForce, StoreError>;
    let ends: [(End, Option<u32>, ActivationCause); 3] = [
        (DeployStore::stop_canary, Some(1), ActivationCause::Stop),
        (DeployStore::rollback, Some(1), ActivationCause::Rollback),
        (DeployStore::promote, Some(2), ActivationCause::Promote),
    ];
    for (end, current, cause) in ends {
        let none = end(&scene.store, &scene.order(), &mut |_| true);
        if cause != ActivationCause::Rollback {
            assert!(matches!(none, Err(StoreError::NoCanary(_))));
        }
        scene.canary(2).unwrap();
        assert_eq!(scene.numbers(), (Some(1), Some(2), None));
        end(&scene.store, &scene.order(), &mut |_| true).unwrap();
        assert_eq!((scene.numbers().0, scene.numbers().1), (current, None));
        assert_eq!(scene.in_force().activation.cause, cause);
    }
    scene.store.rollback(&scene.order(), &mut |_| true).unwrap();
    assert_eq!(scene.numbers(), (Some(1), None, None));
}

#[test]
fn what_was_drained_comes_back_with_a_rollback() {
    let scene = Scene::with_three();
    scene.store.drain(&scene.order()).unwrap();
    assert_eq!(scene.numbers(), (None, None, Some(3)));
    let again = scene.store.drain(&scene.order());
    assert!(matches!(again, Err(StoreError::NotInForce(_))));
    scene.store.rollback(&scene.order(), &mut |_| true).unwrap();
    assert_eq!(scene.numbers(), (Some(3), None, Some(2)));
    scene.store.drain(&scene.order()).unwrap();
    scene.activate(1);
    assert_eq!(scene.numbers(), (Some(1), None, Some(3)));
}

#[test]
fn handlers_are_asked_in_the_order_of_their_first_activation() {
    let mut scene = Scene::new();
    for name in ["zulu", "alpha", "mike"] {
        scene.handler = name.parse().unwrap();
        scene.put(name).unwrap();
    }
    for (name, revision) in [("mike", 1), ("zulu", 1), ("alpha", 1), ("mike", 1)] {
        scene.handler = name.parse().unwrap();
        scene.activate(revision);
    }
    let all = scene.store.in_force(&scene.tenant).unwrap();
    let names: Vec<_> = all.iter().map(|one| one.handler.as_str()).collect();
    assert_eq!(names, ["mike", "zulu", "alpha"]);
}

#[test]
fn tenants_do_not_meet() {
    let mut scene = Scene::with_three();
    let first = scene.tenant.clone();
    scene.tenant = "other".parse().unwrap();
    assert_eq!(scene.store.revisions(&scene.tenant, None).unwrap(), []);
    assert_eq!(scene.put("three").unwrap().revision, Revision::FIRST);
    assert_eq!(scene.store.in_force(&scene.tenant).unwrap(), []);
    assert_eq!(scene.store.in_force(&first).unwrap().len(), 1);
    let rows = scene.store.audit_rows(Some(&scene.tenant), 100).unwrap();
    assert_eq!(rows.len(), 1);
}

#[test]
fn the_oldest_revision_that_nobody_needs_goes() {
    let mut scene = Scene::with_three();
    scene.policy.revisions_max = 3;
    scene.store.rollback(&scene.order(), &mut |_| true).unwrap();
    scene.store.rollback(&scene.order(), &mut |_| true).unwrap();
    assert_eq!(scene.numbers(), (Some(1), None, None));
    scene.put("four").unwrap();
    scene.put("five").unwrap();
    let kept = scene.store.revisions(&scene.tenant, None).unwrap();
    let kept: Vec<_> = kept.iter().map(|one| one.revision.number()).collect();
    assert_eq!(
        kept,
        [5, 4, 1],
        "the one in force stays, numbers are not taken again"
    );
}

#[test]
fn a_tenant_keeps_what_it_may_and_the_operator_what_he_wants() {
    let mut scene = Scene::new();
    scene.policy.blob_bytes_max = 8;
    scene.put("four").unwrap();
    scene.put("four").unwrap();
    scene.put("five").unwrap();
    assert_eq!(scene.store.blob_bytes(&scene.tenant).unwrap(), 8);
    let refused = scene.put("x");
    let expected = StoreError::BlobQuota {
        kept: 8,
        most: 8,
        bytes: 1,
    };
    assert_eq!(refused.unwrap_err().to_string(), expected.to_string());
    scene.policy.handlers_max = 1;
    scene.handler = "second".parse().unwrap();
    assert!(matches!(
        scene.put("four"),
        Err(StoreError::HandlerQuota(1))
    ));
    scene.author.is_operator = true;
    scene.put("x").unwrap();
}

#[test]
fn changes_are_counted_by_the_hour_and_the_way_back_is_longer() {
    let mut scene = Scene::with_three();
    scene.policy.changes_per_hour_max = 6;
    assert!(matches!(scene.put("four"), Err(StoreError::ChangeQuota(6))));
    let refused = scene
        .store
        .activate(&scene.order(), Revision::new(1), None, &mut |_| true);
    assert!(matches!(refused, Err(StoreError::ChangeQuota(6))));
    scene.store.rollback(&scene.order(), &mut |_| true).unwrap();
    scene.at_us += HOUR_US + 1;
    scene.put("four").unwrap();
}

#[test]
fn a_clock_that_was_set_back_keeps_nobody_from_deploying() {
    let mut scene = Scene::with_three();
    scene.policy.changes_per_hour_max = 6;
    assert!(matches!(scene.put("four"), Err(StoreError::ChangeQuota(6))));
    // What was deployed at a time that is yet to come does not count until then.
    scene.at_us -= 2 * HOUR_US;
    scene.put("four").unwrap();
    scene.at_us += 2 * HOUR_US;
    assert!(matches!(scene.put("five"), Err(StoreError::ChangeQuota(6))));
}

#[test]
fn the_log_says_who_did_what_and_verifies() {
    let scene = Scene::with_three();
    scene.store.rollback(&scene.order(), &mut |_| true).unwrap();
    let rows = scene.store.audit_rows(Some(&scene.tenant), 1).unwrap();
    let row = &rows[0].draft;
    assert_eq!((row.who.as_str(), row.what.as_str()), ("alice", "rollback"));
    assert_eq!(
        (row.subject.as_str(), row.why.as_str()),
        ("r3 -> r2", "a fix")
    );
    let chain = scene.store.verify_audit().unwrap();
    assert_eq!((chain.rows, chain.head), (7, rows[0].hash));
}

#[test]
fn a_row_that_was_changed_behind_the_store_is_found() {
    let scene = Scene::with_three();
    let connection = scene.store.connection();
    let written_once = connection.execute("UPDATE audit SET why = 'x' WHERE number = 3", []);
    assert!(
        written_once
            .unwrap_err()
            .to_string()
            .contains("written once")
    );
    assert!(connection.execute("DELETE FROM activations", []).is_err());
    connection
        .execute_batch("DROP TRIGGER audit_stays; UPDATE audit SET why = 'x' WHERE number = 3")
        .unwrap();
    drop(connection);
    let found = scene.store.verify_audit().unwrap_err();
    assert!(
        found.to_string().starts_with("row 3 of the audit log"),
        "{found}"
    );
}

#[test]
fn a_store_of_the_first_version_gets_what_it_lacks() {
    let scene = Scene::with_three();
    let first = "ALTER TABLE revisions DROP COLUMN attestation; PRAGMA user_version = 1";
    scene.store.connection().execute_batch(first).unwrap();
    let store = DeployStore::open(scene._folder.path()).unwrap();
    let revisions = store.revisions(&scene.tenant, None).unwrap();
    assert!(!revisions.is_empty());
    assert!(
        revisions
            .iter()
            .all(|record| record.new.attestation.is_none())
    );
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let scene = Scene::new();
    let connection = scene.store.connection();
    connection.pragma_update(None, "user_version", 9).unwrap();
    drop(connection);
    let refused = DeployStore::open(scene._folder.path());
    let Some(StoreError::Unopened(evroute_database_file::DatabaseFileError::Later {
        found,
        known,
        ..
    })) = refused.err()
    else {
        panic!("it was opened");
    };
    assert_eq!((found, known), (9, 2));
}

#[test]
fn what_whoever_ordered_it_declines_changes_nothing() {
    let scene = Scene::with_three();
    let before = (scene.in_force(), scene.store.verify_audit().unwrap().rows);
    let mut seen = Vec::new();
    let mut decline = |kept: &HandlerInForce| {
        seen.push((kept.activation.current, kept.previous));
        false
    };
    let order = scene.order();
    let activated = scene
        .store
        .activate(&order, Revision::FIRST, None, &mut decline);
    let rolled_back = scene.store.rollback(&order, &mut decline);
    for declined in [activated, rolled_back] {
        assert!(
            matches!(declined, Err(StoreError::Declined)),
            "{declined:?}"
        );
    }
    let after = (scene.in_force(), scene.store.verify_audit().unwrap().rows);
    assert_eq!(after, before);
    let numbers = |(current, previous): (Option<Revision>, Option<Revision>)| {
        (
            current.map(Revision::number),
            previous.map(Revision::number),
        )
    };
    let seen: Vec<_> = seen.into_iter().map(numbers).collect();
    assert_eq!(seen, [(Some(1), Some(3)), (Some(2), Some(1))]);
}
