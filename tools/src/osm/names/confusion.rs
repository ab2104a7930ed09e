//! What text readers take for something else: which letters look alike, and what a name keeps of itself whatever they do.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Cost of an ordinary edit: a letter inserted, dropped or replaced by any other.
pub(super) const EDIT: u32 = 100;

/// Letters of one group are easily taken for each other, at the cost before them, in hundredths of an edit. All are
/// folded, so that a capital counts as its small letter: `0` with `d` is 0 for D.
const GROUPS: &[(u32, &str)] = &[
    // Forms that are one letter to most writers.
    (3, "اأإآٱ"),
    (3, "يىیئ"),
    (3, "كک"),
    (3, "هةۀە"),
    (3, "وؤ"),
    (3, "כך"),
    (3, "מם"),
    (3, "נן"),
    (3, "פף"),
    (3, "צץ"),
    (3, "её"),
    (3, "ийі"),
    (3, "ーｰ一-"),
    // Look-alikes of the Latin alphabet and the digits.
    (15, "0oQq"),
    (15, "1il"),
    (15, "5s"),
    (20, "8b"),
    (20, "2z"),
    (20, "6b"),
    (20, "6g"),
    (20, "uv"),
    (25, "0d"),
    (35, "od"),
    (25, "9g"),
    (30, "gq"),
    (30, "1t7"),
    (30, "ij"),
    (30, "ft"),
    (30, "lt"),
    (30, "it"),
    (35, "4a"),
    (35, "3e"),
    (35, "8e3"),
    (30, "ce"),
    (35, "ao"),
    (35, "ae"),
    (35, "co"),
    (40, "cg"),
    (40, "nm"),
    (35, "hn"),
    (35, "hb"),
    (40, "hk"),
    (35, "rn"),
    (40, "un"),
    (40, "pr"),
    (40, "ef"),
    (40, "pb"),
    (40, "yv"),
    (40, "wv"),
    (40, "kx"),
    (40, "ck"),
    (40, "mw"),
    (45, "rt"),
    (45, "es"),
    (45, "lf"),
    (45, "ty"),
    // Cyrillic and Greek against Latin.
    (10, "аaα"),
    (20, "вbβ"),
    (25, "ьъb6"),
    (20, "бb6"),
    (20, "гr"),
    (25, "гf"),
    (30, "гt"),
    (30, "дa"),
    (35, "дd"),
    (10, "еeε"),
    (25, "єe"),
    (30, "жxk"),
    (20, "з3э"),
    (30, "зe"),
    (30, "эe9"),
    (20, "иun"),
    (20, "йun"),
    (10, "іiιї1l"),
    (10, "кkκ"),
    (30, "лan"),
    (10, "мmμ"),
    (10, "нhη"),
    (10, "оoο0"),
    (20, "пnπ"),
    (10, "рpρ"),
    (10, "сcς"),
    (10, "тtτ"),
    (25, "тm"),
    (10, "уyυ"),
    (30, "фo0"),
    (10, "хxχ"),
    (30, "цu"),
    (20, "ч4"),
    (35, "чy"),
    (30, "шщw"),
    (35, "шщmu"),
    (30, "ыbi"),
    (25, "юo0"),
    (25, "яra9"),
    (30, "ғf"),
    (10, "қk"),
    (15, "ңh"),
    (15, "әe"),
    (15, "өo"),
    (15, "үұy"),
    (15, "һh"),
    // Among Cyrillic letters.
    (25, "ьъы"),
    (25, "шщ"),
    (30, "цщ"),
    (35, "иц"),
    (35, "ип"),
    (35, "лп"),
    (35, "нп"),
    (35, "ин"),
    (35, "вб"),
    (40, "дл"),
    (35, "ао"),
    (35, "ес"),
    (35, "ео"),
    (35, "зв"),
    (25, "кқ"),
    (25, "нң"),
    (25, "уүұ"),
    (25, "оө"),
    (30, "гғ"),
    (25, "эә"),
    // Greek.
    (20, "ζz"),
    (15, "ωo"),
    (25, "ωw"),
    (20, "νvn"),
    (30, "ηn"),
    (30, "μu"),
    (20, "θo0"),
    (25, "δλa"),
    (30, "ξe"),
    (25, "σoc"),
    (30, "σe"),
    (25, "γyr"),
    (30, "φo"),
    (25, "ιl1"),
    (30, "υuν"),
    (35, "αο"),
    (35, "οσ"),
    (35, "ικ"),
    // Arabic letters that only dots tell apart.
    (30, "بتثنپيی"),
    (30, "جحخچ"),
    (30, "دذ"),
    (35, "رزدژ"),
    (40, "رو"),
    (30, "سشص"),
    (30, "صض"),
    (30, "طظ"),
    (30, "عغ"),
    (35, "فقڤ"),
    (35, "ال"),
    (35, "كل"),
    (40, "مه"),
    // Hebrew.
    (25, "דר"),
    (25, "הח"),
    (30, "חת"),
    (30, "הת"),
    (25, "ויז"),
    (25, "ון"),
    (30, "בכ"),
    (25, "סם"),
    (30, "גנ"),
    (35, "עצ"),
    (35, "טמ"),
    // Thai.
    (30, "กถภ"),
    (30, "ดคตศ"),
    (30, "บปษ"),
    (30, "ผพฟฝ"),
    (30, "ขชซ"),
    (35, "นมฆ"),
    (35, "รธ"),
    (35, "อฮ"),
    (35, "ลส"),
    (30, "ฎฏ"),
    (30, "ิีึื"),
    (35, "ัํ"),
    // Devanagari and its sisters.
    (30, "वब"),
    (35, "घध"),
    (35, "मभ"),
    (35, "पयष"),
    (30, "टठढ"),
    (30, "डङड़इ"),
    (35, "रस"),
    (35, "खरव"),
    (25, "िी"),
    (25, "ुू"),
    (25, "ेै"),
    (25, "ोौ"),
    (30, "शस"),
    // Kana, and characters that look like them.
    (20, "つっ"),
    (20, "やゃ"),
    (20, "ゆゅ"),
    (20, "よょ"),
    (20, "ツッ"),
    (20, "ヤャ"),
    (20, "ユュ"),
    (20, "ヨョ"),
    (20, "アァ"),
    (20, "イィ"),
    (20, "ウゥ"),
    (20, "エェ"),
    (20, "オォ"),
    (15, "へヘ"),
    (15, "りリ"),
    (15, "ロ口"),
    (15, "カ力"),
    (15, "エ工"),
    (15, "ニ二"),
    (15, "ハ八"),
    (15, "タ夕"),
    (15, "ト卜"),
    (15, "ミ三"),
    (15, "チ千"),
    (25, "シツ"),
    (25, "ソン"),
    (30, "ンツ"),
    (30, "ソリ"),
    (35, "クワ"),
    (35, "ワフ"),
    (35, "クタ"),
    (35, "コユ"),
    (35, "マア"),
    (30, "ねれわ"),
    (30, "るろ"),
    (30, "さき"),
    (30, "はほ"),
    (30, "ぬめ"),
    // Han characters of one shape.
    (25, "土士"),
    (25, "末未"),
    (25, "日曰目"),
    (25, "天夫"),
    (25, "大太犬"),
    (25, "人入八"),
    (25, "己已巳"),
    (25, "干千于"),
    (25, "王玉主"),
    (25, "木本"),
    (25, "巿市"),
    (25, "田由甲申"),
    (25, "东车"),
    (25, "门们"),
];

