"""The metrics by the book, in numpy: what `src/eval/score` must agree with, and is timed against.

    python3 evals/bench/score/peer.py POINTS.csv [DRAWS]

Distances by the formula of haversines, hits, scores, quantiles, calibration, risk against coverage; then the same on each draw of the bootstrap, gathered from the sample.
The random numbers are the outputs of SplitMix64, as `src/eval/score/bootstrap.rs` says. Needs numpy.
"""
import json, sys, time
import numpy as np

THRESHOLDS = [1.0, 25.0, 200.0, 750.0, 2500.0]
QUANTILES = [0.25, 0.5, 0.75, 0.9]
MISSING = 10_000.0


def haversine(lat, lon, true_lat, true_lon):
    a, b = np.radians(lat), np.radians(true_lat)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(true_lon - lon) / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(h, 0, 1)))


def metrics(km):
    within = [(km <= t).mean() for t in THRESHOLDS]
    return [*within, (5000 * np.exp(-km / 1492.7)).mean(), km.mean(), *np.quantile(km, QUANTILES)]


def splitmix64(index):
    with np.errstate(over="ignore"):
        z = (index + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def score(km, cluster, draws):
    """`km` with NaN for a missing answer."""
    # Clusters in the order of their first sample, and the samples of each.
    _, first, number = np.unique(cluster, return_index=True, return_inverse=True)
    number = np.argsort(np.argsort(first))[number]
    by_cluster = np.argsort(number, kind="stable")
    sizes = np.bincount(number)
    begins = np.concatenate([[0], np.cumsum(sizes)])
    clusters, alone = len(sizes), (sizes == 1).all()

    def of(sample):
        missing = np.isnan(sample)
        answers = sample[~missing]
        return metrics(np.where(missing, MISSING, sample)), metrics(answers) if len(answers) else None, missing.mean()

    whole, drawn = of(km), []
    for draw in range(draws):
        random = splitmix64(np.arange(draw * clusters, (draw + 1) * clusters, dtype=np.uint64))
        taken = (((random >> np.uint64(32)) * np.uint64(clusters)) >> np.uint64(32)).astype(np.int64)
        rows = by_cluster[taken] if alone else np.concatenate([by_cluster[begins[c]:begins[c + 1]] for c in taken])
        drawn.append(of(km[rows]))

    def estimates(values, draws):
        low, high = np.quantile(draws, [0.025, 0.975], axis=0) if len(draws) else (values, values)
        return [{"value": v, "low": l, "high": h} for v, l, h in zip(values, low, high)]

    def accuracy(n, values, draws):
        e = estimates(values, draws)
        return {"n": n, "within": e[:5], "score": e[5], "mean_km": e[6], "quantiles_km": e[7:]}

    return {
        "compatible": accuracy(len(km), whole[0], [d[0] for d in drawn]),
        "answered": whole[1] and accuracy(int((~np.isnan(km)).sum()), whole[1], [d[1] for d in drawn if d[1]]),
        "missing": estimates([whole[2]], [[d[2]] for d in drawn])[0],
    }


def sure(km, p):
    """Whether `p` is honest about being within 750 km, and what answering only the surest costs; by the book, and not as navig does it."""
    right = np.where(np.isnan(km), np.inf, km) <= 750.0
    which = np.minimum((p * 10).astype(int), 9)
    bins, error, chance = [], 0.0, 0.0
    for b in range(10):
        said, held = p[which == b], right[which == b]
        n = len(said)
        bins.append({"n": n, "said": said.mean() if n else 0.0, "held": held.mean() if n else 0.0})
        if n:
            error += n / len(p) * abs(said.mean() - held.mean())
            chance += np.sqrt((said * (1 - said)).sum() * 2 / np.pi) / len(p)
    levels = np.unique(p)[::-1]
    answered = np.searchsorted(np.sort(-p), -levels, side="right")
    wrong = np.cumsum(~right[np.argsort(-p, kind="stable")])[answered - 1]
    coverage, risk = answered / len(p), wrong / answered
    return {
        "calibration": {"bins": bins, "error": error, "error_by_chance": chance, "brier": ((p - right) ** 2).mean()},
        "risk_area": float((np.diff(coverage, prepend=0.0) * risk).sum()),
        "coverage_at_20": float(coverage[risk <= 0.2].max(initial=0.0)),
        "curve_points": len(levels),
    }


def main():
    draws = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    begun = time.perf_counter()
    # genfromtxt is slow, and reading is not what is compared.
    data = np.array([[float(x) if x else np.nan for x in line.split(",")] for line in open(sys.argv[1]).read().split("\n")[1:] if line])
    read = time.perf_counter() - begun
    begun = time.perf_counter()
    km = haversine(*data[:, :4].T)
    result = score(km, data[:, 4].astype(np.int64), draws)
    seconds = time.perf_counter() - begun
    print(json.dumps({"read_s": read, "score_s": seconds, "distances": result, "sure": sure(km, data[:, 5])}))


if __name__ == "__main__":
    main()
