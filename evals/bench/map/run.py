#!/usr/bin/env python3
"""The map: navig against osm2pgsql, PostGIS and pg_trgm, in one run.

    VENV/bin/python evals/bench/map/run.py [--extract EXTRACT.osm.pbf] [--navig target/release/navig]

VENV has the Python packages `osmium` and `psycopg[binary]`; osm2pgsql, osmium-tool, postgresql and postgis come from Debian.

Both programs get the same extract and keep the same objects and tags by data/osm/features.toml. Measured are: the build
(in turns; for the peer osm2pgsql's load, the table of names and all indexes that the searches use); memory (navig: the
kernel's peak of the process; the peer: proportional set size of osm2pgsql and all server processes); size (of the whole
database, less an empty one with the same extensions); 1,000 misread names, ten answers each; 200 questions of two to four
clauses. The searches of the peer are timed within one session with prepared statements, the socket's round trip included
(given as round_trip_ms); those of navig within one process, by the time that each result states. Each side is asked all
questions once before. The cold line is navig's whole process from start to end, with one question.

The server is tuned for the machine (postgres.py), does not wait for the disk, and is gone afterwards, whatever happens.
Of the ways in which pg_trgm can search, and the ways in which the questions can be written in SQL, the fastest is taken
that finds what the others find. Results are kept in evals/bench/map/results/.
"""

import argparse
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "map"))

import extracts
import load
import peer
import postgres
import program
import questions

GOALS = {"build": 8, "size": 4, "peak_mb": 1024, "names": 20, "together": 20, "cold_ms": 30}
# A question may ask for this many spots, so that all answers can be compared.
MOST = 1000


def spread(values):
    ordered = sorted(values)
    at = lambda share: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4)
    return {"median": round(statistics.median(ordered), 4), "p95": at(0.95), "max": round(ordered[-1], 4)}


def versions(server):
    first = lambda command: subprocess.run(command, capture_output=True, text=True)
    said = first(["osm2pgsql", "--version"])
    return {
        "osm2pgsql": (said.stdout + said.stderr).strip().splitlines()[0],
        "postgresql": server.sql("SHOW server_version").stdout.strip(),
        "postgis": server.sql("SELECT postgis_lib_version()", load.DATABASE).stdout.strip(),
        "pg_trgm": server.sql("SELECT extversion FROM pg_extension WHERE extname='pg_trgm'", load.DATABASE).stdout.strip(),
        "settings": postgres.SETTINGS,
    }


def build(navig, extract, features, runs, server):
    """In turns. The last database and index stay for the searches."""
    ours, theirs = [], []
    for _ in range(runs):
        index, cost = program.index(navig, extract, fresh=True)
        ours.append(cost)
        server.sql(f"DROP DATABASE IF EXISTS {load.DATABASE}")
        theirs.append(load.load(server, extract, features))
    seconds = statistics.median(t["seconds"] / o["seconds"] for o, t in zip(ours, theirs))
    data = theirs[-1]["bytes"] - theirs[-1]["bytes_of_an_empty_database"]
    return index, {
        "navig": ours, "peer": theirs, "times_faster": round(seconds, 2),
        "times_smaller": round(data / ours[-1]["bytes"], 2),
        "peak_mb": {"navig": max(o["peak_mb"] for o in ours), "peer": max(t["peak_mb"] for t in theirs)},
    }


def choose_way(session, pairs):
    """The fastest way of pg_trgm whose recall is within half a point of the best, by the first 200 names."""
    tried = {}
    for how in [*peer.THRESHOLDS, "distance"]:
        found = peer.search_names(session, [reading for reading, _ in pairs[:200]], how)
        tried[str(how)] = {
            "median_ms": statistics.median(ms for ms, _ in found),
            "recall": recall([names for _, names in found], pairs[:200]),
        }
    best = max(way["recall"] for way in tried.values())
    good = {how: way for how, way in tried.items() if way["recall"] >= best - 0.005}
    return min(good, key=lambda how: good[how]["median_ms"]), tried


def recall(answers, pairs):
    right = sum(any(questions.folded(n) == questions.folded(name) for n in names) for names, (_, name) in zip(answers, pairs))
    return round(right / len(pairs), 4)


def all_names(hit):
    """Every name under which the first object of a hit is known."""
    found = hit["objects"][0]
    tags = found["tags"].items()
    listed = [v for key, v in tags if key.split(":")[0].endswith(("name", "brand", "operator", "ref"))]
    parts = [part.strip() for value in listed for part in value.split(";")]
    return [n for n in [found.get("name"), found.get("matched_name"), *parts] if n]


