//! Lists of photos and places as they are published: traces of experts in JSONL, and tables in CSV.

use super::{DataError, Example, Examples, Fault};
use crate::eval::rows::{Column, Values, each_row};
use crate::eval::samples::{LATITUDES, LONGITUDES, TRUE_LATITUDES, TRUE_LONGITUDES};
use navig_tools::geo::LatLon;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

/// What the columns go by; the first that a record has is taken. Paths come before names and numbers: a list that has both means the
/// path to be opened.
const PICTURES: &[&str] = &[
    "image_path",
    "img_path",
    "image",
    "path",
    "picture",
    "photo",
    "file",
    "filename",
    "file_name",
    "img_id",
    "image_id",
    "id",
    "name",
];
const WORDS: &[&str] = &["clues", "words", "reasoning"];

impl Examples {
    /// Reads a list, CSV with a header or JSONL, whose pictures are named from the folder `pictures`. Whether they are there is not looked
    /// at. Coordinates may be numbers or texts of such, beside the picture or in a `location`; the words may be a text or a list of texts.
    ///
    /// A record that does not read, has no picture or no place on the globe, or stands in the list a second time is a fault. The last
    /// line of a CSV file may lack its line feed, so that one that was cut inside a number is not told from a whole one.
    ///
    /// # Errors
    /// [`DataError`] when the file does not read, or has nothing but faults.
    pub fn read(list: &Path, pictures: &Path) -> Result<Self, DataError> {
        let mut examples: Vec<Example> = Vec::new();
        let mut faults: Vec<Fault> = Vec::new();
        let mut seen: HashMap<(PathBuf, [u64; 2]), u64> = HashMap::new();
        each_row(list, &columns(), &mut |line, row| {
            let read = row.map_err(told).and_then(|row| example(line, row, pictures)).and_then(|example| {
                match seen.entry((example.picture.clone(), key(example.at))) {
                    Entry::Occupied(first) => Err(format!(
                        "'{}' at {} is on line {} already",
                        example.picture.display(),
                        example.at,
                        first.get()
                    )),
                    Entry::Vacant(free) => {
                        free.insert(line);
                        Ok(example)
                    }
                }
            });
            match read {
                Ok(example) => examples.push(example),
                Err(reason) => faults.push(Fault { path: list.to_owned(), line, reason }),
            }
        })?;
        if examples.is_empty() {
            return Err(DataError::empty(list.to_owned(), &faults));
        }
        Ok(Self { list: examples, faults })
    }
}

fn columns() -> [Column; 4] {
    let column = |name, known: &[&[&str]], required| {
        let aliases = known.concat().into_iter().map(str::to_owned).collect();
        Column { name, aliases, required }
    };
    [
        column("picture", &[PICTURES], true),
        column("latitude", &[TRUE_LATITUDES, LATITUDES], true),
        column("longitude", &[TRUE_LONGITUDES, LONGITUDES], true),
        column("words", &[WORDS], false),
    ]
}

fn example(line: u64, row: &Values, pictures: &Path) -> Result<Example, String> {
    let [picture, lat, lon, words] = row else { return Err("it has other columns".to_owned()) };
    let picture = picture.as_deref().ok_or("it names no picture")?;
    if picture.contains('\n') {
        return Err("it names several pictures, and a place is learnt from one".to_owned());
    }
    let at = point(lat.as_deref(), lon.as_deref())?;
    Ok(Example { picture: pictures.join(picture), at, words: words.clone(), line })
}

/// A point. Unlike elsewhere a longitude beyond 180° is none: it is more often a mistake than another way of counting.
fn point(lat: Option<&str>, lon: Option<&str>) -> Result<LatLon, String> {
    if lat.is_none() && lon.is_none() {
        return Err("it has no coordinates".to_owned());
    }
    let number = |what: &str, text: Option<&str>| {
        let text = text.ok_or_else(|| format!("it has no {what}"))?;
        text.parse::<f64>().map_err(|_| format!("its {what} '{text}' is no number"))
    };
    let (lat, lon) = (number("latitude", lat)?, number("longitude", lon)?);
    let swapped = lat.abs() > 90.0 && lat.abs() <= 180.0 && lon.abs() <= 90.0;
    let hint = if swapped { "; are latitude and longitude swapped?" } else { "" };
    let at = LatLon::new(lat, lon).map_err(|e| format!("{e}{hint}"))?;
    if lon.abs() > 180.0 {
        return Err(format!("longitude {lon} is not between -180 and 180 degrees"));
    }
    Ok(at)
}

/// A point as something that is equal to itself; there is one zero.
fn key(at: LatLon) -> [u64; 2] {
    [(at.lat() + 0.0).to_bits(), (at.lon() + 0.0).to_bits()]
}

