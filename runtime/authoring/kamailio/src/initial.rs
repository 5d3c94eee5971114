//! Values that `modparam` gives before the first run.

use std::collections::BTreeMap;

use crate::fault::Diagnostic;
use crate::parser::Setting;

/// What a variable or a missing entry of a table is at first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Start {
    Number(i64),
    Text(String),
}

/// The first values of a configuration.
#[derive(Debug, Default)]
pub(crate) struct Initial {
    /// `modparam("pv", "shvset", "name=i:1")`
    pub(crate) shared: BTreeMap<String, Start>,
    /// `modparam("pv", "varset", "name=s:text")`
    pub(crate) private: BTreeMap<String, Start>,
    /// `initval` of `modparam("htable", "htable", "name=>initval=1;")`
    pub(crate) tables: BTreeMap<String, i64>,
}

impl Initial {
    /// Reads what the parameters say.
    pub(crate) fn read(settings: &[Setting], faults: &mut Vec<Diagnostic>) -> Self {
        let mut initial = Self::default();
        for setting in settings {
            let is_of = |module: &str| setting.module.split('|').any(|own| own == module);
            match setting.name.as_str() {
                "shvset" | "varset" if is_of("pv") => match start(&setting.value) {
                    Some((name, start)) if setting.name == "shvset" => {
                        initial.shared.insert(name, start);
                    }
                    Some((name, start)) => {
                        initial.private.insert(name, start);
                    }
                    None => {
                        let what = format!("\"{}\" is no first value", setting.value);
                        let remedy = "write \"name=i:number\" or \"name=s:text\", without blanks";
                        faults.push(Diagnostic::new(setting.span, what).instead(remedy));
                    }
                },
                "htable" if is_of("htable") => {
                    if let Some((table, number)) = table(&setting.value) {
                        initial.tables.insert(table, number);
                    }
                }
                _ => {}
            }
        }
        initial
    }
}

/// `name=i:number` or `name=s:text`
fn start(text: &str) -> Option<(String, Start)> {
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty())?;
    let start = if let Some(number) = value.strip_prefix("i:").or(value.strip_prefix("I:")) {
        Start::Number(number.parse::<i32>().ok()?.into())
    } else {
        let text = value.strip_prefix("s:").or(value.strip_prefix("S:"))?;
        Start::Text(text.to_owned())
    };
    Some((name.to_owned(), start))
}

/// The name of a table and its `initval`, if it has one.
fn table(text: &str) -> Option<(String, i64)> {
    let (name, parameters) = text.split_once("=>")?;
    let initial = parameters.split(';').find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        (key.trim() == "initval").then(|| value.trim().parse().ok())?
    })?;
    Some((name.trim().to_owned(), initial))
}
