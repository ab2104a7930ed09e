#!/usr/bin/env python3
"""What `navig locate` costs beside the reader, what it holds in memory, and how fast the small verbs are.

    python3 evals/bench/locate/run.py PHOTOS_DIR [--navig target/release/navig]

Prints, and keeps in evals/bench/locate/results/: the time of each stage over all JPEGs of the folder (median and
largest; the goal is search + weigh at most 100 ms), the peak memory on a 24-megapixel photo (goal 700 MB), and the
start-to-end time of `region` and `tools list` (goal 50 ms). Needs Pillow to make the large photo.
"""
import argparse, json, pathlib, platform, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent


def machine():
    model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown")
    cores = len([1 for l in open("/proc/cpuinfo") if l.startswith("processor")])
    memory = next(int(l.split()[1]) // 1024 for l in open("/proc/meminfo") if l.startswith("MemTotal"))
    return {"cpu": model, "cores": cores, "memory_mb": memory, "system": platform.system()}


def start_to_end_ms(command, runs=21):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append((time.perf_counter() - start) * 1000)
    return {"median": round(statistics.median(times), 1), "max": round(max(times), 1)}


def stages(navig, photos):
    with tempfile.TemporaryDirectory() as ledgers:
        command = [navig, "locate", "--ignore-metadata", "--format", "jsonl", "--jobs", "1", "--ledger", ledgers]
        run = subprocess.run([*command, *map(str, photos)], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    timings = [json.loads(line)["timings_ms"] for line in run.stdout.splitlines()]
    series = {stage: [t[stage] for t in timings] for stage in timings[0]}
    series["search + weigh"] = [t["search"] + t["weigh"] for t in timings]
    return {k: {"median": round(statistics.median(v), 1), "max": round(max(v), 1)} for k, v in series.items()}


def peak_mb(navig, photo):
    """Peak of one child; run in a process of its own, since the kernel keeps one maximum for all children."""
    code = (
        "import resource, subprocess, sys;"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    with tempfile.TemporaryDirectory() as ledgers:
        command = [navig, "locate", "--ledger", ledgers, str(photo)]
        return int(subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True).stdout)


def large_photo(photos, folder):
    from PIL import Image

    path = folder / "24mp.jpg"
    with Image.open(max(photos, key=lambda p: p.stat().st_size)) as image:
        image.convert("RGB").resize((6000, 4000)).save(path, quality=90)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=pathlib.Path)
    parser.add_argument("--navig", default="target/release/navig")
    args = parser.parse_args()
    photos = sorted(args.photos.glob("*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        peak = peak_mb(args.navig, large_photo(photos, pathlib.Path(folder)))
    result = {
        "machine": machine(),
        "photos": len(photos),
        "stages_ms": stages(args.navig, photos),
        "peak_mb_24_megapixels": peak,
        "start_to_end_ms": {
            "region": start_to_end_ms([args.navig, "region", "48.2082,16.3738"]),
            "tools list": start_to_end_ms([args.navig, "tools", "list"]),
        },
    }
    print(json.dumps(result, indent=1))
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "latest.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
