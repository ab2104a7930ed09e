//! The world gazetteer that navig carries with it: 235,000 places with their countries and admin units, a name
//! index, and the Chain of Region of any point.
//!
//! The file lies inside the executable and is read in place: opening checks a table of eleven sections and allocates
//! nothing, so that `navig region` can answer within milliseconds. [`build`] writes the file.
//!
//! ```
//! use navig_tools::geo::{Gazetteer, LatLon};
//! use navig_tools::geo::gazetteer::NameMatch;
//!
//! let gazetteer = Gazetteer::embedded();
//! let chain = gazetteer.chain(LatLon::new(47.07, 15.44)?);
//! assert!(chain.to_string().starts_with("Europe > Austria > Styria"));
//! assert!(gazetteer.namesakes("London") > 5);
//! let hit = &gazetteer.find("Пловдив", NameMatch::Exact, 10)[0];
//! assert_eq!((hit.main_name, hit.edits), (false, 0));
//! # Ok::<(), navig_tools::geo::GeoError>(())
//! ```

mod batch;
pub mod build;
mod chain;
mod edits;
mod format;
mod names;
mod nearest;
mod resolve;
#[cfg(test)]
mod tests;

pub use chain::{ADMIN1_REACH_KM, ADMIN2_REACH_KM, CITY_REACH_KM, ChainIds};
pub use format::GazetteerError;
pub use names::{NameHit, NameMatch, Named};
pub use resolve::ResolveError;

use super::LatLon;
use format::{Layout, NONE, Section, UNITS_PER_DEGREE, text_at, u16_at, u32_at};
use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

/// Number of a place in one gazetteer: 0 to [`Gazetteer::len`], dense, so that it may index an array. Other versions
/// of the data number places otherwise; [`Place::geoname_id`] is the lasting id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaceId(pub u32);

/// Number of a country in one gazetteer, dense from 0 in the order of ISO 3166-1 alpha-2 codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryIndex(pub u16);

/// Number of an admin-1 unit in one gazetteer, dense from 0 in the order of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Admin1Index(pub u16);

/// Number of an admin-2 unit in one gazetteer, dense from 0 in the order of codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Admin2Index(pub u16);

/// A populated place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place<'a> {
    /// Its number here.
    pub id: PlaceId,
    /// Its lasting id at GeoNames.
    pub geoname_id: u32,
    /// Main name, mostly the local one in Latin letters.
    pub name: &'a str,
    /// Where it is, to 1e-5 degrees.
    pub at: LatLon,
    /// Its country.
    pub country: CountryIndex,
    /// Its admin-1 unit, where the country has them.
    pub admin1: Option<Admin1Index>,
    /// Its admin-2 unit, where known.
    pub admin2: Option<Admin2Index>,
    /// Inhabitants; 0 when not known.
    pub population: u32,
}

/// A country or territory with an ISO 3166-1 code (and Kosovo, XK).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country<'a> {
    /// ISO 3166-1 alpha-2.
    pub code: &'a str,
    /// ISO 3166-1 alpha-3.
    pub alpha3: &'a str,
    /// English name.
    pub name: &'a str,
    /// Two letters of its continent, as GeoNames counts it: `EU` for all of Russia, `AS` for all of Türkiye.
    pub continent: &'a str,
    /// English name of its continent.
    pub continent_name: &'a str,
    /// Inhabitants.
    pub population: u32,
    /// Area, km²; 0 when not known.
    pub area_km2: u32,
}

/// A unit of the first administrative level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin1<'a> {
    /// GeoNames code, `US.TX`.
    pub code: &'a str,
    /// English name.
    pub name: &'a str,
    /// Its country.
    pub country: CountryIndex,
    /// Inhabitants of its places in the gazetteer.
    pub population: u32,
    /// Its place with the most inhabitants.
    pub seat: PlaceId,
}

/// A unit of the second administrative level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin2<'a> {
    /// Code of the admin-1 unit and the folded name, `US.TX.travis-county`: the sources name these units and do not
    /// number them.
    pub code: &'a str,
    /// Name.
    pub name: &'a str,
    /// The admin-1 unit that it belongs to.
    pub admin1: Admin1Index,
    /// Inhabitants of its places in the gazetteer.
    pub population: u32,
    /// Its place with the most inhabitants.
    pub seat: PlaceId,
}

