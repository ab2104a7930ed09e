//! Second half of `data/gazetteer/build.py`: reads the joined tables and writes the gazetteer.
//!
//! ```text
//! cargo run --release -p navig-tools --example build_gazetteer -- TABLES places.navgaz
//! ```

use navig_tools::geo::LatLon;
use navig_tools::geo::gazetteer::build::{BuildError, ContinentRow, CountryRow, PlaceRow, Tables, build};
use std::error::Error;
use std::path::Path;
use std::str::FromStr;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tables, output] = arguments.as_slice() else {
        return Err("usage: build_gazetteer TABLES OUTPUT".into());
    };
    let bytes = build(&read_tables(Path::new(tables))?)?;
    std::fs::write(output, bytes)?;
    Ok(())
}

fn read_tables(folder: &Path) -> Result<Tables, Box<dyn Error>> {
    Ok(Tables {
        continents: read(folder, "continents.tsv", |f| Ok(ContinentRow { code: f.text(0)?, name: f.text(1)? }))?,
        countries: read(folder, "countries.tsv", |f| {
            Ok(CountryRow {
                code: f.text(0)?,
                alpha3: f.text(1)?,
                name: f.text(2)?,
                continent: f.text(3)?,
                population: f.number(4)?,
                area_km2: f.number(5)?,
            })
        })?,
        places: read(folder, "places.tsv", |f| {
            Ok(PlaceRow {
                geoname_id: f.number(0)?,
                name: f.text(1)?,
                at: LatLon::new(f.number(2)?, f.number(3)?).map_err(|e| e.to_string())?,
                country: f.text(4)?,
                admin1_code: f.text(5)?,
                admin1_name: f.text(6)?,
                admin2_name: f.text(7)?,
                population: f.number(8)?,
                time_zone: f.text(9)?,
                alternates: f.text(10)?.split('\x1f').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            })
        })?,
    })
}

/// The columns of one line.
struct Fields<'l>(Vec<&'l str>);

impl Fields<'_> {
    fn text(&self, column: usize) -> Result<String, String> {
        self.0.get(column).map(|text| (*text).to_owned()).ok_or_else(|| format!("column {column} is missing"))
    }

    fn number<T: FromStr>(&self, column: usize) -> Result<T, String> {
        let text = self.text(column)?;
        text.parse().map_err(|_| format!("`{text}` is not a number"))
    }
}

fn read<T>(
    folder: &Path,
    file: &str,
    row: impl Fn(&Fields<'_>) -> Result<T, String>,
) -> Result<Vec<T>, Box<dyn Error>> {
    let text = std::fs::read_to_string(folder.join(file))?;
    let mut rows = Vec::new();
    for (number, line) in text.split('\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let fields = Fields(line.split('\t').collect());
        let parsed = row(&fields);
        rows.push(parsed.map_err(|what| BuildError::Row { file: file.to_owned(), line: number + 1, what })?);
    }
    Ok(rows)
}
