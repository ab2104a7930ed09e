//! Hosts that want to keep us, fill the memory, or send us where we must not go.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use wiremock::{Request, matchers::path_regex};

#[test]
fn a_maze_without_end_ends() {
    let mut host = Host::new();
    host.limits.pages = 6;
    let made_up = AtomicUsize::new(0);
    host.mount(Mock::given(path_regex("^/maze/")).respond_with(move |_: &Request| {
        let next = made_up.fetch_add(2, Ordering::Relaxed);
        let html = format!("<a href={next}/>x</a><a href=./?x={}>y</a>", next + 1);
        ResponseTemplate::new(200).set_body_raw(html, "text/html")
    }));
    let crawl = host.crawl("/maze/");
    assert_eq!(crawl.pages.len(), 6);
    assert_eq!(crawl.left_out.len(), 1, "{:?}", crawl.left_out);
    assert!(crawl.left_out[0].1.starts_with("no more than 6 pages are read"));
    assert_eq!(host.asked().len(), 7);
}

#[test]
fn a_list_without_end_of_what_robots_may_not_read_ends() {
    let mut host = Host::new();
    host.limits.pages = 2;
    host.file("/robots.txt", "text/plain", "User-agent: *\nDisallow: /no\n");
    let html: String = (0..1000).map(|n| format!("<a href=no{n}>x</a>")).collect();
    host.file("/", "text/html", &html);
    let crawl = host.crawl("/");
    // 199 with the page itself make 200 addresses; then the limit is told.
    assert_eq!((crawl.pages.len(), crawl.left_out.len()), (1, 200));
}

#[test]
fn links_to_elsewhere_are_not_followed() {
    let host = Host::new();
    let port = host.server.address().port();
    let elsewhere = [
        "javascript:alert(1)".to_owned(),
        "data:text/html,<a href=/g/x>".to_owned(),
        "file:///etc/passwd".to_owned(),
        "../../../../etc/passwd".to_owned(),
        "%2e%2e/up".to_owned(),
        "..\\up".to_owned(),
        format!("http://localhost:{port}/g/x"),
        format!("http://user:pw@127.0.0.1:{port}/g/x"),
        format!("http://127.0.0.1:{port}@b.example/g/x"),
        format!("ftp://127.0.0.1:{port}/g/x"),
        format!("https://127.0.0.1:{port}/g/x"),
        "http://169.254.169.254/g/".to_owned(),
        "x".repeat(3000),
    ];
    host.page("/g/", &elsewhere.iter().map(String::as_str).collect::<Vec<_>>());
    let crawl = host.crawl("/g/");
    assert_eq!(host.pages(&crawl), ["/g/"]);
    assert_eq!(crawl.left_out, []);
    assert_eq!(host.asked(), ["/robots.txt", "/g/"]);
}

#[test]
fn a_page_without_end_is_not_read_to_its_end() {
    let limits = WebLimits { pause: Duration::ZERO, bytes: 100_000, ..WebLimits::default() };
    for answer in [
        &b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 100001\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 99999999999999\r\n\r\n",
    ] {
        let url = raw(answer, &[b'x'; 10_000]);
        let kept = tempfile::tempdir().expect("a folder");
        let mut web = Web::new(kept.path(), limits).expect("a reader");
        let error = web.crawl(&url, &mut |_| {}, &|| false).expect_err("too long").to_string();
        assert!(error.contains("it is longer than 100000 bytes"), "{error}");
        assert_eq!(std::fs::read_dir(kept.path()).expect("reads").count(), 0, "nothing of it is kept");
    }
}

#[test]
fn a_page_that_breaks_off_is_no_page() {
    let url = raw(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 10\r\n\r\nhalf", b"");
    let host = Host::new();
    let error = host.web().crawl(&url, &mut |_| {}, &|| false).expect_err("half").to_string();
    assert!(error.contains("the connection broke"), "{error}");
    let url = raw(b"\x1b[31mHTTP is not what this is\r\n\r\n", b"");
    let error = host.web().crawl(&url, &mut |_| {}, &|| false).expect_err("no HTTP").to_string();
    assert!(error.contains("the connection broke") && !error.contains('\x1b'), "{error}");
}

#[test]
fn a_page_that_never_comes_is_waited_for_so_long() {
    let mut host = Host::new();
    host.limits.timeout = Duration::from_secs(2);
    host.page("/", &["slow", "b"]);
    host.page("/b", &[]);
    host.answer("/slow", ResponseTemplate::new(200).set_delay(Duration::from_secs(30)));
    let crawl = host.crawl("/");
    assert_eq!(host.pages(&crawl), ["/", "/b"]);
    assert_eq!(host.reason(&crawl, "/slow"), "it did not come within 2 s");
}

#[test]
fn all_pages_together_have_a_limit() {
    let mut host = Host::new();
    host.limits.bytes_in_all = 60;
    host.page("/", &["a", "b"]);
    host.file("/a", "text/plain", &"x".repeat(60));
    host.file("/b", "text/plain", "y");
    let crawl = host.crawl("/");
    assert_eq!(host.pages(&crawl), ["/", "/b"]);
    assert_eq!(host.reason(&crawl, "/a"), "the pages are longer than 60 bytes in all");
}

#[test]
fn broken_pages_are_read_as_far_as_they_go() {
    let host = Host::new();
    host.file(
        "/",
        "text/html",
        "</body><table><a href=b><b><a href='c'></table><script><a href=no></script><a href=\"open",
    );
    host.answer("/b", ResponseTemplate::new(200).set_body_raw(b"\xff\xfe\0<a href=d>".to_vec(), "text/html"));
    host.file("/c", "text/html", "");
    host.page("/d", &[]);
    let crawl = host.crawl("/");
    assert_eq!(host.pages(&crawl), ["/", "/b", "/c", "/d"]);
    assert_eq!(crawl.left_out, []);
}
