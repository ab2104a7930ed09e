//! Reading a query from text or JSON.
//!
//! ```text
//! query    = [ relations ":" ] clause { "," clause } { "&" part }
//! part     = relations ":" clause { "," clause } | "in" region | "near" LAT "," LON DISTANCE
//!          | "at least" NUMBER | "limit" NUMBER
//! clause   = test { test }                                      (all of one object)
//! test     = "name" ( "=" | "~" | "^" | "*" ) "TEXT" | "osm=" ID | KEY "=*" | KEY "=" VALUE
//!          | KEY ( ">=" | "<=" | ">" | "<" ) AMOUNT | KEY "=" AMOUNT ".." AMOUNT | CLASS | "CLASS"
//! relation = "within" [ NUMBER ".." ] DISTANCE [ "together" ] | "same street" | "crossing"
//!          | COMPASS [ "of" ] | "bearing" DEGREES ".." DEGREES | "angle" DEGREES ".." DEGREES
//! region   = "NAME" | ISO-3166-1 | SOUTH "," WEST "," NORTH "," EAST
//! ```

use super::probe::class_of;
use super::query::is_word_char;
use super::{AmountRange, Clause, Compass, Group, Inside, MAX_BYTES, NameMatch, Query, QueryError, Relation, Test};
use crate::geo::{BoundingBox, LatLon};

const EXAMPLE: &str = r#"name~"Messe Wien" & within 400m: railway=station, name~"Prater""#;
const NAME_EXAMPLE: &str = r#"name~"Messe Wien""#;
const TAG_EXAMPLE: &str = "railway=station";
const CLASS_EXAMPLE: &str = r#""power pylon" & within 2km: "wind turbine""#;
const WITHIN_EXAMPLE: &str = "bridge=yes & within 200..1000m: railway=station";
const BEARING_EXAMPLE: &str = "amenity=place_of_worship & bearing 60..70: man_made=tower";
const IN_EXAMPLE: &str = r#"name~"Prater" & in "Wien" & in AT & in 48.1,16.2,48.3,16.6"#;
const NEAR_EXAMPLE: &str = r#"name~"Prater" & near 48.2082,16.3738 5km"#;
const AT_LEAST_EXAMPLE: &str = r#"name~"Spar" & within 100m: name~"Gruber", shop=bakery & at least 2"#;
const LIMIT_EXAMPLE: &str = "tourism=museum & limit 20";
const OSM_EXAMPLE: &str = "osm=w4518137 & within 1km: tourism=museum";
const AMOUNT_EXAMPLE: &str = "maxspeed>=30mph & within 100m: building:levels=5..9";

impl Query {
    /// Reads a query of the search language.
    ///
    /// # Errors
    /// [`QueryError`] with the column, what was expected there and an example.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.len() > MAX_BYTES {
            return Err(limit("the query", format!("{} bytes long", text.len()), "at most 4096 bytes long", EXAMPLE));
        }
        let query = Parser { chars: text.chars().collect(), at: 0 }.query()?;
        query.check()?;
        Ok(query)
    }

    /// Reads a query from JSON of the schema `navig.search-query/1`.
    ///
    /// # Errors
    /// [`QueryError::Json`] for what is not of the schema, [`QueryError::Limit`] for numbers out of their limits.
    pub fn from_json(json: &str) -> Result<Self, QueryError> {
        // A JSON text says more with more signs: each character of a name may be an escape of six.
        if json.len() > 16 * MAX_BYTES {
            return Err(limit("the query", format!("{} bytes long", json.len()), "at most 65536 bytes long", EXAMPLE));
        }
        let query: Self = serde_json::from_str(json).map_err(|e| QueryError::Json(e.to_string()))?;
        query.check()?;
        Ok(query)
    }
}

fn limit(what: &str, value: String, range: &str, example: &'static str) -> QueryError {
    QueryError::Limit { column: None, what: what.to_owned(), value, range: range.to_owned(), example }
}

