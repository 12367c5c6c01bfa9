use super::lexer::Token;
use super::{Comparison, Expression};

/// A formula nested deeper is nobody's honest work.
const DEEPEST: usize = 64;

type Parsed = Result<Expression, String>;
type FieldId<'a> = &'a dyn Fn(&str) -> Option<String>;

pub(super) fn parse(tokens: Vec<Token>, field_id: FieldId<'_>) -> Parsed {
    let mut parser = Parser { rest: tokens.into_iter().peekable(), field_id, depth: 0 };
    let expression = parser.expression()?;
    match parser.rest.next() {
        None => Ok(expression),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

struct Parser<'a> {
    rest: std::iter::Peekable<std::vec::IntoIter<Token>>,
    field_id: FieldId<'a>,
    depth: usize,
}

impl Parser<'_> {
    fn expression(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deep".to_owned());
        }
        let mut left = self.joined()?;
        while let Some(comparison) = self.comparison() {
            left = Expression::Compare(Box::new(left), comparison, Box::new(self.joined()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    /// How tightly `&` binds against a comparison is not documented; callers put it in brackets or between commas.
    fn joined(&mut self) -> Parsed {
        let mut left = self.operand()?;
        while self.rest.next_if_eq(&Token::Join).is_some() {
            left = Expression::Join(Box::new(left), Box::new(self.operand()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Option<Comparison> {
        match self.rest.next_if(|token| matches!(token, Token::Compare(_)))? {
            Token::Compare(comparison) => Some(comparison),
            _ => None,
        }
    }

    fn operand(&mut self) -> Parsed {
        match self.rest.next() {
            Some(Token::Text(text)) => Ok(Expression::Text(text)),
            Some(Token::Number(number)) => Ok(Expression::Number(number)),
            Some(Token::Field(name)) => self.field(&name),
            Some(Token::Name(name)) => self.call(&name),
            Some(Token::Open) => {
                let inner = self.expression()?;
                self.expect(&Token::Close)?;
                Ok(inner)
            }
            Some(token) => Err(format!("unexpected {token:?}")),
            None => Err("it ends too early".to_owned()),
        }
    }

    fn field(&self, name: &str) -> Parsed {
        (self.field_id)(name).map(Expression::Field).ok_or_else(|| format!("Unknown field names: {name}"))
    }

    fn call(&mut self, name: &str) -> Parsed {
        let arguments = self.arguments()?;
        match (name, arguments.len()) {
            ("OR", 1..) => Ok(Expression::Or(arguments)),
            ("AND", 1..) => Ok(Expression::And(arguments)),
            ("RECORD_ID", 0) => Ok(Expression::RecordId),
            _ => match (name, <[Expression; 1]>::try_from(arguments)) {
                ("NOT", Ok([inner])) => Ok(Expression::Not(Box::new(inner))),
                ("FIND", Err(arguments)) => find(arguments),
                _ => Err(format!("unknown function {name}, or a wrong number of arguments")),
            },
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, String> {
        self.expect(&Token::Open)?;
        let mut arguments = Vec::new();
        if self.rest.next_if_eq(&Token::Close).is_some() {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            match self.rest.next() {
                Some(Token::Comma) => {}
                Some(Token::Close) => return Ok(arguments),
                other => return Err(format!("unexpected {other:?}")),
            }
        }
    }

    fn expect(&mut self, wanted: &Token) -> Result<(), String> {
        match self.rest.next() {
            Some(token) if token == *wanted => Ok(()),
            other => Err(format!("expected {wanted:?} and found {other:?}")),
        }
    }
}

fn find(arguments: Vec<Expression>) -> Parsed {
    match <[Expression; 2]>::try_from(arguments) {
        Ok([wanted, text]) => Ok(Expression::Find(Box::new(wanted), Box::new(text))),
        Err(_) => Err("FIND takes what is looked for and the text".to_owned()),
    }
}
