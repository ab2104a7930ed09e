#!/usr/bin/env python3
"""Planted scenes: a shop and a street near it, both misread, and a name that is not there. Does the map find the spot?

    VENV/bin/python evals/map/planted.py [WORD ...] [--navig target/release/navig] [--scenes 300]

For each extract (or those whose path holds one of the words) random scenes are made with a fixed seed: a named shop and a
named street within 150 m of it; where an extract has fewer than 20 such shops, any named amenity, tourism or office. Each
name is read with noise (reading.py). A name of another extract that this one does not have is read the same way and
added. The three are asked for in random order: `within 200m together: A, B, C & at least 2`. The spot is right when it is
within 150 m of the shop. Prints a table; raw answers of all failures are kept in evals/map/results/planted.json.
"""

import argparse
import collections
import os
import random
import sys

import extracts
import program
import reading
from reading import folded

SEED = 20261122
STREET_WITHIN_M, RIGHT_WITHIN_M, FEWEST_SHOPS = 150.0, 150.0, 20


def usable(name):
    return sum(c.isalnum() for c in name) >= 2


def named(path):
    """Shops or what stands for them, streets, all names folded, and the names that may be planted elsewhere."""
    kinds = ("shop", "amenity", "tourism", "office")
    things = [t for t in extracts.things(path, lambda tags: "name" in tags) if usable(t.tags["name"])]
    shops = [t for t in things if "shop" in t.tags]
    if len(shops) < FEWEST_SHOPS:
        shops = [t for t in things if any(kind in t.tags for kind in kinds)]
    streets = [t for t in things if "highway" in t.tags and len(t.line) > 1]
    return shops, streets, {folded(t.tags["name"]) for t in things}, sorted({t.tags["name"] for t in shops + streets})


def scenes(shops, streets, count, rng):
    """(shop, street) pairs: each shop once before any comes again; shops with no street near are passed over."""
    grid = extracts.Grid(streets)
    near = {}
    for shop in shops:
        found = [street for _, street in grid.near(shop.at, STREET_WITHIN_M)]
        if found:
            near[shop.id] = (shop, found)
    order = []
    while near and len(order) < count:
        ids = sorted(near)
        rng.shuffle(ids)
        order += ids[: count - len(order)]
    return [(near[i][0], rng.choice(near[i][1])) for i in order], len(near)


def wrong_name(pools, own, names, rng):
    """A name of another extract that this one does not have."""
    others = [title for title in pools if title != own and pools[title]]
    while True:
        name = rng.choice(pools[rng.choice(others)])
        if folded(name) not in names:
            return name


def query(texts):
    return "within 200m together: " + ", ".join(f"name~{program.quoted(t)}" for t in texts) + " & at least 2 & limit 5"


def place(hits, shop):
    """The rank of the right spot, from 0; nothing when it is not among the hits."""
    for rank, hit in enumerate(hits):
        if extracts.metres((hit["at"]["lat"], hit["at"]["lon"]), shop.at) <= RIGHT_WITHIN_M:
            return rank
    return None


def shown(hit):
    return {"score": round(hit["score"], 2), "at": hit["at"], "matched": hit["matched"],
            "objects": [[o["clause"], o["osm"], o.get("matched_name") or o.get("name"), round(o["likeness"], 3)] for o in hit["objects"]]}


def category(hits, rank, shop, street, order):
    """Why a scene failed, as far as the answer shows it."""
    if not hits:
        return "nothing found"
    names = {folded(o.get("matched_name") or o.get("name") or "") for o in hits[0]["objects"]}
    true = {folded(shop.tags["name"]), folded(street.tags["name"])}
    if true <= names:
        return "another place has both names"
    clauses = {o["clause"] for o in hits[0]["objects"]}
    if order.index("wrong") in clauses:
        return "the wrong name was matched" + (", right spot below" if rank else "")
    return "other things were taken for the names" + (", right spot below" if rank else "")


def ask(navig, path, pools, names, shops, streets, count):
    rng = random.Random(f"{SEED}{extracts.title(path)}")
    pairs, shops_with_street = scenes(shops, streets, count, rng)
    made = []
    for shop, street in pairs:
        texts = {"shop": shop.tags["name"], "street": street.tags["name"], "wrong": wrong_name(pools, extracts.title(path), names, rng)}
        order = list(texts)
        rng.shuffle(order)
        made.append((shop, street, order, {kind: reading.read(texts[kind], rng) for kind in order}, texts))
    index, _ = program.index(navig, path)
    results = program.search(navig, [index], [query([read[k] for k in order]) for _, _, order, read, _ in made])
    first = five = 0
    failures, why = [], collections.Counter()
    for (shop, street, order, read, texts), result in zip(made, results):
        rank = place(result["hits"], shop)
        first += rank == 0
        five += rank is not None
        if rank != 0:
            kind = category(result["hits"], rank, shop, street, order)
            why[kind] += 1
            failures.append({
                "category": kind, "rank": rank, "true": texts, "read": read, "shop": [shop.id, shop.at], "street": street.id,
                "query": result["text"], "verdict": result["verdict"]["type"], "got": [shown(h) for h in result["hits"][:3]],
            })
    return {"scenes": len(made), "shops_with_street": shops_with_street, "first": first, "top5": five, "why": dict(why), "failures": failures}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--navig", default=str(extracts.ROOT / "target" / "release" / "navig"))
    parser.add_argument("--scenes", type=int, default=300)
    options = parser.parse_args()
    read = {path: named(path) for path in extracts.every()}
    pools = {extracts.title(path): pool for path, (_, _, _, pool) in read.items()}
    report = {"machine": program.machine(), "seed": SEED, "extracts": {}}
    for path in extracts.every(options.words):
        shops, streets, names, _ = read[path]
        try:
            report["extracts"][extracts.title(path)] = ask(options.navig, path, pools, names, shops, streets, options.scenes)
        except program.Failed as failed:
            report["extracts"][extracts.title(path)] = {"scenes": 0, "failed": str(failed)}
        print(extracts.title(path), {k: v for k, v in report["extracts"][extracts.title(path)].items() if k != "failures"}, file=sys.stderr)
    rows, total = [], collections.Counter()
    for title, r in report["extracts"].items():
        if r.get("failed"):
            rows.append([title, 0, "-", "-", r["failed"][:80]])
        elif not r["scenes"]:
            rows.append([title, 0, "-", "-", "no named shop with a named street within 150 m"])
        else:
            rows.append([title, f"{r['scenes']} ({r['shops_with_street']})", program.percent(r["first"], r["scenes"]),
                         program.percent(r["top5"], r["scenes"]), "; ".join(f"{k} {v}" for k, v in sorted(r["why"].items(), key=lambda p: -p[1]))])
            total.update({k: r[k] for k in ("scenes", "first", "top5")})
    rows.append(["all", total["scenes"], program.percent(total["first"], total["scenes"]), program.percent(total["top5"], total["scenes"]), "goal: 90 % and 97 %"])
    report["all"] = dict(total)
    report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    print(program.table(["extract", "scenes (shops)", "first", "top five", "failures"], rows))
    program.keep("planted", report)


if __name__ == "__main__":
    main()
