//! What can be called.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use evroute_module_api::{RpcCall, RpcCaller, RpcMethod, RpcScope, ServerState};
use serde_json::{Value, json};

use super::{RpcError, RpcParams};

/// What a method answers.
type Answer = Result<Value, RpcError>;

type Handler = Arc<
    dyn Fn(Arc<RpcCaller>, RpcParams) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync,
>;

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
    scope: RpcScope,
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

    /// Adds a method. `doc` is one line: the parameters and what it does; `scope` is who may call
    /// it.
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
        scope: RpcScope,
        call: F,
    ) -> Result<(), DuplicateMethod>
    where
        F: Fn(RpcParams) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        self.add_by(name, doc, scope, move |_, params| call(params))
    }

    /// As [`RpcMethods::add`], for a method that is told who calls.
    ///
    /// # Errors
    /// [`DuplicateMethod`].
    pub fn add_by<F, A>(
        &mut self,
        name: &'static str,
        doc: &'static str,
        scope: RpcScope,
        call: F,
    ) -> Result<(), DuplicateMethod>
    where
        F: Fn(Arc<RpcCaller>, RpcParams) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |caller, params| Box::pin(call(caller, params)));
        let method = Method {
            doc,
            scope,
            handler,
        };
        match self.methods.insert(name, method) {
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
            self.add(row.name, row.doc, row.scope, move |params| {
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
    /// `system.methodHelp`. They show what their caller reaches. To be called last.
    ///
    /// # Errors
    /// [`DuplicateMethod`] when one of them is there already.
    pub fn add_help(&mut self) -> Result<(), DuplicateMethod> {
        const SCOPE: RpcScope = RpcScope::READS_PROGRAM;
        const HELP: (&str, &str) = ("core.help", "[METHOD]: what all methods, or one, do");
        const LIST: (&str, &str) = ("system.listMethods", "the names of all methods");
        const ONE: (&str, &str) = ("system.methodHelp", "METHOD: what it does");
        let own = [HELP, LIST, ONE].map(|(name, doc)| (name, (doc, SCOPE)));
        let known = self.methods.iter();
        let known = known.map(|(name, method)| (*name, (method.doc, method.scope)));
        let docs = Arc::new(known.chain(own).collect::<Docs>());
        let all = Arc::clone(&docs);
        self.add_by(HELP.0, HELP.1, SCOPE, move |caller, params| {
            let docs = Arc::clone(&all);
            async move {
                params.only(&["method"])?;
                match params.text_opt(0, "method")? {
                    Some(method) => method_doc(&docs, &method),
                    None => Ok(json!(reached(&docs, &caller).collect::<BTreeMap<_, _>>())),
                }
            }
        })?;
        let all = Arc::clone(&docs);
        self.add_by(LIST.0, LIST.1, SCOPE, move |caller, params| {
            let names: Vec<_> = reached(&all, &caller).map(|(name, _)| name).collect();
            async move { params.only(&[]).map(|()| json!(names)) }
        })?;
        self.add(ONE.0, ONE.1, SCOPE, move |params| {
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

    /// Who may call a method; none when there is no such method.
    #[must_use]
    pub fn scope(&self, name: &str) -> Option<RpcScope> {
        Some(self.methods.get(name)?.scope)
    }

    /// Begins a call of somebody whom the method's scope has admitted; none when there is no such
    /// method.
    pub(super) fn call(
        &self,
        name: &str,
        caller: Arc<RpcCaller>,
        params: RpcParams,
    ) -> Option<impl Future<Output = Answer> + Send + 'static> {
        let method = self.methods.get(name)?;
        Some((method.handler)(caller, params))
    }
}

/// What each method does, and who may call it.
type Docs = BTreeMap<&'static str, (&'static str, RpcScope)>;

/// What this caller can call.
fn reached(docs: &Docs, caller: &RpcCaller) -> impl Iterator<Item = (&'static str, &'static str)> {
    let rows = docs.iter().filter(|(_, (_, scope))| caller.reaches(*scope));
    rows.map(|(name, (doc, _))| (*name, *doc))
}

fn method_doc(docs: &Docs, name: &str) -> Answer {
    let doc = docs.get(name).map(|(doc, _)| json!(doc));
    doc.ok_or_else(|| RpcError::refused(format!("there is no method {name:?}")))
}

impl fmt::Debug for RpcMethods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.methods.keys()).finish()
    }
}
