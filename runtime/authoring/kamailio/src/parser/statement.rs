use crate::ast::{Block, Case, ExpressionKind, Label, Statement, StatementKind};
use crate::fault::Diagnostic;
use crate::limits::NESTING_MAX;
use crate::span::Span;
use crate::spelling;
use crate::token::{Token, TokenKind};

use super::cursor::Cursor;
use super::expression::Expressions;

/// Braces with nothing between them, which Kamailio refuses.
fn empty(span: Span) -> Diagnostic {
    Diagnostic::new(span, "a block without a statement").instead("write a ; into it")
}

/// Reads statements. After one that it cannot read it goes on with the next, so that all faults are
/// reported.
pub(super) struct Statements<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    faults: &'c mut Vec<Diagnostic>,
    depth: usize,
}

impl<'c, 'a> Statements<'c, 'a> {
    pub(super) fn new(cursor: &'c mut Cursor<'a>, faults: &'c mut Vec<Diagnostic>) -> Self {
        Self {
            cursor,
            faults,
            depth: 0,
        }
    }

    /// All statements to the end.
    pub(super) fn all(&mut self) -> Block {
        let mut block = Block::new();
        if self.cursor.peek().is_none() {
            self.faults.push(empty(self.cursor.span()));
        }
        while self.cursor.peek().is_some() {
            self.one_into(&mut block);
            // What closes more than was opened would otherwise be found again for ever.
            if self.cursor.take("}") {
                let span = self.cursor.span();
                self.faults.push(Diagnostic::new(span, "} closes nothing"));
            }
        }
        block
    }

    fn one_into(&mut self, block: &mut Block) {
        match self.statement(block) {
            Ok(()) => {}
            Err(fault) => {
                self.faults.push(fault);
                self.cursor.recover();
            }
        }
    }

    /// What stands between braces, or one statement without them.
    fn block(&mut self) -> Result<Block, Diagnostic> {
        if self.depth >= NESTING_MAX {
            let what = format!("more than {NESTING_MAX} blocks inside of each other");
            return Err(Diagnostic::new(self.cursor.span(), what)
                .instead("move the inner ones to a route of their own"));
        }
        self.depth += 1;
        let mut block = Block::new();
        if self.cursor.take("{") {
            if self.cursor.peek().is_some_and(|token| token.is("}")) {
                self.faults.push(empty(self.cursor.span()));
            }
            while self.cursor.peek().is_some_and(|token| !token.is("}")) {
                self.one_into(&mut block);
            }
            self.depth -= 1;
            self.cursor.need("}")?;
        } else {
            let read = self.statement(&mut block);
            self.depth -= 1;
            read?;
        }
        Ok(block)
    }

    fn statement(&mut self, block: &mut Block) -> Result<(), Diagnostic> {
        let Some(token) = self.cursor.peek() else {
            return Err(self.cursor.expected("a statement"));
        };
        let span = token.span;
        let kind = match &token.kind {
            TokenKind::Sign(";") => {
                self.cursor.next();
                return Ok(());
            }
            TokenKind::Sign("{") => {
                let fault = Diagnostic::new(span, "a { that belongs to nothing");
                self.faults.push(fault.instead(
                    "it follows if (...), else, while (...) or switch (...), with no ; between them",
                ));
                block.extend(self.block()?);
                return Ok(());
            }
            TokenKind::Variable(spelled) => {
                self.cursor.next();
                let target = spelling::variable(spelled, span)?;
                self.cursor.need("=")?;
                let value = self.expressions().expression()?;
                self.end()?;
                StatementKind::Assign(target, value)
            }
            TokenKind::Word(word) => self.keyword(word)?,
            _ => return Err(self.cursor.expected("a statement")),
        };
        block.push(Statement { span, kind });
        Ok(())
    }

    fn expressions(&mut self) -> Expressions<'_, 'a> {
        Expressions::new(self.cursor)
    }

    /// Statements end with a semicolon, the last one of a block too.
    fn end(&mut self) -> Result<(), Diagnostic> {
        if self.cursor.take(";") {
            return Ok(());
        }
        if self.cursor.peek().is_none_or(|token| token.is("}")) {
            let fault = Diagnostic::new(
                self.cursor.last_span(),
                "a ; is missing behind this statement",
            );
            self.faults
                .push(fault.instead("the last one of a block needs it as well"));
            return Ok(());
        }
        Err(self.cursor.expected(";"))
    }

    fn keyword(&mut self, word: &str) -> Result<StatementKind, Diagnostic> {
        let simple = match word {
            "if" => return self.conditional(),
            "while" => {
                self.cursor.next();
                let condition = self.expressions().expression()?;
                return Ok(StatementKind::While(condition, self.block()?));
            }
            "switch" => return self.switch(),
            "return" => {
                self.cursor.next();
                let is_bare = self.empty_parentheses()
                    || self
                        .cursor
                        .peek()
                        .is_none_or(|token| token.is(";") || token.is("}"));
                let value = if is_bare {
                    None
                } else {
                    Some(self.expressions().expression()?)
                };
                self.end()?;
                return Ok(StatementKind::Return(value));
            }
            "exit" => StatementKind::Exit,
            "drop" => StatementKind::Drop,
            "break" => StatementKind::Break,
            "else" | "case" | "default" => {
                let what = format!("{word} belongs to nothing here");
                let remedy =
                    "else follows the } or the ; of an if, case and default stand in a switch";
                return Err(Diagnostic::new(self.cursor.span(), what).instead(remedy));
            }
            _ => {
                let call = self.expressions().call()?;
                self.end()?;
                return Ok(StatementKind::Call(call));
            }
        };
        self.cursor.next();
        if simple != StatementKind::Break {
            self.code()?;
        }
        self.end()?;
        Ok(simple)
    }

