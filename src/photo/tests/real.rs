//! Real photos, where they are at hand.

use super::*;
use std::path::PathBuf;

/// The folder of test data next to the workspace, or where `NAVIG_TEST_DATA` says.
fn test_data() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    std::env::var_os("NAVIG_TEST_DATA").map_or_else(beside, PathBuf::from)
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that skips says so")]
fn real_photos_decode_and_their_positions_are_where_they_were_taken() {
    let folder = test_data().join("photos");
    let Ok(mut table) = csv::Reader::from_path(folder.join("photos.csv")) else {
        println!("skipped: no photos.csv in {}", folder.display());
        return;
    };
    let columns = table.headers().expect("a header").clone();
    let column = |name| columns.iter().position(|column| column == name).expect("a column of this name");
    let (file, lat, lon, gps) = (column("file"), column("lat"), column("lon"), column("has_exif_gps"));
    let mut positions = 0;
    for row in table.records().map(|row| row.expect("a row")) {
        let photo = Photo::open(&folder.join(&row[file]), &Limits::default()).expect("a photo");
        assert!(photo.pixels.is_some());
        assert_eq!(position(&photo).is_some(), &row[gps] == "yes", "{}", photo.path);
        if let Some(at) = position(&photo) {
            let truth: LatLon = format!("{},{}", &row[lat], &row[lon]).parse().expect("a position");
            assert!(at.distance_km(truth) < 1.0, "{}: {at} and {truth}", photo.path);
            positions += 1;
        }
    }
    assert!(positions > 0);
}
