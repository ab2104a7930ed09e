//! Regions, groups of countries and places that a description names.

use super::SeenClue;
use super::negation::{denied, excluded};
use super::spoken;
use crate::evidence::{Finding, Likelihood, RegionShare};
use crate::geo::mention::{Mention, MentionKind, mentions};
use crate::geo::{Area, Level};

/// A country, a part of one, or a group of countries.
pub(super) const REGION: &str = "described-region";
/// A town, an island, a river: a name that the describer read or knows.
pub(super) const PLACE: &str = "described-place";

/// The background of a region's name by itself. People also name what something only reminds them of.
const BACKGROUND: f64 = 0.12;
/// The same for a town or a river, which reminds people of less.
const BACKGROUND_OF_PLACE: f64 = 0.04;
/// The same for "Italian", which dishes, cars and styles are called everywhere.
const BACKGROUND_OF_DEMONYM: f64 = 0.3;

/// Odds of a region that the description excludes: whoever insists has `--not`.
const ODDS_OF_EXCLUDED: f64 = 0.1;

pub(super) fn find(clue: &SeenClue) -> Vec<Finding> {
    let found = mentions(&clue.text);
    let named = found.iter().filter(|m| !is_language(&clue.text, m));
    named
        .filter_map(|mention| {
            let at = mention.at.start;
            let place = mention.kind == MentionKind::Name || mention.group;
            match denied(&clue.text, at) {
                false => Some(finding(clue, mention)),
                true => (place && excluded(&clue.text, at)).then(|| against(clue, mention)),
            }
        })
        .collect()
}

/// "Not in Brazil": everywhere else.
fn against(clue: &SeenClue, mention: &Mention) -> Finding {
    Finding {
        group: clue.group_of("regions"),
        kind: kind(mention).to_owned(),
        clues: vec![clue.id.clone()],
        claim: format!("The description says that it is not '{}'.", mention.name),
        likelihood: Likelihood::Area {
            area: Area::Regions { regions: mention.regions.clone() },
            odds: ODDS_OF_EXCLUDED,
        },
    }
}

fn kind(mention: &Mention) -> &'static str {
    if mention.regions.iter().any(|r| r.level > Level::Country) { PLACE } else { REGION }
}

/// "English signs" name a language, which has a rule of its own; "an Italian car" names neither a place nor a language.
fn is_language(text: &str, mention: &Mention) -> bool {
    mention.kind == MentionKind::Demonym && !mention.group && spoken::names_language(text, &mention.at)
}

fn finding(clue: &SeenClue, mention: &Mention) -> Finding {
    let own = match mention.kind {
        MentionKind::Name if kind(mention) == PLACE => BACKGROUND_OF_PLACE,
        MentionKind::Name => BACKGROUND,
        MentionKind::Demonym if mention.group => BACKGROUND,
        MentionKind::Demonym => BACKGROUND_OF_DEMONYM,
    };
    let background = (1.0 - (1.0 - own) * mention.sure).clamp(0.02, 0.95);
    let shares = mention.regions.iter().map(|region| RegionShare { region: region.clone(), share: 1.0 });
    let what = if mention.group { "a group of countries" } else { "a place" };
    Finding {
        group: clue.group_of("regions"),
        kind: kind(mention).to_owned(),
        clues: vec![clue.id.clone()],
        claim: format!("The description names '{}', {what}.", mention.name),
        likelihood: Likelihood::Regions { shares: shares.collect(), background },
    }
}