/// A text and how far it was read.
struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn query(mut self) -> Result<Query, QueryError> {
        let relations = self.relations()?;
        let mut clauses = self.clauses()?.into_iter();
        let Some(find) = clauses.next() else {
            return Err(self.expected("a name, a tag or a class", EXAMPLE));
        };
        let mut query = Query::of(find);
        let rest: Vec<_> = clauses.collect();
        match (relations.is_empty(), rest.is_empty()) {
            (true, true) => {}
            (false, false) => query.groups.push(Group { relations, clauses: rest }),
            (false, true) => return Err(self.expected("',' and a second clause for the relation", EXAMPLE)),
            (true, false) => {
                return Err(limit(
                    "the number of clauses before the first '&'",
                    (rest.len() + 1).to_string(),
                    "1, unless a relation such as 'within 400m together:' stands before them",
                    EXAMPLE,
                ));
            }
        }
        while self.symbol('&') {
            self.part(&mut query)?;
        }
        self.spaces();
        if self.at < self.chars.len() {
            return Err(self.expected("'&', ',' or the end", EXAMPLE));
        }
        Ok(query)
    }

    /// What stands after a `&`.
    fn part(&mut self, query: &mut Query) -> Result<(), QueryError> {
        let relations = self.relations()?;
        if !relations.is_empty() {
            let clauses = self.clauses()?;
            query.groups.push(Group { relations, clauses });
        } else if self.keyword("in") {
            query.inside.push(self.region()?);
        } else if self.keyword("near") {
            query.inside.push(self.near()?);
        } else if self.keyword("at") {
            if !self.keyword("least") {
                return Err(self.expected("'least'", AT_LEAST_EXAMPLE));
            }
            self.once(query.at_least.is_some(), AT_LEAST_EXAMPLE)?;
            query.at_least = Some(self.count(AT_LEAST_EXAMPLE)?);
        } else if self.keyword("limit") {
            self.once(query.limit != super::DEFAULT_LIMIT, LIMIT_EXAMPLE)?;
            query.limit = self.count(LIMIT_EXAMPLE)?;
        } else {
            let what = "a relation ('within 400m:', 'same street:', 'crossing:', 'north:'), 'in', 'near', 'at least' or 'limit'";
            return Err(self.expected(what, EXAMPLE));
        }
        Ok(())
    }

    fn once(&self, said_already: bool, example: &'static str) -> Result<(), QueryError> {
        if said_already { Err(self.expected("each of 'at least' and 'limit' once", example)) } else { Ok(()) }
    }

    /// The relations before a colon; none where something else stands.
    fn relations(&mut self) -> Result<Vec<Relation>, QueryError> {
        let start = self.at;
        let mut relations = Vec::new();
        while let Some(relation) = self.relation()? {
            relations.push(relation);
        }
        if relations.is_empty() || self.symbol(':') {
            return Ok(relations);
        }
        // `crossing` and the directions may be classes or keys, too: then no colon follows.
        if relations.iter().all(|r| matches!(r, Relation::Crossing | Relation::Towards { .. })) {
            self.at = start;
            return Ok(Vec::new());
        }
        Err(self.expected("':' after the relation", WITHIN_EXAMPLE))
    }

    fn relation(&mut self) -> Result<Option<Relation>, QueryError> {
        if let Some(direction) = Compass::ALL.into_iter().find(|c| self.keyword(c.name())) {
            let of = self.keyword("of");
            return Ok(Some(if of { Relation::TowardsFirst { direction } } else { Relation::Towards { direction } }));
        }
        if self.keyword("crossing") {
            return Ok(Some(Relation::Crossing));
        }
        if self.keyword("same") {
            return match self.keyword("street") {
                true => Ok(Some(Relation::SameStreet)),
                false => Err(self.expected("'street'", r#"name~"Spar" & same street: name~"Gruber""#)),
            };
        }
        if self.keyword("within") {
            let (from_m, to_m) = self.distances()?;
            return Ok(Some(Relation::Within { from_m, to_m, together: self.keyword("together") }));
        }
        if self.keyword("bearing") {
            let (from_deg, to_deg) = self.degrees()?;
            return Ok(Some(Relation::Bearing { from_deg, to_deg }));
        }
        if self.keyword("angle") {
            let (from_deg, to_deg) = self.degrees()?;
            return Ok(Some(Relation::Angle { from_deg, to_deg }));
        }
        Ok(None)
    }

    fn clauses(&mut self) -> Result<Vec<Clause>, QueryError> {
        let mut clauses = vec![self.clause()?];
        while self.symbol(',') {
            clauses.push(self.clause()?);
        }
        Ok(clauses)
    }

    fn clause(&mut self) -> Result<Clause, QueryError> {
        let mut tests = vec![self.test()?];
        loop {
            self.spaces();
            match self.peek() {
                None | Some('&' | ',') => return Ok(Clause { tests }),
                Some(_) => tests.push(self.test()?),
            }
        }
    }

    fn test(&mut self) -> Result<Test, QueryError> {
        self.spaces();
        if self.peek() == Some('"') {
            let start = self.at;
            let class = self.quoted(CLASS_EXAMPLE)?;
            return class_at(start, class);
        }
        let start = self.at;
        let word = self.word();
        if word.is_empty() {
            return Err(self.expected("a name, a tag or a class", EXAMPLE));
        }
        let Some(sign) = self.peek().filter(|c| matches!(c, '=' | '~' | '^' | '*' | '<' | '>')) else {
            return class_at(start, word);
        };
        self.at += 1;
        match (word.as_str(), sign) {
            ("name", '=') if self.take('*') => Ok(Test::Key { key: word }),
            ("name", '=') => self.name(NameMatch::Exact),
            ("name", '~') => self.name(NameMatch::Read),
            ("name", '^') => self.name(NameMatch::Prefix),
            ("name", '*') => self.name(NameMatch::Part),
            ("osm", '=') => self.element(),
            (_, '~' | '^' | '*') => {
                self.at -= 1;
                let what = format!("'=', '<' or '>' after '{word}': only name takes '~', '^' and '*'");
                Err(self.expected(&what, NAME_EXAMPLE))
            }
            ("name" | "osm", _) => {
                self.at = start;
                Err(self.expected("a key whose values are amounts", AMOUNT_EXAMPLE))
            }
            (_, '=') => self.value(word),
            (_, sign) => self.amount_beyond(word, sign),
        }
    }

    fn name(&mut self, how: NameMatch) -> Result<Test, QueryError> {
        self.spaces();
        if self.peek() != Some('"') {
            return Err(self.expected("a name in quotation marks", NAME_EXAMPLE));
        }
        Ok(Test::Name { how, text: self.quoted(NAME_EXAMPLE)? })
    }

    fn element(&mut self) -> Result<Test, QueryError> {
        let start = self.at;
        match self.word().parse() {
            Ok(id) => Ok(Test::Element { id }),
            Err(_) => {
                self.at = start;
                Err(self.expected("n, w or r and a number", OSM_EXAMPLE))
            }
        }
    }

    /// What stands after `KEY=`.
    fn value(&mut self, key: String) -> Result<Test, QueryError> {
        self.spaces();
        if self.take('*') {
            return Ok(Test::Key { key });
        }
        if self.peek() == Some('"') {
            return Ok(Test::Tag { key, value: self.quoted(TAG_EXAMPLE)? });
        }
        let value = self.word();
        match value.split_once("..") {
            Some((from, to)) => {
                Ok(Test::Amount { key, range: AmountRange::Between { from: from.to_owned(), to: to.to_owned() } })
            }
            None if value.is_empty() => Err(self.expected("a value, '*' or a value in quotation marks", TAG_EXAMPLE)),
            None => Ok(Test::Tag { key, value }),
        }
    }

    /// What stands after `KEY>` or `KEY<`.
    fn amount_beyond(&mut self, key: String, sign: char) -> Result<Test, QueryError> {
        let or_equal = self.take('=');
        self.spaces();
        let amount = self.word();
        if amount.is_empty() {
            return Err(self.expected("a number with its unit", AMOUNT_EXAMPLE));
        }
        let range = match (sign, or_equal) {
            ('>', true) => AmountRange::AtLeast { amount },
            ('>', false) => AmountRange::Above { amount },
            (_, true) => AmountRange::AtMost { amount },
            (_, false) => AmountRange::Below { amount },
        };
        Ok(Test::Amount { key, range })
    }

    fn region(&mut self) -> Result<Inside, QueryError> {
        let what = "a name in quotation marks, a country code or SOUTH,WEST,NORTH,EAST";
        self.spaces();
        if self.peek() == Some('"') {
            return Ok(Inside::Area { name: self.quoted(IN_EXAMPLE)? });
        }
        let start = self.at;
        let word = self.word();
        if word.len() == 2 && word.chars().all(|c| c.is_ascii_uppercase()) {
            return Ok(Inside::Country { code: word });
        }
        self.at = start;
        let mut text = self.word();
        while self.symbol(',') {
            self.spaces();
            text.push(',');
            text.push_str(&self.word());
        }
        match text.parse::<BoundingBox>() {
            Ok(bounds) => Ok(Inside::Box { bounds }),
            Err(_) => {
                self.at = start;
                Err(self.expected(what, IN_EXAMPLE))
            }
        }
    }

    fn near(&mut self) -> Result<Inside, QueryError> {
        self.spaces();
        let start = self.at;
        let lat = self.word();
        let comma = self.symbol(',');
        self.spaces();
        let lon = self.word();
        let at: Result<LatLon, _> = format!("{lat},{lon}").parse();
        match at {
            Ok(at) if comma => Ok(Inside::Near { at, radius_m: self.distance()? }),
            _ => {
                self.at = start;
                Err(self.expected("LAT,LON in degrees", NEAR_EXAMPLE))
            }
        }
    }

    fn distance(&mut self) -> Result<f64, QueryError> {
        self.spaces();
        let start = self.at;
        let word = self.measure();
        metres(&word).filter(|_| !word.contains("..")).ok_or_else(|| {
            self.at = start;
            self.expected("a distance in m or km", NEAR_EXAMPLE)
        })
    }

    /// `400m`, `200..1000m` or `200m..1km`, metres.
    fn distances(&mut self) -> Result<(f64, f64), QueryError> {
        self.spaces();
        let start = self.at;
        let word = self.measure();
        let range = match word.split_once("..") {
            None => metres(&word).map(|to| (0.0, to)),
            Some((from, to)) => {
                let unit = to.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
                let from = metres(from).or_else(|| metres(&format!("{from}{unit}")));
                from.zip(metres(to))
            }
        };
        range.ok_or_else(|| {
            self.at = start;
            self.expected("a distance in m or km, or a range such as 200..1000m", WITHIN_EXAMPLE)
        })
    }

    fn degrees(&mut self) -> Result<(f64, f64), QueryError> {
        self.spaces();
        let start = self.at;
        let word = self.measure();
        let range = word.split_once("..").and_then(|(from, to)| number(from).zip(number(to)));
        range.ok_or_else(|| {
            self.at = start;
            self.expected("two numbers of degrees such as 60..70", BEARING_EXAMPLE)
        })
    }

    fn count(&mut self, example: &'static str) -> Result<usize, QueryError> {
        self.spaces();
        let start = self.at;
        self.word().parse().map_err(|_| {
            self.at = start;
            self.expected("a whole number", example)
        })
    }

    /// A text in quotation marks, which the next character opens; `\` takes the next character as it is.
    fn quoted(&mut self, example: &'static str) -> Result<String, QueryError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                '"' => return Ok(text),
                '\\' => match self.peek() {
                    Some(escaped @ ('"' | '\\')) => {
                        text.push(escaped);
                        self.at += 1;
                    }
                    _ => return Err(self.expected("'\"' or '\\' after '\\'", example)),
                },
                c => text.push(c),
            }
        }
        self.at = start;
        Err(self.expected("a closing quotation mark", example))
    }

    fn word(&mut self) -> String {
        self.run_of(is_word_char)
    }

    /// A number with its unit: the colon after it ends a relation.
    fn measure(&mut self) -> String {
        self.run_of(|c| c != ':' && is_word_char(c))
    }

    fn run_of(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek().is_some_and(&belongs) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    /// Reads a keyword: its letters, and after them none that would make it a longer word or the key of a tag.
    fn keyword(&mut self, keyword: &str) -> bool {
        let start = self.at;
        self.spaces();
        for c in keyword.chars() {
            if !self.take(c) {
                self.at = start;
                return false;
            }
        }
        let whole = match self.peek() {
            // The colon ends a relation, also without a space after it.
            Some(':') => true,
            Some(c) => !is_word_char(c) && !matches!(c, '=' | '~' | '^' | '*' | '<' | '>'),
            None => true,
        };
        if !whole {
            self.at = start;
        }
        whole
    }

    fn symbol(&mut self, symbol: char) -> bool {
        self.spaces();
        self.take(symbol)
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// The error that something else should stand where the parser is.
    fn expected(&self, expected: &str, example: &'static str) -> QueryError {
        let spaces = self.chars[self.at..].iter().take_while(|c| c.is_whitespace()).count();
        let at = self.at + spaces;
        let rest = &self.chars[at..];
        let word: String = rest.iter().take_while(|c| is_word_char(**c)).take(20).collect();
        let found = match (word.is_empty(), rest.first()) {
            (false, _) => format!("'{word}'"),
            (true, Some(c)) => format!("'{}'", c.escape_debug()),
            (true, None) => "the end".to_owned(),
        };
        QueryError::Syntax { column: at + 1, expected: expected.to_owned(), found, example }
    }
}

/// A test for a visual class that stands at a place of the text, characters from 0.
fn class_at(at: usize, class: String) -> Result<Test, QueryError> {
    match class_of(&class) {
        Ok(_) => Ok(Test::Class { class }),
        Err(QueryError::Class { name, hint, .. }) => Err(QueryError::Class { column: Some(at + 1), name, hint }),
        Err(other) => Err(other),
    }
}

/// A plain decimal number, without the infinities and names that Rust reads.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    text.parse().ok().filter(|_| plain)
}

fn metres(text: &str) -> Option<f64> {
    match text.strip_suffix("km") {
        Some(km) => number(km).map(|km| km * 1000.0),
        None => number(text.strip_suffix('m')?),
    }
}
