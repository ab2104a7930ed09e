#!/usr/bin/env python3
"""Reads the same photos with navig's reader and with the Python package rapidocr-onnxruntime 1.4.4, in one run on
the same cores, and compares time and text.

    cargo build --release --workspace --examples
    python3 -m venv VENV && VENV/bin/pip install rapidocr-onnxruntime==1.4.4
    VENV/bin/python evals/bench/reader/run.py --models FOLDER [--photos FOLDER] [--rounds N] [--tesseract]

FOLDER holds the three ONNX files (by default those inside the Python package, which are the same). Photos are taken in
turn, each by one program and then by the other, so that a slow minute of the machine hits both; decoding the file is
not timed on either side. With more rounds than one the least time of each photo counts. Results go to
`evals/bench/reader/results/` as JSON, with the machine.

Character F1: for each photo the multiset of characters without white space, summed over photos: 2 * shared / (both).
Line F1: the same with whole lines without white space.

`plain` looks at each photo once as a whole, as RapidOCR does: like is compared with like. `default` is what
`navig locate` does: tiles for photos over 2000 px, and with --tesseract that program as a second reader.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class Navig:
    """The example `read_text`, fed one path at a time."""

    def __init__(self, models, *flags):
        program = ROOT / "target" / "release" / "examples" / "read_text"
        self.process = subprocess.Popen(
            [str(program), "--models", str(models), *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def read(self, photo):
        self.process.stdin.write(f"{photo}\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return [line["text"] for line in answer["lines"]], answer["seconds"]


class Rapid:
    """RapidOCR with its own settings."""

    def __init__(self):
        from rapidocr_onnxruntime import RapidOCR

        self.engine = RapidOCR()

    def read(self, photo):
        import cv2
        import numpy
        from PIL import Image

        pixels = cv2.cvtColor(numpy.array(Image.open(photo).convert("RGB")), cv2.COLOR_RGB2BGR)
        start = time.perf_counter()
        lines, _ = self.engine(pixels)
        return [line[1] for line in lines or []], time.perf_counter() - start


def bare(text):
    return "".join(text.split())


def f1(ours, theirs, items):
    shared = total = 0
    for photo, lines in theirs.items():
        a, b = Counter(items(lines)), Counter(items(ours[photo]))
        shared += 2 * sum((a & b).values())
        total += sum(a.values()) + sum(b.values())
    return shared / total if total else 1.0


def machine():
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "commit": commit.stdout.strip(),
        "date": datetime.date.today().isoformat(),
        "load_before": os.getloadavg()[0],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, help="folder of the three ONNX files")
    data = Path(os.environ.get("NAVIG_TEST_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--photos", type=Path, default=data / "photos")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tesseract", action="store_true", help="give the default settings Tesseract")
    parser.add_argument("--name", default="latest", help="name of the result file")
    args = parser.parse_args()
    models = args.models
    if models is None:
        import rapidocr_onnxruntime

        models = Path(rapidocr_onnxruntime.__file__).parent / "models"
    photos = sorted(p for p in args.photos.iterdir() if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
    if not photos:
        sys.exit(f"{args.photos}: no photos")
    about = machine()
    readers = {
        "rapidocr": Rapid(),
        "plain": Navig(models, "--plain"),
        "default": Navig(models, *(["--tesseract"] if args.tesseract else [])),
    }
    text = {name: {} for name in readers}
    seconds = {name: {} for name in readers}
    for name, reader in readers.items():
        reader.read(photos[0])  # the first photo pays for warming up
    for _ in range(args.rounds):
        for photo in photos:
            for name, reader in readers.items():
                lines, took = reader.read(photo)
                text[name][photo.name] = lines
                seconds[name][photo.name] = min(took, seconds[name].get(photo.name, took))
    about["load_after"] = os.getloadavg()[0]
    mean = {name: sum(s.values()) / len(s) for name, s in seconds.items()}
    summary = {
        "photos": len(photos),
        "rounds": args.rounds,
        "seconds_per_photo": {name: round(value, 4) for name, value in mean.items()},
        "time_ratio_plain": round(mean["plain"] / mean["rapidocr"], 3),
        "time_ratio_default": round(mean["default"] / mean["rapidocr"], 3),
        "default_has_tesseract": args.tesseract,
    }
    for name in ("plain", "default"):
        characters = lambda lines: bare("".join(lines))
        summary[f"character_f1_{name}"] = round(f1(text[name], text["rapidocr"], characters), 4)
        summary[f"line_f1_{name}"] = round(f1(text[name], text["rapidocr"], lambda lines: map(bare, lines)), 4)
    raw = {name: {p: {"seconds": round(seconds[name][p], 4), "lines": text[name][p]} for p in text[name]} for name in text}
    out = ROOT / "evals" / "bench" / "reader" / "results" / f"{args.name}.json"
    out.write_text(json.dumps({"machine": about, "summary": summary, "raw": raw}, ensure_ascii=False, indent=1) + "\n")
    print(json.dumps(summary, indent=1))
    wanted = summary["time_ratio_plain"] <= 1.3 and summary["character_f1_plain"] >= 0.97
    print("goals (time <= 1.3, character F1 >= 0.97):", "met" if wanted else "MISSED")
    return 0 if wanted else 1


if __name__ == "__main__":
    sys.exit(main())