/// Two letters that look like one.
const DOUBLES: &[(char, char, char, u32)] = &[
    ('r', 'n', 'm', 15),
    ('v', 'v', 'w', 15),
    ('u', 'u', 'w', 30),
    ('c', 'l', 'd', 25),
    ('c', 'i', 'd', 30),
    ('n', 'n', 'm', 35),
    ('i', 'n', 'm', 35),
    ('l', 'i', 'u', 40),
    ('i', 'i', 'u', 35),
    ('i', 'l', 'u', 40),
    ('l', 'i', 'h', 40),
    ('l', 'o', 'b', 40),
    ('1', 'o', 'b', 40),
    ('l', '3', 'b', 35),
    ('1', '3', 'b', 35),
    ('i', '3', 'b', 35),
    ('i', 'r', 'n', 40),
    ('r', 'i', 'n', 40),
    ('f', 'i', 'h', 45),
    ('l', '<', 'k', 30),
    ('i', 'c', 'k', 45),
    ('l', 'l', 'u', 45),
    ('b', 'l', 'ы', 15),
    ('b', 'i', 'ы', 15),
    ('b', '1', 'ы', 15),
    ('ь', 'i', 'ы', 15),
    ('ь', 'l', 'ы', 15),
    ('i', 'o', 'ю', 15),
    ('l', 'o', 'ю', 15),
    ('1', '0', 'ю', 15),
    ('i', '0', 'ю', 15),
    ('j', 'i', 'л', 25),
    ('j', 'l', 'л', 25),
    ('>', 'k', 'ж', 25),
    ('l', 'l', 'п', 30),
    ('i', 'i', 'ш', 45),
    ('i', 'a', 'я', 40),
    ('イ', 'ヒ', '化', 25),
    ('彳', '亍', '行', 25),
    ('木', '木', '林', 25),
    ('月', '月', '朋', 25),
    ('女', '子', '好', 25),
];

