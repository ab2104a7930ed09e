//! Writing a gazetteer: from joined tables to the bytes of a `.navgaz` file.

mod names;
mod order;

use super::format::{NONE, Section, UNITS_PER_DEGREE, assemble};
use crate::geo::boundaries::Outlines;
use crate::geo::fold::fold;
use crate::geo::{GeoError, LatLon};
use names::{NameIndex, collect_names};
use order::spatial_order;
use std::collections::{BTreeMap, HashMap};

/// A continent: two letters and an English name.
#[derive(Debug, Clone)]
pub struct ContinentRow {
    /// Two letters, as GeoNames writes them: `EU`.
    pub code: String,
    /// English name.
    pub name: String,
}

/// A country or territory.
#[derive(Debug, Clone)]
pub struct CountryRow {
    /// ISO 3166-1 alpha-2.
    pub code: String,
    /// ISO 3166-1 alpha-3.
    pub alpha3: String,
    /// English name.
    pub name: String,
    /// Code of its continent.
    pub continent: String,
    /// Inhabitants.
    pub population: u32,
    /// Area, km²; 0 when not known.
    pub area_km2: u32,
}

/// A populated place.
#[derive(Debug, Clone)]
pub struct PlaceRow {
    /// GeoNames id.
    pub geoname_id: u32,
    /// Main name.
    pub name: String,
    /// Where it is.
    pub at: LatLon,
    /// ISO 3166-1 alpha-2 of its country.
    pub country: String,
    /// GeoNames code of its admin-1 unit within the country, `02`; empty when it has none.
    pub admin1_code: String,
    /// English name of that unit; empty when not known.
    pub admin1_name: String,
    /// Name of its admin-2 unit; empty when not known.
    pub admin2_name: String,
    /// Inhabitants; 0 when not known.
    pub population: u32,
    /// IANA time zone.
    pub time_zone: String,
    /// Other names, in any script.
    pub alternates: Vec<String>,
}

/// What a gazetteer is made from.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Continents, in any order.
    pub continents: Vec<ContinentRow>,
    /// Countries, in any order.
    pub countries: Vec<CountryRow>,
    /// Places, in any order.
    pub places: Vec<PlaceRow>,
}

