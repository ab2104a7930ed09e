#!/usr/bin/env python3
"""What the three calls of a photo cost in the local engine and in Python's transformers: same weights, same machine, one run.

    cargo build --release --examples
    VENV/bin/python evals/bench/model/run.py [--shape 2b] [--sides 320,448] [--quant q4k] [--calls 150:60,250:40,250:60]

VENV has the packages that peer.py names. The weights are random, of the true shape and size, and are kept under
target/evals-model/. Both sides see the same picture, the same number of prompt tokens and the same number of reply tokens;
each run is a process of its own, and the two take turns. Prints a table, and keeps it in evals/bench/model/results/.
"""
import argparse, json, pathlib, platform, statistics, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
WORK = ROOT / "target" / "evals-model"


def machine():
    cpu = [l for l in open("/proc/cpuinfo")]
    flags = next((l.split(":", 1)[1].split() for l in cpu if l.startswith("flags")), [])
    return {
        "cpu": next((l.split(":", 1)[1].strip() for l in cpu if l.startswith("model name")), "unknown"),
        "cores": len([1 for l in cpu if l.startswith("processor")]),
        "vector_units": [f for f in ("avx2", "f16c", "avx512f", "avx512_bf16", "amx_bf16") if f in flags],
        "memory_mb": next(int(l.split()[1]) // 1024 for l in open("/proc/meminfo") if l.startswith("MemTotal")),
        "system": platform.system(),
    }


def lines_of(command):
    """Runs one side; what it printed, one JSON a line: loading, the calls, the peak."""
    run = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit(f"{command[0]} ended with {run.returncode}")
    load, *calls, peak = map(json.loads, run.stdout.splitlines())
    return {**load, "calls": calls, "peak_mb": peak["peak_mb"], "photo_s": sum(call["total_s"] for call in calls)}


def median_of(runs):
    """The run whose seconds a photo are in the middle."""
    return sorted(runs, key=lambda run: run["photo_s"])[len(runs) // 2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="2b")
    parser.add_argument("--sides", default="320,448")
    parser.add_argument("--quant", default="q4k")
    parser.add_argument("--dtype", default="f16", help="what the engine computes in where nothing is quantised")
    parser.add_argument("--calls", default="150:60,250:40,250:60", help="tokens of text and of reply, for each call")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--peers", default="bfloat16")
    parser.add_argument("--examples", type=pathlib.Path, default=ROOT / "target" / "release" / "examples")
    args = parser.parse_args()

    model, kept = WORK / args.shape, WORK / f"{args.shape}-{args.quant}"
    if not (model / "model.safetensors").exists():
        subprocess.run([args.examples / "random_model", args.shape, model], check=True)
    ask, shared = args.examples / "ask_model", ["--dtype", args.dtype]
    if not (kept / f"{args.quant}-0.uqff").exists():
        lines_of([ask, model, *shared, "--quant", args.quant, "--keep", kept / f"{args.quant}.uqff", "--calls", "1:1"])
    starts = {
        "quantised while loading": [lines_of([ask, model, *shared, "--quant", args.quant, "--calls", "1:1"])["load_s"] for _ in range(args.runs)],
        "quantised before": [lines_of([ask, kept, *shared, "--uqff", f"{args.quant}-0.uqff", "--calls", "1:1"])["load_s"] for _ in range(args.runs)],
    }
    result = {
        "machine": machine(), "shape": args.shape, "calls": args.calls,
        "start_s": {how: {"median": statistics.median(s), "all": s} for how, s in starts.items()}, "sides": {},
    }
    for side in map(int, args.sides.split(",")):
        what = ["--side", side, "--calls", args.calls]
        sides = {f"navig {args.quant}": [ask, kept, *shared, "--uqff", f"{args.quant}-0.uqff", *what]}
        for dtype in args.peers.split(","):
            sides[f"transformers {dtype}"] = [sys.executable, HERE / "peer.py", model, "--dtype", dtype, *what]
        runs = {name: [] for name in sides}
        for _ in range(args.runs):
            for name, command in sides.items():
                runs[name].append(lines_of(command))
        navig, *peers = [median_of(r) for r in runs.values()]
        for peer in peers:
            same = [(c["prompt_tokens"], c["reply_tokens"]) for c in peer["calls"]] == [(c["prompt_tokens"], c["reply_tokens"]) for c in navig["calls"]]
            assert same, "the two sides were not asked the same"
        result["sides"][side] = runs
        for name, run in zip(runs, [navig, *peers]):
            calls = ", ".join(f"{c['first_s']:.1f} + {c['total_s'] - c['first_s']:.1f}" for c in run["calls"])
            print(f"{side} px, {name}: {run['photo_s']:.1f} s ({calls}), {run['peak_mb']} MB, "
                  f"{navig['photo_s'] / run['photo_s']:.2f} of its time, {navig['peak_mb'] / run['peak_mb']:.2f} of its memory", flush=True)
    for how, seconds in result["start_s"].items():
        print(f"start, {how}: {seconds['median']:.2f} s")
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / f"{args.shape}.json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
