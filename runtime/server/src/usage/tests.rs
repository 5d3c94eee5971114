use super::*;

fn tenant(slots: &TenantSlots<TenantState>, number: u32, name: &str, ledger: Ledger) {
    let index = evroute_tenant::TenantIndex::new(number);
    let state = TenantState::new(name.parse().unwrap(), index).with(Arc::new(ledger));
    slots.put(index, Arc::new(state));
}

fn told(usage: &Usage, wanted: Option<&str>) -> Vec<(String, u64, bool)> {
    let rows = usage.rows(wanted).into_iter();
    rows.map(|row| (row.tenant, row.used.refused, row.is_gone))
        .collect()
}

#[tokio::test]
async fn numbers_go_on_after_a_restart_and_those_of_tenants_that_are_gone_stay() {
    let folder = tempfile::tempdir().unwrap();
    let slots = Arc::new(TenantSlots::new());
    let usage = Usage::open(folder.path(), &slots);
    tenant(&slots, 0, "acme", usage.ledger("acme"));
    tenant(&slots, 1, "beta", usage.ledger("beta"));
    tenant(&slots, 2, "idle", usage.ledger("idle"));
    for (_, state) in slots.all().iter().take(2) {
        state.get::<Ledger>().unwrap().refuse();
    }
    assert_eq!(usage.write().unwrap(), 2);
    // As after a kill: nothing is written at the end.
    let slots = Arc::new(TenantSlots::new());
    let usage = Usage::open(folder.path(), &slots);
    tenant(&slots, 0, "acme", usage.ledger("acme"));
    let acme = slots.all().remove(0).1;
    acme.get::<Ledger>().unwrap().refuse();
    let row = |name: &str, refused, is_gone| (name.to_owned(), refused, is_gone);
    let all = [row("acme", 2, false), row("beta", 1, true)];
    assert_eq!(told(&usage, None), all);
    assert_eq!(told(&usage, Some("beta")), [row("beta", 1, true)]);
    assert!(told(&usage, Some("idle")).is_empty());
    // Its last numbers are kept when it ends, and gone when it is removed with all that it had.
    slots.remove(acme.index);
    usage.end(&acme.id, acme.share::<Ledger>().unwrap()).await;
    assert_eq!(told(&usage, Some("acme")), [row("acme", 2, true)]);
    usage.purge("acme").await;
    assert!(told(&usage, Some("acme")).is_empty());
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_no_reason_not_to_serve() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(FILE),
        "no database, but long enough for one",
    )
    .unwrap();
    let slots = Arc::new(TenantSlots::new());
    let usage = Usage::open(folder.path(), &slots);
    assert!(!usage.is_kept());
    tenant(&slots, 0, "acme", usage.ledger("acme"));
    slots.all().remove(0).1.get::<Ledger>().unwrap().refuse();
    assert_eq!(usage.write().unwrap(), 0);
    assert_eq!(told(&usage, None), [("acme".to_owned(), 1, false)]);
}