/// Why tables do not make a gazetteer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A code that its table does not hold.
    #[error("{what} `{code}` is not in its table")]
    Unknown {
        /// What sort of code.
        what: &'static str,
        /// The code.
        code: String,
    },
    /// More rows, or a longer text, than the format can number.
    #[error("{what}: {count} is more than the format's {limit}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A line of a table that does not read as a row.
    #[error("{file}, line {line}: {what}")]
    Row {
        /// Name of the table.
        file: String,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A position that is none.
    #[error(transparent)]
    Position(#[from] GeoError),
    /// The name index cannot be written.
    #[error("name index: {0}")]
    Index(#[from] fst::Error),
}

/// The bytes of a gazetteer. The same tables give the same bytes.
///
/// # Errors
/// [`BuildError`] names the first row that does not fit.
pub fn build(tables: &Tables) -> Result<Vec<u8>, BuildError> {
    let mut strings = Strings::default();
    let continents = index("continent", tables.continents.iter().map(|c| c.code.as_str()).collect())?;
    let countries = index("country", tables.countries.iter().map(|c| c.code.as_str()).collect())?;
    let zones = index("time zone", tables.places.iter().map(|p| p.time_zone.as_str()).collect())?;
    for place in &tables.places {
        lookup(&countries, "country", &place.country)?;
    }
    let order = spatial_order(&tables.places, &countries);
    let admin1 = Units::collect(&tables.places, &order, admin1_code, |p| admin1_name(p).to_owned())?;
    let admin2 = Units::collect(&tables.places, &order, admin2_code, |p| p.admin2_name.clone())?;

    let mut out: [Vec<u8>; Section::ALL.len()] = Default::default();
    out[Section::Places as usize] = write_places(tables, &order, &countries, &zones, &admin1, &admin2, &mut strings)?;
    out[Section::Countries as usize] = write_countries(tables, &order, &countries, &continents, &mut strings)?;
    let parent = |p: &PlaceRow| countries.get(p.country.as_str()).copied().unwrap_or(NONE);
    out[Section::Admin1 as usize] = admin1.write(tables, &order, parent, &mut strings)?;
    let parent = |p: &PlaceRow| admin1_code(p).map_or(NONE, |code| admin1.number(&code));
    out[Section::Admin2 as usize] = admin2.write(tables, &order, parent, &mut strings)?;
    for continent in sorted(&tables.continents, |c| &c.code) {
        let (at, length) = strings.add(&continent.name)?;
        let code = letters::<2>("continent", &continent.code)?;
        push(&mut out[Section::Continents as usize], &[&code, &[length, 0], &at.to_le_bytes()]);
    }
    for zone in zones.keys() {
        let (at, length) = strings.add(zone)?;
        push(&mut out[Section::TimeZones as usize], &[&at.to_le_bytes(), &u32::from(length).to_le_bytes()]);
    }
    for (id, unit) in subdivisions(&tables.places, &admin1) {
        let (at, length) = strings.add(&id)?;
        push(&mut out[Section::Subdivisions as usize], &[&at.to_le_bytes(), &[length, 0], &unit.to_le_bytes()]);
    }
    let names = NameIndex::write(collect_names(tables, &order, &countries, &admin1, &admin2))?;
    out[Section::Names as usize] = names.fst;
    out[Section::Ranks as usize] = names.ranks;
    out[Section::Postings as usize] = names.lists;
    out[Section::Strings as usize] = strings.pool;
    Ok(assemble(&out))
}

/// Texts, each once.
#[derive(Default)]
struct Strings {
    pool: Vec<u8>,
    known: HashMap<String, u32>,
}

impl Strings {
    /// Offset and length of a text, bytes.
    fn add(&mut self, text: &str) -> Result<(u32, u8), BuildError> {
        let length = u8::try_from(text.len()).map_err(|_| BuildError::TooMany {
            what: "bytes of a name",
            count: text.len(),
            limit: u8::MAX.into(),
        })?;
        if let Some(&at) = self.known.get(text) {
            return Ok((at, length));
        }
        let at = self.pool.len() as u32;
        self.pool.extend_from_slice(text.as_bytes());
        self.known.insert(text.to_owned(), at);
        Ok((at, length))
    }
}

/// Codes in order, each with its number.
fn index<'t>(what: &'static str, mut codes: Vec<&'t str>) -> Result<BTreeMap<&'t str, u16>, BuildError> {
    codes.sort_unstable();
    codes.dedup();
    check_count(what, codes.len())?;
    Ok(codes.into_iter().zip(0..).collect())
}

fn lookup(index: &BTreeMap<&str, u16>, what: &'static str, code: &str) -> Result<u16, BuildError> {
    index.get(code).copied().ok_or_else(|| BuildError::Unknown { what, code: code.to_owned() })
}

fn check_count(what: &'static str, count: usize) -> Result<(), BuildError> {
    let limit = usize::from(NONE);
    if count < limit { Ok(()) } else { Err(BuildError::TooMany { what, count, limit }) }
}

fn sorted<T>(rows: &[T], key: impl Fn(&T) -> &String) -> Vec<&T> {
    let mut rows: Vec<&T> = rows.iter().collect();
    rows.sort_by_key(|row| key(row).clone());
    rows
}

fn push(out: &mut Vec<u8>, fields: &[&[u8]]) {
    fields.iter().for_each(|field| out.extend_from_slice(field));
}

fn letters<const N: usize>(what: &'static str, code: &str) -> Result<[u8; N], BuildError> {
    code.as_bytes().try_into().map_err(|_| BuildError::Unknown { what, code: code.to_owned() })
}

/// `US.TX`; codes of zeros mean that a place has no unit.
fn admin1_code(place: &PlaceRow) -> Option<String> {
    let code = &place.admin1_code;
    (!code.bytes().all(|b| b == b'0')).then(|| format!("{}.{code}", place.country))
}

fn admin1_name(place: &PlaceRow) -> &str {
    if place.admin1_name.is_empty() { &place.admin1_code } else { &place.admin1_name }
}

/// `US.TX.travis-county`: the sources name admin-2 units and do not number them, so the folded name serves as code.
fn admin2_code(place: &PlaceRow) -> Option<String> {
    let slug = fold(&place.admin2_name).replace(' ', "-");
    if slug.is_empty() { None } else { admin1_code(place).map(|code| format!("{code}.{slug}")) }
}

/// Admin units of one level: their codes in order, and what their places say of them.
struct Units {
    by_code: BTreeMap<String, Unit>,
}

struct Unit {
    number: u16,
    name: String,
    population: u64,
    /// Written place with the most inhabitants.
    seat: u32,
}

impl Units {
    fn collect(
        places: &[PlaceRow],
        order: &[(usize, u8)],
        code: impl Fn(&PlaceRow) -> Option<String>,
        name: impl Fn(&PlaceRow) -> String,
    ) -> Result<Self, BuildError> {
        let mut by_code: BTreeMap<String, Unit> = BTreeMap::new();
        for (written, &(row, _)) in order.iter().enumerate() {
            let place = &places[row];
            let Some(code) = code(place) else { continue };
            let written = written as u32;
            let unit = by_code.entry(code).or_insert_with(|| Unit {
                number: 0,
                name: name(place),
                population: 0,
                seat: written,
            });
            unit.population += u64::from(place.population);
            if place.population > places[order[unit.seat as usize].0].population {
                unit.seat = written;
            }
        }
        check_count("admin units of one level", by_code.len())?;
        by_code.values_mut().zip(0..).for_each(|(unit, number)| unit.number = number);
        Ok(Self { by_code })
    }

    fn number(&self, code: &str) -> u16 {
        self.by_code.get(code).map_or(NONE, |unit| unit.number)
    }

    fn write(
        &self,
        tables: &Tables,
        order: &[(usize, u8)],
        parent: impl Fn(&PlaceRow) -> u16,
        strings: &mut Strings,
    ) -> Result<Vec<u8>, BuildError> {
        let mut out = Vec::new();
        for (code, unit) in &self.by_code {
            let (name_at, name_length) = strings.add(&unit.name)?;
            let (code_at, code_length) = strings.add(code)?;
            let parent = parent(&tables.places[order[unit.seat as usize].0]);
            let population = u32::try_from(unit.population).unwrap_or(u32::MAX);
            let lengths = [name_length, code_length];
            let (name_at, code_at) = (name_at.to_le_bytes(), code_at.to_le_bytes());
            push(&mut out, &[&name_at, &code_at, &lengths, &parent.to_le_bytes()]);
            push(&mut out, &[&population.to_le_bytes(), &unit.seat.to_le_bytes()]);
        }
        Ok(out)
    }
}

fn write_places(
    tables: &Tables,
    order: &[(usize, u8)],
    countries: &BTreeMap<&str, u16>,
    zones: &BTreeMap<&str, u16>,
    admin1: &Units,
    admin2: &Units,
    strings: &mut Strings,
) -> Result<Vec<u8>, BuildError> {
    let limit = 1 << 24;
    if order.len() > limit {
        return Err(BuildError::TooMany { what: "places", count: order.len(), limit });
    }
    let mut out = Vec::with_capacity(order.len() * Section::Places.record_bytes());
    for &(row, axis) in order {
        let place = &tables.places[row];
        let (name_at, name_length) = strings.add(&place.name)?;
        let units = |degrees: f64| ((degrees * UNITS_PER_DEGREE).round() as i32).to_le_bytes();
        push(&mut out, &[&place.geoname_id.to_le_bytes(), &units(place.at.lat()), &units(place.at.lon())]);
        push(&mut out, &[&place.population.to_le_bytes(), &name_at.to_le_bytes()]);
        let unit1 = admin1_code(place).map_or(NONE, |code| admin1.number(&code));
        let unit2 = admin2_code(place).map_or(NONE, |code| admin2.number(&code));
        let country = lookup(countries, "country", &place.country)?;
        let zone = lookup(zones, "time zone", &place.time_zone)?;
        for number in [unit1, unit2, country, zone] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&[name_length, axis, 0, 0]);
    }
    Ok(out)
}

fn write_countries(
    tables: &Tables,
    order: &[(usize, u8)],
    countries: &BTreeMap<&str, u16>,
    continents: &BTreeMap<&str, u16>,
    strings: &mut Strings,
) -> Result<Vec<u8>, BuildError> {
    let mut out = Vec::new();
    let mut first = 0usize;
    for country in sorted(&tables.countries, |c| &c.code) {
        let own = order[first..].iter().take_while(|(row, _)| tables.places[*row].country == country.code).count();
        let (mut low, mut high) = ([f32::MAX; 3], [f32::MIN; 3]);
        for (row, _) in &order[first..first + own] {
            let vector = tables.places[*row].at.unit_vector();
            for axis in 0..3 {
                low[axis] = low[axis].min(vector[axis] as f32);
                high[axis] = high[axis].max(vector[axis] as f32);
            }
        }
        lookup(countries, "country", &country.code)?;
        let continent = lookup(continents, "continent", &country.continent)?;
        let (name_at, name_length) = strings.add(&country.name)?;
        let code = letters::<2>("country", &country.code)?;
        let alpha3 = letters::<3>("alpha-3 code", &country.alpha3)?;
        push(&mut out, &[&code, &alpha3, &[continent as u8, name_length, 0], &name_at.to_le_bytes()]);
        for number in [country.population, country.area_km2, first as u32, own as u32] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for bound in low.into_iter().chain(high) {
            out.extend_from_slice(&bound.to_le_bytes());
        }
        first += own;
    }
    Ok(out)
}

/// For each subdivision of the country outlines the admin-1 unit that nearly all places inside it belong to.
fn subdivisions(places: &[PlaceRow], admin1: &Units) -> BTreeMap<String, u16> {
    /// The outlines are simplified, so that some places near a border lie on its other side.
    const NEARLY_ALL: f64 = 0.9;
    let mut inside: BTreeMap<&str, HashMap<u16, usize>> = BTreeMap::new();
    let mut of_unit: HashMap<u16, usize> = HashMap::new();
    for place in places {
        let unit = admin1_code(place).map_or(NONE, |code| admin1.number(&code));
        *of_unit.entry(unit).or_default() += 1;
        for id in Outlines::embedded().ids(place.at) {
            if id.len() > 2 && id.starts_with(&place.country) {
                *inside.entry(id).or_default().entry(unit).or_default() += 1;
            }
        }
    }
    let mut found = BTreeMap::new();
    for (id, votes) in inside {
        let all: usize = votes.values().sum();
        let Some((&unit, &most)) = votes.iter().max_by_key(|(unit, count)| (**count, **unit)) else { continue };
        // Both ways: the unit fills the subdivision, and the subdivision the unit; New Caledonia's parts do not.
        let fills = most as f64 >= NEARLY_ALL * all as f64;
        let filled = most as f64 >= NEARLY_ALL * of_unit.get(&unit).copied().unwrap_or(0) as f64;
        if unit != NONE && fills && filled {
            found.insert(id.to_owned(), unit);
        }
    }
    found
}
