#!/usr/bin/env python3
"""Real names and pairs of names with known answers: are they found, exact and misread, alone and among namesakes?

    VENV/bin/python evals/map/probes.py [--navig target/release/navig] [--seeds 3]

Reads probes.csv and cooccurrence_probes.csv of the folder of extracts. Each name is asked for as it is mapped, with
`name="..."` and with `name~"..."`, and as read with noise (reading.py) under three seeds; against its own extract, and
against all extracts at once. A name is first when the first answer is the object itself, another way of the same street
(same name, within 2 km), or a thing of the same name within 100 m. A name that several things of the searched maps bear, farther
apart than that, cannot tell which one is meant: it counts as found when the first answer bears it and the probe's own is
in the list, as an answer or as one of the alternatives. The rows of kind `namesake` are found when every place is in the list.
A pair is found when the first spot is within 150 m of it. The tables, by kind, script and extract, give the share found, and
in brackets the share that is first without that rule; results/probes.json has the failures.
"""

import argparse
import collections
import csv
import os
import random

import extracts
import program
import reading
from reading import folded

SEED, SAME_PLACE_M, STREET_M, PAIR_M, LIMIT = 20261123, 100.0, 2000.0, 150.0, 200
# Not searched among all at once: the sampler holds the others again.
APART = ("derived/",)


