//! Crawls of hosts on this machine.

mod hostile;
mod polite;
mod ways;

use super::*;
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A host with pages, and the folder where a reader keeps them.
struct Host {
    runtime: Runtime,
    server: MockServer,
    kept: TempDir,
    limits: WebLimits,
    /// Requests that were looked at.
    looked: Cell<usize>,
}

impl Host {
    /// A host that has no robots.txt, and no page yet.
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let server = runtime.block_on(MockServer::start());
        let limits = WebLimits { pause: Duration::ZERO, timeout: Duration::from_secs(20), ..WebLimits::default() };
        let host = Self { runtime, server, kept: tempfile::tempdir().expect("a folder"), limits, looked: Cell::new(0) };
        host.mount(Mock::given(any()).respond_with(ResponseTemplate::new(404)).with_priority(200));
        host
    }

    fn mount(&self, mock: Mock) {
        self.runtime.block_on(mock.mount(&self.server));
    }

    fn answer(&self, at: &str, answer: ResponseTemplate) {
        self.mount(Mock::given(path(at)).respond_with(answer));
    }

    fn file(&self, at: &str, kind: &str, body: &str) {
        self.answer(at, ResponseTemplate::new(200).set_body_raw(body, kind));
    }

    /// A page that links to others.
    fn page(&self, at: &str, links: &[&str]) {
        let links: String = links.iter().map(|link| format!("<a href=\"{link}\">a</a>")).collect();
        self.file(at, "text/html; charset=utf-8", &format!("<title>{at}</title>{links}"));
    }

    fn redirect(&self, at: &str, to: &str) {
        self.answer(at, ResponseTemplate::new(301).insert_header("location", to));
    }

    fn url(&self, at: &str) -> String {
        format!("{}{at}", self.server.uri())
    }

    fn web(&self) -> Web {
        Web::new(self.kept.path(), self.limits).expect("a reader")
    }

    fn try_crawl(&self, start: &str) -> Result<Crawl, WebError> {
        self.web().crawl(&self.url(start), &mut |_| {}, &|| false)
    }

    fn crawl(&self, start: &str) -> Crawl {
        self.try_crawl(start).expect("a start page")
    }

    /// The paths and queries that were asked for since the last look.
    fn asked(&self) -> Vec<String> {
        let requests = self.runtime.block_on(self.server.received_requests()).expect("they are recorded");
        let from = self.looked.replace(requests.len());
        let written = |url: &Url| url.as_str()[url.origin().ascii_serialization().len()..].to_owned();
        requests[from..].iter().map(|request| written(&request.url)).collect()
    }

    /// The pages of a crawl, by path.
    fn pages<'a>(&self, crawl: &'a Crawl) -> Vec<&'a str> {
        crawl.pages.iter().map(|page| &page.url[self.server.uri().len()..]).collect()
    }

    /// Why a page was left out.
    fn reason<'a>(&self, crawl: &'a Crawl, at: &str) -> &'a str {
        let url = self.url(at);
        crawl.left_out.iter().find(|(address, _)| *address == url).map_or("it is not named", |(_, reason)| reason)
    }
}

/// A host that answers every connection with these bytes, and then goes on with `more` for as long as it is heard.
fn raw(answer: &'static [u8], more: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or(0);
            if request[..read].starts_with(b"GET /robots.txt") {
                let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                continue;
            }
            let mut heard = stream.write_all(answer);
            while heard.is_ok() && !more.is_empty() {
                heard = stream.write_all(more);
            }
        }
    });
    url
}
