//! TLS to a server, as `sslmode` asks for it.

use std::path::Path;

use super::postgres_server::PostgresServer;
use super::*;

const HAS_TLS: &str = "select ssl::int from pg_stat_ssl where pid = pg_backend_pid()";

/// Whether a connection by this URL is one by TLS; the words of the error where there is none.
async fn is_encrypted(url: String) -> Result<bool, String> {
    let database = Database::open(&config(DatabaseUrl::Postgres(url))).await;
    let database = database.map_err(|error| error.to_string())?;
    let rows = all(&database, HAS_TLS).await;
    let rows = rows.map_err(|error| error.to_string())?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::Int(ssl)) => Ok(*ssl == 1),
        other => panic!("{other:?}"),
    }
}

fn verified(url: &str, mode: &str, authority: &Path) -> String {
    format!("{url}?sslmode={mode}&sslrootcert={}", authority.display())
}

#[tokio::test]
async fn a_server_with_tls_is_trusted_as_far_as_the_mode_says() {
    let server = PostgresServer::start_with_tls();
    let (named, by_address) = (server.url_of("localhost"), server.url());
    let (right, wrong) = (server.authority(), server.stranger());
    for (url, is_by_tls) in [
        (by_address.clone(), true),
        (format!("{by_address}?sslmode=disable"), false),
        (format!("{by_address}?sslmode=prefer"), true),
        (format!("{by_address}?sslmode=require"), true),
        (verified(&by_address, "require", &right), true),
        (verified(&by_address, "verify-ca", &right), true),
        (verified(&named, "verify-full", &right), true),
    ] {
        assert_eq!(is_encrypted(url.clone()).await, Ok(is_by_tls), "{url}");
    }
    for url in [
        verified(&by_address, "verify-full", &right),
        verified(&by_address, "require", &wrong),
        verified(&by_address, "verify-ca", &wrong),
        verified(&named, "verify-full", &wrong),
        // Nobody whom this machine trusts has signed it.
        format!("{named}?sslmode=verify-full"),
    ] {
        let error = is_encrypted(url.clone()).await.unwrap_err();
        assert!(
            error.contains("certificate") || error.contains("authority"),
            "{url}: {error}"
        );
    }
}

#[tokio::test]
async fn a_server_without_tls_is_used_only_where_that_is_allowed() {
    let server = PostgresServer::start();
    for mode in ["disable", "prefer"] {
        let url = format!("{}?sslmode={mode}", server.url());
        assert_eq!(is_encrypted(url).await, Ok(false), "{mode}");
    }
    let url = format!("{}?sslmode=require", server.url());
    let error = is_encrypted(url).await.unwrap_err();
    assert!(error.contains("the server has no TLS"), "{error}");
}

#[tokio::test]
async fn what_is_too_large_is_refused_by_tls_too() {
    let server = PostgresServer::start_with_tls();
    let url = verified(
        &server.url_of("localhost"),
        "verify-full",
        &server.authority(),
    );
    let patient = DatabaseConfig {
        deadline: PATIENCE,
        ..config(DatabaseUrl::Postgres(url))
    };
    let database = open(&patient).await;
    let large = all(&database, "select repeat('a', 100000000)").await;
    assert_eq!(large.unwrap_err(), Error::TooLarge);
    let fits = "select repeat('x', 99000)";
    assert_eq!(all_in_turn(&database, fits).await.unwrap().len(), 1);
}
