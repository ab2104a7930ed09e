//! Many photos into one stream, one at a time: a batch of any size needs the memory of one photo.

use super::{Format, TextStyle, geojson, html, jsonl, kml, table, text, words};
use crate::ledger::LocateResult;
use std::io::{self, Write};

/// Why a report was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The stream failed.
    #[error("cannot write the report: {0}")]
    Stream(#[from] io::Error),
}

/// Writes results to a stream in one format: a header, an item for each, a footer.
///
/// Several results make a JSON array, a GeoJSON FeatureCollection, a KML document, CSV rows under one header, an HTML
/// table, or lines.
#[derive(Debug)]
pub struct Writer<W: Write> {
    format: Format,
    style: TextStyle,
    out: W,
    begun: bool,
    items: u64,
}

impl<W: Write> Writer<W> {
    /// A writer that has written nothing yet; `style` is for [`Format::Text`].
    pub fn new(format: Format, out: W, style: TextStyle) -> Self {
        Self { format, style, out, begun: false, items: 0 }
    }

    /// Writes the header now, before the first photo is done, so that a stream which cannot be written to is found
    /// early. Without this call the first item or [`Writer::finish`] writes it.
    ///
    /// # Errors
    /// [`ReportError::Stream`] when the stream fails.
    pub fn begin(&mut self) -> Result<(), ReportError> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        match self.format {
            Format::Text | Format::Jsonl => {}
            Format::Json => self.out.write_all(b"[")?,
            Format::Geojson => self.out.write_all(geojson::header().as_bytes())?,
            Format::Kml => self.out.write_all(kml::header(words::ATTRIBUTION).as_bytes())?,
            Format::Csv => self.row(&table::HEADER.map(str::to_owned))?,
            Format::Html => self.out.write_all(html::index_head().as_bytes())?,
        }
        Ok(())
    }

    /// Writes one result, and flushes, so that whoever reads the stream sees it at once.
    ///
    /// # Errors
    /// [`ReportError::Stream`] when the stream fails.
    pub fn add(&mut self, result: &LocateResult) -> Result<(), ReportError> {
        self.begin()?;
        let first = self.items == 0;
        match self.format {
            Format::Text => {
                let gap = if first { "" } else { "\n" };
                write!(self.out, "{gap}{}", text(result, self.style))?;
            }
            Format::Json => {
                let comma = if first { "\n" } else { ",\n" };
                write!(self.out, "{comma}{}", jsonl(result).trim_end())?;
            }
            Format::Jsonl => self.out.write_all(jsonl(result).as_bytes())?,
            Format::Geojson => {
                for (i, feature) in geojson::features(result).iter().enumerate() {
                    let comma = if first && i == 0 { "\n" } else { ",\n" };
                    write!(self.out, "{comma}{feature}")?;
                }
            }
            Format::Kml => self.out.write_all(kml::folder(result).as_bytes())?,
            Format::Csv => self.row(&table::row(result))?,
            Format::Html => self.out.write_all(html::index_row(result).as_bytes())?,
        }
        self.items += 1;
        self.out.flush()?;
        Ok(())
    }

    /// Writes the footer and gives the stream back.
    ///
    /// # Errors
    /// [`ReportError::Stream`] when the stream fails.
    pub fn finish(mut self) -> Result<W, ReportError> {
        self.begin()?;
        match self.format {
            Format::Text | Format::Jsonl | Format::Csv => {}
            Format::Json => self.out.write_all(b"\n]\n")?,
            Format::Geojson => self.out.write_all(b"\n]}\n")?,
            Format::Kml => self.out.write_all(kml::FOOTER.as_bytes())?,
            Format::Html => self.out.write_all(html::index_foot().as_bytes())?,
        }
        self.out.flush()?;
        Ok(self.out)
    }

    fn row(&mut self, cells: &[String]) -> Result<(), ReportError> {
        let mut row = csv::Writer::from_writer(Vec::new());
        row.write_record(cells).map_err(std::io::Error::from)?;
        let bytes = row.into_inner().map_err(|e| std::io::Error::from(e.error().kind()))?;
        self.out.write_all(&bytes)?;
        Ok(())
    }
}
