//! What is not compiled, and why: blocks that are asked for and not there, and what is read over.

use std::collections::BTreeSet;

use crate::fault::Diagnostic;
use crate::parser::{Outline, Route};
use crate::preprocessor::SkippedBlock;
use crate::span::Span;

/// What is known of what is not compiled.
pub(crate) struct Absent<'a> {
    pub(crate) outline: &'a Outline,
    pub(crate) skipped: &'a [SkippedBlock],
    /// Sentences of the lexer.
    pub(crate) notes: &'a [(String, Span)],
    pub(crate) files: &'a [String],
}

/// Where a whole file is meant.
const TOP: Span = Span {
    file: 0,
    line: 1,
    column: 1,
};

impl<'a> Absent<'a> {
    /// The blocks that are wanted. A fault for each that is not there, and one when there is none
    /// at all.
    pub(crate) fn wanted(&self, events: &[String], faults: &mut Vec<Diagnostic>) -> Vec<&'a Route> {
        let is_wanted = |route: &&Route| events.is_empty() || events.contains(&route.name);
        let all = &self.outline.events;
        for event in events {
            if !all.iter().any(|route| route.name == *event) {
                let block = format!("event_route[{event}]");
                faults.push(self.missing(&block, |left| left.block == block));
            }
        }
        if all.is_empty() && faults.is_empty() {
            let is_event = |left: &SkippedBlock| left.block.starts_with("event_route");
            faults.push(self.missing("event_route", is_event));
        }
        all.iter().filter(is_wanted).collect()
    }

    /// A block is not there: which condition leaves it out, which file is not there, or what there
    /// is instead.
    fn missing(&self, block: &str, is_it: impl Fn(&SkippedBlock) -> bool) -> Diagnostic {
        if let Some(left) = self.skipped.iter().find(|left| is_it(left)) {
            let what = format!(
                "{} at {} is skipped by {} at {}",
                left.block,
                self.place(left.span),
                left.condition,
                self.place(left.condition_span)
            );
            return Diagnostic::new(left.span, what).instead(left.remedy.clone());
        }
        let fault = Diagnostic::new(TOP, format!("there is no {block} in it"));
        if let Some((note, span)) = self
            .notes
            .iter()
            .find(|(note, _)| note.starts_with("import_file"))
        {
            return fault.instead(format!("{}: {note}", self.place(*span)));
        }
        let there: Vec<&str> = self
            .outline
            .events
            .iter()
            .map(|route| route.name.as_str())
            .collect();
        if !there.is_empty() {
            return fault.instead(format!("there are: {}", there.join(", ")));
        }
        let request = self
            .outline
            .others
            .iter()
            .find(|(kind, _)| kind == "request_route");
        fault.instead(match request {
            Some((_, span)) => format!(
                "there is a request_route at {}: {}",
                self.place(*span),
                INSTEAD_OF_REQUEST_ROUTE
            ),
            None => "write event_route[tm:local-request] { ... }".to_owned(),
        })
    }

    /// `line 3`, with the file where it is another one.
    fn place(&self, span: Span) -> String {
        match self.files.get(usize::from(span.file)) {
            Some(file) if span.file > 0 => format!("{file}:{}", span.line),
            Some(_) | None => format!("line {}", span.line),
        }
    }

    /// What was read over: one sentence for each kind.
    pub(crate) fn skipped(&self, called: &BTreeSet<String>) -> Vec<String> {
        let mut skipped = Vec::new();
        for (kind, span) in &self.outline.others {
            let remedy = match kind.split('[').next().unwrap_or_default() {
                "request_route" => INSTEAD_OF_REQUEST_ROUTE,
                "reply_route" | "onreply_route" => {
                    "what looks at responses goes into event_route[core:reply]"
                }
                "failure_route" | "branch_route" => "forking and failover are the server's own",
                _ => "there is nothing like it here",
            };
            skipped.push(format!("{}: {kind}: {remedy}", self.place(*span)));
        }
        for (note, span) in self.notes {
            skipped.push(format!("{}: {note}", self.place(*span)));
        }
        for left in self
            .skipped
            .iter()
            .filter(|left| left.block.starts_with("event_route"))
        {
            skipped.push(format!(
                "{}: {} is skipped by {} at {}",
                self.place(left.span),
                left.block,
                left.condition,
                self.place(left.condition_span)
            ));
        }
        let routes = self.outline.routes.keys();
        let uncalled: Vec<&str> = routes
            .filter(|name| !called.contains(*name))
            .map(String::as_str)
            .collect();
        if !uncalled.is_empty() {
            skipped.push(format!(
                "routes that no compiled event calls: {}",
                uncalled.join(", ")
            ));
        }
        if self.outline.parameters > 0 {
            skipped.push(format!(
                "{} parameters (loadmodule, modparam and their kind): tables, databases and grants are in the \
                 server's configuration, docs/configuration.md",
                self.outline.parameters
            ));
        }
        skipped
    }
}

const INSTEAD_OF_REQUEST_ROUTE: &str =
    "the server routes by itself; what decides about requests goes into event_route[core:request]";
