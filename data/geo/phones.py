#!/usr/bin/env python3
"""Writes phones.tsv, the numbering plans of the world in short, from libphonenumber metadata.

    data/geo/phones.py PhoneNumberMetadata.xml      # the file in `assets/` of the crate `phonenumber`

Columns: country, calling code, trunk prefix or -, first digits of the country where several share a code or -, lengths of
national numbers, formats. A format is group lengths (`3` or `2,4` for two to four digits), joined by `-`, and after a colon the
first digits of the numbers that are written so; patterns of more than four first digits are cut to what four digits show.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).parent
FOUR = [f"{n:04d}" for n in range(10_000)]


def prefixes(pattern):
    """The shortest digit strings, up to four digits, that begin exactly the numbers that the pattern fits."""
    fits = re.compile(re.sub(r"\s", "", pattern)).match
    kept = {p for p in FOUR if fits(p)}
    for size in (3, 2, 1):
        for parent in {p[:size] for p in kept if len(p) == size + 1}:
            children = {parent + d for d in "0123456789"}
            if children <= kept:
                kept = (kept - children) | {parent}
    return sorted(kept)


def lengths(text):
    """`[5-7],9` is 5 6 7 9."""
    out = set()
    for part in re.sub(r"[\[\]]", "", text or "").split(","):
        low, _, high = part.partition("-")
        if low.isdigit():
            out |= set(range(int(low), int(high or low) + 1))
    return out


def groups(pattern):
    found = re.findall(r"\(\\d(?:\{(\d+)(?:,(\d+))?\})?\)", pattern)
    whole = "".join(re.findall(r"\(\\d(?:\{\d+(?:,\d+)?\})?\)", pattern))
    if whole != pattern or len(found) < 2:
        return None
    return "-".join((low or "1") + (f",{high}" if high else "") for low, high in found)


def main():
    rows = []
    by_code = {}
    territories = list(ET.parse(sys.argv[1]).getroot().iter("territory"))
    for t in territories:
        if t.get("mainCountryForCode"):
            by_code[t.get("countryCode")] = t
    for t in territories:
        if not re.fullmatch("[A-Z]{2}", t.get("id")) or t.get("id") in ("AC", "TA"):
            continue
        sizes = set()
        for kind in ("fixedLine", "mobile"):
            node = t.find(f"{kind}/possibleLengths")
            sizes |= lengths(node.get("national")) if node is not None else set()
        source = t if t.find("availableFormats") is not None else by_code.get(t.get("countryCode"), t)
        formats = []
        for f in source.iter("numberFormat"):
            split = groups(f.get("pattern"))
            leads = [l.text for l in f.findall("leadingDigits")]
            if split:
                formats.append(split + ":" + (",".join(prefixes(leads[-1])) if leads else ""))
        first = t.get("leadingDigits")
        rows.append([t.get("id"), t.get("countryCode"), t.get("nationalPrefix") or "-", ",".join(prefixes(first)) if first else "-",
                     ",".join(map(str, sorted(sizes))), " ".join(dict.fromkeys(formats))])
    text = "# Written by phones.py; do not edit. Its columns are described there.\n"
    text += "".join("\t".join(r) + "\n" for r in sorted(rows))
    (HERE / "phones.tsv").write_text(text, encoding="utf-8")
    print(len(rows), "plans,", len(text), "bytes")


if __name__ == "__main__":
    main()
