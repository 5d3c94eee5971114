//! What guests may call: the payloads of this module's events.

use std::sync::Arc;

use evroute_bindings::evroute::websocket::types as websocket;
use evroute_bindings::evroute::xhttp::types::{Host, HostHttpRequestEvent};
use evroute_bindings::{handle, import};
use evroute_event::Endpoint;
use evroute_http::HttpRequest;
use evroute_module_api::{Capability, HostTrap, run_view};
use wasmtime::component::Resource;

use crate::{WebSocketClosed, XhttpRequest};

/// What this module implements.
pub(crate) const ROWS: &[Capability] = &[
    Capability::of::<import::XhttpTypes, XhttpView<'static>>(),
    Capability::of::<import::WebsocketTypes, XhttpView<'static>>(),
];

run_view!(XhttpView);

type Event = Resource<handle::HttpRequestEvent>;

impl XhttpView<'_> {
    fn request(&mut self) -> wasmtime::Result<Arc<HttpRequest>> {
        let event = self.0.payload::<XhttpRequest>()?;
        let request = event.subject.http.as_ref().map(Arc::clone);
        request.ok_or_else(|| HostTrap::host_fault("xhttp:request without a request"))
    }

    fn text(&mut self, of: impl FnOnce(&HttpRequest) -> String) -> wasmtime::Result<String> {
        let text = of(&*self.request()?);
        self.0.charge(text.len())?;
        Ok(text)
    }
}

type Closed = Resource<handle::ClosedEvent>;

impl XhttpView<'_> {
    fn of_closed(
        &mut self,
        of: impl FnOnce(&WebSocketClosed) -> String,
    ) -> wasmtime::Result<String> {
        let text = of(self.0.payload::<WebSocketClosed>()?);
        self.0.charge(text.len())?;
        Ok(text)
    }
}

fn address(end: Option<Endpoint>) -> String {
    end.map(|end| end.address.to_string()).unwrap_or_default()
}

impl websocket::Host for XhttpView<'_> {}

impl websocket::HostClosedEvent for XhttpView<'_> {
    fn source(&mut self, _: Closed) -> wasmtime::Result<String> {
        self.of_closed(|event| address(event.subject.source))
    }

    fn local(&mut self, _: Closed) -> wasmtime::Result<String> {
        self.of_closed(|event| address(event.subject.received))
    }

    fn transport(&mut self, _: Closed) -> wasmtime::Result<String> {
        self.of_closed(|event| {
            let source = event.subject.source;
            source.map(|end| end.proto).unwrap_or_default().to_owned()
        })
    }

    fn target(&mut self, _: Closed) -> wasmtime::Result<String> {
        self.of_closed(|event| event.target.clone())
    }

    fn origin(&mut self, _: Closed) -> wasmtime::Result<Option<String>> {
        let origin = self.0.payload::<WebSocketClosed>()?.origin.clone();
        self.0.charge(origin.as_ref().map_or(0, String::len))?;
        Ok(origin)
    }

    fn opened_at(&mut self, _: Closed) -> wasmtime::Result<u64> {
        self.0.charge(0)?;
        Ok(self.0.payload::<WebSocketClosed>()?.opened_at)
    }

    fn drop(&mut self, _: Closed) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// As many of a list as the guest asks for.
fn limited(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

impl Host for XhttpView<'_> {}

impl HostHttpRequestEvent for XhttpView<'_> {
    fn method(&mut self, _: Event) -> wasmtime::Result<String> {
        self.text(|request| request.method.clone())
    }

    fn target(&mut self, _: Event) -> wasmtime::Result<String> {
        self.text(|request| request.target.clone())
    }

    fn path(&mut self, _: Event) -> wasmtime::Result<String> {
        self.text(|request| request.path().to_owned())
    }

    fn query(&mut self, _: Event) -> wasmtime::Result<Option<String>> {
        let query = self.request()?.query().map(str::to_owned);
        self.0.charge(query.as_ref().map_or(0, String::len))?;
        Ok(query)
    }

    fn header(&mut self, _: Event, name: String) -> wasmtime::Result<Option<Vec<u8>>> {
        let request = self.request()?;
        let value = request
            .fields_named(&name)
            .next()
            .map(|value| value.to_vec());
        self.0
            .charge(name.len() + value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    fn headers(&mut self, _: Event, name: String, limit: u32) -> wasmtime::Result<Vec<Vec<u8>>> {
        let request = self.request()?;
        let values = request.fields_named(&name).take(limited(limit));
        let values: Vec<_> = values.map(|value| value.to_vec()).collect();
        let bytes: usize = values.iter().map(Vec::len).sum();
        self.0.charge(name.len() + bytes)?;
        Ok(values)
    }

    fn header_names(&mut self, _: Event, limit: u32) -> wasmtime::Result<Vec<String>> {
        let request = self.request()?;
        let fields = request.fields.iter().take(limited(limit));
        let names: Vec<_> = fields.map(|field| field.name.clone()).collect();
        self.0.charge(names.iter().map(String::len).sum())?;
        Ok(names)
    }

    fn body(&mut self, _: Event) -> wasmtime::Result<Vec<u8>> {
        let body = self.request()?.body.to_vec();
        self.0.charge(body.len())?;
        Ok(body)
    }

    fn source(&mut self, _: Event) -> wasmtime::Result<String> {
        let source = self.0.subject()?.source;
        let source = source
            .map(|end| end.address.to_string())
            .unwrap_or_default();
        self.0.charge(source.len())?;
        Ok(source)
    }

    fn transport(&mut self, _: Event) -> wasmtime::Result<String> {
        let source = self.0.subject()?.source;
        let proto = source.map(|end| end.proto).unwrap_or_default();
        self.0.charge(proto.len())?;
        Ok(proto.to_owned())
    }

    fn drop(&mut self, _: Event) -> wasmtime::Result<()> {
        Ok(())
    }
}
