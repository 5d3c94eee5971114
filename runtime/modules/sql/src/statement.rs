//! Exactly one statement, with its placeholders: what is wrong with a text, in words for its
//! author.
//!
//! The text is read here the way each database's own lexer reads it: quotes, comments and dollar
//! quotes are where they differ. It serves three ends. PostgreSQL's `$1` is written for `?`. An
//! author gets at once, and in the same words for each database, what would not work: a second
//! statement, a transaction that outlasts the call. And a case whose database is only answered for
//! refuses what a real one would.
//!
//! It keeps nobody out of anything. What a statement may do in SQLite is decided by SQLite's
//! authorizer on what SQLite has parsed (docs/adr/0023), and SQLite itself refuses a second
//! statement; in PostgreSQL it is decided by the rights of the role.

mod lexer;
mod session;

use self::lexer::{Lexer, Token};
use self::session::SessionWatch;

/// How long a statement's text may be.
pub(crate) const STATEMENT_BYTES_MAX: usize = 64 * 1024;
/// How many values may be bound.
pub(crate) const PARAMETERS_MAX: usize = 1000;

/// Whose lexical rules apply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Dialect {
    /// `sqlite3GetToken` of SQLite's tokenize.c.
    Sqlite,
    /// PostgreSQL's manual, section 4.1, with `standard_conforming_strings`.
    Postgres,
}

impl Dialect {
    /// What a statement may begin with. What is missing is missing on purpose:
    ///
    /// - transactions (BEGIN, COMMIT, SAVEPOINT ...) and settings (SET, LISTEN, PREPARE ...) belong
    ///   to a connection, and the next call, or another handler's, may be given another one or the
    ///   same;
    /// - ATTACH, VACUUM and PRAGMA of SQLite are refused by its authorizer;
    /// - DO and CALL of PostgreSQL may begin and end transactions within, so that half of a call
    ///   stands;
    /// - COPY of PostgreSQL speaks a protocol of its own.
    fn beginnings(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                "select", "insert", "update", "delete", "replace", "with", "values", "create",
                "alter", "drop", "reindex", "analyze", "explain",
            ],
            Self::Postgres => &[
                "select", "insert", "update", "delete", "merge", "with", "values", "table",
                "create", "alter", "drop", "truncate", "refresh", "comment", "grant", "revoke",
                "analyze", "vacuum", "reindex", "notify", "show", "explain",
            ],
        }
    }
}

/// One statement, ready to be prepared.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Statement {
    /// The text, with the database's own spelling of placeholders.
    pub(crate) text: String,
}

/// Why a text is not one statement with that many parameters.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the statement is longer than {STATEMENT_BYTES_MAX} octets")]
    TooLong,
    #[error("there are more than {PARAMETERS_MAX} parameters")]
    TooManyParameters,
    #[error("there is no statement")]
    Empty,
    #[error("there is more than one statement; make one call for each")]
    Stacked,
    #[error("the statement holds a NUL")]
    Nul,
    #[error("parameters are written ?, without a name or a number")]
    Named,
    #[error("a statement that begins with {0:?} is not for handlers")]
    Beginning(String),
    #[error("what is temporary is gone at the next call; create what lasts, or write WITH")]
    Temporary,
    #[error(
        "last_insert_rowid(), changes() and total_changes() may tell of another run's statement; write RETURNING"
    )]
    EarlierStatement,
    #[error("the statement has {placeholders} placeholders and {parameters} parameters were given")]
    Parameters {
        placeholders: usize,
        parameters: usize,
    },
}

impl Statement {
    /// Reads a text that is to have this many placeholders.
    pub(crate) fn read(text: &str, dialect: Dialect, parameters: usize) -> Result<Self, Fault> {
        if text.len() > STATEMENT_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        if parameters > PARAMETERS_MAX {
            return Err(Fault::TooManyParameters);
        }
        let mut reading = Reading::default();
        let mut lexer = Lexer::new(text, dialect);
        while let Some((token, spelling)) = lexer.next()? {
            reading.take(token, spelling, dialect)?;
        }
        if !reading.has_begun {
            return Err(Fault::Empty);
        }
        if reading.placeholders != parameters {
            return Err(Fault::Parameters {
                placeholders: reading.placeholders,
                parameters,
            });
        }
        Ok(Self { text: reading.text })
    }
}

#[derive(Default)]
struct Reading<'a> {
    text: String,
    session: SessionWatch<'a>,
    placeholders: usize,
    has_begun: bool,
    has_ended: bool,
}

impl<'a> Reading<'a> {
    fn take(&mut self, token: Token, spelling: &'a str, dialect: Dialect) -> Result<(), Fault> {
        match token {
            Token::Blank => {}
            Token::Semicolon => {
                self.has_ended = true;
                return Ok(());
            }
            Token::Word | Token::Placeholder | Token::Other => {
                if self.has_ended {
                    return Err(Fault::Stacked);
                }
                if !self.has_begun {
                    begin(token, spelling, dialect)?;
                }
                self.has_begun = true;
                self.session.take(token, spelling, dialect)?;
            }
        }
        if token == Token::Placeholder {
            self.placeholders += 1;
            match dialect {
                Dialect::Sqlite => self.text.push('?'),
                // With blanks: a$1 would be a name.
                Dialect::Postgres => self.text.push_str(&format!(" ${} ", self.placeholders)),
            }
        } else {
            self.text.push_str(spelling);
        }
        Ok(())
    }
}

fn begin(token: Token, spelling: &str, dialect: Dialect) -> Result<(), Fault> {
    let is_known = match token {
        Token::Word => dialect
            .beginnings()
            .iter()
            .any(|known| spelling.eq_ignore_ascii_case(known)),
        // PostgreSQL: (select ...) union (select ...)
        Token::Other => dialect == Dialect::Postgres && spelling == "(",
        Token::Blank | Token::Placeholder | Token::Semicolon => false,
    };
    if is_known {
        return Ok(());
    }
    Err(Fault::Beginning(spelling.chars().take(32).collect()))
}

#[cfg(test)]
mod tests;