/// Signs that stand for a letter when letters stand around them: reader noise, currency signs in shop names.
const SIGNS: &[(char, char)] =
    &[('|', 'l'), ('!', 'i'), ('¦', 'l'), ('$', 's'), ('€', 'e'), ('@', 'a'), ('£', 'e'), ('¢', 'c'), ('©', 'c')];

/// Letters in the [skeleton](skeleton) that stand for all that look like them. The first of each row stands for the rest.
const SKELETON: &[&str] = &[
    "o0ооοфөθωσό",
    "i1lіїιјιl",
    "s5ѕ",
    "bб8в6ьъβ",
    "z2ζ",
    "gq9",
    "uvийцνυ",
    "aаαлдδλя",
    "eеёєεәξ",
    "kкκқ",
    "mмμ",
    "hнңηһ",
    "nпπ",
    "pрρ",
    "cс",
    "tтτ",
    "yуүұγ",
    "xхχж",
    "rгґғ",
    "3зэ",
    "wшщ",
    "4ч",
    "اأإآٱ",
    "يىیئبتثنپ",
    "كک",
    "هة",
    "جحخچ",
    "دذ",
    "رزژ",
    "سشصض",
    "طظ",
    "عغ",
    "فقڤ",
    "وؤ",
    "רד",
    "חהת",
    "ויזן",
    "כךב",
    "מםס",
    "נג",
    "פף",
    "צץ",
    "กถภ",
    "คดตศ",
    "บปษ",
    "พผฟฝ",
    "ชขซ",
    "นม",
    "ิีึื",
    "िी",
    "ुू",
    "ेै",
    "ोौ",
    "वब",
    "पष",
    "टठढ",
    "शस",
    "口ロ",
    "力カ",
    "工エ",
    "二ニ",
    "八ハ",
    "夕タ",
    "卜ト",
    "へヘ",
    "りリ",
    "一ー",
    "つっ",
    "やゃ",
    "ゆゅ",
    "よょ",
    "ツッシ",
    "ヤャ",
    "ユュ",
    "ヨョ",
    "アァ",
    "イィ",
    "ウゥ",
    "エェ",
    "オォ",
    "ンソ",
    "土士",
    "未末",
    "日曰目",
    "已己巳",
    "千干于",
    "市巿",
];

/// Marks that readers lose and that tell few names apart: Thai tone marks, Indic nukta and nasal signs, joiners.
fn is_faint(c: char) -> bool {
    matches!(c, '\u{e47}'..='\u{e4e}' | '\u{93c}' | '\u{901}' | '\u{902}' | '\u{94d}' | '\u{9bc}' | '\u{9cd}' | '\u{981}' | '\u{200b}'..='\u{200f}')
}

/// Cost of dropping or inventing a letter, hundredths of an edit.
pub(super) fn gap(c: char) -> u32 {
    match c {
        ' ' => 6,
        _ if is_faint(c) => 20,
        '\u{900}'..='\u{903}' | '\u{93e}'..='\u{94c}' | '\u{e30}'..='\u{e3a}' | 'ー' => 60,
        'i' | '1' | 'l' => 80,
        _ => EDIT,
    }
}

/// Number of a letter in the tables; 0 for letters that look like no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph(u16);

type Pair = (char, char);

