#!/usr/bin/env python3
"""Chain of Region for a million random points: navig against the Python package reverse_geocoder, in one run.

    python3 evals/bench/region/run.py            # writes evals/bench/region/results/DATE.json and prints it
    python3 evals/bench/region/run.py --points 100000 --runs 1

Half of the points lie on land or near it, by the land mask of the gazetteer, half elsewhere, both evenly by area; the
seed is fixed. Both programs get the same points and may use all cores: the package runs in its
mode 2 (several processes), navig in its batch interface. The package finds the nearest of 145,000 places and returns a
dictionary with its names for each point; navig finds country by outline, then admin 1, admin 2 and city by the nearest
of 235,000 places of that country, and returns the numbers of the four for each point, which stand for names in its
gazetteer. The programs run in turns, and each ratio is the median over the pairs. Three are given: of the batch alone
with all data read and the points in memory, of the whole process from its start to its end, and of the processor time of
the process; the last one hardly depends on what else the machine does (load_before and load_after say how busy it was).
The package is installed in an environment of its own under target/.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import random
import resource
import statistics
import struct
import subprocess
import sys
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
WORK = ROOT / "target" / "bench-region"
PACKAGES = ["reverse_geocoder==1.5.1", "numpy", "scipy"]
SEED = 20240501
COLUMNS, ROWS = 1440, 720

# Runs inside the environment: argv is the file of points, the mode and the number of runs.
THEIRS = """
import array, json, sys, time
import numpy, scipy
import reverse_geocoder

def main():
    numbers = array.array("d")
    with open(sys.argv[1], "rb") as file:
        numbers.frombytes(file.read())
    points = list(zip(numbers[0::2], numbers[1::2]))
    mode = int(sys.argv[2])
    started = time.perf_counter()
    reverse_geocoder.search(points[:1], mode=mode, verbose=False)
    first = time.perf_counter() - started
    seconds = []
    for _ in range(int(sys.argv[3])):
        started = time.perf_counter()
        found = reverse_geocoder.search(points, mode=mode, verbose=False)
        seconds.append(time.perf_counter() - started)
    assert len(found) == len(points)
    print(json.dumps({
        "open_and_first_answer_seconds": first, "batch_seconds": seconds, "mode": mode,
        "versions": {"python": sys.version.split()[0], "numpy": numpy.__version__, "scipy": scipy.__version__,
                     "reverse_geocoder": "1.5.1"},
    }))

if __name__ == "__main__":
    main()
"""


def random_points(count):
    """Half on land, half at sea, by the land mask of the gazetteer."""
    mask = (ROOT / "data" / "gazetteer" / "land.bin").read_bytes()
    rng = random.Random(SEED)
    wanted = {True: count - count // 2, False: count // 2}
    points = []
    while wanted[True] or wanted[False]:
        lat, lon = math.degrees(math.asin(rng.uniform(-1, 1))), rng.uniform(-180, 180)
        bit = min(ROWS - 1, int((90 - lat) * 4)) * COLUMNS + min(COLUMNS - 1, int((lon + 180) * 4))
        land = bool(mask[bit // 8] >> bit % 8 & 1)
        if wanted[land]:
            wanted[land] -= 1
            points.append((lat, lon))
    return points


def environment():
    folder = WORK / "venv"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def output(command):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def measured(command):
    """What a program prints as JSON on its last line, and the time of the whole process and its children."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    text = output(command)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**json.loads(text.splitlines()[-1]), "process_seconds": wall, "process_cpu_seconds": cpu}


def machine():
    model = platform.processor()
    if pathlib.Path("/proc/cpuinfo").exists():
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model)
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.system(),
        "load_before": os.getloadavg()[0],
        "rustc": output(["rustc", "--version"]).strip(),
    }


def ratio(runs, seconds):
    """Median over the pairs of theirs to ours."""
    return round(statistics.median(seconds(run["reverse_geocoder"]) / seconds(run["navig"]) for run in runs), 2)


def main():
    parser = argparse.ArgumentParser(description="navig against reverse_geocoder.")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    file = WORK / "points.bin"
    points = random_points(options.points)
    file.write_bytes(b"".join(struct.pack("<dd", *point) for point in points))
    script = WORK / "theirs.py"
    script.write_text(THEIRS)
    python = environment()
    build = ["cargo", "build", "--quiet", "--release", "--workspace", "--example", "bench_region"]
    subprocess.run(build, check=True, cwd=ROOT)
    ours = ROOT / "target" / "release" / "examples" / "bench_region"

    report = {"date": datetime.date.today().isoformat(), "points": options.points, "seed": SEED, "machine": machine()}
    # In turns, so that a busy moment of the machine hits both.
    report["runs"] = []
    for _ in range(options.runs):
        report["runs"].append({
            "navig": measured([ours, file, 1]),
            "reverse_geocoder": measured([python, script, file, 2, 1]),
        })
    report["machine"]["load_after"] = os.getloadavg()[0]
    report["times_faster"] = {
        "batch": ratio(report["runs"], lambda run: run["batch_seconds"][0]),
        "process_from_start_to_end": ratio(report["runs"], lambda run: run["process_seconds"]),
        "processor_time_of_the_process": ratio(report["runs"], lambda run: run["process_cpu_seconds"]),
    }
    text = json.dumps(report, indent=2)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{report['date']}.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    sys.exit(main())
