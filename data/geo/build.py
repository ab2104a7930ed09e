#!/usr/bin/env python3
"""Writes countries.toml and country_names.tsv from CLDR, libphonenumber metadata and ours.toml.

    npm pack cldr-core@48.2.0 cldr-localenames-full@48.2.0   # unpack each into CLDR/NAME/
    data/geo/build.py CLDR PhoneNumberMetadata.xml

PhoneNumberMetadata.xml is the file in `assets/` of the crate `phonenumber`.
The output depends on nothing else, and running it again gives the same bytes.
"""
import json
import pathlib
import re
import sys
import tomllib
import unicodedata
import xml.etree.ElementTree as ET

HERE = pathlib.Path(__file__).parent
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ɖ": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i",
                         "ħ": "h", "ŋ": "n", "ŧ": "t", "ə": "e", "ς": "σ"})
NOT_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "QO", "ZZ", "EU", "EZ", "UN", "XA", "XB"}


def accent(c):
    """Marks of Latin, Greek, Cyrillic, Hebrew and Arabic that a reader may leave out, and the Arabic stretcher."""
    at = ord(c)
    ranges = ((0x300, 0x36F), (0x591, 0x5BD), (0x5C1, 0x5C2), (0x5C4, 0x5C5), (0x610, 0x61A), (0x64B, 0x65F), (0x2B0, 0x2FF), (0x1DC0, 0x1DFF),
              (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
    return any(a <= at <= b for a, b in ranges) or at in (0x5BF, 0x5C7, 0x670, 0x640) or (
        unicodedata.combining(c) == 230 and at < 0x590)


def fold(text):
    """The folding of tools/src/geo/fold.rs without spaces; a test compares both."""
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for c in plain if not accent(c)).lower().translate(LETTERS)
    return "".join(c for c in unicodedata.normalize("NFC", plain) if unicodedata.category(c)[0] in "LMN")


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def language(tag):
    """`sr_Latn` counts as `sr`: signs of one language in two scripts are told apart by the script rule."""
    return tag.split("_")[0]


def main():
    cldr, phones = pathlib.Path(sys.argv[1]), sys.argv[2]
    sup = cldr / "cldr-core" / "supplemental"
    territories = load(sup / "territoryInfo.json")["supplemental"]["territoryInfo"]
    money = load(sup / "currencyData.json")["supplemental"]["currencyData"]["region"]
    main_dir = cldr / "cldr-localenames-full" / "main"
    english = load(main_dir / "en" / "territories.json")["main"]["en"]["localeDisplayNames"]["territories"]
    ours = tomllib.loads((HERE / "ours.toml").read_text(encoding="utf-8"))
    codes = sorted(c for c in territories if re.fullmatch("[A-Z]{2}", c) and c not in NOT_COUNTRIES)
    calling = {}
    for t in ET.parse(phones).getroot().iter("territory"):
        calling.setdefault(t.get("id"), t.get("countryCode"))

    left = set(ours["drives_left"].split())
    miles = set(ours["uses_miles"].split())
    out = ["# Written by build.py; do not edit. Sources and licences: README.md.\n"]
    quote = lambda s: json.dumps(s, ensure_ascii=False)
    for code in codes:
        info = territories[code]
        shares, official = {}, []
        for tag, row in info.get("languagePopulation", {}).items():
            lang = language(tag)
            percent = float(row["_populationPercent"]) * float(row.get("_writingPercent", 100)) / 100
            shares[lang] = max(shares.get(lang, 0.0), percent)
            if "official" in row.get("_officialStatus", "") and lang not in official:
                official.append(lang)
        top = sorted((l for l in shares if shares[l] >= 1 or l in official), key=lambda l: (-shares[l], l))[:14]
        signs = {l: row[code] for l, row in ours["sign_languages"].items() if code in row}
        now = [k for entry in money.get(code, []) for k, v in entry.items() if "_to" not in v and v.get("_tender") != "false"]
        out.append(f"[{code}]\nname = {quote(english[code])}\npopulation = {int(info['_population'])}\n")
        out.append("languages = { " + ", ".join(f"{l} = {shares[l]:.3g}" for l in top) + " }\n" if top else "")
        out.append(f"official = {quote(official)}\n")
        if signs:
            out.append("signs = { " + ", ".join(f"{l} = {v}" for l, v in sorted(signs.items())) + " }\n")
        out.append(f"currencies = {quote(now)}\n")
        if code in calling:
            out.append(f"calling_code = {calling[code]}\n")
        out.append(f"drives_left = {'true' if code in left else 'false'}\n")
        if code in miles:
            out.append("miles = true\n")
        if code in ours["borders"]:
            out.append(f"borders = {quote(ours['borders'][code].split())}\n")
        for column in ("postal", "plates", "roads"):
            if code in ours[column]:
                out.append(f"{column} = {quote(ours[column][code].split(','))}\n")
        out.append("\n")
    (HERE / "countries.toml").write_text("".join(out), encoding="utf-8")

    speakers = {}
    for code in codes:
        for tag, row in territories[code].get("languagePopulation", {}).items():
            people = int(territories[code]["_population"]) * float(row["_populationPercent"])
            speakers[language(tag)] = speakers.get(language(tag), 0) + people
    names = {}
    for folder in sorted(main_dir.iterdir()):
        path = folder / "territories.json"
        if not path.exists():
            continue
        lang = folder.name.split("-")[0]
        for key, name in load(path)["main"][folder.name]["localeDisplayNames"]["territories"].items():
            code = key.split("-")[0]
            if code not in territories or code in NOT_COUNTRIES or name == code or "[" in name:
                continue
            folded = fold(re.sub(r"\s*\(.*?\)|（.*?）", "", name))
            short = len(folded) < (4 if folded.isascii() else 2)
            if short and folded not in ("usa", "uae", "drc"):
                continue
            names.setdefault(folded, {}).setdefault(code, set()).add(lang)
    for folded, code in (("uk", "GB"), ("usa", "US"), ("drc", "CD"), ("uae", "AE"), ("holland", "NL"), ("england", "GB"),
                         ("scotland", "GB"), ("wales", "GB"), ("cymru", "GB"), ("alba", "GB"), ("eire", "IE")):
        names.setdefault(folded, {}).setdefault(code, set()).add("en")
    lines = []
    for folded in sorted(names):
        owners = []
        for code, langs in sorted(names[folded].items()):
            ranked = sorted(langs, key=lambda l: (-speakers.get(l, 0), l))
            owners.append(code + ":" + ",".join(ranked[:12]))
        lines.append(folded + "\t" + " ".join(owners) + "\n")
    lines.sort(key=lambda l: l.split("\t")[0].encode())
    (HERE / "country_names.tsv").write_text("".join(lines), encoding="utf-8")
    print(len(codes), "countries,", len(lines), "names")


if __name__ == "__main__":
    main()
