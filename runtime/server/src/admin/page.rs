//! The status page.

use std::fmt::{self, Display, Write};

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, HeaderName, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};

use super::{AdminParts, AdminState};

/// How many tenants, and how many handlers, are shown: a page of ten thousand helps nobody.
const ROWS_MAX: usize = 1000;

/// No script, nothing from elsewhere, not inside another page.
const POLICY: [(HeaderName, &str); 2] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
];

const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>evroute</title>\
<meta name=\"viewport\" content=\"width=device-width\"><style>\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top;\
border-bottom:1px solid #8884}code{font-family:ui-monospace,monospace}</style>";

pub(super) async fn status_page(State(state): State<AdminState>) -> Response {
    match page(&state.parts) {
        Ok(text) => (POLICY, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the status page cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn page(parts: &AdminParts) -> Result<String, fmt::Error> {
    let mut html = String::from(HEAD);
    write_head(&mut html, parts)?;
    write_handlers(&mut html, parts)?;
    write!(
        html,
        "<h2>RPC methods</h2><table><tr><th>Method<th>Does</tr>"
    )?;
    for (name, meaning) in parts.methods().docs() {
        write!(
            html,
            "<tr><td><code>{}</code><td>{}</tr>",
            Escaped(name),
            Escaped(meaning)
        )?;
    }
    write!(html, "</table></html>")?;
    Ok(html)
}

fn write_head(html: &mut String, parts: &AdminParts) -> fmt::Result {
    let status = &parts.status;
    let (phase, seconds) = (
        status.phase(&parts.shutdown).as_str(),
        status.uptime().as_secs(),
    );
    write!(html, "<h1>evroute {}</h1>", env!("CARGO_PKG_VERSION"))?;
    write!(
        html,
        "<p>Status: <b>{phase}</b>, up {seconds} s. <a href=\"/metrics\">Metrics</a>, "
    )?;
    write!(
        html,
        "<a href=\"/health\">health</a>, JSON-RPC at <code>POST /rpc</code>.</p>"
    )?;
    write!(html, "<h2>Listening</h2><ul>")?;
    let ready = status.ready();
    for listener in ready
        .map(|ready| ready.listeners.as_slice())
        .unwrap_or_default()
    {
        write!(html, "<li><code>{}</code></li>", Escaped(listener))?;
    }
    write!(
        html,
        "</ul><h2>Tenants</h2><table><tr><th>Tenant<th>Domains</tr>"
    )?;
    for tenant in status.tenants().into_iter().take(ROWS_MAX) {
        let domains = tenant.domains.join(", ");
        write!(
            html,
            "<tr><td>{}<td>{}</tr>",
            Escaped(&tenant.name),
            Escaped(&domains)
        )?;
    }
    write!(html, "</table>")
}

fn write_handlers(html: &mut String, parts: &AdminParts) -> fmt::Result {
    write!(
        html,
        "<h2>Handlers</h2><table><tr><th>Tenant<th>Handler<th>Revision<th>Events</tr>"
    )?;
    let ready = parts.status.ready();
    let handlers = ready.map(|ready| ready.handlers.now());
    for handler in handlers.unwrap_or_default().iter().take(ROWS_MAX) {
        let events = handler.events.join(", ");
        write!(
            html,
            "<tr><td>{}<td>{}",
            Escaped(&handler.tenant),
            Escaped(&handler.name)
        )?;
        write!(
            html,
            "<td>{}<td>{}</tr>",
            handler.revision,
            Escaped(&events)
        )?;
    }
    write!(html, "</table>")
}

/// Text in HTML.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.to_string().chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let escaped = Escaped("<b a=\"1\" c='2'>&").to_string();
        assert_eq!(escaped, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
    }
}
