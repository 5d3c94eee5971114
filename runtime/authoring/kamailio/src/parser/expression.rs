use crate::ast::{Binary, Call, Expression, ExpressionKind, Unary, Variable};
use crate::fault::Diagnostic;
use crate::limits::NESTING_MAX;
use crate::network::{self, Network};
use crate::preprocessor::is_reserved;
use crate::span::Span;
use crate::spelling;
use crate::tables::function;
use crate::token::{Token, TokenKind};

use super::cursor::Cursor;

/// Reads expressions, by the precedence of Kamailio's grammar.
pub(super) struct Expressions<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    depth: usize,
}

/// The operator at a word, and how tightly it binds; that of Kamailio's `core/cfg.y`, where bits
/// bind less than equality.
fn binary(token: &Token) -> Option<(Binary, u8)> {
    let sign = match &token.kind {
        TokenKind::Sign(sign) => sign,
        TokenKind::Word(word) => word.as_str(),
        _ => return None,
    };
    Some(match sign {
        "||" | "or" => (Binary::Or, 1),
        "&&" | "and" => (Binary::And, 2),
        "|" => (Binary::BitOr, 3),
        "&" => (Binary::BitAnd, 4),
        "^" => (Binary::BitXor, 5),
        "<<" => (Binary::ShiftLeft, 6),
        ">>" => (Binary::ShiftRight, 7),
        "==" => (Binary::Equal, 8),
        "!=" => (Binary::Differs, 8),
        "=~" => (Binary::Matches, 8),
        "ieq" => (Binary::IntEqual, 8),
        "ine" => (Binary::IntDiffers, 8),
        "eq" => (Binary::TextEqual, 8),
        "ne" => (Binary::TextDiffers, 8),
        ">" => (Binary::Greater, 9),
        "<" => (Binary::Less, 9),
        ">=" => (Binary::GreaterEqual, 9),
        "<=" => (Binary::LessEqual, 9),
        "+" => (Binary::Plus, 10),
        "-" => (Binary::Minus, 10),
        "*" => (Binary::Times, 11),
        "/" => (Binary::Divide, 11),
        "mod" => (Binary::Modulo, 11),
        _ => return None,
    })
}

impl<'c, 'a> Expressions<'c, 'a> {
    pub(super) fn new(cursor: &'c mut Cursor<'a>) -> Self {
        Self { cursor, depth: 0 }
    }

    pub(super) fn expression(&mut self) -> Result<Expression, Diagnostic> {
        self.above(0)
    }

    /// An expression of operators that bind more tightly than this.
    fn above(&mut self, floor: u8) -> Result<Expression, Diagnostic> {
        self.enter()?;
        let mut left = self.unary()?;
        let mut chain = 0_usize;
        while let Some((operator, binding)) = self.cursor.peek().and_then(binary) {
            if binding <= floor {
                break;
            }
            chain += 1;
            if chain > NESTING_MAX {
                let what = format!("more than {NESTING_MAX} operators in a row");
                return Err(Diagnostic::new(self.cursor.span(), what)
                    .instead("use a $var for a part of it"));
            }
            self.cursor.next();
            let right = self.above(binding)?;
            left = Expression {
                span: left.span,
                kind: ExpressionKind::Binary(operator, Box::new(left), Box::new(right)),
            };
        }
        self.depth -= 1;
        Ok(left)
    }

    fn enter(&mut self) -> Result<(), Diagnostic> {
        if self.depth >= NESTING_MAX {
            let what = format!("more than {NESTING_MAX} expressions inside of each other");
            return Err(
                Diagnostic::new(self.cursor.span(), what).instead("use a $var for a part of it")
            );
        }
        self.depth += 1;
        Ok(())
    }

    fn unary(&mut self) -> Result<Expression, Diagnostic> {
        let span = self.cursor.span();
        let Some(operator) = self.unary_operator() else {
            return self.primary();
        };
        self.enter()?;
        let inner = self.unary()?;
        self.depth -= 1;
        // A number below 0 is a constant like any other.
        if let (Unary::Minus, ExpressionKind::Number(number)) = (operator, &inner.kind) {
            return Ok(Expression {
                span,
                kind: ExpressionKind::Number(number.wrapping_neg()),
            });
        }
        Ok(Expression {
            span,
            kind: ExpressionKind::Unary(operator, Box::new(inner)),
        })
    }

    fn unary_operator(&mut self) -> Option<Unary> {
        let token = self.cursor.peek()?;
        let is_cast = token.is("(")
            && self
                .cursor
                .peek_second()
                .is_some_and(|second| matches!(&second.kind, TokenKind::Word(word) if word == "int" || word == "str"));
        if is_cast {
            self.cursor.next();
            let is_int = self.cursor.take_word("int");
            if !is_int {
                self.cursor.take_word("str");
            }
            self.cursor.take(")");
            return Some(if is_int { Unary::ToInt } else { Unary::ToText });
        }
        let operator = match &token.kind {
            TokenKind::Sign("!") => Unary::Not,
            TokenKind::Sign("-") => Unary::Minus,
            TokenKind::Sign("~") => Unary::Complement,
            TokenKind::Word(word) => match word.as_str() {
                "not" => Unary::Not,
                "defined" => Unary::Defined,
                "strlen" => Unary::Length,
                "strempty" => Unary::IsEmpty,
                _ => return None,
            },
            _ => return None,
        };
        self.cursor.next();
        Some(operator)
    }

