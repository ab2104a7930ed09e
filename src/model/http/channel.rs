//! Sends a request until there is an answer: tries, waits and limits.

use super::endpoint::{ApiKey, Endpoint, Reach};
use crate::cause::innermost;
use crate::model::ModelError;
use crate::report::visible;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use serde_json::Value;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(20);
/// First pause between two tries; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// Longest pause that a server may ask for: a photo should not wait longer for a model that others keep busy.
const LONGEST_ASKED: Duration = Duration::from_secs(30);
/// Longest body. A reply has some kilobytes, and a few megabytes with the probabilities of its tokens.
const MAX_BODY: usize = 8 << 20;
/// Longest quotation of a server in a message, characters.
const MAX_QUOTE: usize = 200;

/// One server, and how it is reached.
pub(super) struct Channel {
    client: Client,
    url: String,
    key: Option<ApiKey>,
    tries: u32,
    timeout: Duration,
}

/// No answer of use.
pub(super) enum Refusal {
    /// The server took the request and does not want it.
    Said {
        status: StatusCode,
        /// Its words, on one line, of any length.
        words: String,
    },
    /// The request never got that far.
    Failed(ModelError),
}

/// How one try failed.
enum Failure {
    /// The next try may go better.
    Passing {
        reason: String,
        /// The pause that the server asks for.
        pause: Option<Duration>,
    },
    /// It will not.
    Lasting(Refusal),
}

impl Channel {
    pub(super) fn new(endpoint: &Endpoint) -> Result<Self, ModelError> {
        let limits = endpoint.limits;
        let mut builder = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(limits.timeout)
            // Photos go where the user said and nowhere else.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("navig/", env!("CARGO_PKG_VERSION")));
        if endpoint.reach == Reach::ThisMachine {
            // A proxy of the environment would take them off the machine, and could not reach this address anyway.
            builder = builder.no_proxy();
        }
        let url = endpoint.url.clone();
        let client = builder.build().map_err(|e| ModelError::Server { url: url.clone(), reason: innermost(&e) })?;
        Ok(Self { client, url, key: endpoint.key.clone(), tries: limits.tries, timeout: limits.timeout })
    }

    /// Asks for what lies at `path`.
    pub(super) async fn get(&self, path: &str) -> Result<Vec<u8>, Refusal> {
        self.send(self.client.get(format!("{}/{path}", self.url))).await
    }

    /// Sends JSON to `path`.
    pub(super) async fn post(&self, path: &str, body: String) -> Result<Vec<u8>, Refusal> {
        let request = self.client.post(format!("{}/{path}", self.url));
        self.send(request.header(CONTENT_TYPE, "application/json").body(body)).await
    }

    /// An error of this server.
    pub(super) fn error(&self, reason: impl Into<String>) -> ModelError {
        ModelError::Server { url: self.url.clone(), reason: reason.into() }
    }

    /// A refusal as an error.
    pub(super) fn refused(&self, refusal: Refusal) -> ModelError {
        match refusal {
            Refusal::Failed(error) => error,
            Refusal::Said { status, words } => self.error(with_words(status, &words)),
        }
    }

    /// Words of the server for a message: on one line, bounded, without the key.
    pub(super) fn quote(&self, text: &str) -> String {
        bounded(&self.heard(text))
    }

