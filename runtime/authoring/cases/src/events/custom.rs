//! Events that operators and handlers name themselves.

use evroute_module_custom::events::CustomEvent;

use super::{InCases, Kind, kind, missing};
use crate::case::Case;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<CustomEvent>()]
}

impl InCases for CustomEvent {
    const EXAMPLE: &'static str = r#"custom = { name = "greeting" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let raised = case.custom.as_ref();
        let raised = raised.ok_or_else(|| missing("custom = { name, parameters }"))?;
        let mut parameters = Vec::new();
        for (name, given) in &raised.parameters {
            parameters.push((name.clone(), given.parameter()?));
        }
        Self::new(&raised.name, parameters, case.time_us())
            .map_err(|refused| format!("custom: {refused}"))
    }
}
