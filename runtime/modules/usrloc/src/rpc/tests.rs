//! What operators call.

use evroute_event::testing::Recorder;
use evroute_tenant::{TenantIndex, TenantSlots};

use super::*;
use crate::Config;

const TENANT: TenantIndex = TenantIndex::new(0);

fn server() -> Arc<ServerState> {
    let table = Arc::new(LocationTable::new(Config::default()));
    let tenant = TenantState::new("demo".parse().unwrap(), TENANT).with(table);
    let tenants = TenantSlots::from_iter([(TENANT, Arc::new(tenant))]);
    let clock = || 1_000_000_000_000;
    let emitter = Recorder::new().emitter();
    let server = ServerState::new(Arc::new(tenants), emitter, clock, |_| true);
    Arc::new(server)
}

async fn call(server: &Arc<ServerState>, name: &str, params: Json) -> Result<Json, String> {
    let method = METHODS.iter().find(|method| method.name == name).unwrap();
    let params = match params {
        Json::Array(values) => RpcParams::Positional(values),
        other => panic!("{other}"),
    };
    let answer = match method.call {
        RpcCall::Sync(call) => call(server, &params),
        RpcCall::Async(call) => call(Arc::clone(server), params).await,
    };
    answer.map_err(|error| error.message)
}

#[tokio::test]
async fn what_is_added_is_looked_up_in_every_spelling_and_removed() {
    let server = server();
    let one = json!(["bob@example.com", "sip:bob@192.0.2.7", null, 60, "0.5"]);
    let added = call(&server, "ul.add", one).await.unwrap();
    let contact = &added["contacts"][0];
    assert_eq!(contact["contact"], json!("sip:bob@192.0.2.7"));
    assert_eq!(contact["expires_seconds"], json!(60));
    assert_eq!(contact["q"], json!(0.5));
    let two = json!(["sip:bob@example.com", "sip:bob@192.0.2.8"]);
    call(&server, "ul.add", two).await.unwrap();
    for spelling in [
        "bob@example.com",
        "sip:%62ob@EXAMPLE.com:5070",
        "bob@Example.com",
    ] {
        let found = call(&server, "ul.lookup", json!([spelling])).await.unwrap();
        assert_eq!(found["aor"], json!("bob@example.com"));
        let contacts = found["contacts"].as_array().unwrap();
        let uris: Vec<_> = contacts.iter().map(|contact| &contact["contact"]).collect();
        assert_eq!(uris, ["sip:bob@192.0.2.8", "sip:bob@192.0.2.7"], "by q");
    }
    let one = json!(["bob@example.com", "sip:%62ob@192.0.2.8"]);
    let left = call(&server, "ul.rm_contact", one.clone()).await.unwrap();
    assert_eq!(left["contacts"].as_array().unwrap().len(), 1);
    let refused = call(&server, "ul.rm_contact", one).await.unwrap_err();
    assert_eq!(refused, "bob@example.com has no such contact");
    call(&server, "ul.rm", json!(["bob@example.com"]))
        .await
        .unwrap();
    let nobody = call(&server, "ul.lookup", json!(["bob@example.com"])).await;
    assert_eq!(
        nobody.unwrap_err(),
        "nobody is registered as bob@example.com"
    );
    let refused = call(&server, "ul.rm", json!(["bob@example.com"])).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_dump_goes_on_after_the_last_address() {
    let server = server();
    for number in 0..=ADDRESSES_MAX {
        let one = json!([format!("u{number:04}@example.com"), "sip:u@192.0.2.7"]);
        call(&server, "ul.add", one).await.unwrap();
    }
    let page = call(&server, "ul.dump", json!([])).await.unwrap();
    assert_eq!(page["aors"].as_array().unwrap().len(), ADDRESSES_MAX);
    assert_eq!(page["contacts"], json!(ADDRESSES_MAX + 1));
    let next = page["next"].clone();
    assert_eq!(next, page["aors"][ADDRESSES_MAX - 1]["aor"]);
    let rest = call(&server, "ul.dump", json!(["demo", next]))
        .await
        .unwrap();
    assert_eq!(rest["aors"].as_array().unwrap().len(), 1);
    assert_eq!(rest["aors"][0]["aor"], json!("u1000@example.com"));
    assert_eq!(rest["next"], Json::Null);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let server = server();
    for (params, why) in [
        (json!(["nobody", "sip:u@h"]), "no address of record"),
        (json!(["u@h", "x"]), "\"x\": "),
        (
            json!(["u@h", "sip:u@h", null, 0]),
            "seconds are from 1 to 86400",
        ),
        (
            json!(["u@h", "sip:u@h", null, 86401]),
            "seconds are from 1 to 86400",
        ),
        (json!(["u@h", "sip:u@h", null, 60, "2"]), "q is \"2\""),
        (json!(["u@h", "sip:u@h", "other"]), "there is no tenant"),
    ] {
        let refused = call(&server, "ul.add", params.clone()).await.unwrap_err();
        assert!(refused.contains(why), "{params}: {refused}");
    }
}