/// Places, countries, admin units and their names. Cheap to open and free to share between threads.
#[derive(Debug)]
pub struct Gazetteer {
    bytes: Cow<'static, [u8]>,
    layout: Layout,
    /// Made by the first batch.
    batch: OnceLock<batch::Batch>,
}

static FILE: &[u8] = include_bytes!("../../../../data/gazetteer/places.navgaz");

static EMBEDDED: LazyLock<Gazetteer> =
    LazyLock::new(|| Gazetteer::trusting(Cow::Borrowed(FILE)).expect("the file was checked when it was made"));

impl Gazetteer {
    /// The gazetteer inside the executable. Its header is checked and its content trusted; see [`Self::verify`].
    #[must_use]
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// A gazetteer from the bytes of a `.navgaz` file, after comparing all of them with the digest in the header.
    ///
    /// # Errors
    /// [`GazetteerError`] when the bytes are of another format or version, cut off or damaged.
    pub fn from_bytes(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, GazetteerError> {
        let gazetteer = Self::trusting(bytes.into())?;
        gazetteer.verify()?;
        Ok(gazetteer)
    }

    fn trusting(bytes: Cow<'static, [u8]>) -> Result<Self, GazetteerError> {
        let layout = Layout::read(&bytes)?;
        Ok(Self { bytes, layout, batch: OnceLock::new() })
    }

    /// Compares all bytes with the digest in the header; takes some 15 ms.
    ///
    /// # Errors
    /// [`GazetteerError::Checksum`] when they differ.
    pub fn verify(&self) -> Result<(), GazetteerError> {
        format::verify(&self.bytes)
    }

    /// Number of places.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layout.count(Section::Places)
    }

