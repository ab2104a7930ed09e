"""Scoring: navig against numpy, the same numbers and how much faster.

    VENV/bin/python evals/bench/score/run.py [--samples N] [--draws D] [--peer-draws P] [--out FILE.json]

First 100,000 random points are scored by both, poles, the antimeridian, antipodes, equal distances, missing answers and clusters included:
every number must agree to 1e-9. Then N samples with D draws are timed; the peer makes P draws and its time is scaled, since a draw takes as long
as another. Needs numpy, and `cargo build --release --example score_points`.
"""
import argparse, json, os, pathlib, platform, subprocess, sys, tempfile, time
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[3]
OURS = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/examples/score_points"
PEER = pathlib.Path(__file__).with_name("peer.py")


def points(n, clusters, seed):
    """Random answers and truths; of each hundred some lie where the arithmetic is hard."""
    r = np.random.default_rng(seed)
    truth = np.stack([np.degrees(np.arcsin(r.uniform(-1, 1, n))), r.uniform(-180, 180, n)], 1)
    km = 10 ** r.uniform(-3, 4.3, n)
    bearing = r.uniform(0, 360, n)
    answer = truth + np.stack([km / 111 * np.cos(np.radians(bearing)), km / 111 * np.sin(np.radians(bearing))], 1)
    kind = r.integers(0, 100, n)
    truth[kind == 0, 0], answer[kind == 1, 0] = 90, -90
    truth[kind == 2] = [10, 179.999]
    answer[kind == 2] = [10, -179.999]
    answer[kind == 3] = np.stack([-truth[kind == 3, 0], truth[kind == 3, 1] + 180], 1)
    answer[kind == 4] = truth[kind == 4]
    truth[kind == 5], answer[kind == 5] = [0, 0], [0, 10]
    answer[:, 0] = np.clip(answer[:, 0], -90, 90)
    for p in (truth, answer):
        p[:, 1] = (p[:, 1] + 180) % 360 - 180
    missing = r.uniform(size=n) < 0.03
    cluster = r.integers(0, clusters, n) if clusters else np.arange(n)
    # Near answers are surer; some are as sure as others, some are certain.
    p = np.clip(1 / (1 + km / 500) + r.normal(0, 0.2, n), 0, 1).round(3)
    lines = ["lat,lon,true_lat,true_lon,cluster,p"]
    for m, (a, b), (c, d), k, s in zip(missing, answer.tolist(), truth.tolist(), cluster.tolist(), p.tolist()):
        lines.append(f",,{c!r},{d!r},{k},{s}" if m else f"{a!r},{b!r},{c!r},{d!r},{k},{s}")
    return "\n".join(lines) + "\n"


def run(command):
    """What a command prints, and the most memory that it had, MB."""
    with tempfile.TemporaryFile() as out:
        child = subprocess.Popen([str(c) for c in command], stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            sys.exit(f"{command[0]} failed")
        out.seek(0)
        return json.load(out), usage.ru_maxrss / 1024


def numbers(value, path=""):
    if isinstance(value, dict):
        for k, v in value.items():
            yield from numbers(v, f"{path}.{k}")
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from numbers(v, f"{path}[{i}]")
    else:
        yield path, value


def furthest(ours, peer):
    a, b = dict(numbers(ours)), dict(numbers(peer))
    if a.keys() != b.keys():
        sys.exit(f"they give other numbers: {sorted(a.keys() ^ b.keys())}")
    return max((abs(a[k] - b[k]) / max(1.0, abs(b[k])), k) for k in a)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--samples", type=int, default=1_000_000)
    p.add_argument("--draws", type=int, default=1000)
    p.add_argument("--peer-draws", type=int, default=20)
    p.add_argument("--out")
    a = p.parse_args()
    report = {"agreement": []}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "points.csv"
        for clusters in (0, 1000):
            file.write_text(points(100_000, clusters, 5))
            (ours, _), (peer, _) = run([OURS, file, 50]), run([sys.executable, PEER, file, 50])
            off, where = max(furthest(ours[part], peer[part]) for part in ("distances", "sure"))
            report["agreement"].append({"points": 100_000, "clusters": clusters or 100_000, "draws": 50, "largest_relative_difference": off, "at": where})
            if off > 1e-9:
                sys.exit(f"they disagree by {off} at {where}")
        file.write_text(points(a.samples, 0, 6))
        ours, peak = run([OURS, file, a.draws])
        peer, _ = run([sys.executable, PEER, file, a.peer_draws])
        none, _ = run([sys.executable, PEER, file, 0])
    one = (peer["score_s"] - none["score_s"]) / a.peer_draws
    peer_s = none["score_s"] + one * a.draws
    report |= {"samples": a.samples, "draws": a.draws, "navig_s": ours["score_s"], "navig_read_s": ours["read_s"], "navig_peak_mb": round(peak),
               "numpy_s": peer_s, "numpy_draws": a.peer_draws, "ratio": peer_s / ours["score_s"],
               "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg(),
                           "date": time.strftime("%Y-%m-%d")}}
    text = json.dumps(report, indent=1)
    print(text)
    if a.out:
        pathlib.Path(a.out).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(a.out).write_text(text + "\n")


main()
