//! What a host asks of robots, by RFC 9309.

use reqwest::{StatusCode, Url};
use std::time::Duration;
use texting_robots::Robot;

/// Our name in a robots.txt.
const NAME: &str = "navig";
/// What is read of a robots.txt, bytes; the RFC asks for at least this.
pub(super) const MOST_BYTES: usize = 500 << 10;
/// Longest pause that a host may ask for: what is longer is no number of seconds.
const LONGEST_DELAY: Duration = Duration::from_secs(24 * 3600);

/// The rules of one host.
#[derive(Debug)]
pub(super) enum Rules {
    /// There are none.
    None,
    /// Those of its robots.txt.
    Robot(Box<Robot>),
    /// They could not be had, and then nothing is allowed; the text says why.
    Unknown(String),
}

impl Rules {
    /// The rules in a text, of which the part beyond the limit is not read.
    pub(super) fn of_text(text: &[u8], whole: bool) -> Self {
        // A rule that is cut in two is another rule.
        let end = if whole { text.len() } else { text.iter().rposition(|b| *b == b'\n').unwrap_or(0) };
        match Robot::new(NAME, &canonical(&text[..end])) {
            Ok(robot) => Self::Robot(Box::new(robot)),
            Err(_) => Self::Unknown("it cannot be understood".to_owned()),
        }
    }

    /// The rules of a host that answers with something else than a text. That it wants less of us (429) is no
    /// permission, though the RFC would let it pass for one.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
            true => Self::None,
            false => Self::Unknown(format!("the server says {status}")),
        }
    }

    /// Whether a page may be read, or why not.
    pub(super) fn allow(&self, page: &Url) -> Result<(), String> {
        match self {
            Self::None => Ok(()),
            Self::Unknown(reason) => Err(format!("the host's robots.txt could not be had ({reason})")),
            Self::Robot(robot) => match robot.allowed(&path(page)) {
                true => Ok(()),
                false => Err("the host's robots.txt does not allow it".to_owned()),
            },
        }
    }

    /// The pause between two requests that the host asks for.
    pub(super) fn delay(&self) -> Duration {
        let Self::Robot(robot) = self else { return Duration::ZERO };
        let seconds = robot.delay.unwrap_or_default();
        Duration::try_from_secs_f32(seconds).unwrap_or(LONGEST_DELAY).min(LONGEST_DELAY)
    }
}

/// What rules are compared with.
fn path(page: &Url) -> String {
    let path = match page.query() {
        Some(query) => format!("{}?{query}", page.path()),
        None => page.path().to_owned(),
    };
    String::from_utf8_lossy(&canonical(path.as_bytes())).into_owned()
}

/// One spelling for all that mean the same, which the crate leaves to us: `%7e` is `~`, and `%c3` is `%C3`.
fn canonical(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let byte = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        match byte {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(byte),
            Some(byte) => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            None => {
                out.push(*first);
                continue;
            }
        }
        rest = &after[2..];
    }
    out
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(rules: &Rules, page: &str) -> bool {
        rules.allow(&Url::parse("https://a.example").and_then(|host| host.join(page)).expect("an address")).is_ok()
    }

    #[test]
    fn the_longest_rule_for_us_counts() {
        let text = b"User-agent: *\nDisallow: /\n\nUser-agent: Navig\nDisallow: /private/\nAllow: /private/open\n\
            Disallow: /*.pdf$\nCrawl-delay: 2.5\n";
        let rules = Rules::of_text(text, true);
        assert!(allows(&rules, "/guide") && allows(&rules, "/private/open/x") && allows(&rules, "/x.pdf?y"));
        assert!(!allows(&rules, "/private/x") && !allows(&rules, "/guide/x.pdf"));
        assert_eq!(rules.delay(), Duration::from_millis(2500));
        let others = Rules::of_text(b"User-agent: other\nDisallow: /\n", true);
        assert!(allows(&others, "/x") && others.delay().is_zero());
        assert!(!allows(&Rules::of_text(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n", true), "/x"));
    }

    #[test]
    fn spellings_of_one_path_are_one() {
        let rules =
            Rules::of_text(b"User-agent: *\nDisallow: /%7euser\nDisallow: /caf%c3%a9\nDisallow: /a%2fb\n", true);
        for refused in ["/~user/x", "/%7Euser", "/caf\u{e9}", "/caf%C3%A9", "/a%2Fb", "/a%2fb"] {
            assert!(!allows(&rules, refused), "{refused}");
        }
        assert!(allows(&rules, "/a/b"));
        assert_eq!(canonical(b"%%41%4 %zz%"), b"%A%4 %zz%");
    }

    #[test]
    fn no_answer_is_no_permission() {
        let status = |code| Rules::of_status(StatusCode::from_u16(code).expect("a status"));
        assert!(allows(&status(404), "/x") && allows(&status(401), "/x"));
        for code in [204, 304, 429, 500, 503] {
            assert!(!allows(&status(code), "/x"), "{code}");
        }
    }

    #[test]
    fn what_a_stranger_writes_does_no_harm() {
        let delay =
            |text: &str| Rules::of_text(format!("User-agent: *\nCrawl-delay: {text}\n").as_bytes(), true).delay();
        assert_eq!(delay("inf"), LONGEST_DELAY);
        assert_eq!(delay("1e30"), LONGEST_DELAY);
        assert!(delay("-1").is_zero() && delay("NaN").is_zero() && delay("x").is_zero());
        assert!(allows(&Rules::of_text(b"\0\xff\n<html>404</html>", true), "/x"));
        // The second rule was cut, and could have been any.
        let cut = Rules::of_text(b"User-agent: *\nDisallow: /a\nDisallow: /", false);
        assert!(!allows(&cut, "/a") && allows(&cut, "/b"));
    }
}
