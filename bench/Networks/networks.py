#!/usr/bin/env python3
"""Boosted networks and networks beside scikit-learn: 100 x 500 spectra of the original's benchmark, three folds.

    python3 bench/Networks/networks.py [--settings 8] [--seconds 1] [--threads 1] [--pairs 1] [--smoke]

Prints Markdown: seconds of both for one cross-validation of all settings, and the mean of the folds' RMSE, which agrees
within the spread over seeds (boosting, L-BFGS) or nearly (Adam). scikit-learn takes as many threads as its library does.
Needs numpy, scikit-learn, and bench/EndToEnd/Ours built in Release.
"""
import argparse
import itertools
import pathlib
import statistics
import sys
import tempfile
import time
import warnings

import numpy as np
from sklearn.model_selection import KFold, train_test_split
from sklearn.neural_network import MLPRegressor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench" / "EndToEnd"))
import processes  # noqa: E402
from report import measured, only_hash  # noqa: E402
from workloads import write_raw  # noqa: E402

warnings.filterwarnings("ignore")
BOOSTED = list(itertools.product((3, 5), ("identity", "tanh"), (0.1, 0.2)))
ALPHAS = (1e-3, 1e-4)


def spectra():
    random = np.random.RandomState(42)
    x = random.randn(100, 500) + 100
    for peak in (100, 200, 300, 400):
        x[:, peak - 10:peak + 10] += random.randn(100, 1) * 20
    y = x[:, [100, 200, 300, 400]].mean(1) + random.randn(100) * 5 + random.uniform(20, 80, 100)
    return x, y


def boosted(x, y, others, hidden, activation, rate, seed=42):
    x, judging, y, truth = train_test_split(x, y, test_size=0.15, random_state=seed)
    fit, judged, predicted = np.zeros(len(y)), np.zeros(len(truth)), np.zeros(len(others))
    best, without = np.inf, 0
    for i in range(100):
        network = MLPRegressor(
            (hidden,), activation=activation, solver="lbfgs", alpha=1e-4, max_iter=100, tol=5e-4, random_state=seed + i).fit(x, y - fit)
        fit += rate * network.predict(x)
        judged += rate * network.predict(judging)
        predicted += rate * network.predict(others)
        loss = np.mean((truth - judged) ** 2)
        best, without = (loss, 0) if loss < best else (best, without + 1)
        if without >= 10:
            break
    return predicted


def standardised(x, y, others, **options):
    mean, sd = x.mean(0), x.std(0, ddof=1)
    network = MLPRegressor(random_state=42, max_iter=500, **options)
    network.fit((x - mean) / sd, (y - y.mean()) / y.std(ddof=1))
    return y.mean() + y.std(ddof=1) * network.predict((others - mean) / sd)


def theirs(predict, settings, x, y, folds):
    start = time.perf_counter()
    rmse = []
    for setting in settings:
        found = [np.sqrt(np.mean((predict(x[a], y[a], x[b], *setting) - y[b]) ** 2)) for a, b in folds]
        rmse.append(float(np.mean(found)))
    return time.perf_counter() - start, rmse


def ours(path, model, arguments):
    program = ROOT / "artifacts" / "bin" / "EndToEndBench" / "release" / "Pipeline.EndToEndBench.dll"
    found = processes.run(["dotnet", program, path, "--model", model, "--threads", arguments.threads, "--seconds", arguments.seconds])
    if "error" in found:
        raise SystemExit(f"{model}: {found['error']}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=int, default=8, help="of the eight boosted ones")
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=1, help="runs of both, in turn")
    parser.add_argument("--rows", help="file of lines for `bench run`")
    parser.add_argument("--smoke", action="store_true", help="the quickest model, once")
    arguments = parser.parse_args()
    x, y = spectra()
    folds = list(KFold(3, shuffle=True, random_state=42).split(x))
    fold = np.zeros(100, int)
    for k, (_, held_out) in enumerate(folds):
        fold[held_out] = k

    def lbfgs(x, y, others, alpha):
        return standardised(x, y, others, hidden_layer_sizes=(16,), activation="tanh", solver="lbfgs", alpha=alpha)

    def adam(x, y, others, alpha):
        return standardised(
            x, y, others, hidden_layer_sizes=(64,), solver="adam", alpha=alpha, learning_rate_init=1e-3, early_stopping=True)

    cases = [
        ("neuralboosted(original; 100; 0.1, 0.2; 3, 5; tanh, identity)", boosted, BOOSTED[:arguments.settings]),
        ("mlp(16; 1e-4, 1e-3; tanh, lbfgs)", lbfgs, [(alpha,) for alpha in ALPHAS]),
        ("mlp(64; 1e-4, 1e-3; 1e-3)", adam, [(alpha,) for alpha in ALPHAS]),
    ]
    if arguments.smoke:
        cases, arguments.pairs, arguments.seconds = cases[2:], 1, 0
    print("| model | settings | ours, s | first answer, s | scikit-learn, s | ratio | ours, RMSECV pooled | scikit-learn, mean of folds |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "study.raw"
        write_raw(path, x, y, fold)
        for model, predict, settings in cases:
            runs, peers = [], []
            for _ in range(arguments.pairs):
                runs.append(ours(path, model, arguments))
                peers.append(theirs(predict, settings, x, y, folds))
            seconds, peer = statistics.median(one["medianMs"] for one in runs) / 1e3, statistics.median(one for one, _ in peers)
            first, rmse = runs[0]["firstMs"] / 1e3, peers[0][1]
            measured.append(arguments.rows, [measured.row(
                model, f"100 × 500, 3 folds, {len(settings)} settings", "s", [one["medianMs"] / 1e3 for one in runs],
                [measured.peer("scikit-learn", [one for one, _ in peers])], way=f"{arguments.threads} threads",
                cpuSeconds=statistics.median(one["cpuMs"] for one in runs) / 1e3, peakBytes=max(one["peakBytes"] for one in runs),
                foreignCores=round(max(one["foreignCores"] for one in runs), 3), hash=only_hash(runs))])
            text = [" ".join(f"{value:.3f}" for value in np.ravel(values)) for values in (runs[0]["rmsecv"], rmse)]
            print(f"| `{model}` | {len(settings)} | {seconds:.3f} | {first:.3f} | {peer:.2f} | {peer / seconds:.0f} x | {text[0]} | {text[1]} |")


if __name__ == "__main__":
    main()