    fn primary(&mut self) -> Result<Expression, Diagnostic> {
        let Some(token) = self.cursor.peek() else {
            return Err(self.cursor.expected("a value"));
        };
        let span = token.span;
        let kind = match &token.kind {
            TokenKind::Number(number) => ExpressionKind::Number(*number),
            TokenKind::Text(text) => ExpressionKind::Text(text.clone()),
            TokenKind::Variable(spelled) => {
                ExpressionKind::Variable(spelling::variable(spelled, span)?)
            }
            TokenKind::Word(word) => {
                if self
                    .cursor
                    .peek_second()
                    .is_some_and(|second| second.is("("))
                {
                    let call = self.call_at(word.clone(), span)?;
                    return Ok(Expression {
                        span,
                        kind: ExpressionKind::Call(call),
                    });
                }
                if let Some(variable) = self.message_length(word, span) {
                    return Ok(variable);
                }
                ExpressionKind::Word(word.clone())
            }
            TokenKind::Address(address) => {
                let address = address.clone();
                self.cursor.next();
                let kind = ExpressionKind::Network(self.network(address, span)?);
                return Ok(Expression { span, kind });
            }
            TokenKind::Sign("(") => {
                self.cursor.next();
                let inner = self.above(0)?;
                self.cursor.need(")")?;
                return Ok(inner);
            }
            TokenKind::Sign("@") => {
                self.cursor.next();
                let variable = self.select(span)?;
                let kind = ExpressionKind::Variable(variable);
                return Ok(Expression { span, kind });
            }
            TokenKind::Sign("[") => {
                self.cursor.next();
                let Some(TokenKind::Address(address)) = self.cursor.peek().map(|token| &token.kind)
                else {
                    return Err(self.cursor.expected("an address"));
                };
                self.cursor.next();
                self.cursor.need("]")?;
                let network = self.network(address.clone(), span)?;
                return Ok(Expression {
                    span,
                    kind: ExpressionKind::Network(network),
                });
            }
            TokenKind::Sign(_) | TokenKind::Name(_) | TokenKind::Unread(_) | TokenKind::Odd(_) => {
                return Err(self.cursor.expected("a value"));
            }
        };
        self.cursor.next();
        Ok(Expression { span, kind })
    }

    /// `@from.uri`: another spelling of `$sel(from.uri)`.
    fn select(&mut self, span: Span) -> Result<Variable, Diagnostic> {
        let mut name = String::new();
        loop {
            match self.cursor.next().map(|token| &token.kind) {
                Some(TokenKind::Word(word)) => name.push_str(word),
                _ => {
                    return Err(
                        Diagnostic::new(span, "a select needs a name").instead("write @from.uri")
                    );
                }
            }
            if !self.cursor.take(".") {
                break;
            }
            name.push('.');
        }
        spelling::variable(&format!("$sel({name})"), span)
    }

    /// `msg:len`: the old spelling of $ml.
    fn message_length(&mut self, word: &str, span: Span) -> Option<Expression> {
        let is_length = word == "msg" && self.cursor.peek_second()?.is(":");
        if !is_length {
            return None;
        }
        self.cursor.next();
        self.cursor.next();
        if !self.cursor.take_word("len") {
            return None;
        }
        let variable = spelling::variable("$ml", span).ok()?;
        Some(Expression {
            span,
            kind: ExpressionKind::Variable(variable),
        })
    }

    /// The mask that may follow an address.
    fn network(&mut self, mut text: String, span: Span) -> Result<Network, Diagnostic> {
        if self.cursor.take("/") {
            match self.cursor.next().map(|token| &token.kind) {
                Some(TokenKind::Number(length)) => text.push_str(&format!("/{length}")),
                Some(TokenKind::Address(mask)) => text.push_str(&format!("/{mask}")),
                _ => return Err(Diagnostic::new(span, format!("{text}/ without a mask"))),
            }
        }
        network::read(&text).map_err(|why| Diagnostic::new(span, why).instead("write 10.0.0.0/8"))
    }

    /// A function as a statement of its own.
    pub(super) fn call(&mut self) -> Result<Call, Diagnostic> {
        let span = self.cursor.span();
        let name = match self.cursor.peek() {
            Some(Token {
                kind: TokenKind::Word(word),
                ..
            }) => word.clone(),
            Some(_) | None => return Err(self.cursor.expected("a statement")),
        };
        self.call_at(name, span)
    }

    fn call_at(&mut self, name: String, span: Span) -> Result<Call, Diagnostic> {
        self.cursor.next();
        let mut arguments = Vec::new();
        if !self.cursor.take("(") {
            return Err(self.cursor.expected(&format!("( after {name}")));
        }
        if self.cursor.take(")") {
            return Ok(Call {
                span,
                name,
                arguments,
            });
        }
        loop {
            let argument = self.above(0)?;
            if let ExpressionKind::Word(word) = &argument.kind
                && name != "route"
                && !is_reserved(word)
                && function::find(&name).is_some()
            {
                let fault = Diagnostic::new(argument.span, format!("{word} means nothing here"));
                return Err(fault.instead(format!("put a text in quotes: \"{word}\"")));
            }
            arguments.push(argument);
            if self.cursor.take(")") {
                break;
            }
            if !self.cursor.take(",") {
                return Err(self.cursor.expected(") or ,"));
            }
        }
        Ok(Call {
            span,
            name,
            arguments,
        })
    }
}
