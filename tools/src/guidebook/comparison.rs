//! What a sentence says of a region that it names, by the words before the name: that this is there, that the same is also
//! there, that it is alike there, or otherwise.

use crate::geo::fold::fold;
use crate::geo::mention::Mention;

/// A comparison reaches over so many words.
const REACH: usize = 16;

/// Words before a region where it is alike. Folded, between spaces, as in the lists below.
const LIKE: [&str; 24] = [
    " similar to ",
    " similar in ",
    " looks like ",
    " look like ",
    " same as ",
    " as in ",
    " like in ",
    " like the other ",
    " like other ",
    " just like ",
    " like those in ",
    " resembles ",
    " resemble ",
    " resembling ",
    " reminiscent of ",
    " compared to ",
    " compared with ",
    " comparable to ",
    " related to ",
    " style of ",
    " identical to ",
    " like ",
    " such as in ",
    " mistaken for ",
];

/// Words before a region where it is otherwise, or which only lies near.
const UNLIKE: [&str; 46] = [
    " unlike ",
    " confused with ",
    " confuse ",
    " confused for ",
    " mixed up with ",
    " mix up ",
    " different from ",
    " different to ",
    " differs from ",
    " differ from ",
    " distinguish ",
    " distinguishes ",
    " distinguished from ",
    " rather than ",
    " instead of ",
    " as opposed to ",
    " in contrast to ",
    " contrary to ",
    " neighbouring ",
    " neighboring ",
    " neighbour ",
    " neighbor ",
    " bordering ",
    " borders ",
    " border with ",
    " border of ",
    " border to ",
    " next to ",
    " towards ",
    " toward ",
    " except ",
    " except for ",
    " excluding ",
    " apart from ",
    " outside of ",
    " outside ",
    " not in ",
    " not found in ",
    " never in ",
    " but not ",
    " rule out ",
    " eliminate ",
    " imported from ",
    " than in ",
    " than ",
    " absent from ",
];

/// Words before regions that share what is told.
const ALSO: [&str; 11] = [
    " also ",
    " only other ",
    " other countries ",
    " shared with ",
    " shared by ",
    " along with ",
    " as well as ",
    " both ",
    " share ",
    " shares ",
    " too ",
];

/// What a sentence says of a region that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The passage is about it.
    About,
    /// The same is there.
    Also,
    /// It is alike there.
    Like,
    /// It is otherwise there.
    Unlike,
}

/// Judges a mention by the words before it in its clause.
pub(super) fn role(text: &str, mention: &Mention) -> Role {
    let before = &text[..mention.at.start];
    let sentence = before.rfind(['.', '!', '?', ';', ':', '(']).map_or(before, |at| &before[at + 1..]);
    // A comparison goes on over a list of names, and ends where another clause begins.
    let clause = last_clause(sentence);
    let folded = format!(" {} ", fold(clause));
    let last = |words: &[&str]| words.iter().filter_map(|words| folded.rfind(words)).max();
    let near = |at: Option<usize>| at.filter(|at| folded[*at..].split(' ').count() <= REACH);
    let (like, unlike) = (near(last(&LIKE)), near(last(&UNLIKE)));
    match (like, unlike) {
        (like, Some(unlike)) if like.is_none_or(|like| unlike > like) => Role::Unlike,
        (Some(_), _) => Role::Like,
        _ if last(&ALSO).is_some() => Role::Also,
        _ => Role::About,
    }
}

/// The part of a sentence after the last comma that begins a clause: one behind which no name or "and" follows.
fn last_clause(sentence: &str) -> &str {
    let mut from = 0;
    for (at, _) in sentence.match_indices(',') {
        let rest = sentence[at + 1..].trim_start();
        let word = rest.split(' ').next().unwrap_or_default();
        let listed = rest.is_empty() || word.starts_with(char::is_uppercase) || matches!(word, "and" | "or" | "the");
        if !listed {
            from = at + 1;
        }
    }
    // "Like Oman, Qatar has …": the comma ends what opens the sentence, once a name stood before it.
    let opening = &sentence[from..];
    match opening.trim_start().split_once(", ") {
        Some((head, rest)) if opens_with_comparison(head) && !rest.trim_start().starts_with("and ") => rest,
        _ => opening,
    }
}

fn opens_with_comparison(head: &str) -> bool {
    let folded = fold(head);
    ["like ", "unlike ", "as in ", "compared to ", "in contrast to ", "similar to ", "just like "]
        .iter()
        .any(|w| folded.starts_with(w))
        && head.split_whitespace().skip(1).any(|word| word.starts_with(char::is_uppercase))
}
