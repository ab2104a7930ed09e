//! Where a crawl may go: which addresses are pages of the web at all, and which belong to the site that was named.
//!
//! Links come from strangers. An address is first reduced to what is harmless, and then compared by its parsed parts and
//! never as text, so that no spelling of another host or folder passes.

use super::WebError;
use reqwest::Url;

/// Longest address, bytes. Pages that link to ever longer addresses of themselves are a trap.
const LONGEST: usize = 2000;

/// The pages beneath the folder of a page, on its host.
#[derive(Debug)]
pub(super) struct Site {
    start: Url,
    folder: String,
}

impl Site {
    /// The site of a start page, where redirects have led.
    pub(super) fn of(start: &Url) -> Self {
        let path = start.path();
        let folder = path[..path.rfind('/').map_or(0, |slash| slash + 1)].to_owned();
        Self { start: start.clone(), folder }
    }

    /// The address of a page of this site, as it is asked; `None` for an address elsewhere.
    ///
    /// Old pages of a site that is encrypted now still link to it by http; what they mean is asked by https.
    pub(super) fn page(&self, address: Url) -> Option<Url> {
        let mut address = plain(address).ok()?;
        if address.scheme() == "http" && address.port().is_none() && self.start.scheme() == "https" {
            address.set_scheme("https").ok()?;
        }
        self.has(&address).then_some(address)
    }

    /// Whether an address lies on the host and beneath the folder.
    pub(super) fn has(&self, address: &Url) -> bool {
        address.origin() == self.start.origin() && address.path().starts_with(&self.folder)
    }
}

/// The address that a user gives.
pub(super) fn start(text: &str) -> Result<Url, WebError> {
    let wrong = |reason| WebError::Address { address: text.to_owned(), reason };
    let address = Url::parse(text.trim()).map_err(|_| wrong("it is no whole address"))?;
    plain(address).map_err(wrong)
}

/// An address of the web, without its fragment; or what it is instead.
fn plain(mut address: Url) -> Result<Url, &'static str> {
    if !matches!(address.scheme(), "http" | "https") || address.host_str().is_none() {
        return Err("only http and https are read");
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err("a name or a password would be kept with the page");
    }
    if address.as_str().len() > LONGEST {
        return Err("it is longer than 2000 bytes");
    }
    address.set_fragment(None);
    Ok(address)
}

/// Where a redirect leads, if that is the same host, its form with or without `www.`, or its encrypted form.
pub(super) fn moved(from: &Url, location: &str) -> Result<Url, &'static str> {
    let to = from.join(location).map_err(|_| "it redirects to what is no address")?;
    let to = plain(to).map_err(|_| "it redirects to what is no plain web page")?;
    let ports = (from.scheme(), from.port_or_known_default()) == (to.scheme(), to.port_or_known_default());
    let encrypted = (from.scheme(), to.scheme()) == ("http", "https") && (from.port(), to.port()) == (None, None);
    match bare_host(from) == bare_host(&to) && (ports || encrypted) {
        true => Ok(to),
        false => Err("it redirects to another host"),
    }
}

fn bare_host(address: &Url) -> &str {
    let host = address.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn links_stay_on_the_host_and_in_the_folder() {
        let site = Site::of(&url("https://a.example/guide/start.html?x=1"));
        for (link, asked) in [
            ("signs.html#top", Some("https://a.example/guide/signs.html")),
            ("?page=2", Some("https://a.example/guide/start.html?page=2")),
            ("deep/er/", Some("https://a.example/guide/deep/er/")),
            ("http://a.example/guide/old", Some("https://a.example/guide/old")),
            ("HTTPS://A.EXAMPLE:443/guide/b", Some("https://a.example/guide/b")),
            ("../", None),
            ("../guidebook/x", None),
            ("../../../etc/passwd", None),
            ("%2e%2e/%2E./secret", None),
            ("\\..\\secret", None),
            ("//b.example/guide/x", None),
            ("https://a.example.evil/guide/x", None),
            ("https://a.example@evil.example/guide/x", None),
            ("https://user:pw@a.example/guide/x", None),
            ("https://a.example:8443/guide/x", None),
            ("http://a.example:443/guide/x", None),
            ("https://www.a.example/guide/x", None),
            ("javascript:alert(1)", None),
            ("data:text/html,<a href=x>", None),
            ("file:///guide/x", None),
            ("mailto:x@a.example", None),
            ("ftp://a.example/guide/x", None),
        ] {
            let page = site.start.join(link).ok().and_then(|link| site.page(link));
            assert_eq!(page.as_ref().map(Url::as_str), asked, "{link}");
        }
        assert!(site.page(url(&format!("https://a.example/guide/{}", "x".repeat(LONGEST)))).is_none());
    }

    #[test]
    fn a_start_is_an_address_of_the_web() {
        assert_eq!(start(" https://a.example/x#y ").expect("an address").as_str(), "https://a.example/x");
        for bad in
            ["", "a.example", "/guide", "file:///etc/passwd", "javascript:x", "https://u:p@a.example/", "http://"]
        {
            let error = start(bad).expect_err(bad).to_string();
            assert!(error.contains(bad) && error.contains("give an address"), "{error}");
        }
    }

    #[test]
    fn redirects_lead_to_the_same_host_or_a_form_of_it() {
        let from = url("http://a.example/x");
        for good in ["/y", "y?z", "http://www.a.example/x", "https://a.example/", "https://www.a.example/x"] {
            assert!(moved(&from, good).is_ok(), "{good}");
        }
        for bad in [
            "https://b.example/x",
            "//b.example",
            "http://a.example:8080/x",
            "https://a.example:8443/x",
            "http://sub.a.example/",
            "file:///x",
            "javascript:x",
            "http://u@a.example/",
            "http://[",
        ] {
            assert!(moved(&from, bad).is_err(), "{bad}");
        }
        assert!(moved(&url("https://a.example/"), "http://a.example/").is_err(), "encryption is not given up");
        assert!(moved(&url("https://www.a.example/"), "https://a.example/").is_ok());
    }
}
