//! Where photos of a benchmark were taken, and where somebody says that they were.
//!
//! Lists of the truth must be whole: a line that does not read is an error that names it. Predictions are somebody's output: a line without
//! a point is an answer that does not read, which counts, and is told.

use super::rows::{Column, RowsError, each_row};
use navig_tools::geo::LatLon;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Faults that an error tells; all are counted.
const TOLD: usize = 5;

/// Names of columns in the lists of benchmarks and in the outputs of other systems, the first found is taken.
const IDS: &[&str] =
    &["id", "img_id", "image_id", "image", "image_path", "img_path", "path", "file", "filename", "file_name", "name"];
pub(crate) const LATITUDES: &[&str] = &["lat", "latitude", "lat_deg", "location.lat"];
pub(crate) const LONGITUDES: &[&str] = &["lon", "lng", "long", "longitude", "lon_deg", "location.lng", "location.lon"];
/// The same where a file has both the truth and an answer: each is looked for by these first, and never by those of the other.
pub(crate) const TRUE_LATITUDES: &[&str] = &["gt_lat", "true_lat", "lat_true"];
pub(crate) const TRUE_LONGITUDES: &[&str] = &["gt_lon", "gt_lng", "true_lon", "true_lng", "lon_true"];
const ANSWERED_LATITUDES: &[&str] = &["pred_lat", "predicted_lat", "lat_pred", "pred_latitude"];
const ANSWERED_LONGITUDES: &[&str] =
    &["pred_lon", "pred_lng", "predicted_lon", "predicted_lng", "lon_pred", "pred_longitude"];
const COUNTRIES: &[&str] = &["country_iso2", "country_code", "iso2", "cc", "country"];

/// A photo of a benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// As the list has it; names the picture.
    pub id: String,
    /// Where it was taken.
    pub at: LatLon,
    /// Country as the list has it, a code or a name.
    pub country: Option<String>,
    /// What it is drawn together with.
    pub cluster: Option<String>,
}

/// What a list's columns are called, where they go by names of their own.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The sample's id.
    pub id: Option<String>,
    /// Latitude, degrees.
    pub lat: Option<String>,
    /// Longitude, degrees.
    pub lon: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Cluster, such as the photographer.
    pub cluster: Option<String>,
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamplesError {
    /// It does not read at all.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// Lines of it do not read.
    #[error("{}: {count} of its lines do not read: {told}", path.display())]
    Lines {
        /// The list.
        path: PathBuf,
        /// How many.
        count: usize,
        /// The first of them, with numbers and reasons.
        told: String,
    },
    /// It has no samples.
    #[error("{}: it has no samples", path.display())]
    Empty {
        /// The list.
        path: PathBuf,
    },
}

/// Somebody's answers, by the id of the sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Predictions {
    /// The point that was answered; none for an answer that does not read.
    pub points: HashMap<String, Option<LatLon>>,
    /// The first answers that do not read, with line numbers and reasons.
    pub told: Vec<String>,
}

/// Reads the list of a benchmark.
///
/// # Errors
/// [`SamplesError`] when the file or a line of it does not read, an id comes twice, or there is no sample.
pub fn samples(path: &Path, columns: &Columns) -> Result<Vec<Sample>, SamplesError> {
    let wanted = [
        column("id", columns.id.as_deref(), IDS, true),
        column("latitude", columns.lat.as_deref(), &[TRUE_LATITUDES, LATITUDES].concat(), true),
        column("longitude", columns.lon.as_deref(), &[TRUE_LONGITUDES, LONGITUDES].concat(), true),
        column("country", columns.country.as_deref(), COUNTRIES, columns.country.is_some()),
        column("cluster", columns.cluster.as_deref(), &[], columns.cluster.is_some()),
    ];
    let mut samples: Vec<Sample> = Vec::new();
    let mut lines: Vec<u64> = Vec::new();
    let mut faults = Faults::default();
    each_row(path, &wanted, &mut |line, row| {
        let read = || {
            let [id, lat, lon, country, cluster] = row? else { return Err("it has other columns".to_owned()) };
            let id = id.clone().ok_or("its id is empty")?;
            let at = point(lat.as_deref(), lon.as_deref())?.ok_or("it has no coordinates")?;
            lines.push(line);
            samples.push(Sample { id, at, country: country.clone(), cluster: cluster.clone() });
            Ok(())
        };
        let read = read();
        read.unwrap_or_else(|reason| faults.add(line, &reason));
    })?;
    let mut seen: HashMap<&str, u64> = HashMap::with_capacity(samples.len());
    for (Sample { id, .. }, line) in samples.iter().zip(&lines) {
        if let Some(before) = seen.insert(id, *line) {
            faults.add(*line, &format!("'{id}' is on line {before} already"));
        }
    }
    let path = path.to_owned();
    if faults.count > 0 {
        return Err(SamplesError::Lines { path, count: faults.count, told: faults.told.join("; ") });
    }
    if samples.is_empty() { Err(SamplesError::Empty { path }) } else { Ok(samples) }
}

