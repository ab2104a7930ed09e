//! What the host asks is done: robots.txt, pauses, and no request that is not needed.

use super::*;
use wiremock::matchers::{header, headers, method};

#[test]
fn robots_txt_is_read_first_and_obeyed() {
    let host = Host::new();
    host.file("/robots.txt", "text/plain", "User-agent: navig\nDisallow: /guide/private\n");
    host.page("/guide/", &["private/a", "b", "private/a"]);
    host.page("/guide/b", &["private?x"]);
    let crawl = host.crawl("/guide/");
    assert_eq!(host.pages(&crawl), ["/guide/", "/guide/b"]);
    assert_eq!(host.reason(&crawl, "/guide/private/a"), "the host's robots.txt does not allow it");
    assert_eq!(crawl.left_out.len(), 2);
    assert_eq!(host.asked(), ["/robots.txt", "/guide/", "/guide/b"]);
}

#[test]
fn a_start_page_that_robots_may_not_read_is_not_asked_for() {
    for (robots, reason) in [
        (ResponseTemplate::new(200).set_body_string("User-agent: *\nDisallow: /"), "does not allow it"),
        (ResponseTemplate::new(500), "could not be had (the server says 500 Internal Server Error)"),
        (ResponseTemplate::new(429), "could not be had (the server says 429 Too Many Requests)"),
        (ResponseTemplate::new(302).insert_header("location", "https://b.example/robots.txt"), "another host"),
        (ResponseTemplate::new(302).insert_header("location", "/robots.txt"), "more than 5 redirects"),
    ] {
        let host = Host::new();
        host.page("/", &[]);
        host.answer("/robots.txt", robots);
        let error = host.try_crawl("/").expect_err("not allowed").to_string();
        assert!(error.starts_with(&host.url("/")) && error.contains(reason), "{error}");
        assert!(host.asked().iter().all(|asked| asked == "/robots.txt"));
    }
}

#[test]
fn a_robots_txt_that_moved_counts() {
    let host = Host::new();
    host.redirect("/robots.txt", "/r");
    host.file("/r", "text/plain", "User-agent: *\nDisallow: /b");
    host.page("/", &["b"]);
    assert_eq!(host.pages(&host.crawl("/")), ["/"]);
}

#[test]
fn we_say_who_we_are_and_pause_between_two_requests() {
    let host = Host::new();
    host.file("/robots.txt", "text/plain", "User-agent: *\nCrawl-delay: 1\n");
    let agent =
        concat!("navig/", env!("CARGO_PKG_VERSION"), " (guidebook indexer; one request a second; obeys robots.txt)");
    host.mount(
        Mock::given(path("/"))
            .and(header("user-agent", agent))
            .and(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_raw("<a href=b>", "text/html")),
    );
    host.page("/b", &[]);
    let mut waits = Vec::new();
    let mut seen = |event: WebEvent<'_>| {
        if let WebEvent::Waiting { url, pause } = event {
            waits.push((url.to_owned(), pause));
        }
    };
    let crawl = host.web().crawl(&host.url("/"), &mut seen, &|| false).expect("reads");
    assert_eq!(crawl.pages.len(), 2);
    // The host asks for more than these limits would leave, and so each pause is told.
    assert_eq!(waits.iter().map(|(url, _)| url.as_str()).collect::<Vec<_>>(), [host.url("/"), host.url("/b")]);
    assert!(waits.iter().all(|(_, pause)| *pause <= Duration::from_secs(1)), "{waits:?}");
}

#[test]
fn a_second_is_the_usual_pause_and_a_day_the_life_of_a_page() {
    let limits = WebLimits::default();
    assert_eq!((limits.pause, limits.fresh), (Duration::from_secs(1), Duration::from_secs(86_400)));
    assert_eq!((limits.pages, limits.bytes, limits.redirects), (500, 16 << 20, 10));
}

#[test]
fn a_page_that_is_kept_is_asked_for_only_by_its_changes() {
    let mut host = Host::new();
    let kept = |name: &str, value: &str| ResponseTemplate::new(200).insert_header(name, value);
    host.answer("/", kept("etag", "\"1\"").set_body_raw("<a href=b>", "text/html"));
    let time = "Wed, 21 Oct 2015 07:28:00 GMT";
    host.answer("/b", kept("last-modified", time).set_body_raw("b", "text/plain"));
    let unchanged = |at: &str| Mock::given(path(at)).and(method("GET"));
    host.mount(
        unchanged("/").and(header("if-none-match", "\"1\"")).respond_with(ResponseTemplate::new(304)).with_priority(1),
    );
    host.mount(
        unchanged("/b")
            .and(headers("if-modified-since", time.split(", ").collect()))
            .respond_with(ResponseTemplate::new(304))
            .with_priority(1),
    );
    let first = host.crawl("/");
    assert!(first.pages.len() == 2 && first.pages.iter().all(|page| !page.cached));

    host.asked();
    let fresh = host.crawl("/");
    assert_eq!(host.asked(), ["/robots.txt"]);
    host.limits.fresh = Duration::ZERO;
    let old = host.crawl("/");
    assert_eq!(host.asked(), ["/robots.txt", "/", "/b"]);
    for again in [fresh, old] {
        assert!(again.pages.iter().all(|page| page.cached));
        let bodies = |crawl: &Crawl| crawl.pages.iter().map(|page| page.bytes.clone()).collect::<Vec<_>>();
        assert_eq!(bodies(&again), bodies(&first));
    }
}

