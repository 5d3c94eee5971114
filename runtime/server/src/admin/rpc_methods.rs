//! What can be called.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use evroute_module_api::{RpcCall, RpcMethod, ServerState};
use serde_json::{Value, json};

use super::{RpcError, RpcParams};

/// What a method answers.
type Answer = Result<Value, RpcError>;

type Handler = Arc<dyn Fn(RpcParams) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// The methods of POST /rpc, by name. Names as Kamailio's where it has one: `tm.t_uac_start`,
/// `htable.dump`.
#[derive(Clone, Default)]
pub struct RpcMethods {
    methods: BTreeMap<&'static str, Method>,
    large: BTreeSet<&'static str>,
}

#[derive(Clone)]
struct Method {
    doc: &'static str,
    handler: Handler,
}

/// Two methods of one name: a mistake in the list of modules, found at start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two RPC methods are named {0}")]
pub struct DuplicateMethod(pub &'static str);

impl RpcMethods {
    /// No methods.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a method. `doc` is one line: the parameters and what it does.
    ///
    /// The method runs in a task of its own, which goes on when the caller hangs up, and which a
    /// stop of the server waits for. It is dropped when it takes longer than a minute.
    ///
    /// # Errors
    /// [`DuplicateMethod`].
    pub fn add<F, A>(
        &mut self,
        name: &'static str,
        doc: &'static str,
        call: F,
    ) -> Result<(), DuplicateMethod>
    where
        F: Fn(RpcParams) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |params| Box::pin(call(params)));
        match self.methods.insert(name, Method { doc, handler }) {
            None => Ok(()),
            Some(_) => Err(DuplicateMethod(name)),
        }
    }

    /// Adds the methods of a module, which are called with this server.
    ///
    /// # Errors
    /// [`DuplicateMethod`].
    pub(crate) fn add_rows(
        &mut self,
        rows: &'static [RpcMethod],
        server: &Arc<ServerState>,
    ) -> Result<(), DuplicateMethod> {
        for row in rows {
            let server = Arc::clone(server);
            self.add(row.name, row.doc, move |params| {
                let server = Arc::clone(&server);
                async move {
                    match row.call {
                        RpcCall::Sync(call) => call(&server, &params),
                        RpcCall::Async(call) => call(server, params).await,
                    }
                }
            })?;
            if row.is_large {
                self.mark_large(row.name);
            }
        }
        Ok(())
    }

    /// Says that a method's results may be large: few of them are made at the same time.
    pub fn mark_large(&mut self, name: &'static str) {
        self.large.insert(name);
    }

    /// Whether [`RpcMethods::mark_large`] was said of a method.
    pub(super) fn is_large(&self, name: &str) -> bool {
        self.large.contains(name)
    }

    /// Adds the methods that speak about the others: `core.help`, `system.listMethods`,
    /// `system.methodHelp`. To be called last.
    ///
    /// # Errors
    /// [`DuplicateMethod`] when one of them is there already.
    pub fn add_help(&mut self) -> Result<(), DuplicateMethod> {
        const HELP: (&str, &str) = ("core.help", "[method]: what all methods, or one, do");
        const LIST: (&str, &str) = ("system.listMethods", "the names of all methods");
        const ONE: (&str, &str) = ("system.methodHelp", "method: what it does");
        let mut docs: BTreeMap<&'static str, &'static str> = self.docs().collect();
        docs.extend([HELP, LIST, ONE]);
        let docs = Arc::new(docs);
        let names: Vec<_> = docs.keys().copied().collect();
        let all = Arc::clone(&docs);
        self.add(HELP.0, HELP.1, move |params| {
            let docs = Arc::clone(&all);
            async move {
                params.only(&["method"])?;
                match params.text_opt(0, "method")? {
                    Some(method) => method_doc(&docs, &method),
                    None => Ok(json!(*docs)),
                }
            }
        })?;
        self.add(LIST.0, LIST.1, move |params| {
            let names = json!(names);
            async move { params.only(&[]).map(|()| names) }
        })?;
        self.add(ONE.0, ONE.1, move |params| {
            let docs = Arc::clone(&docs);
            async move { method_doc(&docs, &params.text(0, "method")?) }
        })
    }

    /// The name and the line of documentation of each method.
    pub fn docs(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.methods
            .iter()
            .map(|(name, method)| (*name, method.doc))
    }

    /// Begins a call; none when there is no such method.
    pub(super) fn call(
        &self,
        name: &str,
        params: RpcParams,
    ) -> Option<impl Future<Output = Answer> + Send + 'static> {
        let method = self.methods.get(name)?;
        Some((method.handler)(params))
    }
}

fn method_doc(docs: &BTreeMap<&'static str, &'static str>, name: &str) -> Answer {
    let doc = docs.get(name).map(|doc| json!(doc));
    doc.ok_or_else(|| RpcError::refused(format!("there is no method {name:?}")))
}

impl fmt::Debug for RpcMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.methods.keys()).finish()
    }
}