/// Reads somebody's answers. Those that do not read are answers all the same.
///
/// # Errors
/// [`SamplesError`] when the file does not read, or answers one sample twice: which of the two counts is not for us to choose.
pub fn predictions(path: &Path, columns: &Columns) -> Result<Predictions, SamplesError> {
    let wanted = [
        column("id", columns.id.as_deref(), IDS, true),
        column("latitude", columns.lat.as_deref(), &[ANSWERED_LATITUDES, LATITUDES].concat(), true),
        column("longitude", columns.lon.as_deref(), &[ANSWERED_LONGITUDES, LONGITUDES].concat(), true),
    ];
    let mut predictions = Predictions::default();
    let (mut twice, mut unread) = (Faults::default(), Faults::default());
    each_row(path, &wanted, &mut |line, row| {
        let [id, lat, lon] = match row {
            Ok([id, lat, lon]) => [id, lat, lon],
            Ok(_) => return,
            Err(reason) => return unread.add(line, &reason),
        };
        let Some(id) = id.clone() else { return unread.add(line, "its id is empty") };
        if predictions.points.contains_key(&id) {
            return twice.add(line, &format!("'{id}' is answered already"));
        }
        let at = point(lat.as_deref(), lon.as_deref()).unwrap_or_else(|reason| {
            unread.add(line, &reason);
            None
        });
        predictions.points.insert(id, at);
    })?;
    if twice.count > 0 {
        return Err(SamplesError::Lines { path: path.to_owned(), count: twice.count, told: twice.told.join("; ") });
    }
    predictions.told = unread.told;
    Ok(predictions)
}

fn column(name: &'static str, own: Option<&str>, known: &[&str], required: bool) -> Column {
    let aliases = own.map_or_else(|| known.iter().map(|k| (*k).to_owned()).collect(), |own| vec![own.to_lowercase()]);
    Column { name, aliases, required }
}

/// A point; none when neither number is there.
fn point(lat: Option<&str>, lon: Option<&str>) -> Result<Option<LatLon>, String> {
    let number = |what: &str, text: Option<&str>| {
        let text = text.ok_or_else(|| format!("its {what} is empty"))?;
        text.parse::<f64>().map_err(|_| format!("its {what} '{text}' is no number"))
    };
    if lat.is_none() && lon.is_none() {
        return Ok(None);
    }
    let (lat, lon) = (number("latitude", lat)?, number("longitude", lon)?);
    let swapped = lat.abs() > 90.0 && lon.abs() <= 90.0;
    let hint = if swapped { "; are latitude and longitude swapped?" } else { "" };
    LatLon::new(lat, lon).map(Some).map_err(|e| format!("{e}{hint}"))
}

/// Lines that do not read.
#[derive(Default)]
struct Faults {
    count: usize,
    told: Vec<String>,
}