struct Tables {
    /// The letters that have numbers beyond those of ASCII, sorted, each with its number.
    glyphs: Vec<(char, u16)>,
    /// Costs between letters with numbers, `a * size + b`.
    costs: Vec<u8>,
    size: usize,
    /// Sorted by the two letters.
    doubles: Vec<(Pair, Vec<(char, u32)>)>,
    begin_doubles: [bool; 128],
    skeleton: HashMap<char, char>,
}

/// Letters below this have their code as number.
const ASCII: u16 = 128;

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let kana = '\u{3041}'..='\u{30ff}';
    let letters: BTreeSet<char> = GROUPS.iter().flat_map(|(_, g)| g.chars()).chain(kana.clone()).collect();
    let glyphs: Vec<(char, u16)> = letters.into_iter().filter(|c| !c.is_ascii()).zip(ASCII..).collect();
    let size = usize::from(ASCII) + glyphs.len();
    let mut tables = Tables {
        glyphs,
        costs: vec![EDIT as u8; size * size],
        size,
        doubles: Vec::new(),
        begin_doubles: [false; 128],
        skeleton: HashMap::new(),
    };
    for &(cost, group) in GROUPS {
        for a in group.chars() {
            group.chars().for_each(|b| tables.lower(a, b, cost));
        }
    }
    for a in kana.clone() {
        kana.clone().filter(|b| unvoiced(*b) == unvoiced(a)).for_each(|b| tables.lower(a, b, 20));
    }
    let mut doubles: BTreeMap<Pair, Vec<(char, u32)>> = BTreeMap::new();
    for &(first, second, one, cost) in DOUBLES {
        doubles.entry((first, second)).or_default().push((one, cost));
        if let Some(begins) = tables.begin_doubles.get_mut(first as usize) {
            *begins = true;
        }
    }
    tables.doubles = doubles.into_iter().collect();
    for group in SKELETON {
        let mut letters = group.chars();
        if let Some(first) = letters.next() {
            letters.for_each(|c| {
                tables.skeleton.entry(c).or_insert(first);
            });
        }
    }
    tables
});

impl Tables {
    fn glyph(&self, c: char) -> Glyph {
        if c.is_ascii() {
            return Glyph(c as u16);
        }
        Glyph(self.glyphs.binary_search_by_key(&c, |(c, _)| *c).map_or(0, |i| self.glyphs[i].1))
    }

    fn lower(&mut self, a: char, b: char, cost: u32) {
        let slot = usize::from(self.glyph(a).0) * self.size + usize::from(self.glyph(b).0);
        self.costs[slot] = self.costs[slot].min(cost as u8);
    }
}

/// What letters are taken for.
#[derive(Clone, Copy)]
pub(super) struct Confusions(&'static Tables);

impl Confusions {
    pub(super) fn get() -> Self {
        Self(&TABLES)
    }

    pub(super) fn glyph(self, c: char) -> Glyph {
        self.0.glyph(c)
    }

    /// Cost of reading one letter as another, hundredths of an edit; symmetric.
    #[inline]
    pub(super) fn cost(self, a: (char, Glyph), b: (char, Glyph)) -> u32 {
        if a.0 == b.0 {
            return 0;
        }
        if a.1 != Glyph(0) && b.1 != Glyph(0) {
            return self.0.costs[usize::from(a.1.0) * self.0.size + usize::from(b.1.0)].into();
        }
        hangul(a.0).zip(hangul(b.0)).map_or(EDIT, |(a, b)| jamo_cost(a, b))
    }

    /// The single letters that two look like, with the cost, hundredths of an edit.
    pub(super) fn doubles(self, first: char, second: char) -> &'static [(char, u32)] {
        // Most letters begin no pair.
        if first.is_ascii_alphanumeric() && !self.0.begin_doubles[first as usize] {
            return &[];
        }
        let doubles = &self.0.doubles;
        doubles.binary_search_by_key(&(first, second), |(pair, _)| *pair).map_or(&[], |i| doubles[i].1.as_slice())
    }

    fn skeleton(self, c: char) -> char {
        let c = if is_kana(c) { unvoiced(c) } else { c };
        self.0.skeleton.get(&c).copied().unwrap_or(c)
    }
}