    /// Whether there are no places.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place of an id from this gazetteer. Any other id gives a nameless place at 0, 0.
    #[must_use]
    pub fn place(&self, id: PlaceId) -> Place<'_> {
        let record = self.record(Section::Places, id.0 as usize);
        Place {
            id,
            geoname_id: u32_at(record, 0),
            name: self.text(u32_at(record, 16), record.get(28).copied()),
            at: position(record),
            country: CountryIndex(u16_at(record, 24)),
            admin1: some(u16_at(record, 20)).map(Admin1Index),
            admin2: some(u16_at(record, 22)).map(Admin2Index),
            population: u32_at(record, 12),
        }
    }

    /// All places, in the order of their ids.
    pub fn places(&self) -> impl ExactSizeIterator<Item = Place<'_>> + '_ {
        (0..self.len()).map(|i| self.place(PlaceId(i as u32)))
    }

    /// Where a place is; cheaper than [`Self::place`].
    #[must_use]
    pub fn position(&self, id: PlaceId) -> LatLon {
        position(self.record(Section::Places, id.0 as usize))
    }

    /// Inhabitants of a place, 0 when not known; cheaper than [`Self::place`].
    #[must_use]
    pub fn inhabitants(&self, id: PlaceId) -> u32 {
        u32_at(self.record(Section::Places, id.0 as usize), 12)
    }

    /// IANA time zone of a place, `Europe/Vienna`.
    #[must_use]
    pub fn time_zone(&self, id: PlaceId) -> &str {
        let place = self.record(Section::Places, id.0 as usize);
        let index = if place.is_empty() { NONE } else { u16_at(place, 26) };
        let record = self.record(Section::TimeZones, index.into());
        text_at(self.section(Section::Strings), u32_at(record, 0) as usize, u32_at(record, 4) as usize)
    }

    /// The country of an index from this gazetteer. Any other index gives a nameless country.
    #[must_use]
    pub fn country(&self, index: CountryIndex) -> Country<'_> {
        let record = self.record(Section::Countries, index.0.into());
        let continent = self.record(Section::Continents, record.get(5).copied().unwrap_or_default().into());
        Country {
            code: text_at(record, 0, 2),
            alpha3: text_at(record, 2, 3),
            name: self.text(u32_at(record, 8), record.get(6).copied()),
            continent: text_at(continent, 0, 2),
            continent_name: self.text(u32_at(continent, 4), continent.get(2).copied()),
            population: u32_at(record, 12),
            area_km2: u32_at(record, 16),
        }
    }

    /// The country of an ISO 3166-1 alpha-2 code, in any case.
    #[must_use]
    pub fn country_by_code(&self, alpha2: &str) -> Option<CountryIndex> {
        let mut code: [u8; 2] = alpha2.as_bytes().try_into().ok()?;
        code.make_ascii_uppercase();
        let at = self.search(Section::Countries, |record| record.get(..2).unwrap_or_default().cmp(&code))?;
        u16::try_from(at).ok().map(CountryIndex)
    }

    /// All countries with their indices, in the order of codes.
    pub fn countries(&self) -> impl ExactSizeIterator<Item = (CountryIndex, Country<'_>)> + '_ {
        (0..self.layout.count(Section::Countries)).map(|i| {
            let index = CountryIndex(i as u16);
            (index, self.country(index))
        })
    }

    /// The places of a country: a range of ids.
    #[must_use]
    pub fn places_of(&self, country: CountryIndex) -> std::ops::Range<u32> {
        let record = self.record(Section::Countries, country.0.into());
        let (first, count) = (u32_at(record, 20), u32_at(record, 24));
        let end = first.saturating_add(count).min(self.len() as u32);
        first.min(end)..end
    }

    /// The admin-1 unit of an index from this gazetteer. Any other index gives a nameless unit.
    #[must_use]
    pub fn admin1(&self, index: Admin1Index) -> Admin1<'_> {
        let record = self.record(Section::Admin1, index.0.into());
        Admin1 {
            code: self.unit_code(record),
            name: self.text(u32_at(record, 0), record.get(8).copied()),
            country: CountryIndex(u16_at(record, 10)),
            population: u32_at(record, 12),
            seat: PlaceId(u32_at(record, 16)),
        }
    }

    /// The admin-1 unit of a code, `US.TX`.
    #[must_use]
    pub fn admin1_by_code(&self, code: &str) -> Option<Admin1Index> {
        let at = self.search(Section::Admin1, |record| self.unit_code(record).cmp(code))?;
        u16::try_from(at).ok().map(Admin1Index)
    }

    /// All admin-1 units with their indices, in the order of codes.
    pub fn admin1_units(&self) -> impl ExactSizeIterator<Item = (Admin1Index, Admin1<'_>)> + '_ {
        (0..self.layout.count(Section::Admin1)).map(|i| {
            let index = Admin1Index(i as u16);
            (index, self.admin1(index))
        })
    }

    /// The admin-2 unit of an index from this gazetteer. Any other index gives a nameless unit.
    #[must_use]
    pub fn admin2(&self, index: Admin2Index) -> Admin2<'_> {
        let record = self.record(Section::Admin2, index.0.into());
        Admin2 {
            code: self.unit_code(record),
            name: self.text(u32_at(record, 0), record.get(8).copied()),
            admin1: Admin1Index(u16_at(record, 10)),
            population: u32_at(record, 12),
            seat: PlaceId(u32_at(record, 16)),
        }
    }

    /// The admin-2 unit of a code, `US.TX.travis-county`.
    #[must_use]
    pub fn admin2_by_code(&self, code: &str) -> Option<Admin2Index> {
        let at = self.search(Section::Admin2, |record| self.unit_code(record).cmp(code))?;
        u16::try_from(at).ok().map(Admin2Index)
    }

    fn unit_code(&self, record: &[u8]) -> &str {
        self.text(u32_at(record, 4), record.get(9).copied())
    }

    fn section(&self, section: Section) -> &[u8] {
        self.bytes.get(self.layout.range(section)).unwrap_or_default()
    }

    /// One record of a section; empty beyond the end.
    fn record(&self, section: Section, index: usize) -> &[u8] {
        let (records, bytes) = (self.section(section), section.record_bytes());
        records.get(index * bytes..(index + 1) * bytes).unwrap_or_default()
    }

    fn text(&self, at: u32, length: Option<u8>) -> &str {
        text_at(self.section(Section::Strings), at as usize, length.unwrap_or_default().into())
    }

    /// Binary search in a section whose records are in order.
    fn search(&self, section: Section, order: impl Fn(&[u8]) -> std::cmp::Ordering) -> Option<usize> {
        let (mut low, mut high) = (0, self.layout.count(section));
        while low < high {
            let middle = low.midpoint(high);
            match order(self.record(section, middle)) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

fn position(record: &[u8]) -> LatLon {
    let degrees = |at| f64::from(u32_at(record, at).cast_signed()) / UNITS_PER_DEGREE;
    LatLon::new(degrees(4).clamp(-90.0, 90.0), degrees(8)).expect("the latitude is clamped and the longitude finite")
}

fn some(index: u16) -> Option<u16> {
    (index != NONE).then_some(index)
}
