//! Letters of other scripts that look like Latin ones.

use super::script::Script;

/// Whether a Latin reading is made of letters that other scripts have too, or mixes cases and digits as no Latin
/// word does.
pub(super) fn could_be_look_alike(text: &str) -> bool {
    const SHARED: &str = "ABCEHIKMOPTXYZNaceiopxyukr036";
    // PP-OCR knows some Greek and Cyrillic letters, from formulas.
    let strays =
        text.chars().any(|c| matches!(Script::of(c.encode_utf8(&mut [0; 4])), Script::Greek | Script::Cyrillic));
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let shared = letters.iter().filter(|&&c| SHARED.contains(c)).count();
    let mixed = text.split_whitespace().any(|word| {
        let word: Vec<char> = word.chars().collect();
        word.len() >= 3
            && word.windows(2).any(|pair| {
                (pair[0].is_lowercase() && pair[1].is_uppercase()) || (pair[0].is_alphabetic() && pair[1] == '6')
            })
    });
    letters.len() >= 3 && (strays || mixed || shared as f32 >= 0.9 * letters.len() as f32)
}

/// Whether a Greek or Cyrillic letter has a Latin one of the same shape.
pub(super) fn is_twin(c: char) -> bool {
    "АВЕКМНОРСТХУІЅЈаеорсухіѕјΑΒΕΖΗΙΚΜΝΟΡΤΥΧον".contains(c)
}

/// Share of letters of `other` that look like what was read as Latin, 0 to 1.
pub(super) fn look_alike(latin: &str, other: &str) -> f32 {
    let seen: Vec<char> = latin.chars().filter(|c| c.is_alphanumeric()).map(plain_shape).collect();
    let other: Vec<char> = other.chars().filter(|c| c.is_alphanumeric()).map(plain_shape).collect();
    let longer = seen.len().max(other.len());
    if longer == 0 { 0.0 } else { 1.0 - edit_distance(&seen, &other) as f32 / longer as f32 }
}

/// The Latin capital or digit that a letter resembles; the letter itself if none.
fn plain_shape(c: char) -> char {
    match c.to_uppercase().next().unwrap_or(c) {
        'А' | 'Α' => 'A',
        'В' | 'Β' | 'Ь' | 'Ъ' | 'Ы' | 'Б' | '6' => 'B',
        'С' => 'C',
        'Е' | 'Ё' | 'Ε' | 'Э' => 'E',
        'Г' | 'Γ' => 'F',
        'Н' | 'Η' => 'H',
        'І' | 'Ι' | '1' | 'L' => 'I',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'И' | 'Й' | 'Ν' => 'N',
        'О' | 'Ο' | '0' | 'Ω' | 'Θ' | 'Ф' | 'Φ' | 'Q' => 'O',
        'Р' | 'Ρ' => 'P',
        'Я' => 'R',
        'Т' | 'Τ' => 'T',
        'У' | 'Υ' | 'Ч' => 'Y',
        'Х' | 'Χ' => 'X',
        'Ζ' | 'З' | '3' => 'Z',
        'Л' | 'Λ' | 'Д' | 'Δ' => 'A',
        'П' | 'Π' => 'N',
        'Ц' => 'U',
        'Ш' | 'Щ' => 'W',
        upper => upper,
    }
}

/// Levenshtein's distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_shared_or_mixed_letters_are_suspect() {
        assert!(could_be_look_alike("FOpHO A6bAKOBO") && could_be_look_alike("PECTOPAH"));
        assert!(could_be_look_alike("AOHNA") && could_be_look_alike("ΦAPMAKEIO"));
        assert!(!could_be_look_alike("Railway") && !could_be_look_alike("WELCOME TO"));
    }

    #[test]
    fn shapes_are_compared_and_not_letters() {
        assert!(look_alike("FOpHO A6bAKOBO", "Горно Ябълково") > 0.7);
        assert!(look_alike("WELCOME", "ПРИВЕТ") < 0.3);
        assert_eq!(look_alike("", "–"), 0.0);
    }

    #[test]
    fn edits_are_counted() {
        let distance = |a: &str, b: &str| edit_distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        assert_eq!([distance("kitten", "sitting"), distance("", "abc"), distance("abc", "abc")], [3, 3, 0]);
    }
}
