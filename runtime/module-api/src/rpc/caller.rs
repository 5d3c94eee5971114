//! Who calls.

use std::sync::Arc;

use evroute_tenant::TenantId;
use serde_json::Value;

use super::{RpcAccess, RpcError, RpcParams, RpcReach, RpcScope};

/// The parameter that names a tenant.
const TENANT: &str = "tenant";

/// Who calls a method or asks for a path, and what they reach.
#[derive(Clone, Debug)]
pub struct RpcCaller {
    name: Arc<str>,
    tenant: Option<TenantId>,
    access: RpcAccess,
    expires: Option<u64>,
}

impl RpcCaller {
    /// An operator, who reaches everything. `name` is what the log and the audit call them.
    #[must_use]
    pub fn operator(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            tenant: None,
            access: RpcAccess::Change,
            expires: None,
        }
    }

    /// Somebody who reaches this tenant and nothing of the others.
    #[must_use]
    pub fn of_tenant(name: impl Into<Arc<str>>, tenant: TenantId) -> Self {
        Self {
            name: name.into(),
            tenant: Some(tenant),
            access: RpcAccess::Change,
            expires: None,
        }
    }

    /// The same, who changes nothing.
    #[must_use]
    pub fn who_only_reads(mut self) -> Self {
        self.access = RpcAccess::Read;
        self
    }

    /// The same, until this time in seconds since 1970.
    #[must_use]
    pub fn until(mut self, expires: Option<u64>) -> Self {
        self.expires = expires;
        self
    }

    /// When their token ends, in seconds since 1970; none is never. What they leave behind does not
    /// outlive it.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.expires
    }

    /// What the log and the audit call them: the token's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tenant that is all they reach; none for operators.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// Whether there is something of this scope that they may call.
    #[must_use]
    pub fn reaches(&self, scope: RpcScope) -> bool {
        self.refusal(scope).is_none()
    }

    /// The parameters as they are called with: a tenant's own name stands where it was left out.
    /// Nothing is looked up, so that another tenant's name and one that does not exist are refused
    /// alike.
    ///
    /// # Errors
    /// [`RpcError::FORBIDDEN`].
    pub fn admit(&self, scope: RpcScope, params: RpcParams) -> Result<RpcParams, RpcError> {
        if let Some(refusal) = self.refusal(scope) {
            return Err(RpcError::new(RpcError::FORBIDDEN, refusal));
        }
        match (&self.tenant, scope.reach) {
            (Some(own), RpcReach::Tenant(position)) => of_own(own, position, params),
            (None, _) | (_, RpcReach::Program | RpcReach::Server) => Ok(params),
        }
    }

    /// Whom a path is about, where its query names this tenant or none: an operator's choice, a
    /// tenant's own name.
    ///
    /// # Errors
    /// As [`RpcCaller::admit`].
    pub fn admit_named(
        &self,
        scope: RpcScope,
        named: Option<String>,
    ) -> Result<Option<String>, RpcError> {
        let params = RpcParams::Positional(vec![named.map_or(Value::Null, Value::String)]);
        self.admit(scope, params)?.text_opt(0, TENANT)
    }

    fn refusal(&self, scope: RpcScope) -> Option<String> {
        match (scope.reach, &self.tenant) {
            (RpcReach::Server, Some(own)) => {
                return Some(format!(
                    "this is for operators, and the token is tenant {own}'s; core.help lists what it reaches"
                ));
            }
            (RpcReach::Server, None) | (RpcReach::Program | RpcReach::Tenant(_), _) => {}
        }
        match (scope.access, self.access) {
            (RpcAccess::Change, RpcAccess::Read) => {
                Some("this changes something, and the token only reads; use another".to_owned())
            }
            (RpcAccess::Read, _) | (RpcAccess::Change, RpcAccess::Change) => None,
        }
    }
}

