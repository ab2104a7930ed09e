//! The limits of a query, for text and JSON alike.

use super::probe::class_of;
use super::{
    AmountRange, Clause, Group, Inside, MAX_BYTES, MAX_CLAUSES, MAX_DISTANCE_M, MAX_LIMIT, MAX_NEAR_M, MAX_TESTS,
    QUERY_SCHEMA, Query, QueryError, Relation, Test,
};
use crate::geo::BoundingBox;
use crate::geo::fold::fold;
use crate::osm::search::query::is_word_char;

impl Query {
    /// Checks what the types cannot: lengths, numbers in range, and that the text of the query is not too long.
    ///
    /// # Errors
    /// [`QueryError::Limit`] for the first thing that is out of its limits.
    pub fn check(&self) -> Result<(), QueryError> {
        if self.schema != QUERY_SCHEMA {
            return Err(limit(
                "the schema",
                &self.schema,
                "navig.search-query/1",
                r#"{"schema":"navig.search-query/1"}"#,
            ));
        }
        let clauses = self.clauses().count();
        counted("the number of clauses", clauses, MAX_CLAUSES)?;
        if self.inside.len() > MAX_TESTS {
            counted("the number of regions", self.inside.len(), MAX_TESTS)?;
        }
        self.groups.iter().try_for_each(check_group)?;
        self.clauses().try_for_each(check_clause)?;
        self.inside.iter().try_for_each(check_inside)?;
        if let Some(at_least) = self.at_least {
            counted("'at least'", at_least, clauses)?;
        }
        counted("'limit'", self.limit, MAX_LIMIT)?;
        let bytes = self.to_string().len();
        if bytes > MAX_BYTES {
            let range = format!("at most {MAX_BYTES} bytes long");
            return Err(limit("the text of the query", format!("{bytes} bytes long"), range, "tourism=museum"));
        }
        Ok(())
    }
}

fn check_group(group: &Group) -> Result<(), QueryError> {
    counted("the number of clauses of a group", group.clauses.len(), MAX_CLAUSES)?;
    counted("the number of relations of a group", group.relations.len(), MAX_TESTS)?;
    for (i, relation) in group.relations.iter().enumerate() {
        check_relation(relation)?;
        if group.relations[..i].iter().any(|r| r.kind() == relation.kind()) {
            let example = "bridge=yes & within 200..1000m angle 60..70: bridge=yes";
            return Err(limit("a group", "two relations of one kind", "each relation once", example));
        }
    }
    Ok(())
}

fn check_relation(relation: &Relation) -> Result<(), QueryError> {
    match relation {
        Relation::Within { from_m, to_m, .. } => {
            let example = "railway=station & within 200..1000m: tourism=museum";
            between("the distance", *to_m, 1.0, MAX_DISTANCE_M, "m", example)?;
            between("the least distance", *from_m, 0.0, *to_m, "m", example)
        }
        Relation::Bearing { from_deg, to_deg } => {
            let example = "man_made=tower & bearing 350..10: natural=peak";
            between("the bearing", *from_deg, 0.0, 360.0, "°", example)?;
            between("the bearing", *to_deg, 0.0, 360.0, "°", example)
        }
        Relation::Angle { from_deg, to_deg } => {
            let example = "bridge=yes & within 1km angle 60..70: bridge=yes";
            between("the angle", *to_deg, 0.0, 90.0, "°", example)?;
            between("the least angle", *from_deg, 0.0, *to_deg, "°", example)
        }
        Relation::SameStreet | Relation::Crossing | Relation::Towards { .. } | Relation::TowardsFirst { .. } => Ok(()),
    }
}

fn check_clause(clause: &Clause) -> Result<(), QueryError> {
    counted("the number of tests of a clause", clause.tests.len(), MAX_TESTS)?;
    clause.tests.iter().try_for_each(check_test)
}

fn check_test(test: &Test) -> Result<(), QueryError> {
    match test {
        Test::Name { text, .. } if fold(text).is_empty() => {
            Err(limit("a name", format!("'{text}'"), "a text with a letter or digit", r#"name~"Messe Wien""#))
        }
        Test::Tag { value, .. } if value.is_empty() => {
            Err(limit("a value", "empty", "at least one character long, or *", "shop=*"))
        }
        Test::Tag { key, .. } | Test::Amount { key, .. } if key == "name" || key == "osm" => {
            let range = "another key: names and ids have tests of their own";
            Err(limit("the key of a tag", key, range, r#"name="Wien" & within 1km: osm=w4518137"#))
        }
        Test::Amount { key, range } => {
            check_key(key)?;
            match range {
                AmountRange::AtLeast { amount }
                | AmountRange::AtMost { amount }
                | AmountRange::Above { amount }
                | AmountRange::Below { amount } => check_amount(amount),
                AmountRange::Between { from, to } => check_amount(from).and_then(|()| check_amount(to)),
            }
        }
        Test::Tag { key, .. } | Test::Key { key } => check_key(key),
        Test::Class { class } => class_of(class).map(|_| ()),
        Test::Name { .. } | Test::Element { .. } => Ok(()),
    }
}

fn check_key(key: &str) -> Result<(), QueryError> {
    if !key.is_empty() && key != "osm" && key.chars().all(is_word_char) {
        return Ok(());
    }
    Err(limit("a key", format!("'{key}'"), "letters, digits and _ : . - / ; +", "building:levels=5..9"))
}

fn check_amount(amount: &str) -> Result<(), QueryError> {
    let digits = amount.strip_prefix('-').unwrap_or(amount);
    let plain = amount.chars().all(is_word_char) && !amount.contains("..") && !amount.ends_with('.');
    if plain && digits.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(limit("an amount", format!("'{amount}'"), "a number, with a unit or without", "maxspeed>=30mph"))
}

fn check_inside(inside: &Inside) -> Result<(), QueryError> {
    match inside {
        Inside::Area { name } if fold(name).is_empty() => {
            Err(limit("a region", format!("'{name}'"), "a name with a letter or digit", r#"shop=bakery & in "Wien""#))
        }
        Inside::Country { code } if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_uppercase()) => {
            Err(limit("a country", format!("'{code}'"), "two capitals of ISO 3166-1", "shop=bakery & in AT"))
        }
        Inside::Box { bounds } if bounds.to_string().parse() != Ok::<BoundingBox, crate::geo::GeoError>(*bounds) => {
            let range = "south, west, north and east in degrees, south not above north";
            Err(limit("a box", bounds.to_string(), range, "shop=bakery & in 48.1,16.2,48.3,16.6"))
        }
        Inside::Near { radius_m, .. } => {
            between("the radius", *radius_m, 1.0, MAX_NEAR_M, "m", "shop=bakery & near 48.2,16.4 5km")
        }
        Inside::Area { .. } | Inside::Country { .. } | Inside::Box { .. } => Ok(()),
    }
}

fn counted(what: &str, value: usize, most: usize) -> Result<(), QueryError> {
    if (1..=most).contains(&value) {
        return Ok(());
    }
    Err(limit(what, value, format!("between 1 and {most}"), "shop=bakery & within 50m: shop=butcher & at least 1"))
}

fn between(what: &str, value: f64, least: f64, most: f64, unit: &str, example: &'static str) -> Result<(), QueryError> {
    // Not a number lies in no range.
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(limit(what, format!("{value}{unit}"), format!("between {least}{unit} and {most}{unit}"), example))
}

fn limit(what: &str, value: impl ToString, range: impl Into<String>, example: &'static str) -> QueryError {
    QueryError::Limit { column: None, what: what.to_owned(), value: value.to_string(), range: range.into(), example }
}