impl Faults {
    fn add(&mut self, line: u64, reason: &str) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(format!("line {line}: {reason}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("writes");
        file
    }

    fn read(text: &str) -> Result<Vec<Sample>, SamplesError> {
        samples(file(text).path(), &Columns::default())
    }

    #[test]
    fn lists_of_many_layouts_are_read() {
        for text in [
            "path,lat,lon\na.jpg,1.5,-2.5\n",
            "IMG_ID,AUTHOR,LAT,LON,S3_Label\na.jpg,9@N0,1.5,-2.5,2\n",
            "\u{feff}name;Longitude;Latitude\r\na.jpg;-2.5;1.5\r\n",
            "image\tlat\tlng\na.jpg\t1.5\t-2.5",
            "{\"image_path\": \"a.jpg\", \"location\": {\"lat\": 1.5, \"lng\": -2.5}}\n\n",
            "RecordNumber,name,Title,lon,lat\n1,a.jpg,\"one, \"\"two\"\"\nthree\",-2.5,1.5\n",
        ] {
            let samples = read(text).expect(text);
            assert_eq!(samples.len(), 1, "{text}");
            assert_eq!(
                (samples[0].id.as_str(), samples[0].at.lat(), samples[0].at.lon()),
                ("a.jpg", 1.5, -2.5),
                "{text}"
            );
        }
    }

    #[test]
    fn columns_of_a_task_win_over_those_that_are_known() {
        let text = "id,path,lat,lon,user\n7,a.jpg,1,2,ann\n";
        let columns = Columns { id: Some("path".to_owned()), cluster: Some("USER".to_owned()), ..Columns::default() };
        let found = samples(file(text).path(), &columns).expect("reads");
        assert_eq!((found[0].id.as_str(), found[0].cluster.as_deref()), ("a.jpg", Some("ann")));
    }

    #[test]
    fn a_list_with_a_fault_is_refused_with_the_line() {
        for (text, wanted) in [
            ("id,lat\na,1\n", "no column has the longitude; it goes by 'gt_lon'"),
            ("id,lat,lon\na,1,2\nb,NaN,2\n", "line 3:"),
            ("id,lat,lon\na,one,2\n", "line 2: its latitude 'one' is no number"),
            ("id,lat,lon\na,1,2\nb,,\n", "line 3: it has no coordinates"),
            ("id,lat,lon\na,1,2\nb,1\n", "line 3: it has 2 fields"),
            ("id,lat,lon\na,120,45\n", "swapped"),
            ("id,lat,lon\na,1,2\na,1,2\n", "'a' is on line 2 already"),
            ("{\"id\":\"a\",\"lat\":1,\"lon\":2}\n{\"id\":\"b\",\"la", "line 2:"),
            ("id,lat,lon\n", "no samples"),
            ("", "no samples"),
            ("[{\"id\":\"a\",\"lat\":1,\"lon\":2}]", "one object a line"),
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains(wanted), "{text:?}: {error}");
        }
        let many = read(&format!("id,lat,lon\n{}", "x,y,z\n".repeat(9))).expect_err("refused").to_string();
        assert!(many.contains("9 of its lines") && many.matches("line ").count() == 5, "{many}");
    }

    #[test]
    fn the_truth_beside_an_answer_is_not_taken_for_it() {
        let text = "id,lat,lon,pred_lat,pred_lon\na,1,2,3,4\n";
        let found = predictions(file(text).path(), &Columns::default()).expect("reads");
        assert_eq!(found.points["a"].map(|p| (p.lat(), p.lon())), Some((3.0, 4.0)));
        assert_eq!((read(text).expect("reads")[0].at.lat(), read(text).expect("reads")[0].at.lon()), (1.0, 2.0));
    }

    #[test]
    fn an_answer_that_does_not_read_is_an_answer() {
        let text = "id,lat,lon\na,1,2\nb,,\nc,here,there\nd,91,0\n";
        let found = predictions(file(text).path(), &Columns::default()).expect("reads");
        assert_eq!(found.points.len(), 4);
        assert_eq!(found.points.values().filter(|p| p.is_some()).count(), 1);
        assert_eq!(found.told.len(), 2, "{:?}", found.told);
        let twice = predictions(file("id,lat,lon\na,1,2\na,3,4\n").path(), &Columns::default());
        assert!(twice.expect_err("refused").to_string().contains("line 3: 'a' is answered already"));
    }
}
