use crate::ast::{Index, Part, Variable};
use crate::code::Global;
use crate::fault::Diagnostic;
use crate::initial::Start;
use crate::preprocessor::Value;
use crate::tables::variable::{self, Argument, Run, Source};

use super::initial::table;
use super::routine::{Kind, Routine};
use super::text;

impl Routine<'_, '_> {
    /// Reads a variable and transforms it.
    pub(super) fn variable(&mut self, variable: &Variable) -> Kind {
        let Some(row) = self.row(variable) else {
            return Kind::Cell;
        };
        let kind = match row.source {
            Source::Getter(code) => {
                self.code.call(code);
                Kind::Cell
            }
            Source::Server => {
                let kind = self.ask(variable, row);
                self.or_initial(variable);
                kind
            }
            Source::ServerText => {
                self.ask(variable, row);
                self.code.call("as_text");
                Kind::Cell
            }
            Source::Run(run) => self.own(variable, run),
        };
        if variable.transformations.is_empty() {
            return kind;
        }
        self.make_cell(kind);
        for transformation in &variable.transformations {
            self.transform(transformation, variable.span);
        }
        Kind::Cell
    }

    /// The row of a variable that may stand here.
    pub(super) fn row(&mut self, variable: &Variable) -> Option<&'static variable::Variable> {
        let (name, span) = (&variable.name, variable.span);
        let Some(row) = variable::find(name, &self.event.name) else {
            let fault = Diagnostic::new(span, format!("there is no ${name} here"));
            self.fault(fault.instead(variable::instead(name)));
            return None;
        };
        if !self.is_here(name, row.needs, span) {
            return None;
        }
        let wrong = match row.argument {
            Argument::None if variable.argument.is_some() => {
                Some(format!("${name} takes nothing in parentheses"))
            }
            Argument::Needed | Argument::Indexed | Argument::Entry
                if variable.argument.is_none() =>
            {
                Some(format!("${name} needs a name in parentheses"))
            }
            Argument::Entry if !has_entry(variable) => {
                Some(format!("${name} needs a name, => and another"))
            }
            Argument::None | Argument::Needed | Argument::Entry if variable.index.is_some() => {
                Some(format!("${name} has no index"))
            }
            Argument::None | Argument::Needed | Argument::Indexed | Argument::Entry => None,
        };
        let wrong = wrong.or_else(|| unknown_word(variable));
        if let Some(what) = wrong {
            self.fault(
                Diagnostic::new(span, what)
                    .instead("`evroute list variables` shows how it is spelled"),
            );
            return None;
        }
        Some(row)
    }

    /// Asks the server by name.
    fn ask(&mut self, variable: &Variable, row: &variable::Variable) -> Kind {
        // A message may lack anything; a table that cannot be read would be taken for an empty one.
        let strict = row.needs != variable::Needs::Message;
        self.name(variable);
        self.title(variable);
        self.code.u32_const(u32::from(strict)).call("pv_get");
        if strict {
            self.leave_when_over();
        }
        // The time that an entry has left which does not exist is 0 to Kamailio.
        if row.name == "shtex" {
            self.code.call("or_zero");
        }
        Kind::Cell
    }

    /// The same, of a variable that is no part of the message.
    pub(super) fn ask_strictly(&mut self, variable: &Variable) {
        self.name(variable);
        self.title(variable);
        self.code.i32_const(1).call("pv_get");
        self.leave_when_over();
    }

    /// The name as the server wants it: address and length.
    pub(super) fn name(&mut self, variable: &Variable) {
        if matches!(
            variable.name.as_str(),
            "sht" | "shtex" | "shtinc" | "shtdec"
        ) && let Some(table) = table(variable)
        {
            self.low.declared.table(table);
        }
        let mut parts = vec![Part::Text(format!("${}", variable.name))];
        if let Some(argument) = &variable.argument {
            parts.push(Part::Text("(".to_owned()));
            parts.extend(argument.iter().cloned());
            parts.push(Part::Text(")".to_owned()));
        }
        match &variable.index {
            Some(Index::At(index)) => parts.push(Part::Text(format!("[{index}]"))),
            Some(Index::All) => parts.push(Part::Text("[*]".to_owned())),
            Some(Index::Variable(index)) => {
                parts.push(Part::Text("[".to_owned()));
                parts.push(Part::Variable(index.clone()));
                parts.push(Part::Text("]".to_owned()));
            }
            None => {}
        }
        self.text(&parts);
    }

    /// The constant in parentheses.
    pub(super) fn argument(&mut self, variable: &Variable) -> Option<String> {
        let argument = text::constant(variable.argument.as_deref().unwrap_or_default());
        if argument.is_none() {
            let fault = Diagnostic::new(
                variable.span,
                format!("the name of ${} cannot be a variable", variable.name),
            );
            self.fault(
                fault.instead("write it out, or use $sht(table=>key), whose key may be one"),
            );
        }
        argument
    }

    fn own(&mut self, variable: &Variable, run: Run) -> Kind {
        match run {
            Run::Null => {
                self.code.i32_const(0);
            }
            Run::ReturnCode => {
                self.code.global_get("rc").i64_extend_i32_s();
                return Kind::Int;
            }
            Run::Format => {
                let parts = variable.argument.clone().unwrap_or_default();
                self.text_cell(&parts);
            }
            Run::Number | Run::Nullable | Run::Stack => {
                let Some(symbol) = self.private(variable, run) else {
                    return Kind::Cell;
                };
                self.code.global_get(symbol);
                if run == Run::Stack {
                    self.stacked(variable.index.as_ref());
                }
            }
            Run::Rows => self.rows(variable),
            Run::Contact => self.contact(variable),
            Run::Record => self.record(variable),
            Run::Select => return self.select(variable),
            Run::Xavp => self.xavp(variable),
            Run::Defined => {
                if let Some(name) = self.argument(variable) {
                    match (self.low.defined)(&name) {
                        Some(Value::Text(value)) => {
                            let cell = self.low.constants.text_cell(&value);
                            self.code.u32_const(cell);
                        }
                        Some(Value::Unknown(why) | Value::Doubtful(why)) => {
                            self.fault(Diagnostic::new(variable.span, why))
                        }
                        None => {
                            self.code.i32_const(0);
                        }
                    }
                }
            }
            Run::Parameter => {
                let parts = variable.argument.clone().unwrap_or_default();
                self.text(&parts);
                self.code.call("get_parameter");
            }
        }
        Kind::Cell
    }

    /// Takes a value from the stack of an `$avp`.
    fn stacked(&mut self, index: Option<&Index>) {
        match index {
            // Kamailio answers null for any index below 0.
            Some(Index::At(index)) if *index < 0 => {
                self.code.drop().i32_const(0);
            }
            Some(Index::At(index)) => {
                self.code.i32_const(*index).call("chained");
            }
            None => {
                self.code.i32_const(0).call("chained");
            }
            Some(Index::Variable(index)) => {
                self.variable_cell(index);
                self.code.call("chained_at");
            }
            Some(Index::All) => {
                self.code.call("chained_all");
            }
        }
    }

    fn record(&mut self, variable: &Variable) {
        match self.argument(variable).as_deref().map(str::trim) {
            Some("key") => {
                self.code.call("get_record_key");
            }
            Some("value") => {
                self.code.call("get_record_value");
            }
            Some(other) => {
                let fault = Diagnostic::new(variable.span, format!("a record has no {other}"));
                self.fault(fault.instead("there are $shtrecord(key) and $shtrecord(value)"));
            }
            None => {}
        }
    }

    /// What a failed run says that this variable is: the operator's word for it, where it is known.
    pub(super) fn title(&mut self, variable: &Variable) {
        let argument = text::constant(variable.argument.as_deref().unwrap_or_default());
        let title = match (variable.name.as_str(), table(variable), argument) {
            ("sht" | "shtex" | "shtinc" | "shtdec", Some(table), _) => format!("table {table}"),
            ("shv", _, Some(name)) => format!("shared variable {name}"),
            (name, ..) => format!("${name}"),
        };
        self.place(variable.span, &title);
    }

    /// `$ulc(profile=>attribute)`: the profile is what Kamailio's configuration names it; there is
    /// one contact.
    fn contact(&mut self, variable: &Variable) {
        let Some(argument) = self.argument(variable) else {
            return;
        };
        let attribute = argument.split("=>").nth(1).unwrap_or_default().trim();
        let code = match attribute {
            "aor" => "get_ulc_aor",
            "addr" => "get_ulc_addr",
            "received" => "get_ulc_received",
            "callid" => "get_ulc_callid",
            "user_agent" => "get_ulc_user_agent",
            "expires" => "get_ulc_expires",
            _ => {
                let fault =
                    Diagnostic::new(variable.span, format!("a contact has no {attribute} here"));
                let remedy = match attribute {
                    "socket" => {
                        "requests to a contact leave by the socket that it registered at, by themselves; \
                         received is where it registered from"
                    }
                    _ => "there are aor, addr, received, callid, user_agent and expires",
                };
                self.fault(fault.instead(remedy));
                return;
            }
        };
        self.code.call(code);
    }

    /// The global of a private variable.
    pub(super) fn private(&mut self, variable: &Variable, run: Run) -> Option<Global> {
        let name = self.argument(variable)?;
        // `$avp(s:x)` is an old spelling of `$avp(x)`.
        let name = name.trim().trim_start_matches("s:").to_owned();
        let (kind, begin) = match run {
            Run::Stack => ("avp", 0),
            Run::Nullable => ("vn", 0),
            _ => match self.low.initial.private.get(&name) {
                None => ("var", self.low.constants.int_cell(0)),
                Some(Start::Number(number)) => ("var", self.low.constants.int_cell(*number)),
                Some(Start::Text(text)) => ("var", self.low.constants.text_cell(text)),
            },
        };
        Some(self.low.private(kind, &name, begin))
    }
}

/// Whether `=>` stands in the parentheses, outside of variables.
fn has_entry(variable: &Variable) -> bool {
    let parts = variable.argument.as_deref().unwrap_or_default();
    parts
        .iter()
        .any(|part| matches!(part, Part::Text(text) if text.contains("=>")))
}

/// What is wrong with the word in the parentheses of `$TV` and its kind.
fn unknown_word(variable: &Variable) -> Option<String> {
    let words = variable::words(&variable.name)?;
    let given = text::constant(variable.argument.as_deref().unwrap_or_default());
    let is_known = given.is_some_and(|given| words.contains(&given.as_str()));
    (!is_known).then(|| format!("${} knows {}", variable.name, words.join(", ")))
}
