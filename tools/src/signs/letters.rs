//! Letters that few languages write.

use super::words::Word;

/// Letter, languages that write it. A reader that loses accents seldom invents one, but it does at times.
const TELLS: &[(&str, &str)] = &[
    ("łŁ", "pl"),
    ("ąĄęĘ", "pl lt"),
    ("śŚźŹńŃ", "pl"),
    ("żŻ", "pl mt"),
    ("ćĆ", "pl hr bs sr"),
    ("őŐűŰ", "hu"),
    ("ğĞ", "tr az"),
    ("ıİ", "tr az"),
    ("şŞ", "tr az tk ku ro"),
    ("øØ", "da no fo"),
    ("åÅ", "sv da no fi"),
    ("æÆ", "da no is fo"),
    ("ßẞ", "de"),
    ("ñÑ", "es gl eu tl qu"),
    ("ãÃõÕ", "pt"),
    ("țȚșȘ", "ro"),
    ("ăĂ", "ro vi"),
    ("ěĚřŘůŮ", "cs"),
    ("ľĽĺĹŕŔ", "sk"),
    ("ďĎťŤňŇ", "cs sk"),
    ("đĐ", "hr sr bs vi"),
    ("čČšŠžŽ", "cs sk sl hr bs sr lt lv et"),
    ("ėĖįĮųŲ", "lt"),
    ("ūŪ", "lt lv mi"),
    ("āĀēĒīĪ", "lv mi"),
    ("ķĶļĻņŅģĢ", "lv"),
    ("õÕ", "et pt"),
    ("ðÐþÞ", "is"),
    ("ħĦġĠċĊ", "mt"),
    ("ŵŴŷŶ", "cy"),
    ("əƏ", "az"),
    ("ëË", "sq nl lb"),
    ("ơƠưƯạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", "vi"),
    ("êâôîû", "fr pt vi cy af ro"),
    ("èàù", "fr it ca"),
    ("їЇєЄґҐ", "uk"),
    ("іІ", "uk be kk"),
    ("ўЎ", "be uz"),
    ("ђЂћЋ", "sr"),
    ("ѓЃќЌѕЅ", "mk"),
    ("љЉњЊџЏјЈ", "sr mk"),
    ("ъЪ", "bg ru"),
    ("щЩ", "bg ru uk"),
    ("ыЫэЭ", "ru be kk ky mn"),
    ("ёЁ", "ru be"),
    ("әӘғҒқҚұҰһҺ", "kk"),
    ("ңҢ", "kk ky"),
    ("өӨүҮ", "mn kk ky"),
    ("پچژگ", "fa ur ps ku"),
    ("ٹڈڑںے", "ur"),
    ("ړښږ", "ps"),
    ("ةىي", "ar"),
    ("ی", "fa ur"),
    ("ळ", "mr"),
    ("ৰৱ", "as"),
];

/// A letter with the languages that write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tell {
    pub(crate) letter: char,
    pub(crate) languages: &'static str,
}

/// The telling letters of a word, each once.
pub(crate) fn tells(word: &Word) -> Vec<Tell> {
    let mut out: Vec<Tell> = Vec::new();
    for letter in word.raw.chars().filter(|c| !c.is_ascii()) {
        for (set, languages) in TELLS {
            if set.contains(letter) && !out.iter().any(|t| t.languages == *languages) {
                out.push(Tell { letter, languages });
            }
        }
    }
    out
}

impl Tell {
    /// P(a word shows such a letter | language), relative: one misread accent must not decide.
    pub(crate) fn fit(self, language: &str) -> f64 {
        if self.languages.split(' ').any(|l| l == language) { 1.0 } else { 0.12 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signs::words::words;

    #[test]
    fn ukrainian_and_serbian_letters_tell() {
        let tells_of = |text| tells(&words(text)[0]);
        assert_eq!(tells_of("Київ")[0].languages, "uk");
        assert_eq!(tells_of("кућа")[0].languages, "sr");
        assert!(tells_of("Berlin").is_empty());
    }
}