    /// `exit(1)`, `drop()` and `exit 0` are other spellings of the same: nobody asks for the
    /// number.
    fn code(&mut self) -> Result<(), Diagnostic> {
        if self.empty_parentheses()
            || self
                .cursor
                .peek()
                .is_none_or(|token| token.is(";") || token.is("}"))
        {
            return Ok(());
        }
        let code = self.expressions().expression()?;
        match code.kind {
            ExpressionKind::Number(_) | ExpressionKind::Variable(_) => Ok(()),
            _ => Err(
                Diagnostic::new(code.span, "a code that has to be worked out")
                    .instead("do that in a statement of its own before"),
            ),
        }
    }

    fn empty_parentheses(&mut self) -> bool {
        let are_next = self.cursor.peek().is_some_and(|token| token.is("("))
            && self.cursor.peek_second().is_some_and(|token| token.is(")"));
        if are_next {
            self.cursor.next();
            self.cursor.next();
        }
        are_next
    }

    fn conditional(&mut self) -> Result<StatementKind, Diagnostic> {
        // A chain of `else if` is as long as it likes: it is read in a loop and put together from
        // its end.
        let mut arms = Vec::new();
        let mut otherwise = Block::new();
        loop {
            let span = self.cursor.span();
            self.cursor.next();
            let condition = self.expressions().expression()?;
            let then = self.block()?;
            arms.push((span, condition, then));
            if !self.cursor.take_word("else") {
                break;
            }
            let is_if = self
                .cursor
                .peek()
                .is_some_and(|token| token.kind == TokenKind::Word("if".to_owned()));
            if !is_if {
                otherwise = self.block()?;
                break;
            }
            if arms.len() >= NESTING_MAX {
                let what = format!("more than {NESTING_MAX} else if in a row");
                return Err(Diagnostic::new(self.cursor.span(), what)
                    .instead("use switch, or a $sht as the table"));
            }
        }
        let mut arms = arms.into_iter().rev();
        let Some((mut inner, condition, then)) = arms.next() else {
            return Err(self.cursor.expected("a condition"));
        };
        let mut whole = StatementKind::If(condition, then, otherwise);
        for (span, condition, then) in arms {
            let rest = Statement {
                span: inner,
                kind: whole,
            };
            whole = StatementKind::If(condition, then, vec![rest]);
            inner = span;
        }
        Ok(whole)
    }

    fn switch(&mut self) -> Result<StatementKind, Diagnostic> {
        self.cursor.next();
        let subject = self.expressions().expression()?;
        self.cursor.need("{")?;
        let mut cases: Vec<Case> = Vec::new();
        if self.depth >= NESTING_MAX {
            return Err(Diagnostic::new(
                self.cursor.span(),
                "too many blocks inside of each other",
            ));
        }
        self.depth += 1;
        let read = self.cases(&mut cases);
        self.depth -= 1;
        read?;
        self.cursor.need("}")?;
        self.check(&cases);
        Ok(StatementKind::Switch(subject, cases))
    }

    fn cases(&mut self, cases: &mut Vec<Case>) -> Result<(), Diagnostic> {
        while let Some(token) = self.cursor.peek().filter(|token| !token.is("}")) {
            let span = token.span;
            if self.cursor.take_word("case") {
                let label = Some(self.label()?);
                self.cursor.need(":")?;
                cases.push(Case {
                    span,
                    label,
                    body: Block::new(),
                });
            } else if self.cursor.take_word("default") {
                self.cursor.need(":")?;
                cases.push(Case {
                    span,
                    label: None,
                    body: Block::new(),
                });
            } else if let Some(case) = cases.last_mut() {
                let mut body = std::mem::take(&mut case.body);
                self.one_into(&mut body);
                case.body = body;
            } else {
                return Err(self.cursor.expected("case or default"));
            }
        }
        Ok(())
    }

    /// What Kamailio refuses of the cases of one switch.
    fn check(&mut self, cases: &[Case]) {
        let mut first: Option<bool> = None;
        for (position, case) in cases.iter().enumerate() {
            let is_number = case
                .label
                .as_ref()
                .map(|label| matches!(label, Label::Number(_)));
            let before = cases.iter().take(position);
            let is_there = match &case.label {
                None => before.filter(|case| case.label.is_none()).count() > 0,
                Some(Label::Number(_)) => before.filter(|own| own.label == case.label).count() > 0,
                Some(Label::Text(_) | Label::Pattern(_)) => false,
            };
            if is_there {
                self.faults.push(
                    Diagnostic::new(case.span, "this case is there twice")
                        .instead("take one of them out"),
                );
            }
            match (first, is_number) {
                (Some(first), Some(own)) if first != own => self.faults.push(
                    Diagnostic::new(case.span, "numbers and texts as cases of one switch")
                        .instead("write numbers in quotes as well"),
                ),
                (None, own) => first = own,
                _ => {}
            }
        }
    }

    fn label(&mut self) -> Result<Label, Diagnostic> {
        let negative = self.cursor.take("-");
        let is_pattern = self.cursor.take("/");
        match self.cursor.next() {
            Some(Token {
                kind: TokenKind::Number(number),
                ..
            }) if !is_pattern => Ok(Label::Number(if negative {
                number.wrapping_neg()
            } else {
                *number
            })),
            Some(Token {
                kind: TokenKind::Text(text),
                ..
            }) if !negative => Ok(if is_pattern {
                Label::Pattern(text.clone())
            } else {
                Label::Text(text.clone())
            }),
            _ => Err(Diagnostic::new(
                self.cursor.span(),
                "a case needs a number or a text",
            )),
        }
    }
}
