"""What a reader of signs makes of a name: the noise that the evaluations of the map put on true names.

A reading of a name has one error up to seven letters, two up to fifteen, three beyond. Each error is one of

- a look-alike: 0 for O, 1 for l, m for rn, a Hebrew dalet for a resh, another vowel in a Hangul syllable, a lost dot;
- an edit: a letter of the name's own script lost, doubled, swapped with its neighbour, or read as another one;
- all accents lost;
- a word split in two, or two words read as one.

Half of all readings are also all in capitals or all small, where the script knows that. Names of one or two letters, or
of up to three Chinese characters, get no lost or changed letter, since nothing of the name would be left to search for:
they are split, joined, or change their case. The same seed gives the same readings.
"""

import unicodedata

LOOK_ALIKES = [
    ("O", "0"), ("o", "0"), ("0", "O"), ("I", "l"), ("I", "1"), ("l", "1"), ("l", "I"), ("i", "l"), ("1", "l"),
    ("rn", "m"), ("m", "rn"), ("cl", "d"), ("d", "cl"), ("B", "8"), ("8", "B"), ("S", "5"), ("5", "S"), ("Z", "2"),
    ("2", "Z"), ("G", "6"), ("vv", "w"), ("w", "vv"), ("e", "c"), ("c", "e"), ("u", "v"), ("n", "h"), ("h", "b"),
    ("É", "E"), ("ß", "B"), ("fi", "ñ"), ("ı", "i"), ("ş", "s"), ("ğ", "g"),
    ("О", "0"), ("о", "0"), ("З", "3"), ("з", "3"), ("Б", "6"), ("и", "н"), ("н", "и"), ("ш", "щ"), ("щ", "ш"),
    ("й", "и"), ("ё", "е"), ("п", "л"), ("л", "п"), ("ь", "ъ"), ("ы", "ьі"),
    ("ο", "0"), ("Ο", "0"), ("σ", "ο"), ("ν", "υ"), ("υ", "ν"), ("η", "ή"), ("Λ", "Α"), ("Α", "Λ"), ("ι", "ί"),
    ("ר", "ד"), ("ד", "ר"), ("ה", "ח"), ("ח", "ה"), ("ו", "ז"), ("ן", "ו"), ("ב", "כ"), ("כ", "ב"), ("ם", "ס"),
    ("ب", "ت"), ("ت", "ب"), ("ن", "ب"), ("ي", "ى"), ("ة", "ه"), ("أ", "ا"), ("إ", "ا"), ("ج", "ح"), ("خ", "ح"),
    ("ش", "س"), ("ز", "ر"), ("ذ", "د"), ("غ", "ع"), ("ق", "ف"),
    ("ब", "व"), ("व", "ब"), ("म", "भ"), ("घ", "ध"), ("ि", "ी"), ("ी", "ि"), ("ु", "ू"), ("ं", ""),
    ("ด", "ค"), ("ค", "ด"), ("ถ", "ก"), ("ผ", "ฝ"), ("บ", "ป"), ("่", ""), ("้", ""), ("์", ""),
    ("ー", "一"), ("ニ", "二"), ("口", "ロ"), ("シ", "ツ"), ("ソ", "ン"), ("ば", "は"), ("が", "か"), ("ク", "タ"),
    ("未", "末"), ("日", "曰"), ("大", "太"), ("人", "入"), ("土", "士"), ("己", "已"), ("东", "车"), ("天", "夫"),
]
HANGUL, VOWELS, FINALS = 0xAC00, 21, 28


def script(letter):
    """The first word of the letter's Unicode name: LATIN, CYRILLIC, CJK, HANGUL ..."""
    return unicodedata.name(letter, "OTHER").split()[0]


def is_ideographic(text):
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum(script(c) in ("CJK", "HIRAGANA", "KATAKANA") for c in letters) * 2 > len(letters)


def without_accents(text):
    """Latin and Greek letters without their marks; other scripts as they are."""
    out = []
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        keep = script(parts[0]) in ("LATIN", "GREEK")
        out.append(parts[0] if keep else letter)
    return "".join(out)


def folded(name):
    """A name without case, accents and doubled spaces, for comparing answers."""
    return " ".join(without_accents(name).casefold().replace("ё", "е").split())


def look_alike(text, rng):
    places = [(at, a, b) for a, b in LOOK_ALIKES for at in range(len(text)) if text.startswith(a, at)]
    hangul = [at for at, c in enumerate(text) if script(c) == "HANGUL" and ord(c) >= HANGUL]
    if hangul and (not places or rng.random() < 0.7):
        at = rng.choice(hangul)
        code = ord(text[at]) - HANGUL
        lead, vowel, final = code // (VOWELS * FINALS), code // FINALS % VOWELS, code % FINALS
        vowel = (vowel + rng.choice([1, 2, VOWELS - 1, VOWELS - 2])) % VOWELS
        return text[:at] + chr(HANGUL + (lead * VOWELS + vowel) * FINALS + final) + text[at + 1 :]
    if not places:
        return None
    at, a, b = rng.choice(places)
    return text[:at] + b + text[at + len(a) :]


def edit(text, rng):
    letters = [at for at, c in enumerate(text) if c.isalnum()]
    if len(letters) < 3 or (is_ideographic(text) and len(letters) < 4):
        return None
    at = rng.choice(letters)
    how = rng.randrange(4)
    if how == 0:
        return text[:at] + text[at + 1 :]
    if how == 1:
        return text[:at] + text[at] + text[at:]
    if how == 2 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    alphabet = {"LATIN": "abcdefghijklmnoprstuvwyz", "CYRILLIC": "абвгдежзиклмнопрстуфхчшяю", "DIGIT": "0123456789"}
    others = alphabet.get(script(text[at])) or "".join(sorted({c for c in text if c.isalnum()}))
    return text[:at] + rng.choice(others) + text[at + 1 :]


def accents(text, rng):
    plain = without_accents(text)
    return plain if plain != text else None


def spacing(text, rng):
    gaps = [at for at, c in enumerate(text) if c == " "]
    inner = [at for at in range(1, len(text)) if text[at - 1].isalnum() and text[at].isalnum()]
    if gaps and (not inner or rng.random() < 0.5):
        at = rng.choice(gaps)
        return text[:at] + text[at + 1 :]
    if not inner:
        return None
    at = rng.choice(inner)
    return text[:at] + " " + text[at:]


KINDS = [(look_alike, 5), (edit, 4), (accents, 1), (spacing, 2)]


def read(name, rng):
    """A reading of a name; never the name itself unless nothing in it can be misread."""
    letters = sum(c.isalnum() for c in name)
    errors = 1 if letters <= 7 else 2 if letters <= 15 else 3
    text = name
    for _ in range(errors):
        kinds = [kind for kind, weight in KINDS for _ in range(weight)]
        rng.shuffle(kinds)
        if letters <= 2 or (is_ideographic(name) and letters <= 3):
            kinds = [spacing]
        text = next((made for kind in kinds if (made := kind(text, rng)) is not None), text)
    case = rng.random()
    return text.upper() if case < 0.25 else text.lower() if case < 0.5 else text
