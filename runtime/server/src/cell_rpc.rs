//! The RPC method about cells.

use std::sync::Arc;

use evroute_cell::{CellSeen, RunnerCounts, RunnerPool};
use evroute_module_api::RpcScope;
use serde_json::{Value, json};

use crate::{DuplicateMethod, RpcMethods};

/// `cell.list`.
pub(crate) fn add(
    methods: &mut RpcMethods,
    runners: Option<&Arc<RunnerPool>>,
) -> Result<(), DuplicateMethod> {
    let runners = runners.map(Arc::clone);
    methods.add(
        "cell.list",
        "the cells that have runners: how many, how many of them are at work; and what became of \
         runners since the start",
        RpcScope::READS_SERVER,
        move |params| {
            let listed = params.only(&[]).map(|()| list(runners.as_deref()));
            async move { listed }
        },
    )
}

fn list(runners: Option<&RunnerPool>) -> Value {
    let counts = runners.map(RunnerPool::counts).unwrap_or_default();
    let cells = runners.map(RunnerPool::cells).unwrap_or_default();
    let row = |CellSeen { cell, idle, lent }| json!({ "cell": cell.to_string(), "runners": idle + lent, "at_work": lent });
    let RunnerCounts {
        alive,
        started,
        failed,
        broken,
        late,
        refused,
    } = counts;
    json!({
        "cells": cells.into_iter().map(row).collect::<Vec<_>>(),
        "runners": alive,
        "started": started,
        "failed": failed,
        "broken": broken,
        "late": late,
        "runs_refused": refused,
    })
}
