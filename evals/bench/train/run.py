#!/usr/bin/env python3
"""A step of training: navig against torch and peft, time and memory, in one run.

    cargo build --release --example random_model --example train_step
    VENV/bin/python evals/bench/train/run.py [--out FILE.json] [--steps 9]

Both make the same steps on the same tiny and 25-million-weight models, on two threads, plain and with activations computed again.
Measurements of the two take turns, since other programs may run; the least time of each counts. The Python needs torch,
transformers and peft.
"""
import argparse, json, os, pathlib, platform, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/examples"
PEER = pathlib.Path(__file__).with_name("torch_peer.py")
SHAPES = [(1, 512), (2, 256)]


def ours(folder, batch, tokens, way, steps):
    line = [BUILT / "train_step", folder, str(batch), str(tokens), way, str(steps)]
    env = {**os.environ, "RAYON_NUM_THREADS": "2"}
    return json.loads(subprocess.run(line, check=True, capture_output=True, text=True, env=env).stdout)


def theirs(folder, batch, tokens, way, steps):
    line = [sys.executable, PEER, folder, "--shapes", f"{batch}x{tokens}", "--steps", str(steps), "--threads", "2", "--only", way]
    return json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=9)
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for shape in ["tiny", "25m"]:
            model = pathlib.Path(folder) / shape
            subprocess.run([BUILT / "random_model", shape, model, "--seed", "2"], check=True, capture_output=True)
            for batch, tokens in SHAPES:
                for way in ["plain", "checkpointing"]:
                    pairs = [(ours(model, batch, tokens, way, args.steps), theirs(model, batch, tokens, way, args.steps)) for _ in range(2)]
                    navig, torch = ([pair[i] for pair in pairs] for i in range(2))
                    least = lambda runs, key: min(run[key] for run in runs)
                    row = {
                        "model": shape, "batch": batch, "tokens": tokens, "way": way,
                        "time_ratio": round(least(navig, "step_ms_min") / least(torch, "step_ms_min"), 3),
                        "memory_ratio": round(least(navig, "peak_rss_delta_mib") / least(torch, "peak_rss_delta_mib"), 3),
                        "navig": navig, "torch": torch,
                    }
                    rows.append(row)
                    print({key: row[key] for key in ["model", "batch", "tokens", "way", "time_ratio", "memory_ratio"]}, flush=True)
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg(), "date": time.strftime("%Y-%m-%d")}
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps({"rows": rows, "machine": machine}, indent=1) + "\n")


if __name__ == "__main__":
    main()
