//! Which server is asked, and how patiently.

use crate::model::ModelError;
use crate::report::visible;
use reqwest::Url;
use reqwest::header::HeaderValue;
use std::fmt;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The environment variable that a key belongs in: command lines and settings files are seen by others.
pub const KEY_VARIABLE: &str = "NAVIG_MODEL_KEY";

/// How much a server is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest time for one reply, up to an hour.
    pub timeout: Duration,
    /// How often a question is sent when the server fails in a way that may pass, 1 to 10.
    pub tries: u32,
    /// Pixels that one picture should have at most, 256 × 256 to 4096 × 4096.
    pub picture_px: u32,
    /// How many questions the server has at one time, 1 to 256.
    pub concurrency: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(300), tries: 4, picture_px: 768 * 768, concurrency: 4 }
    }
}

impl Limits {
    const TIMEOUT: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(3600);

    fn fault(&self) -> Option<&'static str> {
        if !Self::TIMEOUT.contains(&self.timeout) {
            Some("the time-out must be more than 0 and at most 3600 s")
        } else if !(1..=10).contains(&self.tries) {
            Some("tries must be 1 to 10")
        } else if !(256 * 256..=4096 * 4096).contains(&self.picture_px) {
            Some("pixels of a picture must be 65536 to 16777216")
        } else if !(1..=256).contains(&self.concurrency) {
            Some("questions at one time must be 1 to 256")
        } else {
            None
        }
    }
}

/// A server that speaks the OpenAI protocol.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Without a slash at its end.
    pub(super) url: String,
    /// Host and port.
    pub(super) host: String,
    pub(super) reach: Reach,
    pub(super) model: Option<String>,
    pub(super) key: Option<ApiKey>,
    pub(super) limits: Limits,
}

/// Who can see what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nobody: it stays on this machine.
    ThisMachine,
    /// The server.
    Encrypted,
    /// Everyone on the way.
    Open,
}

impl Endpoint {
    /// Checks an address and what goes with it. An address without a path, such as `http://127.0.0.1:8000`, gets `/v1`.
    /// Without a name for the model the server is asked for its only one.
    ///
    /// # Errors
    /// [`ModelError::Server`] when the address is not `http` or `https`, or holds a password or a query; when the key cannot
    /// stand in a header; when a limit is out of its range. The message never holds the key.
    pub fn new(url: &str, model: Option<String>, key: Option<String>, limits: Limits) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::Server { url: harmless(url), reason };
        let parsed = Url::parse(url.trim()).map_err(|e| wrong(format!("not an address: {e}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(wrong("not an http or https address".to_owned()));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(wrong(format!("an address holds no name and no password; a key belongs in {KEY_VARIABLE}")));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(wrong(format!("an address ends with its path; a key belongs in {KEY_VARIABLE}")));
        }
        if let Some(fault) = limits.fault() {
            return Err(wrong(fault.to_owned()));
        }
        if model.as_ref().is_some_and(|m| m.trim().is_empty()) {
            return Err(wrong("the name of the model is empty".to_owned()));
        }
        let key = key.map(ApiKey::new).transpose().map_err(|reason| wrong(reason.to_owned()))?;
        let host = match (parsed.host_str().unwrap_or_default(), parsed.port_or_known_default()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let bare = matches!(parsed.path(), "" | "/");
        let url = format!("{}{}", parsed.as_str().trim_end_matches('/'), if bare { "/v1" } else { "" });
        Ok(Self { url, host, reach: Reach::of(&parsed), model, key, limits })
    }
}

impl Reach {
    fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        if host == "localhost" || address.is_ok_and(|a| a.is_loopback()) {
            Self::ThisMachine
        } else if url.scheme() == "https" {
            Self::Encrypted
        } else {
            Self::Open
        }
    }
}

/// An address for an error message, without what may be secret in it.
fn harmless(url: &str) -> String {
    let after = url.rsplit_once('@').map_or(url, |(_, after)| after);
    let before = after.split(['?', '#']).next().unwrap_or_default();
    visible(before).chars().take(200).collect()
}

/// A key, which no message and no debug output shows.
#[derive(Clone)]
pub(super) struct ApiKey(String);

impl ApiKey {
    fn new(key: String) -> Result<Self, &'static str> {
        match !key.is_empty() && key.bytes().all(|b| b.is_ascii_graphic()) {
            true => Ok(Self(key)),
            false => Err("the key is empty, or has characters that no key has"),
        }
    }

    /// The value of the header `Authorization`.
    pub(super) fn header(&self) -> HeaderValue {
        let mut value =
            HeaderValue::from_str(&format!("Bearer {}", self.0)).expect("printable ASCII can stand in a header");
        value.set_sensitive(true);
        value
    }

    /// `text`, in case a server repeats the key in it.
    pub(super) fn struck_from(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Endpoint {
        Endpoint::new(url, None, None, Limits::default()).expect("a good address")
    }

    #[test]
    fn a_bare_address_gets_its_path() {
        for (url, whole) in [
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
            ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
            (" https://vlm.example/api/v2/ ", "https://vlm.example/api/v2"),
            ("http://[::1]:80/v1", "http://[::1]/v1"),
        ] {
            assert_eq!(endpoint(url).url, whole);
        }
        assert_eq!(endpoint("https://vlm.example/v1").host, "vlm.example:443");
    }

    #[test]
    fn what_leaves_the_machine_is_known() {
        for (url, reach) in [
            ("http://localhost:1", Reach::ThisMachine),
            ("http://127.8.0.1:1", Reach::ThisMachine),
            ("https://[::1]:1", Reach::ThisMachine),
            ("https://vlm.example", Reach::Encrypted),
            ("http://10.0.0.7", Reach::Open),
            ("http://localhost.example", Reach::Open),
        ] {
            assert_eq!(endpoint(url).reach, reach, "{url}");
        }
    }
}
