//! Whether Python would take a text for a regular expression: Nova asks this of the filters of its lists.
//!
//! Source: the documentation of Python's `re`, and what it answers. What this does not look into: the width of what a
//! look-behind looks for.

use std::iter::Peekable;
use std::str::Chars;

/// Whether the text is a pattern. The empty text is one for Python, yet Nova refuses it.
pub(crate) fn is_valid(text: &str) -> bool {
    let mut reader = Reader {
        rest: text.chars().peekable(),
        groups: Vec::new(),
        names: Vec::new(),
    };
    !text.is_empty() && reader.alternatives(0).is_some() && reader.rest.next().is_none()
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    /// Whether each numbered group is closed already.
    groups: Vec<bool>,
    names: Vec<String>,
}

/// What stands before a place where a repetition could follow.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Item,
    Repetition,
}

/// What stands in parentheses.
enum Group {
    Item,
    /// A comment or flags: as if nothing stood there.
    Nothing,
}

/// `None` wherever Python finds an error.
type Read<T> = Option<T>;

impl Reader<'_> {
    fn take(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn while_digits(&mut self) -> String {
        std::iter::from_fn(|| self.rest.next_if(char::is_ascii_digit)).collect()
    }

    /// Up to the end, or up to a parenthesis that closes a group.
    fn alternatives(&mut self, depth: usize) -> Read<()> {
        let mut before = Before::Nothing;
        let mut started = false;
        while let Some(&next) = self.rest.peek() {
            if next == ')' {
                // At the top there is nothing to close.
                return (depth > 0).then_some(());
            }
            self.rest.next();
            before = match next {
                '|' => Before::Nothing,
                '^' | '$' => Before::Nothing,
                '*' | '+' | '?' => self.repeated(before)?,
                '{' => match self.bounds() {
                    None => Before::Item,
                    Some((least, most)) if most.is_none_or(|most| least <= most) => {
                        self.repeated(before)?
                    }
                    Some(_) => return None,
                },
                '[' => self.class()?,
                '(' => match self.group(depth, depth == 0 && !started)? {
                    Group::Item => Before::Item,
                    Group::Nothing => continue,
                },
                '\\' => self.escape()?,
                _ => Before::Item,
            };
            started = true;
        }
        Some(())
    }

    /// After a repetition, with the sign that makes it lazy or possessive.
    fn repeated(&mut self, before: Before) -> Read<Before> {
        if before != Before::Item {
            return None;
        }
        if !self.take('?') {
            self.take('+');
        }
        Some(Before::Repetition)
    }

    /// `{1,2}` after its brace; `None`, and nothing read, where the brace is only a brace.
    fn bounds(&mut self) -> Option<(u64, Option<u64>)> {
        let start = self.rest.clone();
        let least = self.while_digits();
        let comma = self.take(',');
        let most = if comma {
            self.while_digits()
        } else {
            least.clone()
        };
        let nothing = least.is_empty() && !comma;
        if nothing || !self.take('}') {
            self.rest = start;
            return None;
        }
        Some((least.parse().unwrap_or(0), most.parse().ok()))
    }

    fn class(&mut self) -> Read<Before> {
        self.take('^');
        let mut first = true;
        loop {
            let item = match self.rest.next()? {
                ']' if !first => return Some(Before::Item),
                '\\' => self.class_escape()?,
                letter => Some(letter),
            };
            first = false;
            let mut ahead = self.rest.clone();
            if ahead.next() == Some('-') && ahead.next().is_some_and(|after| after != ']') {
                self.rest.next();
                let end = match self.rest.next()? {
                    '\\' => self.class_escape()?,
                    letter => Some(letter),
                };
                // A set such as `\d` bounds no range.
                if item? > end? {
                    return None;
                }
            }
        }
    }

    /// The character an escape in a class stands for; the inner `None` is a set of them.
    fn class_escape(&mut self) -> Read<Option<char>> {
        let letter = self.rest.next()?;
        Some(match letter {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => None,
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\u{b}'),
            'x' | 'u' | 'U' => Some(self.hexadecimal(letter)?),
            '0'..='7' => Some(self.octal(letter)?),
            letter if letter.is_ascii_alphanumeric() => return None,
            letter => Some(letter),
        })
    }

    fn hexadecimal(&mut self, letter: char) -> Read<char> {
        let count = match letter {
            'x' => 2,
            'u' => 4,
            _ => 8,
        };
        let mut code = 0;
        for _ in 0..count {
            code = code * 16 + self.rest.next()?.to_digit(16)?;
        }
        // Python's texts hold surrogates, Rust's do not; as a place in a range their order is what counts.
        if (0xD800..0xE000).contains(&code) {
            return Some('\u{E000}');
        }
        char::from_u32(code)
    }

    fn octal(&mut self, first: char) -> Read<char> {
        let mut code = first.to_digit(8)?;
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|digit| digit.to_digit(8)) else {
                break;
            };
            self.rest.next();
            code = code * 8 + digit;
        }
        (code <= 0o377).then(|| char::from_u32(code)).flatten()
    }

    fn escape(&mut self) -> Read<Before> {
        let letter = self.rest.next()?;
        match letter {
            'A' | 'b' | 'B' | 'Z' => return Some(Before::Nothing),
            'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'a' | 'f' | 'n' | 'r' | 't' | 'v' => {}
            'x' | 'u' | 'U' => {
                self.hexadecimal(letter)?;
            }
            '0' => {
                self.octal(letter)?;
            }
            '1'..='9' => self.reference(letter)?,
            letter if letter.is_ascii_alphabetic() => return None,
            _ => {}
        }
        Some(Before::Item)
    }

    /// `\12`: a group, or with three octal digits a character.
    fn reference(&mut self, first: char) -> Read<()> {
        let mut digits = String::from(first);
        if let Some(second) = self.rest.next_if(char::is_ascii_digit) {
            digits.push(second);
            let octal = digits.chars().all(|digit| digit.is_digit(8));
            if octal && let Some(third) = self.rest.next_if(|digit| digit.is_digit(8)) {
                digits.push(third);
                return (u32::from_str_radix(&digits, 8).ok()? <= 0o377).then_some(());
            }
        }
        let number: usize = digits.parse().ok()?;
        (*self.groups.get(number.checked_sub(1)?)?).then_some(())
    }

    /// `flags` says whether flags for the whole pattern may stand here: at its beginning.
    fn group(&mut self, depth: usize, flags: bool) -> Read<Group> {
        let mut number = None;
        if self.take('?') {
            match self.rest.next()? {
                ':' | '=' | '!' | '>' => {}
                '<' => {
                    self.rest.next_if(|sign| matches!(sign, '=' | '!'))?;
                }
                'P' if self.take('<') => {
                    let name = self.name('>')?;
                    if self.names.contains(&name) {
                        return None;
                    }
                    self.names.push(name);
                    number = Some(self.opened());
                }
                'P' if self.take('=') => {
                    let name = self.name(')')?;
                    return self.names.contains(&name).then_some(Group::Item);
                }
                '#' => {
                    while self.rest.next()? != ')' {}
                    return Some(Group::Nothing);
                }
                '(' => {
                    let condition: String =
                        std::iter::from_fn(|| self.rest.next_if(|letter| *letter != ')')).collect();
                    self.rest.next()?;
                    let known = match condition.parse::<usize>() {
                        Ok(number) => number >= 1 && number <= self.groups.len(),
                        Err(_) => self.names.contains(&condition),
                    };
                    if !known {
                        return None;
                    }
                }
                flag => {
                    let is_flag =
                        |flag| matches!(flag, 'a' | 'i' | 'L' | 'm' | 's' | 'u' | 'x' | '-');
                    if !is_flag(flag) {
                        return None;
                    }
                    let mut end = self.rest.next()?;
                    while is_flag(end) {
                        end = self.rest.next()?;
                    }
                    match end {
                        ')' => return flags.then_some(Group::Nothing),
                        ':' => {}
                        _ => return None,
                    }
                }
            }
        } else {
            number = Some(self.opened());
        }
        self.alternatives(depth + 1)?;
        if !self.take(')') {
            return None;
        }
        if let Some(closed) = number.and_then(|number| self.groups.get_mut(number)) {
            *closed = true;
        }
        Some(Group::Item)
    }

    fn opened(&mut self) -> usize {
        self.groups.push(false);
        self.groups.len() - 1
    }

    fn name(&mut self, end: char) -> Read<String> {
        let name: String =
            std::iter::from_fn(|| self.rest.next_if(|letter| *letter != end)).collect();
        self.rest.next()?;
        let mut letters = name.chars();
        let first = letters.next()?;
        let whole = (first.is_alphabetic() || first == '_')
            && letters.all(|letter| letter.is_alphanumeric() || letter == '_');
        whole.then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Asked of Python 3.11, but for the empty text, which Nova refuses itself.
    #[rstest]
    #[case::empty("", false)]
    #[case::plain("server-1", true)]
    #[case::dots(".*", true)]
    #[case::star("*", false)]
    #[case::plus_after_anchor("^+", false)]
    #[case::two_stars("a**", false)]
    #[case::lazy("a*?b+?", true)]
    #[case::possessive("a*+", true)]
    #[case::open_class("[", false)]
    #[case::bracket_first("[]a]", true)]
    #[case::only_bracket("[]", false)]
    #[case::range("[a-z0-9-]", true)]
    #[case::backwards_range("[z-a]", false)]
    #[case::set_as_bound(r"[\d-z]", false)]
    #[case::open_group("(a", false)]
    #[case::closed_group("a)", false)]
    #[case::empty_group("()", true)]
    #[case::backslash_at_the_end("a\\", false)]
    #[case::unknown_escape(r"\q", false)]
    #[case::escaped_dot(r"\.", true)]
    #[case::property(r"\p{L}", false)]
    #[case::bounds("a{1,2}", true)]
    #[case::backwards_bounds("a{2,1}", false)]
    #[case::braces_of_text("a{b}", true)]
    #[case::braces_alone("{", true)]
    #[case::repeat_of_nothing("{2}", false)]
    #[case::reference(r"(a)\1", true)]
    #[case::reference_to_nothing(r"\1", false)]
    #[case::reference_to_an_open_group(r"(a\1)", false)]
    #[case::named("(?P<n>a)(?P=n)", true)]
    #[case::named_twice("(?P<n>a)(?P<n>b)", false)]
    #[case::look_ahead("(?=a)", true)]
    #[case::unknown_extension("(?Xa)", false)]
    #[case::comment("(?#a)", true)]
    #[case::a_comment_is_nothing("a(?#b)*", true)]
    #[case::flags("(?i)a", true)]
    #[case::flags_too_late("a(?i)", false)]
    #[case::no_flags("(?)", false)]
    #[case::comma_alone("a{,}", true)]
    fn a_pattern_is_told(#[case] text: &str, #[case] want: bool) {
        assert_eq!(is_valid(text), want);
    }
}