/// What the JSON reader says of a line that ends too soon counts lines within that line.
fn told(reason: String) -> String {
    if reason.starts_with("EOF while parsing") { "it is cut off before its end".to_owned() } else { reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Examples, DataError> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("writes");
        Examples::read(file.path(), Path::new("pictures"))
    }

    #[test]
    fn lists_of_many_layouts_are_read() {
        for text in [
            r#"{"image_path": "a/b.jpg", "location": {"round": 2, "lat": 1.5, "lng": -2.5}, "clues": "sea"}"#,
            r#"{"image": "a/b.jpg", "location": {"lat": "1.5", "lon": "-2.5"}, "clues": ["sea"]}"#,
            r#"{"id": 7, "path": "a/b.jpg", "lat": " 1.5 ", "lng": -2.5, "clues": " sea "}"#,
            "\u{feff}id,path,lat,lon,words\r\n7,a/b.jpg,1.5,-2.5,sea\r\n",
            "name;Longitude;Latitude;Clues\na/b.jpg;-2.5;1.5;sea",
        ] {
            let examples = read(text).expect(text);
            assert_eq!(examples.faults, [], "{text}");
            assert_eq!(examples.list.len(), 1, "{text}");
            let only = &examples.list[0];
            assert_eq!(only.picture, Path::new("pictures/a/b.jpg"), "{text}");
            assert_eq!((only.at.lat(), only.at.lon(), only.words.as_deref()), (1.5, -2.5, Some("sea")), "{text}");
        }
        let several = read(r#"{"image": "a.jpg", "lat": 1, "lon": 2, "clues": ["one", "two"]}"#).expect("reads");
        assert_eq!(several.list[0].words.as_deref(), Some("one\ntwo"));
        let none = read(r#"{"image": "/a.jpg", "lat": 1, "lon": 2, "clues": [1, null]}"#).expect("reads");
        assert_eq!((none.list[0].words.as_deref(), none.list[0].picture.as_path()), (None, Path::new("/a.jpg")));
    }

    #[test]
    fn each_fault_is_told_with_its_line_and_reason() {
        let good = "{\"image\":\"a.jpg\",\"lat\":1,\"lon\":2}\n";
        for (line, wanted) in [
            (r#"{"lat":1,"lon":2}"#, "it names no picture"),
            (r#"{"image":"  ","lat":1,"lon":2}"#, "it names no picture"),
            (r#"{"image":["b.jpg","c.jpg"],"lat":1,"lon":2}"#, "several pictures"),
            (r#"{"image":"b.jpg"}"#, "it has no coordinates"),
            (r#"{"image":"b.jpg","location":{"lat":1}}"#, "it has no longitude"),
            (r#"{"image":"b.jpg","lat":"1,5","lon":2}"#, "its latitude '1,5' is no number"),
            (r#"{"image":"b.jpg","lat":91,"lon":120}"#, "latitude 91 is not between -90 and 90 degrees"),
            (r#"{"image":"b.jpg","lat":151.2,"lon":-33.8}"#, "are latitude and longitude swapped?"),
            (r#"{"image":"b.jpg","lat":1,"lon":181}"#, "longitude 181 is not between -180 and 180 degrees"),
            (r#"{"image":"b.jpg","lat":"NaN","lon":2}"#, "latitude NaN"),
            (r#"{"image":"b.jpg","lat":1,"lon":"inf"}"#, "longitude inf"),
            (r#"{"image":"a.jpg","lat":1.0,"lon":"2"}"#, "'pictures/a.jpg' at 1.00000,2.00000 is on line 1 already"),
            (r#"["a.jpg",1,2]"#, "it names no picture"),
            (r#"{"image":"b.jpg","lat":1,"lon":2,}"#, "trailing comma"),
            (r#"{"image":"b.jpg","lat":1,"lo"#, "it is cut off before its end"),
        ] {
            let examples = read(&format!("{good}\n{line}")).expect(line);
            assert_eq!(examples.list.len(), 1, "{line}");
            assert_eq!(examples.faults.len(), 1, "{line}");
            let told = examples.faults[0].to_string();
            assert!(told.contains(": line 3: ") && told.contains(wanted), "{line}: {told}");
            assert!(!told.contains("swapped") || wanted.contains("swapped"), "{line}: {told}");
        }
        let table = read("image,lat,lon\na.jpg,1,2\nb.jpg,1\n").expect("reads");
        assert_eq!((table.list.len(), table.faults[0].line), (1, 3), "{:?}", table.faults);
    }

    #[test]
    fn one_picture_at_two_places_is_two_records() {
        let text = "image,lat,lon\na.jpg,1,180\na.jpg,1,179\na.jpg,1,-180\na.jpg,-0,0\na.jpg,0,0\n";
        let examples = read(text).expect("reads");
        assert_eq!(examples.list.len(), 3);
        assert_eq!(examples.faults.iter().map(|f| f.line).collect::<Vec<_>>(), [4, 6]);
    }

    #[test]
    fn a_list_of_nothing_but_faults_is_an_error_that_counts_them() {
        let error = read(&format!("image,lat,lon\n{}", "a.jpg,100,45\n".repeat(9))).expect_err("refused").to_string();
        assert!(error.contains("9 have faults") && error.matches("line ").count() == 5, "{error}");
        assert!(error.contains("swapped"), "{error}");
        for (text, wanted) in [
            ("", "it has no examples"),
            ("image,lat\na,1\n", "no column has the longitude"),
            ("[]", "one object a line"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(wanted), "{text:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_an_example_or_a_fault(lines in prop::collection::vec("[ -~é]{1,40}", 1..8)) {
            let good = r#"{"image":"a.jpg","lat":1,"lon":2}"#;
            let examples = read(&format!("{good}\n{}", lines.join("\n"))).expect("one is good");
            let filled = lines.iter().filter(|line| !line.trim_ascii().is_empty()).count();
            prop_assert_eq!(examples.list.len() + examples.faults.len(), 1 + filled);
        }
    }
}
