//! Which addresses are taken.

use super::{KEY, limits, told};
use navig::model::{Endpoint, Http, KEY_VARIABLE, Limits, VisionModel};
use std::time::Duration;

fn refused(url: &str) -> String {
    told(&Endpoint::new(url, None, Some(KEY.to_owned()), limits()).expect_err("a bad address"))
}

#[test]
fn secrets_in_an_address_are_refused_and_not_repeated() {
    for url in [
        format!("http://{KEY}@vlm.example/v1"),
        format!("https://me:{KEY}@vlm.example/v1"),
        format!("https://me:{KEY}?@vlm.example/v1"),
        format!("https://vlm.example/v1?api_key={KEY}"),
        format!("https://vlm.example/v1#{KEY}"),
    ] {
        let error = refused(&url);
        assert!(error.contains(KEY_VARIABLE) || error.contains("not an address"), "{error}");
    }
    assert_eq!(
        refused(&format!("https://me:{KEY}@vlm.example/v1")),
        format!("vlm.example/v1: an address holds no name and no password; a key belongs in {KEY_VARIABLE}")
    );
}

#[test]
fn what_is_no_web_address_is_refused() {
    for (url, why) in [
        ("ftp://vlm.example", "not an http or https address"),
        ("file:///etc/passwd", "not an http or https address"),
        ("127.0.0.1:8000", "not an address"),
        ("", "not an address"),
    ] {
        let error = refused(url);
        assert!(error.contains(why), "{url}: {error}");
    }
}

#[test]
fn keys_that_cannot_stand_in_a_header_are_refused() {
    for key in ["", "two\r\nx-evil: 1", "clé", "a b"] {
        let error = Endpoint::new("http://h", None, Some(key.to_owned()), limits()).expect_err("a bad key");
        assert!(!error.to_string().contains("evil") && error.to_string().contains("key"), "{error}");
    }
}

#[test]
fn limits_have_ranges() {
    let good = Limits::default();
    for bad in [
        Limits { timeout: Duration::ZERO, ..good },
        Limits { timeout: Duration::from_secs(3601), ..good },
        Limits { tries: 0, ..good },
        Limits { picture_px: 100, ..good },
        Limits { concurrency: 0, ..good },
    ] {
        assert!(Endpoint::new("http://h", None, None, bad).is_err(), "{bad:?}");
    }
    assert!(Endpoint::new("http://h", Some(" ".to_owned()), None, good).is_err());
}

#[tokio::test]
async fn the_card_says_where_photos_go_and_nothing_shows_the_key() {
    let connect = async |url: &str| {
        let endpoint = Endpoint::new(url, Some("tiny".to_owned()), Some(KEY.to_owned()), limits()).expect("good");
        assert!(!format!("{endpoint:?} {endpoint:#?}").contains(KEY));
        let model = Http::connect(endpoint).await.expect("nothing is asked");
        assert!(!format!("{model:?} {:?}", model.card()).contains(KEY));
        model.card().clone()
    };
    let card = connect("http://127.0.0.1:8000").await;
    assert_eq!((card.name.as_str(), card.identity.as_str()), ("tiny", "http 127.0.0.1:8000 tiny"));
    assert_eq!((card.runs_on.as_str(), card.note), ("http://127.0.0.1:8000/v1", None));
    assert_eq!(connect("https://vlm.example").await.note.as_deref(), Some("photos are sent to vlm.example:443"));
    let note = connect("http://10.0.0.7:8000").await.note.expect("a note");
    assert_eq!(note, "photos are sent to 10.0.0.7:8000, and not encrypted on the way");
}
