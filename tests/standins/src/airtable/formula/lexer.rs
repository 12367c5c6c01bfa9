use std::iter::Peekable;
use std::str::Chars;

use super::Comparison;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A function's name, in upper case.
    Name(String),
    Text(String),
    Number(f64),
    Field(String),
    Open,
    Close,
    Comma,
    /// `&`, which joins two texts.
    Join,
    Compare(Comparison),
}

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut characters = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(first) = characters.next() {
        match first {
            ' ' | '\n' | '\t' | '\r' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '&' => tokens.push(Token::Join),
            '\'' | '"' => tokens.push(Token::Text(quoted(&mut characters, first)?)),
            '{' => tokens.push(Token::Field(quoted(&mut characters, '}')?)),
            '=' | '!' | '<' | '>' => tokens.push(Token::Compare(comparison(&mut characters, first)?)),
            '0'..='9' => tokens.push(Token::Number(number(&mut characters, first)?)),
            letter if letter.is_ascii_alphabetic() => tokens.push(name(&mut characters, letter)),
            other => return Err(format!("unexpected character {other:?}")),
        }
    }
    Ok(tokens)
}

/// Up to the closing character. A backslash takes the next character as it is; how Airtable reads raw line breaks
/// within a text is not known (protocols.md 2.4), so they are refused.
fn quoted(characters: &mut Peekable<Chars<'_>>, end: char) -> Result<String, String> {
    let mut text = String::new();
    loop {
        match characters.next() {
            None => return Err("a text or field name does not end".to_owned()),
            Some(character) if character == end => return Ok(text),
            Some('\\') => text.extend(characters.next().map(unescaped)),
            Some(character) if character.is_control() => {
                return Err("a text or field name holds a control character".to_owned());
            }
            Some(character) => text.push(character),
        }
    }
}

const fn unescaped(character: char) -> char {
    match character {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        other => other,
    }
}

fn comparison(characters: &mut Peekable<Chars<'_>>, first: char) -> Result<Comparison, String> {
    let mut second = |wanted: char| characters.next_if_eq(&wanted).is_some();
    match first {
        '=' => Ok(Comparison::Equal),
        '!' if second('=') => Ok(Comparison::NotEqual),
        '<' if second('=') => Ok(Comparison::LessOrEqual),
        '<' => Ok(Comparison::Less),
        '>' if second('=') => Ok(Comparison::GreaterOrEqual),
        '>' => Ok(Comparison::Greater),
        other => Err(format!("unexpected character {other:?}")),
    }
}

fn number(characters: &mut Peekable<Chars<'_>>, first: char) -> Result<f64, String> {
    let rest = while_next(characters, |next| next.is_ascii_digit() || next == '.');
    let text = format!("{first}{rest}");
    text.parse().map_err(|_| format!("{text} is no number"))
}

fn name(characters: &mut Peekable<Chars<'_>>, first: char) -> Token {
    let rest = while_next(characters, |next| next.is_ascii_alphanumeric() || next == '_');
    Token::Name(format!("{first}{rest}").to_ascii_uppercase())
}

fn while_next(characters: &mut Peekable<Chars<'_>>, wanted: impl Fn(char) -> bool) -> String {
    std::iter::from_fn(|| characters.next_if(|next| wanted(*next))).collect()
}
