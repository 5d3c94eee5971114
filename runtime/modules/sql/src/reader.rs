//! The databases of a tenant for other modules.

use evroute_module_api::{DatabaseReadError, DatabaseReader, ReadingRows};
use evroute_tenant::GrantMode;

use crate::{Error, SqlTenant, Value};

impl DatabaseReader for SqlTenant {
    fn read<'a>(
        &'a self,
        label: &'a str,
        statement: &'a str,
        parameters: Vec<String>,
    ) -> ReadingRows<'a> {
        Box::pin(async move {
            let database = self.get(label).ok_or_else(|| {
                DatabaseReadError::Refused(format!("the tenant has no database {label:?}"))
            })?;
            let parameters = parameters.into_iter().map(Value::Text).collect();
            let rows = database
                .query_as(statement, parameters, GrantMode::Read)
                .await;
            let mut rows = rows.map_err(failed)?;
            let rows = rows.next(u32::MAX).into_iter();
            Ok(rows
                .map(|row| row.into_iter().map(text).collect())
                .collect())
        })
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Int(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Text(text) => Some(text),
        Value::Octets(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

fn failed(error: Error) -> DatabaseReadError {
    match error {
        Error::Refused(why) => DatabaseReadError::Refused(why),
        Error::TooLarge | Error::Full | Error::ReadOnly => {
            DatabaseReadError::Refused(error.to_string())
        }
        Error::Deadline | Error::Unavailable(_) | Error::Other(_) => {
            DatabaseReadError::Unavailable(error.to_string())
        }
    }
}
