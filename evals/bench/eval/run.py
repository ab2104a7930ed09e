#!/usr/bin/env python3
"""What the harness itself costs: scoring a million answers, ablating ten thousand stored ledgers, and a sample of a run.

    python3 evals/bench/eval/run.py RUN [--navig target/release/navig] [--points 1000000] [--ledgers 10000] [--photos 400]

RUN is a run of navig with evidence, such as that of the task `photos`; its lines are repeated until there are enough ledgers. The million
answers are drawn here, with 200,000 authors. A run of small even photos without a reader is held against `navig locate` on the same
photos, which keeps ledgers too: what is left is the harness. Prints seconds and peak memory, and writes them to results/.
"""
import argparse, json, os, pathlib, platform, random, struct, subprocess, sys, tempfile, time, zlib

HERE = pathlib.Path(__file__).parent


def timed(command, folder):
    """Seconds and peak resident memory, MB, of a command that must succeed."""
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begun
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{' '.join(map(str, command))} failed:\n{process.stderr.read().decode()}")
    return {"seconds": round(seconds, 3), "peak_mb": round(usage.ru_maxrss / 1024)}


def png(shade):
    """A picture of 64 by 48 even pixels."""
    rows = b"".join(b"\0" + bytes([shade % 256, shade // 256, 200]) * 64 for _ in range(48))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def task(folder, columns=""):
    text = "name = 'bench'\nversion = '1'\nabout = 'a'\nlicence = 'l'\npictures = 'p'\n[list]\nfile = 'list.csv'\n"
    (folder / "bench.toml").write_text(text + columns)


def score(navig, folder, points):
    rng = random.Random(7)
    task(folder, "columns = { cluster = 'author' }\n")
    with open(folder / "list.csv", "w") as truth, open(folder / "answers.csv", "w") as answers:
        truth.write("id,lat,lon,author\n")
        answers.write("id,lat,lon\n")
        for i in range(points):
            lat, lon = rng.uniform(-60, 75), rng.uniform(-180, 180)
            truth.write(f"{i}.jpg,{lat:.6f},{lon:.6f},{rng.randrange(200_000)}\n")
            km = 10 ** rng.uniform(-1, 4.2) / 111.2
            near = max(-90.0, min(90.0, lat + rng.uniform(-km, km))), (lon + rng.uniform(-km, km) + 180) % 360 - 180
            answers.write(f"{i}.jpg,{near[0]:.6f},{near[1]:.6f}\n" if rng.random() > 0.02 else f"{i}.jpg,,\n")
    return timed([navig, "eval", "score", "bench.toml", "answers.csv", "--format", "json"], folder)


def ablate(navig, folder, run, ledgers):
    lines = (run / "samples.jsonl").read_text().splitlines()
    many = folder / "many"
    many.mkdir()
    facts = json.loads((run / "run.json").read_text())
    facts["task"]["samples"] = ledgers
    (many / "run.json").write_text(json.dumps(facts))
    with open(many / "samples.jsonl", "w") as out:
        for i in range(ledgers):
            line = json.loads(lines[i % len(lines)])
            line["index"], line["id"] = i, f"{i}.jpg"
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    evidence = sum(bool(json.loads(line)["answer"].get("located", {}).get("evidence")) for line in lines) / len(lines)
    return timed([navig, "eval", "ablate", "many", "--format", "json"], folder) | {"with_evidence": round(evidence, 3)}


def overhead(navig, folder, photos):
    task(folder)
    (folder / "photos").mkdir()
    with open(folder / "list.csv", "w") as truth:
        truth.write("id,lat,lon\n")
        for i in range(photos):
            truth.write(f"photos/{i:04}.png,10,20\n")
            (folder / f"photos/{i:04}.png").write_bytes(png(i))
    common = ["--no-reader", "--jobs", "1"]
    locate = [navig, "locate", "photos", "--format", "jsonl", "--ignore-metadata", "--ledger", "ledgers", *common]
    run = [navig, "eval", "run", "bench.toml", "--out", "run", "--draws", "0", *common]
    times = {"locate": timed(locate, folder)["seconds"], "run": timed(run, folder)["seconds"]}
    return times | {"ms_a_sample": round(1000 * (times["run"] - times["locate"]) / photos, 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--navig", type=pathlib.Path, default=pathlib.Path("target/release/navig"))
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--ledgers", type=int, default=10_000)
    parser.add_argument("--photos", type=int, default=400)
    args = parser.parse_args()
    navig, found = args.navig.resolve(), {"cores": os.cpu_count(), "machine": platform.machine(), "system": platform.system()}
    model = [line for line in open("/proc/cpuinfo") if line.startswith("model name")] if os.path.exists("/proc/cpuinfo") else []
    found["processor"] = model[0].split(":")[1].strip() if model else platform.processor()
    for name, measure, size in (
        ("score", score, args.points),
        ("ablate", lambda n, f, size: ablate(n, f, args.run.resolve(), size), args.ledgers),
        ("overhead", overhead, args.photos),
    ):
        with tempfile.TemporaryDirectory() as folder:
            found[name] = {"n": size} | measure(navig, pathlib.Path(folder), size)
        print(name, json.dumps(found[name]), flush=True)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / f"results/{time.strftime('%Y-%m-%d')}.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