/// Initial, vowel and final of a Hangul syllable (Unicode 3.12).
fn hangul(c: char) -> Option<[u32; 3]> {
    let index = (c as u32).checked_sub(0xac00).filter(|i| *i < 11_172)?;
    Some([index / 588, index / 28 % 21, index % 28])
}

fn jamo_cost(a: [u32; 3], b: [u32; 3]) -> u32 {
    match a.iter().zip(b).filter(|(a, b)| *a != b).count() {
        0 => 0,
        1 => 45,
        2 => 85,
        _ => EDIT,
    }
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}')
}

/// The kana without its voicing mark: カ for ガ.
fn unvoiced(c: char) -> char {
    std::iter::once(c).nfd().next().unwrap_or(c)
}

/// Signs between letters replaced by the letter that they stand for.
pub(super) fn without_signs(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(|c| SIGNS.iter().any(|(sign, _)| *sign == c)) {
        return text.into();
    }
    let chars: Vec<char> = text.chars().collect();
    let letter = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(|c| c.is_alphanumeric());
    let replaced = chars.iter().enumerate().map(|(i, c)| match SIGNS.iter().find(|(sign, _)| sign == c) {
        Some((_, stands_for)) if letter(i.checked_sub(1)) && letter(Some(i + 1)) => *stands_for,
        Some(('|' | '¦' | '$' | '€' | '@', stands_for)) if letter(i.checked_sub(1)) || letter(Some(i + 1)) => {
            *stands_for
        }
        _ => *c,
    });
    replaced.collect::<String>().into()
}

/// What a name keeps whatever a reader confuses: no spaces, no faint marks, one letter for all that look alike, `rn` and
/// `vv` and `cl` as the one letter that they look like.
pub(super) fn skeleton(letters: impl Iterator<Item = char>) -> Vec<char> {
    let confusions = Confusions::get();
    let mut skeleton: Vec<char> = Vec::with_capacity(24);
    let mut push = |c: char| match (skeleton.last(), c) {
        (Some('r'), 'n') => replace_last(&mut skeleton, 'm'),
        (Some('c'), 'i') => replace_last(&mut skeleton, 'd'),
        (Some('u'), 'u') => replace_last(&mut skeleton, 'w'),
        _ => skeleton.push(c),
    };
    for c in letters.filter(|c| *c != ' ' && !is_faint(*c)) {
        match c {
            'ы' => ['b', 'i'].into_iter().for_each(&mut push),
            'ю' => ['i', 'o'].into_iter().for_each(&mut push),
            _ => push(confusions.skeleton(c)),
        }
    }
    skeleton
}

fn replace_last(letters: &mut [char], by: char) {
    if let Some(last) = letters.last_mut() {
        *last = by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bones(folded: &str) -> String {
        skeleton(folded.chars()).into_iter().collect()
    }

    #[test]
    fn what_readers_confuse_has_one_skeleton() {
        for (a, b) in [
            ("modern", "modem"),
            ("walter", "vvalter"),
            ("clock", "dock"),
            ("b00k5hop", "book shop"),
            ("il", "l1"),
            ("горно", "ropho"),
            ("αθηνα", "aohva"),
            ("ガード", "カート"),
            ("בית", "כית"),
        ] {
            assert_eq!(bones(a), bones(b), "{a} {b}");
        }
    }

    #[test]
    fn costs_are_symmetric_and_nothing_costs_more_than_an_edit() {
        let confusions = Confusions::get();
        let cost = |a, b| confusions.cost((a, confusions.glyph(a)), (b, confusions.glyph(b)));
        let letters: Vec<char> = GROUPS.iter().flat_map(|(_, group)| group.chars()).chain("한글".chars()).collect();
        for &a in &letters {
            for &b in &letters {
                assert_eq!(cost(a, b), cost(b, a));
                assert!(cost(a, b) <= EDIT && (a == b) == (cost(a, b) == 0), "{a} {b}");
            }
        }
        assert!(cost('ガ', 'カ') < cost('ガ', 'ロ'));
        assert!(cost('한', '헌') < cost('한', '글'));
    }

    #[test]
    fn signs_between_letters_are_letters() {
        assert_eq!(without_signs("HI|TON"), "HIlTON");
        assert_eq!(without_signs("Yahoo! | more"), "Yahoo! | more");
    }
}