#[test]
fn a_page_that_has_changed_takes_the_place_of_the_old_one() {
    let mut host = Host::new();
    host.limits.fresh = Duration::ZERO;
    host.mount(
        Mock::given(path("/"))
            .respond_with(ResponseTemplate::new(200).set_body_raw("old", "text/plain"))
            .up_to_n_times(1),
    );
    host.file("/", "text/markdown", "new");
    assert_eq!(host.crawl("/").pages[0].bytes, b"old");
    let page = host.crawl("/").pages.remove(0);
    assert_eq!((page.bytes.as_slice(), page.media_type.as_str(), page.cached), (&b"new"[..], "text/markdown", false));
    host.limits.fresh = Duration::from_secs(3600);
    assert_eq!(host.crawl("/").pages[0].bytes, b"new");
}

#[test]
fn a_crawl_that_was_stopped_goes_on() {
    let host = Host::new();
    host.page("/", &["a", "b"]);
    host.page("/a", &[]);
    host.page("/b", &[]);
    let done = Cell::new(0);
    let mut count = |event: WebEvent<'_>| {
        if let WebEvent::Page { done: pages, .. } = event {
            done.set(pages);
        }
    };
    let stopped = host.web().crawl(&host.url("/"), &mut count, &|| done.get() == 2);
    assert!(matches!(stopped, Err(WebError::Stopped)), "{stopped:?}");
    assert_eq!(host.asked(), ["/robots.txt", "/", "/a"]);
    let crawl = host.crawl("/");
    assert_eq!(host.asked(), ["/robots.txt", "/b"]);
    assert_eq!(crawl.pages.iter().map(|page| page.cached).collect::<Vec<_>>(), [true, true, false]);
    // Also one whose pages are all kept can be stopped.
    let stopped = host.web().crawl(&host.url("/"), &mut count, &|| done.get() == 1);
    assert!(matches!(stopped, Err(WebError::Stopped)), "{stopped:?}");
}

#[test]
fn a_pause_can_be_stopped() {
    let host = Host::new();
    host.file("/robots.txt", "text/plain", "User-agent: *\nCrawl-delay: 1e9\n");
    let waiting = Cell::new(false);
    let mut seen = |event: WebEvent<'_>| waiting.set(matches!(event, WebEvent::Waiting { .. }));
    // Without the stop this would take a day.
    let stopped = host.web().crawl(&host.url("/"), &mut seen, &|| waiting.get());
    assert!(matches!(stopped, Err(WebError::Stopped)), "{stopped:?}");
}

#[test]
fn a_busy_host_is_asked_again_and_not_for_ever() {
    let host = Host::new();
    let busy = |status: u16, pause: &str| ResponseTemplate::new(status).insert_header("retry-after", pause);
    host.mount(Mock::given(path("/")).respond_with(busy(429, "0")).up_to_n_times(1));
    host.mount(Mock::given(path("/")).respond_with(ResponseTemplate::new(503)).up_to_n_times(1));
    host.page("/", &["busy", "later", "date"]);
    host.answer("/busy", busy(503, "0"));
    host.answer("/later", busy(429, "61"));
    host.answer("/date", busy(429, "Wed, 21 Oct 2015 07:28:00 GMT"));
    let crawl = host.crawl("/");
    assert_eq!(host.pages(&crawl), ["/"]);
    assert_eq!(host.reason(&crawl, "/busy"), "the server says 503 Service Unavailable");
    assert_eq!(host.reason(&crawl, "/later"), "the server says 429 Too Many Requests and asks for a pause of 61 s");
    let asked = host.asked();
    let times = |at: &str| asked.iter().filter(|asked| *asked == at).count();
    assert_eq!((times("/"), times("/busy"), times("/later"), times("/date")), (3, 3, 1, 3));
}

#[test]
fn what_pages_ask_is_done() {
    let host = Host::new();
    host.file("/", "text/html", "<a rel=nofollow href=no>x</a><a href=hidden><a href=end>");
    host.file("/hidden", "text/html", "<meta name=robots content=noindex><a href=found>");
    host.file("/end", "text/html", "<meta name=robots content=nofollow><a href=never>");
    host.page("/found", &[]);
    let crawl = host.crawl("/");
    assert_eq!(host.pages(&crawl), ["/", "/end", "/found"]);
    assert_eq!(crawl.left_out, [(host.url("/hidden"), "the page asks not to be indexed".to_owned())]);
}
