use std::collections::BTreeMap;

use crate::ast::Variable;
use crate::fault::Diagnostic;
use crate::spelling;
use crate::tables::select;
use crate::token::{Token, TokenKind};

use super::routine::{Kind, Routine};

/// What the file itself sets, `pstn.gw_ip = "192.0.2.1" desc "gateway"`, by `pstn.gw_ip`.
pub(super) fn settings(tokens: &[Token]) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for window in tokens.windows(5) {
        let [group, point, name, sign, value] = window else {
            continue;
        };
        let (TokenKind::Word(group), TokenKind::Word(name)) = (&group.kind, &name.kind) else {
            continue;
        };
        if !point.is(".") || !sign.is("=") {
            continue;
        }
        let value = match &value.kind {
            TokenKind::Text(text) => text.clone(),
            TokenKind::Number(number) => number.to_string(),
            TokenKind::Word(word) => match word.as_str() {
                "yes" | "true" | "on" | "enable" => "1".to_owned(),
                "no" | "false" | "off" | "disable" => "0".to_owned(),
                _ => continue,
            },
            TokenKind::Name(_)
            | TokenKind::Address(_)
            | TokenKind::Unread(_)
            | TokenKind::Variable(_)
            | TokenKind::Sign(_)
            | TokenKind::Odd(_) => continue,
        };
        settings.insert(format!("{group}.{name}"), value);
    }
    settings
}

impl Routine<'_, '_> {
    /// `$sel(from.uri)` and `@from.uri`: a text, whatever it is of.
    pub(super) fn select(&mut self, variable: &Variable) -> Kind {
        let Some(name) = self.argument(variable) else {
            return Kind::Cell;
        };
        let name = name.trim();
        if let Some(setting) = name.strip_prefix("cfg_get.") {
            self.setting(setting, variable);
            return Kind::Cell;
        }
        let spelled = select::find(name).map(|spelled| spelling::variable(&spelled, variable.span));
        match spelled {
            Some(Ok(spelled)) => {
                self.variable_cell(&spelled);
                self.code.call("as_text");
            }
            Some(Err(fault)) => self.fault(fault),
            None => {
                let fault =
                    Diagnostic::new(variable.span, format!("there is no select {name} here"));
                self.fault(fault.instead("name what is wanted: $hdr(name), $ru, $cs"));
            }
        }
        Kind::Cell
    }

    fn setting(&mut self, name: &str, variable: &Variable) {
        match self.low.settings.get(name).cloned() {
            Some(value) => {
                let cell = self.low.constants.text_cell(&value);
                self.code.u32_const(cell);
            }
            None => {
                let fault =
                    Diagnostic::new(variable.span, format!("nothing sets {name} in this file"));
                self.fault(fault.instead(format!("add a line: {name} = \"...\"")));
            }
        }
    }
}
