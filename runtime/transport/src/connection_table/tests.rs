use super::*;
use crate::tls_peer::TlsPeer;

fn remote(last: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, last], port))
}

fn config(connections_max: usize, connections_per_source_max: usize) -> TcpConfig {
    TcpConfig {
        connections_max,
        connections_per_source_max,
        ..TcpConfig::default()
    }
}

#[test]
fn a_connection_that_gives_way_is_forgotten_and_closed() {
    let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 2));
    let accept = |port| table.accept(Proto::Tcp, remote(1, port), &config);
    let [silent, speaking] = [1, 2].map(|port| accept(port).unwrap());
    table.spoke(speaking.id);
    let newest = accept(3).unwrap();
    assert!(silent.close.is_cancelled() && !speaking.close.is_cancelled());
    assert!(table.get(silent.id).is_none() && table.get(newest.id).is_some());
    assert_eq!(table.evicted(), 1);
    // Its own end changes nothing any more.
    table.remove(&silent);
    table.spoke(newest.id);
    let refused = accept(4).unwrap_err();
    assert_eq!(refused, TransportError::TooManyConnections);
    table.remove(&speaking);
    assert!(accept(4).is_ok());
}

#[test]
fn a_connection_that_we_dial_has_something_to_say() {
    let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 1));
    let to = Target::new(Proto::Tcp, remote(1, 1));
    assert!(table.find_or_enter(&to, &config).is_ok());
    let refused = table.accept(Proto::Tcp, remote(1, 2), &config);
    assert_eq!(refused.unwrap_err(), TransportError::TooManyConnections);
}

#[test]
fn the_number_counts_before_the_address_and_dead_numbers_fall_back_to_it() {
    let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 9));
    let first = table.accept(Proto::Tcp, remote(1, 1), &config).unwrap();
    let second = table.accept(Proto::Tcp, remote(1, 2), &config).unwrap();
    let mut to = Target::new(Proto::Tcp, remote(1, 1));
    to.connection = Some(second.id);
    assert_eq!(table.find(&to).unwrap().id, second.id);
    table.remove(&second);
    assert_eq!(table.find(&to).unwrap().id, first.id);
    table.remove(&first);
    assert!(matches!(
        table.find_or_enter(&to, &config),
        Ok(Found::New(_))
    ));
    assert!(matches!(
        table.find_or_enter(&to, &config),
        Ok(Found::Existing(_))
    ));
}

#[test]
fn a_newer_connection_with_the_same_address_survives_the_older_one() {
    let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 9));
    let older = table.accept(Proto::Tcp, remote(1, 1), &config).unwrap();
    let newer = table.accept(Proto::Tcp, remote(1, 1), &config).unwrap();
    table.remove(&older);
    let to = Target::new(Proto::Tcp, remote(1, 1));
    assert_eq!(table.find(&to).unwrap().id, newer.id);
}

fn peer(name: &str, tenant: u32) -> Option<Arc<TlsPeer>> {
    let tenant = evroute_tenant::TenantIndex::new(tenant);
    let name = name.into();
    Some(Arc::new(TlsPeer { name, tenant }))
}

#[test]
fn a_connection_that_was_verified_is_for_its_name_and_tenant_alone() {
    let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 9));
    let to = |peer| Target::new(Proto::Tls, remote(1, 5061)).to_peer(peer);
    let enter = |peer| match table.find_or_enter(&to(peer), &config).unwrap() {
        Found::New(connection) => (connection.id, true),
        Found::Existing(connection) => (connection.id, false),
    };
    let (first, is_new) = enter(peer("a.example", 1));
    assert!(is_new);
    assert_eq!(enter(peer("a.example", 1)), (first, false));
    assert!(enter(peer("b.example", 1)).1);
    assert!(enter(peer("a.example", 2)).1);
    // One that came from there proves no name, and an address needs none.
    let accepted = table.accept(Proto::Tls, remote(1, 5061), &config).unwrap();
    assert!(enter(peer("c.example", 1)).1);
    assert_eq!(enter(peer("127.0.0.1", 1)), (accepted.id, false));
    table.remove(&accepted);
    assert!(enter(peer("127.0.0.1", 1)).1);
}

#[test]
fn a_phone_that_registered_over_tls_is_found_by_its_contact_if_that_is_where_it_is() {
    let (table, config) = (ConnectionTable::new(CancellationToken::new()), config(9, 9));
    let phone = table
        .accept(Proto::Tls, remote(1, 40_000), &config)
        .unwrap();
    let find = |last, port| {
        let to = Target::new(Proto::Tls, remote(last, port)).to_peer(peer("127.0.0.1", 0));
        table.find(&to).map(|connection| connection.id)
    };
    assert_eq!(find(1, 5061), None);
    table.registered(phone.id, Some(remote(1, 5061)));
    assert_eq!(find(1, 5061), Some(phone.id));
    // Another's address is not believed, and does not take the one that was.
    table.registered(phone.id, Some(remote(2, 5061)));
    assert_eq!((find(2, 5061), find(1, 5061)), (None, Some(phone.id)));
    table.registered(phone.id, Some(remote(1, 5071)));
    assert_eq!((find(1, 5061), find(1, 5071)), (None, Some(phone.id)));
    let plain = table
        .accept(Proto::Tcp, remote(1, 40_001), &config)
        .unwrap();
    table.registered(plain.id, Some(remote(1, 5060)));
    let to = Target::new(Proto::Tcp, remote(1, 5060));
    assert!(table.find(&to).is_none(), "without TLS a phone is dialled");
    table.remove(&phone);
    assert_eq!(find(1, 5071), None);
}