    fn heard(&self, text: &str) -> String {
        let text = visible(text.trim());
        match &self.key {
            Some(key) => key.struck_from(&text),
            None => text.into_owned(),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Vec<u8>, Refusal> {
        let request = match &self.key {
            Some(key) => request.header(AUTHORIZATION, key.header()),
            None => request,
        };
        let mut tried = 0;
        loop {
            tried += 1;
            let (reason, pause) = match self.once(request.try_clone().expect("a body in memory")).await {
                Ok(body) => return Ok(body),
                Err(Failure::Lasting(refusal)) => return Err(refusal),
                Err(Failure::Passing { reason, pause }) => (reason, pause),
            };
            if tried >= self.tries {
                let times = if tried == 1 { "1 try".to_owned() } else { format!("{tried} tries") };
                return Err(Refusal::Failed(self.error(format!("{reason} ({times})"))));
            }
            let pause = pause.unwrap_or_else(|| LONGEST_PAUSE.min(PAUSE * (1 << (tried - 1))));
            if pause > LONGEST_ASKED {
                let wait = format!("{reason} (it asks for a pause of {} s)", pause.as_secs());
                return Err(Refusal::Failed(self.error(wait)));
            }
            tracing::debug!(url = self.url, reason, ?pause, "the model's server is asked again");
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, request: RequestBuilder) -> Result<Vec<u8>, Failure> {
        let response = request.send().await.map_err(|e| self.broken(&e))?;
        let status = response.status();
        if status.is_redirection() {
            let to = response.headers().get(LOCATION).map(|l| String::from_utf8_lossy(l.as_bytes()).into_owned());
            let to = self.quote(&to.unwrap_or_default());
            let reason = format!("{status}: it points to '{to}', and photos go only where you said");
            return Err(Failure::Lasting(Refusal::Failed(self.error(reason))));
        }
        let pause = pause_asked(response.headers());
        let body = self.whole(response).await?;
        if status.is_success() {
            return Ok(body);
        }
        let words = self.heard(&words(&body));
        match status.as_u16() {
            429 | 500 | 502 | 503 | 504 => Err(Failure::Passing { reason: with_words(status, &words), pause }),
            _ => Err(Failure::Lasting(Refusal::Said { status, words })),
        }
    }

    /// Reads a body up to its limit.
    async fn whole(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(&e))? {
            if body.len() + chunk.len() > MAX_BODY {
                let error = self.error(format!("the reply is larger than {} MB", MAX_BODY >> 20));
                return Err(Failure::Lasting(Refusal::Failed(error)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn broken(&self, error: &reqwest::Error) -> Failure {
        let lasting = |error| Failure::Lasting(Refusal::Failed(error));
        let cause = innermost(error);
        if error.is_connect() {
            // Nobody is there, or a name or a certificate is wrong: no pause of seconds mends these.
            lasting(self.error(format!("no connection: {cause}")))
        } else if error.is_timeout() {
            lasting(ModelError::TimeOut { seconds: self.timeout.as_secs_f64().ceil() as u64 })
        } else {
            Failure::Passing { reason: format!("the connection broke: {}", self.quote(&cause)), pause: None }
        }
    }
}

/// The pause that a server asks for in seconds. The other form, a date, is left to our own pauses: it needs two clocks that
/// agree.
fn pause_asked(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// What the body of an error says: the message, in one of the forms that servers use, or all of it.
pub(super) fn words(body: &[u8]) -> String {
    let said = serde_json::from_slice::<Value>(body).ok().and_then(|json| message(&json));
    said.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}

fn message(json: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(error) = json.get("error") {
        let said = text(error).or_else(|| error.get("message").and_then(text))?;
        return Some(match error.get("param").and_then(Value::as_str) {
            Some(param) => format!("{said} ({param})"),
            None => said,
        });
    }
    if let Some(faults) = json.get("detail").and_then(Value::as_array) {
        let fault = |fault: &Value| {
            let place = fault.get("loc").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let place: Vec<&str> = place.iter().filter_map(Value::as_str).collect();
            Some(format!("{}: {}", place.join("."), fault.get("msg")?.as_str()?))
        };
        return Some(faults.iter().filter_map(fault).collect::<Vec<_>>().join("; "));
    }
    ["message", "detail"].iter().find_map(|key| json.get(key).and_then(text))
}

fn with_words(status: StatusCode, words: &str) -> String {
    match words.is_empty() {
        true => status.to_string(),
        false => format!("{status}: {}", bounded(words)),
    }
}

fn bounded(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_the_forms_that_servers_use() {
        for (body, said) in [
            (r#"{"error":{"message":"no such model","type":"x","code":404}}"#, "no such model"),
            (r#"{"error":{"message":"bad","param":"response_format"}}"#, "bad (response_format)"),
            (r#"{"error":"out of slots"}"#, "out of slots"),
            (r#"{"object":"error","message":"too long"}"#, "too long"),
            (r#"{"detail":"Unauthorized"}"#, "Unauthorized"),
            (r#"{"detail":[{"loc":["body","seed"],"msg":"extra","input":"x"}]}"#, "body.seed: extra"),
            ("<h1>Bad gateway</h1>", "<h1>Bad gateway</h1>"),
            (r#"{"error":{"code":7}}"#, r#"{"error":{"code":7}}"#),
        ] {
            assert_eq!(words(body.as_bytes()), said);
        }
    }
}
