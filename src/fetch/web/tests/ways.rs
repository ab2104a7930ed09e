//! The ways of a crawl: order, redirects, kinds of files, and what fails.

use super::*;

#[test]
fn pages_come_once_and_in_the_order_of_their_links() {
    let host = Host::new();
    host.page("/guide/", &["b?x=1", "a#top", "b?x=2", "/other", "../", "//b.example/guide/", "missing", "a#end", ""]);
    host.page("/guide/a", &["deep/c", "./", "b?x=1"]);
    host.page("/guide/b", &["a"]);
    host.page("/guide/deep/c", &["../a", "../../up"]);
    host.page("/other", &[]);
    let mut told = Vec::new();
    let mut seen = |event: WebEvent<'_>| {
        if let WebEvent::Page { done, known, .. } = event {
            told.push((done, known));
        }
    };
    let crawl = host.web().crawl(&host.url("/guide/#x"), &mut seen, &|| false).expect("reads");
    let expected = ["/guide/", "/guide/b?x=1", "/guide/a", "/guide/b?x=2", "/guide/deep/c"];
    assert_eq!(host.pages(&crawl), expected);
    assert_eq!(crawl.left_out, [(host.url("/guide/missing"), "the server says 404 Not Found".to_owned())]);
    assert_eq!(told, [(1, 5), (2, 5), (3, 6), (4, 6), (5, 6)]);
    assert_eq!(host.asked().len(), 7, "robots.txt, five pages, one that is missing");
    assert_eq!(host.pages(&host.crawl("/guide/")), expected);
}

#[test]
fn a_start_page_that_moved_is_the_start_where_it_is() {
    let host = Host::new();
    host.redirect("/guide", "/book/en/#x");
    host.page("/book/en/", &["a", "/guide", "/book/de/"]);
    host.page("/book/en/a", &[]);
    assert_eq!(host.pages(&host.crawl("/guide")), ["/book/en/", "/book/en/a"]);
}

#[test]
fn a_page_that_moved_is_read_where_it_is_and_once() {
    let host = Host::new();
    host.page("/g/", &["old", "older", "new", "away", "out", "nowhere", "loop"]);
    host.redirect("/g/old", "new");
    host.redirect("/g/older", "/g/old");
    host.page("/g/new", &["again"]);
    host.redirect("/g/again", "/g/new");
    host.redirect("/g/away", "https://b.example/g/");
    host.redirect("/g/out", "/login");
    host.answer("/g/nowhere", ResponseTemplate::new(301));
    host.redirect("/g/loop", "/g/loop");
    let crawl = host.crawl("/g/");
    assert_eq!(host.pages(&crawl), ["/g/", "/g/new"]);
    assert_eq!(host.reason(&crawl, "/g/away"), "it redirects to another host");
    assert_eq!(host.reason(&crawl, "/g/out"), format!("it redirects to {}, outside the guidebook", host.url("/login")));
    assert_eq!(host.reason(&crawl, "/g/nowhere"), "the server says 301 Moved Permanently");
    assert_eq!(host.reason(&crawl, "/g/loop"), "more than 10 redirects");
    let asked = host.asked();
    let times = |at: &str| asked.iter().filter(|asked| *asked == at).count();
    assert_eq!((times("/login"), times("/g/loop"), times("/g/new")), (0, 11, 1));
}

#[test]
fn a_redirect_leads_nowhere_that_robots_may_not_go() {
    let host = Host::new();
    host.file("/robots.txt", "text/plain", "User-agent: *\nDisallow: /g/secret\n");
    host.page("/g/", &["a"]);
    host.redirect("/g/a", "/g/secret");
    host.page("/g/secret", &[]);
    let crawl = host.crawl("/g/");
    assert_eq!(host.reason(&crawl, "/g/a"), "the host's robots.txt does not allow it");
    assert!(!host.asked().contains(&"/g/secret".to_owned()));
}

#[test]
fn only_texts_are_read() {
    let host = Host::new();
    host.page("/", &["md", "txt", "json", "jsonl", "png", "pdf", "none"]);
    host.file("/md", "text/markdown", "<a href=no>");
    host.file("/txt", "Text/Plain;charset=UTF-8", "");
    host.file("/json", "application/json", "{}");
    host.file("/jsonl", "application/jsonl", "{}\n{}\n");
    host.file("/png", "image/png", "x");
    host.file("/pdf", &format!("application/{}", "x".repeat(500)), "x");
    host.answer("/none", ResponseTemplate::new(204));
    let crawl = host.crawl("/");
    let kinds: Vec<_> = crawl.pages.iter().map(|page| page.media_type.as_str()).collect();
    assert_eq!(kinds, ["text/html", "text/markdown", "text/plain", "application/json", "application/jsonl"]);
    assert_eq!(host.reason(&crawl, "/png"), "it is image/png; only HTML, Markdown, plain text and JSON are read");
    assert!(host.reason(&crawl, "/pdf").len() < 200);
    assert_eq!(host.reason(&crawl, "/none"), "the server does not say what kind of file it is");
    assert_eq!(crawl.left_out.len(), 3);
}

#[test]
fn without_a_start_page_there_is_no_crawl() {
    let host = Host::new();
    let error = host.try_crawl("/missing").expect_err("no page").to_string();
    let expected = format!("{}: the server says 404 Not Found; nothing was read", host.url("/missing"));
    assert!(error.starts_with(&expected), "{error}");
    let mut web = host.web();
    let mut crawl = |start: &str| web.crawl(start, &mut |_| {}, &|| false);
    assert!(matches!(crawl("file:///etc/passwd"), Err(WebError::Address { .. })));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let nobody = format!("http://{}/", listener.local_addr().expect("it is bound"));
    drop(listener);
    let error = crawl(&nobody).expect_err("nobody is there").to_string();
    assert!(error.starts_with(&nobody) && error.contains("no connection"), "{error}");
}

#[test]
fn one_reader_reads_several_books() {
    let host = Host::new();
    host.page("/a/", &["../b/"]);
    host.page("/b/", &["../a/"]);
    let mut web = host.web();
    for at in ["/a/", "/b/"] {
        let crawl = web.crawl(&host.url(at), &mut |_| {}, &|| false).expect("reads");
        assert_eq!(host.pages(&crawl), [at]);
    }
    assert_eq!(host.asked(), ["/robots.txt", "/a/", "/b/"]);
}
