"""Sentence vectors: navig's embedder against Python's sentence-transformers, the same model, texts and cores.

    python3 evals/bench/embedder/run.py MODEL_FOLDER LINES.txt [--lines N] [--rounds R] [--out FILE.json]

MODEL_FOLDER is the asset `embedder` with all that the package holds beside it (`modules.json`, `1_Pooling`); LINES.txt has a text a
line. The two run in turn, each as a process of its own that times embedding without loading. Needs: sentence-transformers,
numpy, and `cargo build --release --example embed_lines`.
"""
import argparse, json, os, pathlib, platform, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PEER = """
import sys, time, numpy as np
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
lines = open(sys.argv[2], encoding="utf-8").read().split("\\n")
t = time.perf_counter()
v = model.encode(lines, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
print(time.perf_counter() - t)
np.asarray(v, dtype="<f4").tofile(sys.argv[3])
"""


def main():
    a = argparse.ArgumentParser()
    a.add_argument("model"), a.add_argument("lines")
    a.add_argument("--lines", dest="count", type=int, default=0)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--out")
    a = a.parse_args()
    import numpy as np

    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    ours = target / "release/examples/embed_lines"
    texts = [line for line in open(a.lines, encoding="utf-8").read().split("\n") if line.strip()]
    if a.count:
        texts = texts[:: max(1, len(texts) // a.count)][: a.count]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "lines.txt").write_text("\n".join(texts), encoding="utf-8")
        rounds = []
        for _ in range(a.rounds):
            out = subprocess.run([ours, a.model, folder / "lines.txt", folder / "ours.f32"], check=True, capture_output=True)
            mine = json.loads(out.stdout)
            out = subprocess.run([sys.executable, "-c", PEER, a.model, folder / "lines.txt", folder / "peer.f32"],
                                 check=True, capture_output=True)
            rounds.append({"navig_s": mine["embed_s"], "load_s": mine["load_s"], "peer_s": float(out.stdout.split()[-1])})
            print(rounds[-1], file=sys.stderr)
        x, y = (np.fromfile(folder / f"{n}.f32", dtype="<f4").reshape(len(texts), -1) for n in ("ours", "peer"))
    best = {k: min(r[k] for r in rounds) for k in rounds[0]}
    report = {
        "texts": len(texts), "rounds": rounds, "best": best,
        "throughput_ratio": best["peer_s"] / best["navig_s"],
        "largest_difference": float(np.abs(x - y).max()),
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(),
                    "load": os.getloadavg(), "date": time.strftime("%Y-%m-%d")},
    }
    text = json.dumps(report, indent=1)
    print(text)
    if a.out:
        pathlib.Path(a.out).write_text(text + "\n")


main()