def rows(name):
    with (extracts.folder() / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def bearers(path, wanted):
    """For each wanted name, folded: where the things stand that bear it as their `name`."""
    found = collections.defaultdict(list)
    for thing in extracts.things(path, lambda tags: "name" in tags):
        name = folded(thing.tags["name"])
        if name in wanted:
            found[name].append(thing.at)
    return found


def reach_of(probe):
    """Within this distance a thing of the same name is the same, metres."""
    return STREET_M if probe["kind"] in ("street", "namesake") else SAME_PLACE_M


def places(points, apart_m):
    """One point of each place; points within `apart_m` of one are the same place."""
    out = []
    for point in points:
        if all(extracts.metres(point, other) > apart_m for other in out):
            out.append(point)
    return out


def position(thing):
    return (thing["at"]["lat"], thing["at"]["lon"])


def bears(found, name):
    tags = [v for key, v in found["tags"].items() if key.split(":")[0].endswith(("name", "brand"))]
    parts = [p for value in tags for p in [value, *value.split(";")]]
    return any(folded(n) == folded(name) for n in [found.get("name"), found.get("matched_name"), *parts] if n)


def is_it(found, probe):
    """Whether the object of an answer is what the probe means."""
    at = (float(probe["lat"]), float(probe["lon"]))
    if probe["osm"] in [found["osm"], *found.get("more", [])]:
        return True
    return bears(found, probe["query"]) and extracts.metres(position(found), at) <= reach_of(probe)


def listed(result):
    """Every position in the list of answers, alternatives included."""
    out = []
    for hit in result["hits"]:
        out.append(position(hit["objects"][0]))
        out += [position(other) for other in (hit["objects"][0].get("namesakes") or {}).get("alternatives", [])]
    return out


def judge(result, probe, bearers_of_it):
    """(found, first); `bearers_of_it` are the positions of all that bear the name on the searched maps."""
    if not result["hits"]:
        return False, False
    apart = reach_of(probe)
    where, every = places(bearers_of_it, apart), listed(result)
    reached = lambda at: any(extracts.metres(at, other) <= apart for other in every)
    if probe["kind"] == "namesake":
        return (all(map(reached, where)),) * 2
    first = result["hits"][0]["objects"][0]
    if is_it(first, probe):
        return True, True
    return len(where) > 1 and bears(first, probe["query"]) and reached((float(probe["lat"]), float(probe["lon"]))), False


def judge_pair(result, probe):
    return bool(result["hits"]) and extracts.metres(position(result["hits"][0]), (float(probe["lat"]), float(probe["lon"]))) <= PAIR_M


def shown(result):
    return [
        {"score": round(h["score"], 2), "objects": [[o["clause"], o["map"], o["osm"], o.get("matched_name") or o.get("name"), round(o["likeness"], 3)] for o in h["objects"]]}
        for h in result["hits"][:3]
    ]


def forms(name, seed, salt):
    """How a name is asked for: mapped, or read under a seed."""
    if seed is None:
        return name
    return reading.read(name, random.Random(f"{SEED}{salt}{seed}"))


def ways(seeds):
    """(title, sign of the language, seed) of each way to ask."""
    return [("exact =", "=", None), ("exact ~", "~", None), *[(f"read {s}", "~", s) for s in range(1, seeds + 1)]]


def run(navig, maps, singles, pairs, bearers_of, seeds, answers):
    for title, sign, seed in ways(seeds):
        asked = [f"name{sign}{program.quoted(forms(p['query'], seed, p['query']))} & limit {LIMIT}" for p in singles]
        for probe, query, result in zip(singles, asked, program.search(navig, maps, asked)):
            right, first = judge(result, probe, bearers_of[folded(probe["query"])])
            answers.append({"kind": probe["kind"], "script": probe["script"], "extract": probe["extract"], "way": title, "right": right, "first": first,
                            **({} if right else {"name": probe["query"], "expected": probe["osm"], "query": query, "got": shown(result), "verdict": result["verdict"]["type"]})})
        asked = [f"name{sign}{program.quoted(forms(p['name_a'], seed, p['name_b']))} & within 200m: name{sign}{program.quoted(forms(p['name_b'], seed, p['name_a']))}" for p in pairs]
        for probe, query, result in zip(pairs, asked, program.search(navig, maps, asked)):
            right = judge_pair(result, probe)
            letter = next((c for c in probe["name_a"] if c.isalpha()), "0")
            answers.append({"kind": "pair", "script": reading.script(letter), "extract": probe["extract"], "way": title, "right": right, "first": right,
                            **({} if right else {"name": [probe["name_a"], probe["name_b"]], "expected": [probe["osm_a"], probe["osm_b"]], "query": query, "got": shown(result), "verdict": result["verdict"]["type"]})})


def share(counts, column):
    found, first, asked = counts[column, True], counts[column, "first"], counts[column, False]
    return program.percent(found, asked) + (f" ({program.percent(first, asked)})" if first != found else "")


def summary(answers, by):
    columns = ["exact =", "exact ~", "read"]
    counts = collections.defaultdict(lambda: collections.Counter())
    for a in answers:
        column = "read" if a["way"].startswith("read") else a["way"]
        for group in (a[by], "all"):
            counts[group][column, True] += a["right"]
            counts[group][column, False] += 1
            counts[group][column, "first"] += a["first"]
    order = sorted(g for g in counts if g != "all") + ["all"]
    return [[g, counts[g]["exact =", False], *[share(counts[g], c) for c in columns]] for g in order]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--navig", default=str(extracts.ROOT / "target" / "release" / "navig"))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    singles, pairs = rows("probes.csv"), rows("cooccurrence_probes.csv")
    wanted = {folded(p["query"]) for p in singles}
    report, maps, own, everywhere = {"machine": program.machine(), "failed_to_index": {}}, {}, {}, collections.defaultdict(list)
    for path in extracts.every():
        title = extracts.title(path)
        try:
            maps[title], _ = program.index(options.navig, path)
        except program.Failed as failed:
            report["failed_to_index"][title] = str(failed)
            continue
        found = bearers(path, wanted)
        own[title] = found
        if not title.startswith(APART):
            for name, points in found.items():
                everywhere[name] += points
    alone, together = [], []
    for title in sorted(maps):
        here, near = [p for p in singles if p["extract"] == title], [p for p in pairs if p["extract"] == title]
        if here or near:
            run(options.navig, [maps[title]], here, near, own[title], options.seeds, alone)
    all_maps = [path for title, path in sorted(maps.items()) if not title.startswith(APART)]
    run(options.navig, all_maps, singles, pairs, everywhere, options.seeds, together)
    head = ["asked", "exact =", "exact ~", "read with noise"]
    for name, answers in (("own extract", alone), (f"{len(all_maps)} extracts at once", together)):
        for by in ("kind", "script", "extract"):
            print(f"\n{name}, by {by}\n\n" + program.table([by, *head], summary(answers, by)))
        report[name] = {"table": {by: summary(answers, by) for by in ("kind", "script", "extract")}, "failures": [a for a in answers if not a["right"]]}
    report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    program.keep("probes", report)


if __name__ == "__main__":
    main()
