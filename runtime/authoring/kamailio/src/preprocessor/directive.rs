//! What a line of the preprocessor asks for.

use crate::span::Span;

/// A line of the preprocessor.
#[derive(Debug)]
pub(crate) enum Directive {
    /// `#!define NAME value`
    Define {
        how: Define,
        name: String,
        value: String,
        span: Span,
    },
    /// `#!ifdef NAME`: the name, or the expression.
    If {
        how: Condition,
        text: String,
        span: Span,
    },
    Else(Span),
    Endif(Span),
    /// `#!substdef`, which the text that follows belongs to.
    Substitute(Substitute),
    /// `include_file "x"`: the name with its quotes.
    Include {
        required: bool,
        name: String,
        span: Span,
    },
    /// `#!defenv NAME` or `#!defenv NAME=VARIABLE`
    Environment {
        named: String,
        quoted: bool,
        required: bool,
        span: Span,
    },
}

/// What is done with a name that is defined already, or with the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Define {
    /// An error.
    Once,
    /// Nothing.
    Try,
    /// It is replaced.
    Again,
    /// The value is an expression.
    Expression { quoted: bool },
}

/// What a condition asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Condition {
    Defined,
    Undefined,
    Expression,
}

/// What a substitution is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Substitute {
    /// Texts only.
    Text,
    /// A name as well, whose value may be put into quotes.
    Define { quoted: bool },
}
