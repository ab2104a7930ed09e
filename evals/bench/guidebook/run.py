"""What indexing guidebook lines and asking cost: time, memory, size.

    python3 evals/bench/guidebook/run.py LINES.txt [--out FILE.json]

Needs `cargo build --release` and the asset `embedder`. Each index is made in a temporary folder by the program itself; a query's time
is the stage "look up" of `navig ask` for one clue: the first that a process is asked, which opens the books, and the later ones of
`navig ask -`, as a photo's second clue has it. No clue is asked twice, so each is embedded.
"""
import argparse, json, os, pathlib, platform, resource, subprocess, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[3]
NAVIG = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/navig"
CLUES = ["white front plates and yellow rear plates", "Slim bollards with a red band", "red soil beside the road",
         "Signs in Portuguese", "concrete poles with holes", "palm trees", "double yellow centre lines", "a red phone box",
         "wooden houses painted red", "blue and white street name signs"]

ASKED = [f"{clue} {where}" for where in ("by the road", "near hills", "at dusk", "in town") for clue in CLUES]


def timed(args, env, text=None):
    begun = time.perf_counter()
    out = subprocess.run([NAVIG, *args], env={**os.environ, **env}, capture_output=True, text=True, input=text)
    seconds = time.perf_counter() - begun
    if out.returncode not in (0, 1):
        raise SystemExit(out.stderr)
    return seconds, out.stdout


def looked_up(out):
    return [json.loads(line)["timings_ms"]["look up"] for line in out.splitlines()]


def spread(times):
    times = sorted(times)
    return {"median": round(times[len(times) // 2], 1), "most": round(times[-1], 1)}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("lines"), a.add_argument("--out")
    a = a.parse_args()
    report = {"lines": sum(1 for _ in open(a.lines, encoding="utf-8"))}
    for name, embedder in (("words", "off"), ("vectors", "auto")):
        with tempfile.TemporaryDirectory() as folder:
            env = {"NAVIG_EMBEDDER": embedder, "NAVIG_GUIDEBOOKS_DIR": folder, "NAVIG_OFFLINE": "true"}
            seconds, _ = timed(["index", "guidebook", a.lines, "-o", "bench"], env)
            size = (pathlib.Path(folder) / "bench.navguide").stat().st_size
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            again, _ = timed(["index", "guidebook", a.lines, "-o", "bench"], env)
            first = [looked_up(timed(["ask", clue, "--format", "json"], env)[1])[0] for clue in CLUES]
            later = looked_up(timed(["ask", "-", "--format", "json"], env, "\n".join(["a road sign", *ASKED]))[1])[1:]
            report[name] = {"index_s": round(seconds, 2), "again_s": round(again, 2), "file_mb": round(size / 1e6, 2),
                            "peak_mb": round(memory), "first_query_ms": spread(first), "query_ms": spread(later)}
    report["machine"] = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
                         "load": os.getloadavg(), "date": time.strftime("%Y-%m-%d")}
    text = json.dumps(report, indent=1)
    print(text)
    if a.out:
        pathlib.Path(a.out).write_text(text + "\n")


main()
