use crate::fixtures::{HOSTILE, abstained, located, saying};
use insta::assert_snapshot;
use navig::ledger::LocateResult;
use navig::report::{Format, TextStyle, Writer, json, jsonl, text};
use serde_json::Value;

pub(crate) fn written(format: Format, results: &[LocateResult]) -> String {
    let mut writer = Writer::new(format, Vec::new(), TextStyle::default());
    writer.begin().expect("memory takes all");
    for result in results {
        writer.add(result).expect("memory takes all");
    }
    String::from_utf8(writer.finish().expect("memory takes all")).expect("UTF-8")
}

#[test]
fn text_of_a_located_photo() {
    assert_snapshot!(text(&located(), TextStyle::default()));
}

#[test]
fn text_of_a_located_photo_with_everything() {
    assert_snapshot!(text(&located(), TextStyle { width: 100, verbose: true, ..TextStyle::default() }));
}

#[test]
fn text_of_an_abstention() {
    assert_snapshot!(text(&abstained(), TextStyle::default()));
}

#[test]
fn text_of_hostile_words() {
    assert_snapshot!(text(&saying(HOSTILE), TextStyle::default()));
}

#[test]
fn text_fits_the_terminal_and_has_colour_only_when_asked() {
    for width in [10, 60, 80, 200] {
        let plain = text(&located(), TextStyle { width, verbose: true, colour: false });
        assert!(plain.lines().all(|line| line.chars().count() <= width.clamp(40, 100)), "{plain}");
        assert!(!plain.contains('\u{1b}'));
        let painted = text(&located(), TextStyle { width, verbose: true, colour: true });
        assert!(painted.contains("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&painted).to_string(), plain);
    }
}

#[test]
fn csv_of_a_batch() {
    assert_snapshot!(written(Format::Csv, &[located(), abstained(), saying(HOSTILE)]));
}

#[test]
fn csv_keeps_one_row_a_photo_and_no_formula() {
    let csv = written(Format::Csv, &[located(), saying(HOSTILE)]);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().collect::<Result<_, _>>().expect("well formed");
    assert_eq!(rows.len(), 2);
    let numbers = ["lat", "lon"].map(|name| {
        let header = csv.lines().next().expect("a header");
        header.split(',').position(|column| column == name).expect("the column is there")
    });
    for (i, cell) in rows.iter().flat_map(|row| row.iter().enumerate()) {
        assert!(numbers.contains(&i) || !cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
}

#[test]
fn kml_of_a_batch() {
    assert_snapshot!(written(Format::Kml, &[located(), abstained()]));
}

#[test]
fn kml_of_hostile_words() {
    let kml = written(Format::Kml, &[saying(HOSTILE)]);
    assert!(!kml.contains("<script") && !kml.contains("<img"));
    // A viewer takes a description for HTML once XML is undone, so that markup in it must be escaped twice.
    assert!(kml.contains("&amp;lt;script&amp;gt;"), "{kml}");
}

#[test]
fn geojson_of_a_batch() {
    assert_snapshot!(written(Format::Geojson, &[located()]));
}

#[test]
fn geojson_is_one_collection_whatever_the_count() {
    for (results, features) in [(vec![], 0), (vec![located()], 7), (vec![located(), abstained(), saying(HOSTILE)], 18)]
    {
        let json: Value = serde_json::from_str(&written(Format::Geojson, &results)).expect("JSON");
        assert_eq!(json["type"], "FeatureCollection");
        assert_eq!(json["features"].as_array().map(Vec::len), Some(features));
    }
}

#[test]
fn json_reads_back() {
    let results = [located(), abstained(), saying(HOSTILE)];
    for result in &results {
        assert_eq!(&serde_json::from_str::<LocateResult>(&json(result)).expect("JSON"), result);
        assert_eq!(jsonl(result).matches('\n').count(), 1);
    }
    let array: Vec<LocateResult> = serde_json::from_str(&written(Format::Json, &results)).expect("JSON");
    assert_eq!(array, results);
    assert_eq!(serde_json::from_str::<Vec<LocateResult>>(&written(Format::Json, &[])).expect("JSON"), []);
    let lines = written(Format::Jsonl, &results);
    assert!(lines.lines().map(|line| serde_json::from_str::<LocateResult>(line).expect("JSON")).eq(results));
}

#[test]
fn a_full_disk_is_an_error() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in [Format::Text, Format::Json, Format::Jsonl, Format::Geojson, Format::Kml, Format::Csv, Format::Html] {
        assert!(Writer::new(format, Full, TextStyle::default()).add(&located()).is_err(), "{format:?}");
    }
}
