//! RPC methods of the htable module: `htable.*`, and `pv.shvGet`, `pv.shvSet` for the shared variables.

use std::sync::Arc;

use evroute_module_htable::rpc::{self, Refusal};
use evroute_module_htable::{HtableTenant, Stored};
use evroute_module_tm::now_us;
use serde_json::Value;

use crate::tenants::Tenant;
use crate::{DuplicateMethod, RpcError, RpcMethods, RpcParams};

/// The tables of every tenant, by the tenant's name.
#[derive(Clone)]
pub(crate) struct Tables(Arc<Vec<(String, Arc<HtableTenant>)>>);

type Method = fn(&Tables, &RpcParams) -> Result<Value, RpcError>;

const METHODS: [(&str, &str, Method); 8] = [
    (
        "htable.dump",
        "TABLE [TENANT] [AFTER]: its entries, by key; next in the answer is where to go on after",
        Tables::dump,
    ),
    (
        "htable.listTables",
        "[TENANT]: name, entries and bytes of each table",
        Tables::list,
    ),
    ("htable.get", "TABLE KEY [TENANT]: one entry", Tables::get),
    (
        "htable.sets",
        "TABLE KEY TEXT [TENANT]: writes a text",
        Tables::sets,
    ),
    (
        "htable.seti",
        "TABLE KEY NUMBER [TENANT]: writes a number",
        Tables::seti,
    ),
    (
        "htable.delete",
        "TABLE KEY [TENANT]: removes an entry",
        Tables::delete,
    ),
    (
        "pv.shvGet",
        "[NAME] [TENANT]: one shared variable, or all that were written",
        Tables::shv_get,
    ),
    (
        "pv.shvSet",
        "NAME int|str VALUE [TENANT]: writes a shared variable",
        Tables::shv_set,
    ),
];

/// Adds all of them.
pub(crate) fn add(methods: &mut RpcMethods, tables: &Tables) -> Result<(), DuplicateMethod> {
    for (name, doc, method) in METHODS {
        let tables = tables.clone();
        methods.add(name, doc, move |params| {
            let tables = tables.clone();
            async move { method(&tables, &params) }
        })?;
    }
    methods.mark_large("htable.dump");
    Ok(())
}

impl Tables {
    pub(crate) fn new(tenants: &[Tenant]) -> Self {
        let tables = |tenant: &Tenant| (tenant.id.to_string(), Arc::clone(&tenant.tables));
        Self(Arc::new(tenants.iter().map(tables).collect()))
    }

    /// Whose tables are meant; may be left open where there is one tenant.
    fn of(&self, params: &RpcParams, position: usize) -> Result<&Arc<HtableTenant>, RpcError> {
        match (params.text_opt(position, "tenant")?, self.0.as_slice()) {
            (None, [(_, only)]) => Ok(only),
            (None, _) => Err(RpcError::invalid_params("say whose table it is: tenant")),
            (Some(name), tenants) => {
                let found = tenants.iter().find(|(tenant, _)| *tenant == name);
                let found = found.map(|(_, tables)| tables);
                found
                    .ok_or_else(|| RpcError::invalid_params(format!("there is no tenant {name:?}")))
            }
        }
    }

    fn dump(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["table", "tenant", "after"])?;
        let tenant = self.of(params, 1)?;
        let (table, after) = (params.text(0, "table")?, params.text_opt(2, "after")?);
        rpc::dump(tenant, &table, after.as_deref(), now_us()).map_err(refused)
    }

    fn list(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["tenant"])?;
        Ok(rpc::list_tables(self.of(params, 0)?))
    }

    fn get(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["table", "key", "tenant"])?;
        let (table, key) = (params.text(0, "table")?, params.text(1, "key")?);
        rpc::get(self.of(params, 2)?, &table, &key, now_us()).map_err(refused)
    }

    fn sets(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["table", "key", "value", "tenant"])?;
        let value = params.text(2, "value")?;
        self.set(params, Stored::Text(value.as_str().into()))
    }

    fn seti(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["table", "key", "value", "tenant"])?;
        self.set(params, Stored::Int(params.integer(2, "value")?))
    }

    fn set(&self, params: &RpcParams, value: Stored) -> Result<Value, RpcError> {
        let (table, key) = (params.text(0, "table")?, params.text(1, "key")?);
        rpc::set(self.of(params, 3)?, &table, &key, value, now_us()).map_err(refused)
    }

    fn delete(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["table", "key", "tenant"])?;
        let (table, key) = (params.text(0, "table")?, params.text(1, "key")?);
        rpc::delete(self.of(params, 2)?, &table, &key, now_us()).map_err(refused)
    }

    fn shv_get(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["name", "tenant"])?;
        let name = params.text_opt(0, "name")?;
        Ok(rpc::shv_get(self.of(params, 1)?, name.as_deref()))
    }

    fn shv_set(&self, params: &RpcParams) -> Result<Value, RpcError> {
        params.only(&["name", "type", "value", "tenant"])?;
        let value = match params.text(1, "type")?.as_str() {
            "int" => Stored::Int(params.integer(2, "value")?),
            "str" => Stored::Text(params.text(2, "value")?.as_str().into()),
            other => {
                return Err(RpcError::invalid_params(format!(
                    "{other:?} is neither int nor str"
                )));
            }
        };
        rpc::shv_set(self.of(params, 3)?, &params.text(0, "name")?, value).map_err(refused)
    }
}

fn refused(refusal: Refusal) -> RpcError {
    RpcError::refused(refusal.to_string())
}