def names(navig, index, session, pairs):
    way, tried = choose_way(session, pairs)
    theirs = peer.search_names(session, [r for r, _ in pairs], way if way == "distance" else float(way))
    asked = [f"name~{program.quoted(reading)}" for reading, _ in pairs]
    program.search(navig, [index], asked)
    ours = program.search(navig, [index], asked)
    found = [[n for hit in r["hits"][:10] for n in all_names(hit)] for r in ours]
    missed = [
        {"reading": reading, "expected": name, "got": [h["objects"][0].get("name") for h in r["hits"][:3]]}
        for (reading, name), r, names in zip(pairs, ours, found)
        if not any(questions.folded(n) == questions.folded(name) for n in names)
    ]
    our_ms, their_ms = [program.milliseconds(r) for r in ours], [ms for ms, _ in theirs]
    return {
        "questions": len(pairs), "peer_way": way, "peer_ways_tried": tried,
        "ms": {"navig": spread(our_ms), "peer": spread(their_ms)},
        "times_faster": {k: round(spread(their_ms)[k] / spread(our_ms)[k], 1) for k in ("median", "p95")},
        "recall_at_10": {"navig": recall(found, pairs), "peer": recall([n for _, n in theirs], pairs)},
        "missed_by_navig": missed,
        "each": [{"reading": r, "name": n, "navig_ms": o, "peer_ms": round(t, 3)} for (r, n), o, t in zip(pairs, our_ms, their_ms)],
    }


def as_query(question):
    def clause(spec):
        return f"name={program.quoted(spec['name'])}" if "name" in spec else "{}={}".format(*spec["tag"])
    first, *rest = map(clause, question["clauses"])
    return f"{first} & within {question['within_m']}m: {', '.join(rest)} & limit {MOST}"


def compare(question, want, result):
    """What only one side says. navig gives spots, and takes what lies within reach of a better spot for the same one; so an
    answer of the peer is missing only if no spot lies within twice the reach of it. The other ways of a street that navig
    lists with one are neither missing nor more."""
    found = [o for hit in result["hits"] for o in hit["objects"]]
    got = {o["osm"] for o in found if o["clause"] == 0}
    same = {osm for o in found if o["clause"] == 0 for osm in o.get("more", [])}
    spots, reach = [(o["at"]["lat"], o["at"]["lon"]) for o in found], 2 * max(question["within_m"], 50)
    missing = [i for i, at in want.items() if i not in got | same and all(extracts.metres(at, spot) > reach for spot in spots)]
    return sorted(missing), sorted(got - want.keys())


def together(navig, index, session, asked):
    forms = {form: peer.search_together(session, asked, form) for form in ("exists", "join")}
    form = min(forms, key=lambda f: statistics.median(ms for ms, _ in forms[f]))
    theirs = forms[form]
    queries = [as_query(question) for question in asked]
    program.search(navig, [index], queries)
    ours = program.search(navig, [index], queries)
    ten = program.search(navig, [index], [q.rsplit(" & limit", 1)[0] for q in queries])
    each = []
    for question, query, (ms, want), result, short in zip(asked, queries, theirs, ours, ten):
        answered = want is not None
        missing, more = compare(question, want, result) if answered else ([], [])
        each.append({
            "query": query, "peer_ms": round(ms, 3), "navig_ms": program.milliseconds(result),
            "navig_ten_ms": program.milliseconds(short), "verdict": result["verdict"]["type"], "peer_answers": len(want) if answered else None,
            "navig_found": result["found"], "navig_spots": len(result["hits"]), "missing": len(missing), "more": len(more),
            "examples_missing": missing[:5], "examples_more": more[:5],
        })
    our_ms, their_ms = [e["navig_ms"] for e in each], [e["peer_ms"] for e in each]
    return {
        "questions": len(each), "peer_form": form,
        "peer_forms_median_ms": {f: statistics.median(ms for ms, _ in r) for f, r in forms.items()},
        "ms": {"navig": spread(our_ms), "peer": spread(their_ms), "navig_ten_answers": spread([e["navig_ten_ms"] for e in each])},
        "times_faster": {k: round(spread(their_ms)[k] / spread(our_ms)[k], 1) for k in ("median", "p95")},
        "answers": {k: sum(e[k] or 0 for e in each) for k in ("peer_answers", "missing", "more")},
        "peer_out_of_time": sum(e["peer_answers"] is None for e in each),
        # Before spots are merged navig counts what the peer counts.
        "same_answers": sum(e["peer_answers"] == e["navig_found"] and not e["more"] for e in each),
        "same_spots": sum(e["peer_answers"] is not None and not e["missing"] and not e["more"] for e in each),
        "each": each,
    }


