#!/usr/bin/env python3
"""How the build of an index grows with the extract, and what a country and the planet would need.

    VENV/bin/python evals/map/growth.py [--navig target/release/navig] [--copies 4] [--runs 3]

Builds real extracts of growing size, and one that is made of `--copies` copies of the large one: each copy is moved in
longitude, has ids of its own, and other names (the letters of each name are swapped by a rule per copy), so that neither
nodes nor names repeat. Time (median), peak memory (the kernel's) and size are fitted as a power of the extract's bytes over
the extracts of at least 3 MB, and carried on to 4 GB and 80 GB. The largest is then built with less and less memory allowed,
which shows where memory stops to grow. Kept in evals/map/results/growth.json. The made extract
stays in target/ for the next run. Needs the Python package `osmium`.
"""

import argparse
import math
import os
import statistics

import extracts
import program

EXTRACTS = ["converted/volos_gr_2020", "original/monaco_2026", "original/munich_centre_2020", "original/helsinki_2019",
            "original/heidelberg", "original/malta_2018", "derived/world_sampler"]
FITTED_FROM_BYTES = 3_000_000
TARGETS = {"a country of 4 GB": 4e9, "the planet of 80 GB": 80e9}
BUDGETS_MB = [64, 128, 256, 768]
ID_STEP, DEGREES_STEP = 100_000_000_000, 0.4
SWAPS = ["aeiouаеиоу", "bdklmnбдклмн", "prstvpпрстфв"]


def other_name(text, copy):
    """The same name in another tongue: letters of each row of SWAPS are turned by as many places as the copy's number."""
    table = {}
    for row in SWAPS:
        half = len(row) // 2
        for part in (row[:half], row[half:]):
            for i, letter in enumerate(part):
                other = part[(i + copy) % len(part)]
                table[ord(letter)], table[ord(letter.upper())] = other, other.upper()
    return text.translate(table)


def made(source, copies):
    """The extract of many copies; built once."""
    import osmium

    out = program.WORK / f"{copies}-copies-{source.name}"
    if out.exists():
        return out
    program.WORK.mkdir(parents=True, exist_ok=True)
    partial = out.with_name("partial-" + out.name)
    writer = osmium.SimpleWriter(str(partial), overwrite=True)
    # Kind by kind, so that the file is sorted as extracts are.
    for kind in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
        for copy in range(copies):
            step, east = copy * ID_STEP, copy * DEGREES_STEP
            for element in osmium.FileProcessor(str(source), kind):
                tags = element.tags
                if copy and tags:
                    tags = [(t.k, other_name(t.v, copy) if "name" in t.k else t.v) for t in tags]
                change = {"id": element.id + step, "tags": tags}
                if kind == osmium.osm.NODE:
                    lon = element.location.lon + east
                    change["location"] = (lon - 360 if lon > 180 else lon, element.location.lat)
                    writer.add_node(element.replace(**change))
                elif kind == osmium.osm.WAY:
                    writer.add_way(element.replace(nodes=[n.ref + step for n in element.nodes], **change))
                else:
                    members = [(m.type, m.ref + step, m.role) for m in element.members]
                    writer.add_relation(element.replace(members=members, **change))
    writer.close()
    partial.rename(out)
    return out


def power(points):
    """(factor, exponent) of y = factor * x^exponent by least squares of the logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mx, my = statistics.mean(x for x, _ in logs), statistics.mean(y for _, y in logs)
    exponent = sum((x - mx) * (y - my) for x, y in logs) / sum((x - mx) ** 2 for x, _ in logs)
    return math.exp(my - exponent * mx), exponent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--navig", default=str(extracts.ROOT / "target" / "release" / "navig"))
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    paths = [extracts.folder() / f"{name}.osm.pbf" for name in EXTRACTS]
    if options.copies:
        paths.append(made(paths[-1], options.copies))
    report = {"machine": program.machine(), "extracts": []}
    for path in paths:
        costs = [program.index(options.navig, path, fresh=True) for _ in range(options.runs)]
        row = {"extract": path.name, "bytes": path.stat().st_size, "runs": [cost for _, cost in costs]}
        row["seconds"] = statistics.median(c["seconds"] for c in row["runs"])
        row["cpu_seconds"] = statistics.median(c["cpu_seconds"] for c in row["runs"])
        row["peak_mb"] = max(c["peak_mb"] for c in row["runs"])
        row["index_bytes"] = costs[-1][1]["bytes"]
        report["extracts"].append(row)
    print(program.table(["extract", "MB", "seconds", "processor seconds", "peak, MB", "index, MB"], [
        [r["extract"], f"{r['bytes'] / 1e6:.1f}", f"{r['seconds']:.2f}", f"{r['cpu_seconds']:.2f}", f"{r['peak_mb']:.0f}", f"{r['index_bytes'] / 1e6:.1f}"] for r in report["extracts"]]))
    fitted = [r for r in report["extracts"] if r["bytes"] >= FITTED_FROM_BYTES]
    report["fits"], rows = {}, []
    for what in ("seconds", "cpu_seconds", "peak_mb", "index_bytes"):
        _, exponent = power([(r["bytes"], r[what]) for r in fitted])
        largest = fitted[-1]
        # From the largest extract on, with the exponent of all: the fit's own factor would miss the one point that matters.
        there = {name: largest[what] * (size / largest["bytes"]) ** exponent for name, size in TARGETS.items()}
        report["fits"][what] = {"exponent": round(exponent, 3), "from": largest["extract"], **there}
        rows.append([what, f"{exponent:.2f}", *[f"{value:,.0f}" for value in there.values()]])
    print("\n" + program.table(["cost", "exponent", *TARGETS], rows))
    # Memory grows only to what the build may take: the same extract with less.
    report["bounded"] = []
    for megabytes in BUDGETS_MB:
        out = program.WORK / "bounded.navosm"
        command = [options.navig, "index", "osm", paths[-1], "-o", out, "--force", "--memory-mb", megabytes]
        seconds, peak, cpu, code, said = program.measured(command)
        if code != 0:
            raise SystemExit(f"--memory-mb {megabytes}: exit {code}: {said}")
        report["bounded"].append({"memory_mb": megabytes, "seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "peak_mb": round(peak, 1)})
        out.unlink()
    print("\n" + program.table(["--memory-mb", "seconds", "processor seconds", "peak, MB"], [list(b.values()) for b in report["bounded"]]))
    report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    program.keep("growth", report)


if __name__ == "__main__":
    main()
