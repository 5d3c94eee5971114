//! GET /metrics is what the reference says.

use std::collections::BTreeMap;

use evroute_tests::Sipp;

use crate::demo::{server, server_with};

/// Name, kind, labels, meaning.
type Family = (String, String, Vec<String>, String);

/// The rows of `evroute list metrics`.
fn listed(table: &str) -> Vec<Family> {
    let words = |cell: &str| -> Vec<String> {
        let words = cell.split(", ").filter(|word| !word.is_empty());
        words
            .map(|word| word.trim_matches('`').to_owned())
            .collect()
    };
    let row = |line: &str| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, meaning] = cells[..] else {
            panic!("{line}");
        };
        (
            name.trim_matches('`').to_owned(),
            kind.to_owned(),
            words(labels),
            meaning.to_owned(),
        )
    };
    table.lines().skip(2).map(row).collect()
}

/// The labels of each name that has numbers on the page.
fn labels(page: &str) -> BTreeMap<String, Vec<String>> {
    let numbers = page.lines().filter(|line| !line.starts_with('#'));
    let label = |pair: &str| pair.split_once("=\"").map(|(label, _)| label.to_owned());
    let parse = |line: &str| {
        let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
        let inside = rest
            .strip_prefix('{')
            .map_or("", |rest| &rest[..rest.rfind('}').unwrap()]);
        let labels = inside
            .split("\",")
            .filter_map(label)
            .filter(|label| label != "le");
        (name.to_owned(), labels.collect())
    };
    numbers.map(parse).collect()
}

/// Those of tenants that say something of this one; a number of a tenant that is zero is not there.
const SAID: [&str; 7] = [
    "evroute_runs_total",
    "evroute_run_fuel_total",
    "evroute_run_seconds_count",
    "evroute_tenant_runs_total",
    "evroute_tenant_run_fuel_total",
    "evroute_tenant_served",
    "evroute_database_connections",
];

#[test]
fn the_page_is_what_the_reference_lists() {
    let server = server_with("9", &["mod-init"]);
    let page = server.metrics().unwrap();
    let table = server.command(&["list", "metrics"]).unwrap();
    let listed = listed(&table.out);
    assert!(listed.len() > 20, "{listed:?}");
    let labels = labels(&page);
    let mut shown: Vec<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .collect();
    for (full, kind, wanted, meaning) in &listed {
        let suffix = match kind.as_str() {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        let name = full.strip_suffix(suffix).unwrap();
        let help = format!("# HELP {name} {meaning}.\n");
        assert!(page.contains(&help), "{help} is not in {page}");
        let kind = format!("{name} {kind}");
        let place = shown.iter().position(|line| *line == kind);
        shown.remove(place.unwrap_or_else(|| panic!("{kind} is not in {page}")));
        let sample = if kind.ends_with("histogram") {
            format!("{full}_count")
        } else {
            full.clone()
        };
        let is_of_tenants = wanted.first().is_some_and(|label| label == "tenant");
        if is_of_tenants && !SAID.contains(&sample.as_str()) {
            assert_eq!(labels.get(&sample), None, "{sample} in {page}");
            continue;
        }
        assert_eq!(labels.get(&sample), Some(wanted), "{sample} in {page}");
    }
    assert!(shown.is_empty(), "not in the list: {shown:?}");
}

#[test]
fn a_call_moves_the_numbers() {
    let phone = Sipp::new("uas").listen().unwrap();
    let server = server(&phone.port.to_string());
    let caller = Sipp::new("uac").user("service").begin(server.sip).unwrap();
    let (calls, messages) = caller.finish().unwrap();
    assert_eq!((calls.successful, calls.failed), (1, 0), "{messages}");
    let udp = |name: &str| server.metric(name, &["transport=\"udp\""]).unwrap();
    // INVITE, 180, 200, ACK, BYE, 200 in, and at least as many out.
    assert!(udp("evroute_sip_messages_received_total") > 5.5);
    assert!(udp("evroute_sip_messages_sent_total") > 5.5);
    assert!(udp("evroute_sip_received_bytes_total") > 1000.0);
    assert!(udp("evroute_sip_sent_bytes_total") > 1000.0);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .send_to(b"this is no SIP\r\n\r\n", server.sip)
        .unwrap();
    let unreadable = || {
        server
            .metric("evroute_sip_messages_malformed_total", &[])
            .unwrap()
    };
    let is_counted = || (unreadable() > 0.5).then_some(());
    evroute_tests::eventually("the count", is_counted, || server.log()).unwrap();
    assert!(server.metric("evroute_transactions", &[]).unwrap() > 0.5);
    assert!(server.metric("evroute_start_time_seconds", &[]).unwrap() > 1.7e9);
}
