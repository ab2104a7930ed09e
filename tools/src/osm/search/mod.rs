//! Names, classes and tags that stand in a relation to each other.
//!
//! A [`Query`] names one object and others around it; [`search`] answers with the spots on the maps on which they come
//! together, the least likely by accident first. [`name_places`] groups the bearers of one name into places, and
//! [`around`] tells what stands around a point.
//!
//! # The language
//!
//! A query is a clause, and parts joined by `&`. A **clause** is one object, and its tests stand side by side:
//!
//! | test | holds for |
//! |---|---|
//! | `name="Messe Wien"` | a name that is the same but for case, accents and short forms; in any language, short or old, brand or reference |
//! | `name~"Mese Wlen"` | a name that may have been read so, with letters confused, lost, split or joined |
//! | `name^"Mes"`, `name*"enkirch"` | the beginning of a name, any part of it |
//! | `railway=station`, `shop=*` | a tag with a value, or with any; values with spaces stand in `"` |
//! | `maxspeed>=30mph`, `building:levels=5..9` | an amount, in the unit of the query or any other |
//! | `"power pylon"`, `bench` | a visual class of `data/osm/features.toml` |
//! | `osm=w4518137` | one element of OpenStreetMap |
//!
//! A **group** is one or more relations, a colon, and clauses separated by commas. Each of them stands in all these
//! relations to the first clause of the query:
//!
//! | relation | holds when |
//! |---|---|
//! | `within 400m`, `within 200..1000m` | the shortest distance between the two shapes lies in the range; at most 50 km |
//! | `within 400m together` | and so does that between any two of the group |
//! | `same street` | both lie on a street of one name, within 2 km |
//! | `crossing` | both are streets, of different names, and come within 25 m of each other |
//! | `north`, `northeast`, ... | it lies in that direction of the first, 45° to either side |
//! | `north of`, ... | the first lies in that direction of it |
//! | `bearing 60..70` | the direction from the first to it, degrees clockwise from north; `350..10` passes north |
//! | `angle 60..70` | the acute angle between two lines |
//!
//! Without a distance a direction or an angle reaches 5 km. **Regions** are `in "Wien"` (an administrative area of the
//! map), `in AT` (a country), `in SOUTH,WEST,NORTH,EAST` and `near LAT,LON 5km`; the object in the middle lies in all of them. `at least 3` lets
//! clauses be missing, because readers misread; `limit 20` asks for more hits than 10.
//!
//! | example | finds |
//! |---|---|
//! | `name~"Mese Wlen"` | a name that was half read |
//! | `name~"Messe Wien" & within 400m: railway=station, name~"Prater"` | a name with two things near it |
//! | `name~"Gruber" shop=bakery & same street: brand=Spar` | a bakery in the street of a supermarket |
//! | `name~"Lassalestr" & crossing: name~"Vorgarten Strase"` | the corner of two streets |
//! | `bridge=yes & within 200..1000m angle 60..70: bridge=yes` | two bridges by the angle between them |
//! | `man_made=tower & southwest within 2km: "power pylon"` | a tower with a pylon to its south-west |
//! | `amenity=place_of_worship & bearing 60..70: name*"uturm"` | what stands behind a church, by the compass |
//! | `building:levels=5..9 & within 100m: maxspeed>=15mph` | a house of five to nine floors at a street |
//! | `name~"Gruber" & within 150m together: name~"Spar", name~"Löwen", name~"Zoo" & at least 3 & in "Wien"` | a street corner of which one word was misread |
//! | `shop=* & near 48.2082,16.4 2km & in AT & limit 20` | all shops near a point |
//!
//! JSON says the same (`navig.search-query/1`): [`Query::from_json`] reads what serde writes.
//!
//! # How it works
//!
//! 1. Each test gives the rows that the index knows of: lists of tags, names that fit. The shortest of a
//!    clause is taken, and the other tests are checked.
//! 2. The clauses with the fewest candidates anchor the search; around their candidates the others are looked up.
//! 3. Each spot gets a score in bans: how unlikely it is by accident.
//! 4. Spots of one place are merged, and the best get namesakes, areas and the tree of reasons.
//!

mod answer;
mod around;
mod check;
mod error;
mod geometry;
mod join;
mod namesakes;
mod parse;
mod places;
mod pool;
mod probe;
mod query;
mod region;
mod results;
mod run;
mod score;
mod sheets;
mod tie;

pub use around::{Around, ClassNear, MAX_AROUND_M, NameNear, around};
pub use error::QueryError;
pub use places::{NamePlace, NamePlaces, name_places};
pub use query::{
    AmountRange, Clause, Compass, DEFAULT_LIMIT, Group, Inside, MAX_BYTES, MAX_CLAUSES, MAX_DISTANCE_M, MAX_LIMIT,
    MAX_NEAR_M, MAX_TESTS, NameMatch, QUERY_SCHEMA, Query, Relation, Test,
};
pub use results::{
    Alternative, AreaName, ClauseReport, Found, Hit, Namesakes, RESULTS_SCHEMA, Reason, Results, SearchedMap,
    TooCommon, Verdict,
};
pub use run::{DEFAULT_BUDGET, SearchOptions, search, search_streaming};

#[cfg(test)]
mod query_tests;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod town;