def cold(navig, index, query, runs=21):
    """The whole process, with the file in the cache of the system: what a start costs besides the disk."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run([navig, "search", "--map", str(index), query, "--format", "json"], check=False, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - started) * 1000)
    return spread(times)


def verdict(text, met):
    return f"{text} {'met' if met else 'MISSED'}"


def summary(report):
    b, n, t, c = report["build"], report["names"], report["together"], report["cold_ms"]
    ours, theirs = b["navig"][-1], b["peer"][-1]
    return program.table(["work", "navig", "peer", "ratio", "goal"], [
        ["build", f"{ours['seconds']:.2f} s", f"{theirs['seconds']:.2f} s", b["times_faster"], verdict(">= 8", b["times_faster"] >= GOALS["build"])],
        ["size", f"{ours['bytes'] / 1e6:.1f} MB", f"{theirs['bytes'] / 1e6:.1f} MB", b["times_smaller"], verdict(">= 4", b["times_smaller"] >= GOALS["size"])],
        ["peak memory", f"{b['peak_mb']['navig']:.0f} MB", f"{b['peak_mb']['peer']:.0f} MB", round(b["peak_mb"]["peer"] / b["peak_mb"]["navig"], 2),
         verdict("<= 1024 MB", b["peak_mb"]["navig"] <= GOALS["peak_mb"])],
        *[[f"misread name, {k}", f"{n['ms']['navig'][k]:.3f} ms", f"{n['ms']['peer'][k]:.3f} ms", n["times_faster"][k],
           verdict(">= 20", n["times_faster"][k] >= GOALS["names"]) if k == "median" else "-"] for k in ("median", "p95")],
        ["recall at 10", n["recall_at_10"]["navig"], n["recall_at_10"]["peer"], "-",
         verdict("not lower", n["recall_at_10"]["navig"] >= n["recall_at_10"]["peer"])],
        *[[f"together, {k}", f"{t['ms']['navig'][k]:.3f} ms", f"{t['ms']['peer'][k]:.3f} ms", t["times_faster"][k],
           verdict(">= 20", t["times_faster"][k] >= GOALS["together"]) if k == "median" else "-"] for k in ("median", "p95")],
        ["same answers", t["same_answers"], t["questions"] - t["peer_out_of_time"], f"{t['same_spots']} with a spot for each", verdict("all", t["same_answers"] == t["questions"] - t["peer_out_of_time"])],
        ["cold process, one question", f"{c['median']:.1f} ms", "-", "-", verdict("< 30 ms", c["median"] < GOALS["cold_ms"])],
    ])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extract", type=pathlib.Path, default=extracts.folder() / "derived" / "world_sampler.osm.pbf")
    parser.add_argument("--navig", default=str(extracts.ROOT / "target" / "release" / "navig"))
    parser.add_argument("--features", type=pathlib.Path, default=extracts.ROOT / "data" / "osm" / "features.toml")
    parser.add_argument("--runs", type=int, default=3, help="builds of each side")
    options = parser.parse_args()
    report = {"date": datetime.date.today().isoformat(), "extract": extracts.title(options.extract), "machine": program.machine()}
    things = questions.named_things(options.extract)
    pairs, asked = questions.misread_names(things, 1000), questions.together(things, 200)
    del things
    with postgres.Server() as server:
        index, report["build"] = build(options.navig, options.extract, options.features, options.runs, server)
        report["objects_of_navig"] = program.info(options.navig, index)
        report["peer"] = versions(server)
        report["index_for_distance_seconds"] = load.timed(server, load.NEAREST)
        session = peer.connect(server)
        report["round_trip_ms"] = spread([peer.ask(session, "SELECT 1", [])[0] for _ in range(500)])
        report["names"] = names(options.navig, index, session, pairs)
        report["together"] = together(options.navig, index, session, asked)
        session.close()
    report["cold_ms"] = cold(options.navig, index, f"name~{program.quoted(pairs[0][0])}")
    report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    print(summary(report))
    (HERE / "results").mkdir(exist_ok=True)
    text = program.as_text(report)
    (HERE / "results" / f"{options.extract.name.split('.')[0]}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
