#!/usr/bin/env python3
"""Writes lexicon.txt from words.txt, the npm package stopwords-iso, and the names of languages in CLDR.

    npm pack stopwords-iso@1.1.0 cldr-localenames-full@48.2.0         # unpack each
    data/signs/build.py stopwords-iso.json cldr-localenames-full/main/en/languages.json

The stop-word lists are not sorted by frequency. Short words are the frequent ones, so of a long list the shortest
350 words are kept. Words of one letter serve only to split glued words.
"""
import importlib.util
import json
import pathlib
import sys
import unicodedata

HERE = pathlib.Path(__file__).parent
KEEP = 350
# Lists that are no language of public signs, or whose words are mostly English.
SKIP = {"la", "eo", "br", "st"}

spec = importlib.util.spec_from_file_location("geo", HERE.parent / "geo" / "build.py")
geo = importlib.util.module_from_spec(spec)
spec.loader.exec_module(geo)


def words_of(texts):
    folded = {geo.fold(t) for t in texts if " " not in t}
    return {w for w in folded if w and not any(unicodedata.category(c)[0] == "N" for c in w)}


def main():
    stop = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    names = json.loads(pathlib.Path(sys.argv[2]).read_text(encoding="utf-8"))
    names = names["main"]["en"]["localeDisplayNames"]["languages"]
    own = {}
    for line in (HERE / "words.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            lang, _, rest = line.partition(":")
            own.setdefault(lang, []).extend(rest.split())
    out = ["# Written by build.py; do not edit. Columns: language, its English name, sign words, function words (both folded).\n"]
    for lang in sorted(set(own) | set(stop) - SKIP):
        mine = words_of(own.get(lang, []))
        more = words_of(stop.get(lang, [])) - mine
        if lang == "en":
            more = {w for w in more if len(w) >= 3}
        kept = sorted(sorted(more, key=lambda w: (len(w), w))[:KEEP])
        out.append(f"{lang}\t{names[lang]}\t{' '.join(sorted(mine))}\t{' '.join(kept)}\n")
    (HERE / "lexicon.txt").write_text("".join(out), encoding="utf-8")
    print(len(out) - 1, "languages,", sum(len(l.split()) - 1 for l in out[1:]), "words")


main()
