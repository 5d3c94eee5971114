//! Checks `[[listen]]`.

use std::net::SocketAddr;

use evroute_module_api::config::At;
use evroute_sip::Uri;

use super::checker::Checker;
use super::{Advertised, ListenConfig, ListenTransport, Listener};
use crate::raw_config::RawListen;

impl Checker<'_> {
    pub(super) fn listeners(&mut self, raw: Option<&[RawListen]>) -> Vec<ListenConfig> {
        let Some(raw) = raw else {
            let address = SocketAddr::from(([127, 0, 0, 1], 5060));
            let listen = |transport| ListenConfig {
                listener: Listener { transport, address },
                advertised: None,
            };
            return [ListenTransport::Udp, ListenTransport::Tcp]
                .map(listen)
                .into();
        };
        let mut listeners: Vec<ListenConfig> = Vec::new();
        for entry in raw {
            let transport = self.transport(&entry.transport);
            let address = self.address(&entry.address, "listen.address", "127.0.0.1:5060");
            let advertised = entry.advertise.as_ref().and_then(|at| self.advertised(at));
            let (Some(transport), Some(address)) = (transport, address) else {
                continue;
            };
            if let (true, Some(at)) = (transport.is_http(), &entry.advertise) {
                let fix = "remove it: nobody is told an address of HTTP";
                self.wrong(at, "listen.advertise", "it is of no use here", fix);
            }
            let listener = Listener { transport, address };
            if address.port() != 0 && listeners.iter().any(|known| known.listener == listener) {
                let wrong = format!("{listener} is listed twice");
                let fix = "remove one of the two [[listen]] sections";
                self.wrong(&entry.address, "listen.address", wrong, fix);
            }
            listeners.push(ListenConfig {
                listener,
                advertised,
            });
        }
        let is_sip = |entry: &RawListen| !entry.transport.get_ref().starts_with("http");
        if raw.is_empty() {
            let fix = "add a [[listen]] section or leave the key out";
            self.findings.wrong_file("listen", "the list is empty", fix);
        } else if !raw.iter().any(is_sip) {
            let fix = "add a [[listen]] section with transport \"udp\", \"tcp\" or \"tls\"";
            self.findings
                .wrong_file("listen", "SIP is spoken nowhere", fix);
        }
        listeners
    }

    fn transport(&mut self, at: &At<String>) -> Option<ListenTransport> {
        match at.get_ref().as_str() {
            "udp" => Some(ListenTransport::Udp),
            "tcp" => Some(ListenTransport::Tcp),
            "tls" => Some(ListenTransport::Tls),
            "http" => Some(ListenTransport::Http),
            "https" => Some(ListenTransport::Https),
            other => {
                let wrong = format!("{other:?} is not a transport of this version");
                self.wrong(
                    at,
                    "listen.transport",
                    wrong,
                    "write \"udp\", \"tcp\", \"tls\", \"http\" or \"https\"",
                );
                None
            }
        }
    }

    fn advertised(&mut self, at: &At<String>) -> Option<Advertised> {
        let written = at.get_ref();
        // What stands behind `sip:` in a Route must read as a host and a port, and as nothing else.
        let uri = format!("sip:{written}");
        let parsed = Uri::parse(uri.as_bytes()).ok().filter(|uri| {
            uri.user().is_none() && !uri.host().is_empty() && !written.contains([';', '?', '@'])
        });
        let is_nowhere = |host: &str| matches!(host, "0.0.0.0" | "[::]");
        let Some(uri) = parsed.filter(|uri| !is_nowhere(uri.host())) else {
            let wrong = format!("{written:?} is not an address that others can send to");
            let fix =
                "write HOST or HOST:PORT, for example \"203.0.113.5:5060\" or \"sip.example.com\"";
            self.wrong(at, "listen.advertise", wrong, fix);
            return None;
        };
        Some(Advertised {
            host: uri.host().to_owned(),
            port: uri.port(),
        })
    }
}
