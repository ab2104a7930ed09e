#!/usr/bin/env python3
"""Locates a folder of photos with known coordinates and says how good the answers are.

    python3 evals/photos.py PHOTOS.csv [--navig target/release/navig] [--out evals/results] [--jobs 1]

PHOTOS.csv has the columns file, lat, lon, country_iso2, has_exif_gps, readable_text; photos lie beside it. Two runs
are made: with metadata, and with --ignore-metadata. Prints the acceptance figures and writes photos.md (a table of
every photo with its answer and reasons) and photos.json (raw) to the output folder. Needs only Python.
"""
import argparse, csv, json, math, pathlib, subprocess, sys, tempfile

EARTH_RADIUS_KM = 6371.0


def distance_km(a, b):
    (lat1, lon1), (lat2, lon2) = [[math.radians(x) for x in p] for p in (a, b)]
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def locate(navig, photos, jobs, extra):
    """Runs navig once over all photos; {file name: result}. Ledgers go to a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as ledgers:
        command = [navig, "locate", "--format", "jsonl", "--ledger", ledgers, "--jobs", str(jobs), *extra, *map(str, photos)]
        run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(command[:6])} ... ended with {run.returncode}:\n{run.stderr}")
    results = [json.loads(line) for line in run.stdout.splitlines()]
    return {pathlib.Path(r["photo"]["path"]).name: r for r in results}


def level(result, name):
    return next((link for link in result["chain"] if link["level"] == name), None)


def judge(row, result):
    country = level(result, "country")
    km = distance_km((float(row["lat"]), float(row["lon"])), (result["point"]["lat"], result["point"]["lon"]))
    located = result["verdict"]["level"]
    return {
        "file": row["file"],
        "truth": row["country_iso2"],
        "has_text": bool(row["readable_text"].strip()),
        "has_position": row["has_exif_gps"] == "yes",
        "verdict": located or "abstained",
        "country": country["code"] if country else None,
        "country_right": bool(country) and country["code"] == row["country_iso2"],
        "deep": located not in (None, "continent"),
        "km": round(km, 2),
        "p90_km": round(result["radius_km"]["p90"], 1),
        "inside_90": km <= result["radius_km"]["p90"],
        "inside_50": km <= result["radius_km"]["p50"],
        "chain": " > ".join(f"{l['name']} {l['probability']:.2f}" for l in result["chain"]),
        "reasons": reasons(result),
    }


def reasons(result):
    claims = {e["id"]: e["claim"] for e in result["evidence"]} | {h["id"]: h["text"] for h in result["hints"]}
    best = result["candidates"][0]["evidence_for"][:3] if result["candidates"] else []
    return [f"{claims.get(r['evidence'], r['evidence'])} (x{10 ** r['bans']:.3g})" for r in best]


def share(rows, key):
    return (sum(bool(key(r)) for r in rows), len(rows))


def percent(pair):
    hit, n = pair
    return f"{hit}/{n} = {100 * hit / n:.1f} %" if n else "0/0"


def figures(seen, blind):
    text = [r for r in blind if r["has_text"]]
    deep = [r for r in blind if r["deep"]]
    return [
        ("with metadata: photos with a position located within 1 km", share([r for r in seen if r["has_position"]], lambda r: r["km"] <= 1.0), 1.00),
        ("blind, readable text: country right", share(text, lambda r: r["country_right"]), 0.55),
        ("blind, readable text: within 25 km", share(text, lambda r: r["km"] <= 25.0), 0.20),
        ("blind, all: truth inside the 90 % radius", share(blind, lambda r: r["inside_90"]), 0.85),
        ("blind, called located at country level or deeper: country right", share(deep, lambda r: r["country_right"]), 0.85),
        ("blind, all: truth inside the 50 % radius (for information)", share(blind, lambda r: r["inside_50"]), None),
        ("blind, all: country right (for information)", share(blind, lambda r: r["country_right"]), None),
    ]


def table(rows):
    lines = ["| photo | truth | answer | km | 90 % radius, km | chain | strongest reasons |", "|---|---|---|---|---|---|---|"]
    clean = lambda s: s.replace("|", "\\|").replace("\n", " ")
    for r in rows:
        mark = "right" if r["country_right"] else "wrong"
        answer = f"{r['verdict']}: {r['country']} ({mark})"
        lines.append(f"| {r['file']} | {r['truth']} | {answer} | {r['km']} | {r['p90_km']} | {clean(r['chain'])} | {clean('; '.join(r['reasons']))} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("--navig", default="target/release/navig")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("evals/results"))
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    rows = list(csv.DictReader(args.photos.open(encoding="utf-8")))
    photos = [args.photos.parent / r["file"] for r in rows]
    runs = {}
    for name, extra in (("seen", []), ("blind", ["--ignore-metadata"])):
        results = locate(args.navig, photos, args.jobs, extra)
        missing = [r["file"] for r in rows if r["file"] not in results]
        if missing:
            sys.exit(f"no result for {', '.join(missing)}")
        runs[name] = [judge(r, results[r["file"]]) for r in rows]
    lines = []
    for name, pair, goal in figures(runs["seen"], runs["blind"]):
        verdict = "" if goal is None else f" (goal {100 * goal:.0f} %: {'met' if pair[0] >= goal * pair[1] else 'MISSED'})"
        lines.append(f"{name}: {percent(pair)}{verdict}")
    print("\n".join(lines))
    args.out.mkdir(parents=True, exist_ok=True)
    head = "# Real photos with coordinates, no vision model\n\nWritten by `evals/photos.py`.\n\n"
    body = "\n".join(f"- {line}" for line in lines)
    parts = [head + body, "## Blind (`--ignore-metadata`)", table(runs["blind"]), "## With metadata", table(runs["seen"])]
    (args.out / "photos.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    (args.out / "photos.json").write_text(json.dumps(runs, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
