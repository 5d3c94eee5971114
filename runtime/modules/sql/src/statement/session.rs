//! What would stay in a connection's session when its call is over, as far as a text shows it.
//!
//! PostgreSQL's sessions are reset between two calls whatever their texts said, and SQLite's
//! authorizer refuses it whatever the text; here the author gets an error, instead of missing a
//! temporary table at the next call.

use super::lexer::Token;
use super::{Dialect, Fault};

/// Words between CREATE and TEMP.
const MODIFIERS: [&str; 6] = ["or", "replace", "global", "local", "unlogged", "recursive"];
/// SQLite's functions that tell of the connection's earlier statements, which may be another run's.
const OF_EARLIER_STATEMENTS: [&str; 3] = ["last_insert_rowid", "changes", "total_changes"];
/// What follows the parenthesis of a call without an argument. A list of columns begins with none
/// of them, so that a table may be called `changes`.
const WITHOUT_ARGUMENT: [&str; 4] = [")", "*", "all", "distinct"];

/// Reads a statement's pieces, without blanks, in their order.
#[derive(Default)]
pub(super) struct SessionWatch<'a> {
    create: Create,
    last: &'a str,
    last_but_one: &'a str,
}

/// How far CREATE has been read.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Create {
    /// Nothing of the statement has been read.
    #[default]
    Start,
    /// CREATE and modifiers.
    Modifiers,
    /// The kind of object, or it is another statement.
    Over,
}

impl<'a> SessionWatch<'a> {
    pub(super) fn take(
        &mut self,
        token: Token,
        spelling: &'a str,
        dialect: Dialect,
    ) -> Result<(), Fault> {
        self.create = match self.create {
            Create::Start if is(spelling, "create") => Create::Modifiers,
            Create::Modifiers if is_one_of(spelling, &["temp", "temporary"]) => {
                return Err(Fault::Temporary);
            }
            Create::Modifiers if token == Token::Word && is_one_of(spelling, &MODIFIERS) => {
                Create::Modifiers
            }
            Create::Start | Create::Modifiers | Create::Over => Create::Over,
        };
        let schema = match dialect {
            Dialect::Sqlite => "temp",
            Dialect::Postgres => "pg_temp",
        };
        if spelling == "." && is(unquoted(self.last), schema) {
            return Err(Fault::Temporary);
        }
        let is_call = self.last == "(" && is_one_of(spelling, &WITHOUT_ARGUMENT);
        let function = unquoted(self.last_but_one);
        if dialect == Dialect::Sqlite && is_call && is_one_of(function, &OF_EARLIER_STATEMENTS) {
            return Err(Fault::EarlierStatement);
        }
        self.last_but_one = self.last;
        self.last = spelling;
        Ok(())
    }
}

fn is(spelling: &str, word: &str) -> bool {
    spelling.eq_ignore_ascii_case(word)
}

fn is_one_of(spelling: &str, words: &[&str]) -> bool {
    words.iter().any(|word| is(spelling, word))
}

/// A name without its quotes.
fn unquoted(spelling: &str) -> &str {
    let quotes: [(char, char); 4] = [('"', '"'), ('\'', '\''), ('`', '`'), ('[', ']')];
    let inner = |(open, close): &(char, char)| spelling.strip_prefix(*open)?.strip_suffix(*close);
    quotes.iter().find_map(inner).unwrap_or(spelling)
}
