//! Whatever a cloud says, as text of a page. It knows nobody.

use std::fmt::{self, Write as _};

/// Text that shows as it is: no markup of its own works, no letter of it is invisible, and none turns the line around.
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plain_from = 0;
        for (at, letter) in self.0.char_indices() {
            let named = match letter {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                _ if hides(letter) => "",
                _ => continue,
            };
            out.write_str(&self.0[plain_from..at])?;
            if named.is_empty() {
                write!(out, "\\u{{{:x}}}", u32::from(letter))?;
            } else {
                out.write_str(named)?;
            }
            plain_from = at + letter.len_utf8();
        }
        out.write_str(&self.0[plain_from..])
    }
}

/// Control characters, and those that change the direction of what stands beside them.
const fn hides(letter: char) -> bool {
    matches!(
        letter,
        '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

/// A check's id, or a pattern of ids, which is broken after its dots where it has to be broken.
pub(super) struct Id<'a>(pub(super) &'a str);

impl fmt::Display for Id<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, part) in self.0.split('.').enumerate() {
            if number > 0 {
                out.write_str(".<wbr>")?;
            }
            Text(part).fmt(out)?;
        }
        Ok(())
    }
}

/// A command to type, which is broken before its options.
pub(super) struct Command<'a>(pub(super) &'a str);

impl fmt::Display for Command<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<code class=command>")?;
        for (number, part) in self.0.split(" --").enumerate() {
            match number {
                0 => write!(out, "{}", Text(part))?,
                _ => write!(out, " <span>--{}</span>", Text(part))?,
            }
        }
        out.write_str("</code>")
    }
}

/// The source of a sentence: a link where it is an address.
pub(super) struct Source<'a>(pub(super) &'a str);

impl fmt::Display for Source<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text(self.0);
        if self.0.starts_with("https://") || self.0.starts_with("http://") {
            write!(out, r#"<a href="{text}" rel="noreferrer">{text}</a>"#)
        } else {
            text.fmt(out)
        }
    }
}

/// Adds text to a page. Writing into a `String` cannot fail, so nobody has to be told.
pub fn put(page: &mut String, what: fmt::Arguments<'_>) {
    let _ = page.write_fmt(what);
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::markup(
        "<script>alert('1')</script>",
        "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"
    )]
    #[case::attribute(r#"" onload="x"#, "&quot; onload=&quot;x")]
    #[case::entity("&lt;", "&amp;lt;")]
    #[case::lines("a\n\tb", "a\n\tb")]
    #[case::control("a\0\u{1b}[31m", r"a\u{0}\u{1b}[31m")]
    #[case::direction("a\u{202e}b", r"a\u{202e}b")]
    #[case::letters("schlüssel 鍵", "schlüssel 鍵")]
    fn text_shows_as_it_is(#[case] text: &str, #[case] want: &str) {
        assert_eq!(Text(text).to_string(), want);
    }

    #[rstest]
    #[case::address("https://docs.openstack.org/a?b&c", r#"<a href="https://docs.openstack.org/a?b&amp;c" rel="noreferrer">https://docs.openstack.org/a?b&amp;c</a>"#)]
    #[case::name("Specification 'x'", "Specification &#39;x&#39;")]
    #[case::no_address("javascript:alert(1)", "javascript:alert(1)")]
    fn only_addresses_become_links(#[case] source: &str, #[case] want: &str) {
        assert_eq!(Source(source).to_string(), want);
    }
}
