//! What a route says.

use crate::network::Network;
use crate::span::Span;

/// A pseudo-variable: `$(name(argument)[index]{transformation})`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Variable {
    pub(crate) span: Span,
    /// `hdr` of `$hdr(X)`.
    pub(crate) name: String,
    /// `X`, which may itself have variables in it.
    pub(crate) argument: Option<Vec<Part>>,
    pub(crate) index: Option<Index>,
    pub(crate) transformations: Vec<Transformation>,
}

/// Which one of several values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Index {
    /// From 0; negative from the end.
    At(i32),
    /// All of them, `[*]`.
    All,
    /// The number that a variable is in the run, `[$var(i)]`.
    Variable(Box<Variable>),
}

/// One step of `{s.substr,0,5}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Transformation {
    /// `s.substr`.
    pub(crate) name: String,
    /// What follows the name, split at its commas.
    pub(crate) parameters: Vec<Vec<Part>>,
}

/// A piece of a text with variables in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Text(String),
    Variable(Box<Variable>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Expression {
    pub(crate) span: Span,
    pub(crate) kind: ExpressionKind,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ExpressionKind {
    Number(i64),
    /// As written: Kamailio puts variables into texts only where a function asks for it.
    Text(String),
    Variable(Variable),
    /// A bare word, `myself`.
    Word(String),
    /// An address without quotes, `10.0.0.0/8`.
    Network(Network),
    Call(Call),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<Expression>, Box<Expression>),
}

/// A function with its arguments, or `route(NAME)`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Call {
    pub(crate) span: Span,
    pub(crate) name: String,
    pub(crate) arguments: Vec<Expression>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unary {
    Not,
    Minus,
    Complement,
    Defined,
    ToInt,
    ToText,
    Length,
    IsEmpty,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Binary {
    Or,
    And,
    BitOr,
    BitAnd,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Equal,
    Differs,
    Matches,
    IntEqual,
    IntDiffers,
    TextEqual,
    TextDiffers,
    Greater,
    Less,
    GreaterEqual,
    LessEqual,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Statement {
    pub(crate) span: Span,
    pub(crate) kind: StatementKind,
}

pub(crate) type Block = Vec<Statement>;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum StatementKind {
    Assign(Variable, Expression),
    Call(Call),
    If(Expression, Block, Block),
    While(Expression, Block),
    Switch(Expression, Vec<Case>),
    Return(Option<Expression>),
    Exit,
    Drop,
    Break,
}

/// One label of a `switch` and what follows it up to the next one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Case {
    pub(crate) span: Span,
    /// None for `default`.
    pub(crate) label: Option<Label>,
    pub(crate) body: Block,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Label {
    Number(i64),
    Text(String),
    /// `/pattern`.
    Pattern(String),
}
