//! Where two texts differ, and where an answer holds what was found: what a page marks. It knows nobody.

use std::{fmt, ops::Range};

use super::escape::Text;

/// Longer comparisons mark only what is between a common beginning and a common end.
const MOST_WORDS: usize = 400;

/// Texts agree in between where they share at least this part of the shorter: a fifth.
const AGREEMENT: usize = 5;

/// A text in parts, each with whether it is marked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Marked<'a>(Vec<(&'a str, bool)>);

impl fmt::Display for Marked<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (part, marked) in &self.0 {
            if *marked {
                write!(out, "<mark>{}</mark>", Text(part))?;
            } else {
                write!(out, "{}", Text(part))?;
            }
        }
        Ok(())
    }
}

/// Marks what each of two texts has and the other has not.
pub(super) fn difference<'a>(one: &'a str, other: &'a str) -> (Marked<'a>, Marked<'a>) {
    let (ones, others) = (words(one), words(other));
    let common_start = ones
        .iter()
        .zip(&others)
        .take_while(|(one, other)| one == other)
        .count();
    let common_end = ones[common_start..]
        .iter()
        .rev()
        .zip(others[common_start..].iter().rev())
        .take_while(|(one, other)| one == other)
        .count();
    let inside = |words: &[&str]| common_start..words.len() - common_end;
    let (inside_one, inside_other) = (inside(&ones), inside(&others));
    let [mut same_one, mut same_other] = [vec![true; ones.len()], vec![true; others.len()]];
    same_one[inside_one.clone()].fill(false);
    same_other[inside_other.clone()].fill(false);
    if inside_one.len() <= MOST_WORDS && inside_other.len() <= MOST_WORDS {
        let pairs = in_both(&ones[inside_one.clone()], &others[inside_other.clone()]);
        let shared: usize = pairs
            .iter()
            .map(|(at, _)| ones[common_start + at].len())
            .sum();
        let whole = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();
        let shorter = whole(&ones[inside_one]).min(whole(&others[inside_other]));
        // A word or two that happen to stand in both are no agreement.
        let pairs = if shared * AGREEMENT < shorter {
            Vec::new()
        } else {
            pairs
        };
        for (at, other_at) in pairs {
            same_one[common_start + at] = true;
            same_other[common_start + other_at] = true;
        }
    }
    (
        joined(one, &ones, &same_one),
        joined(other, &others, &same_other),
    )
}

/// The places of the longest sequence of words that both have.
fn in_both(ones: &[&str], others: &[&str]) -> Vec<(usize, usize)> {
    let width = others.len() + 1;
    let mut longest = vec![0_usize; (ones.len() + 1) * width];
    for at in (0..ones.len()).rev() {
        for other_at in (0..others.len()).rev() {
            longest[at * width + other_at] = if ones[at] == others[other_at] {
                longest[(at + 1) * width + other_at + 1] + 1
            } else {
                longest[(at + 1) * width + other_at].max(longest[at * width + other_at + 1])
            };
        }
    }
    let (mut at, mut other_at, mut pairs) = (0, 0, Vec::new());
    while at < ones.len() && other_at < others.len() {
        if ones[at] == others[other_at] {
            // Blanks and commas alone are no agreement worth showing.
            if ones[at].chars().any(char::is_alphanumeric) {
                pairs.push((at, other_at));
            }
            at += 1;
            other_at += 1;
        } else if longest[(at + 1) * width + other_at] >= longest[at * width + other_at + 1] {
            at += 1;
        } else {
            other_at += 1;
        }
    }
    pairs
}

/// Runs of letters and digits; every other character for itself.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if first.is_alphanumeric() {
            rest.find(|letter: char| !letter.is_alphanumeric())
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(end);
        words.push(word);
        rest = after;
    }
    words
}

/// Neighbours of one kind joined.
fn joined<'a>(text: &'a str, words: &[&str], same: &[bool]) -> Marked<'a> {
    let mut parts: Vec<(Range<usize>, bool)> = Vec::new();
    let mut at = 0;
    for (word, same) in words.iter().zip(same) {
        let end = at + word.len();
        match parts.last_mut() {
            Some((range, marked)) if *marked != *same => range.end = end,
            _ => parts.push((at..end, !same)),
        }
        at = end;
    }
    Marked(
        parts
            .into_iter()
            .map(|(range, marked)| (&text[range], marked))
            .collect(),
    )
}

/// A text with one range marked.
pub(super) fn range(text: &str, range: Range<usize>) -> Marked<'_> {
    Marked(vec![
        (&text[..range.start], false),
        (&text[range.clone()], true),
        (&text[range.end..], false),
    ])
}