/// The parameters with the caller's own tenant in its place.
fn of_own(own: &TenantId, position: usize, mut params: RpcParams) -> Result<RpcParams, RpcError> {
    let place = match &mut params {
        RpcParams::Named(values) => values.entry(TENANT).or_insert(Value::Null),
        RpcParams::Positional(values) => {
            if values.len() <= position {
                values.resize(position + 1, Value::Null);
            }
            let place = values.get_mut(position);
            place.ok_or_else(|| RpcError::internal("a method has no place for its tenant"))?
        }
    };
    match place {
        Value::Null => *place = Value::from(own.as_str()),
        Value::String(named) if named.as_str() == own.as_str() => {}
        Value::String(_) | Value::Bool(_) | Value::Number(_) => {
            let foreign =
                format!("the token is tenant {own}'s and reaches no other; leave tenant out");
            return Err(RpcError::new(RpcError::FORBIDDEN, foreign));
        }
        Value::Array(_) | Value::Object(_) => {
            return Err(RpcError::invalid_params("tenant must be a text"));
        }
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(json: Value) -> RpcParams {
        match json {
            Value::Array(values) => RpcParams::Positional(values),
            Value::Object(values) => RpcParams::Named(values),
            other => panic!("{other}"),
        }
    }

    fn tenant() -> RpcCaller {
        RpcCaller::of_tenant("ci", "acme".parse().unwrap())
    }

    fn code(admitted: Result<RpcParams, RpcError>) -> i32 {
        admitted.map_or_else(|error| error.code, |_| 0)
    }

    #[test]
    fn each_caller_reaches_what_is_theirs() {
        let operator = RpcCaller::operator("ops");
        let callers = [
            operator.clone(),
            operator.who_only_reads(),
            tenant(),
            tenant().who_only_reads(),
        ];
        let table = [
            (RpcScope::READS_PROGRAM, [true, true, true, true]),
            (RpcScope::READS_SERVER, [true, true, false, false]),
            (RpcScope::CHANGES_SERVER, [true, false, false, false]),
            (RpcScope::reads_tenant(1), [true, true, true, true]),
            (RpcScope::changes_tenant(1), [true, false, true, false]),
        ];
        for (scope, expected) in table {
            let reached = callers.each_ref().map(|caller| caller.reaches(scope));
            assert_eq!(reached, expected, "{scope:?}");
            for (caller, is_reached) in callers.iter().zip(expected) {
                let code = code(caller.admit(scope, params(json!(["x"]))));
                assert_eq!(code == 0, is_reached, "{scope:?} {caller:?}");
                assert!(code == 0 || code == RpcError::FORBIDDEN);
            }
        }
    }

    #[test]
    fn a_tenants_own_name_stands_where_it_was_left_out() {
        let scope = RpcScope::reads_tenant(2);
        for (given, called) in [
            (json!([]), json!([null, null, "acme"])),
            (json!(["t", null, null, 5]), json!(["t", null, "acme", 5])),
            (json!(["t", "k", "acme"]), json!(["t", "k", "acme"])),
            (json!({}), json!({ "tenant": "acme" })),
            (json!({ "tenant": null }), json!({ "tenant": "acme" })),
            (json!({ "tenant": "acme" }), json!({ "tenant": "acme" })),
        ] {
            let admitted = tenant().admit(scope, params(given));
            assert_eq!(admitted, Ok(params(called)));
        }
        let left_open = RpcCaller::operator("ops").admit(scope, params(json!([])));
        assert_eq!(left_open, Ok(params(json!([]))));
    }

    #[test]
    fn whoever_else_is_named_is_refused_in_the_same_words() {
        let scope = RpcScope::changes_tenant(0);
        let names = [
            json!("beta"),
            json!("no such tenant"),
            json!(""),
            json!("ACME"),
            json!("acme "),
            json!(true),
            json!(7),
        ];
        let refusals = names.iter().flat_map(|name| {
            let by_name = params(json!({ "tenant": name }));
            [params(json!([name])), by_name].map(|params| tenant().admit(scope, params))
        });
        let expected = "the token is tenant acme's and reaches no other; leave tenant out";
        let expected = Err(RpcError::new(RpcError::FORBIDDEN, expected));
        assert_eq!(refusals.filter(|refusal| *refusal != expected).count(), 0);
        let list = tenant().admit(scope, params(json!([["acme"]])));
        assert_eq!(code(list), RpcError::INVALID_PARAMS);
    }

    #[test]
    fn a_path_is_about_the_tenant_that_its_query_names() {
        let scope = RpcScope::reads_tenant(0);
        let named = |name: &str| Some(name.to_owned());
        let operator = RpcCaller::operator("ops");
        assert_eq!(operator.admit_named(scope, None), Ok(None));
        assert_eq!(
            operator.admit_named(scope, named("beta")),
            Ok(named("beta"))
        );
        assert_eq!(tenant().admit_named(scope, None), Ok(named("acme")));
        assert!(tenant().admit_named(scope, named("beta")).is_err());
    }
}