/// Where the value of a JSON pointer stands in a body, as it came over the wire. `None` where there is no such value, or where
/// the text is cut off before its end.
pub(super) fn value_at(body: &str, pointer: &str) -> Option<Range<usize>> {
    let steps: Vec<String> = pointer
        .strip_prefix('/')?
        .split('/')
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect();
    Scanner { text: body, at: 0 }.find(&steps)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
        self.text.as_bytes().get(self.at).copied()
    }

    /// Steps over this byte, if it is the next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn find(&mut self, steps: &[String]) -> Option<Range<usize>> {
        let next = self.peek()?;
        let Some((step, deeper)) = steps.split_first() else {
            let start = self.at;
            self.skip()?;
            return Some(start..self.at);
        };
        match next {
            b'{' => self.member(|key, _| key == step, deeper),
            b'[' => {
                let wanted: usize = step.parse().ok()?;
                self.member(|_, number| number == wanted, deeper)
            }
            _ => None,
        }
    }

    /// Walks an object or an array to the member that is wanted.
    fn member(
        &mut self,
        wanted: impl Fn(&str, usize) -> bool,
        deeper: &[String],
    ) -> Option<Range<usize>> {
        let keyed = self.take(b'{');
        if !keyed && !self.take(b'[') {
            return None;
        }
        for number in 0.. {
            let key = if keyed {
                let key = self.string()?;
                self.take(b':').then_some(key)?
            } else {
                String::new()
            };
            if wanted(&key, number) {
                return self.find(deeper);
            }
            self.skip()?;
            if !self.take(b',') {
                return None;
            }
        }
        None
    }

    fn string(&mut self) -> Option<String> {
        let start = (self.peek()? == b'"').then_some(self.at)?;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while *bytes.get(at)? != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        self.at = at + 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    /// Steps over one value.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    self.at += 1;
                    depth += 1;
                    continue;
                }
                b'}' | b']' => {
                    self.at += 1;
                    depth = depth.checked_sub(1)?;
                }
                b',' | b':' => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let rest = &self.text[self.at..];
                    let end = |letter: char| ",:]}".contains(letter) || letter.is_whitespace();
                    self.at += rest.find(end).unwrap_or(rest.len());
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::numbers("201", "200", "<mark>201</mark>", "<mark>200</mark>")]
    #[case::equal("same", "same", "same", "same")]
    #[case::one_word(
        "the key is ssh",
        "the key is x509",
        "the key is <mark>ssh</mark>",
        "the key is <mark>x509</mark>"
    )]
    #[case::missing_member("a, b and c", "a and c", "a<mark>, b</mark> and c", "a and c")]
    #[case::two_places(
        "x 1 y 2 z",
        "x 3 y 4 z",
        "x <mark>1 </mark>y<mark> 2</mark> z",
        "x <mark>3 </mark>y<mark> 4</mark> z"
    )]
    #[case::by_chance(
        "403: it is another user's",
        "201 (it was done)",
        "<mark>403: it is another user&#39;s</mark>",
        "<mark>201 (it was done)</mark>"
    )]
    #[case::nothing("", "x", "", "<mark>x</mark>")]
    #[case::markup("<b>", "<i>", "&lt;<mark>b</mark>&gt;", "&lt;<mark>i</mark>&gt;")]
    fn differences_are_marked(
        #[case] one: &str,
        #[case] other: &str,
        #[case] want: &str,
        #[case] want_other: &str,
    ) {
        let (one, other) = difference(one, other);
        assert_eq!(
            (one.to_string().as_str(), other.to_string().as_str()),
            (want, want_other)
        );
    }

    #[test]
    fn long_texts_are_compared_by_their_ends() {
        let long = "word ".repeat(2000);
        let (one, _) = (format!("begin {long}end"), ());
        let other = format!("begin {}end", "else ".repeat(2000));
        let (marked, _) = difference(&one, &other);
        assert_eq!(marked.0.first(), Some(&("begin ", false)));
        assert_eq!(marked.0.last(), Some(&(" end", false)));
    }

    #[rstest]
    #[case::member(
        r#"{"keypair": {"name": "k", "type": "ssh"}}"#,
        "/keypair/type",
        Some(r#""ssh""#)
    )]
    #[case::whole(r#"{"keypair": {"name": "k"} }"#, "/keypair", Some(r#"{"name": "k"}"#))]
    #[case::element(
        r#"{"a": [{"b": 1}, {"b": [2, 3]}], "c": 0}"#,
        "/a/1/b",
        Some("[2, 3]")
    )]
    #[case::escaped(r#"{"x\"}": 1, "a/b": true}"#, "/a~1b", Some("true"))]
    #[case::after_braces_in_text(r#"{"m": "}],{", "n": -1.5}"#, "/n", Some("-1.5"))]
    #[case::absent(r#"{"keypair": {}}"#, "/keypair/type", None)]
    #[case::cut_off(r#"{"a": {"b": [1, 2"#, "/a/c", None)]
    #[case::no_json("<html>", "/a", None)]
    #[case::empty("", "/a", None)]
    #[case::backslash_at_the_end("{\"a\\", "/a", None)]
    fn a_value_is_found_in_a_body(
        #[case] body: &str,
        #[case] pointer: &str,
        #[case] want: Option<&str>,
    ) {
        assert_eq!(value_at(body, pointer).map(|range| &body[range]), want);
    }
}
