#!/usr/bin/env python3
"""Families without a group of their own beside scikit-learn: whole searches of one family, 600 x 400, 5 folds, equal settings.

    python3 bench/EndToEnd/families.py [--only krr,svr] [--pairs 2] [--smoke] [--no-build] [--rows FILE]

Ours is the whole program, from its start to the results on disk, judging left out; the peer a process that reads the same numbers,
fits each setting in each fold and tells the error of the best. Spectra are scaled by their total variance and references by their
deviation in each fold, so that penalties and widths mean the same. Classes are the thirds of the response. Both have two threads.
Prints Markdown.
"""
import argparse
import csv
import json
import pathlib
import shutil
import statistics
import sys
import tempfile

import numpy as np
import processes
import published
from product import DIGITS
from report import measured, only_hash
from product import file_hash
import workloads

FOLDS = 5
LAMBDAS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
WIDTHS = (2.0, 4.0, 8.0)
INVERSE = (1.0, 10.0, 100.0)
GAMMAS = (0.1, 1.0)
COMPONENTS = 20
TREES, ROUNDS = 200, 100


def regressors(name):
    """The peer's models of all settings, each to be fitted in each fold."""
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel
    from sklearn.kernel_ridge import KernelRidge
    from sklearn.svm import SVR
    return {
        # Our λ counts per sample, scikit-learn's in all.
        "krr": lambda n: [KernelRidge(alpha=n * a, kernel="rbf", gamma=1 / w ** 2) for w in WIDTHS for a in LAMBDAS],
        "gp": lambda n: [GaussianProcessRegressor(RBF(w, "fixed") + WhiteKernel(1e-2)) for w in WIDTHS],
        "svr": lambda n: [SVR(C=c, gamma=g, epsilon=0.1) for g in GAMMAS for c in INVERSE],
    }[name]


def classifiers(name):
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import SVC
    return {
        "lda": lambda: [LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1)],
        "qda": lambda: [QuadraticDiscriminantAnalysis(reg_param=0.1)],
        "logistic": lambda: [LogisticRegression(C=c, max_iter=1000) for c in INVERSE],
        "svm": lambda: [SVC(C=c, gamma=g, probability=True) for g in GAMMAS for c in INVERSE],
        "forestclass": lambda: [RandomForestClassifier(TREES, n_jobs=2, random_state=0)],
        "boostclass": lambda: [HistGradientBoostingClassifier(max_iter=ROUNDS)],
    }[name]


OURS = {
    "pcr": f"pcr({COMPONENTS})",
    "krr": "krr({}; {})".format(", ".join(map(repr, WIDTHS)), ", ".join(map(repr, LAMBDAS))),
    "gp": "gp({})".format(", ".join(map(repr, WIDTHS))),
    "svr": "svr({}; gamma {}; epsilon 0.1)".format(", ".join(map(repr, INVERSE)), ", ".join(map(repr, GAMMAS))),
    "lda": "lda(0.1)", "qda": "qda(0.1)", "logistic": "logistic({})".format(", ".join(map(repr, INVERSE))),
    "svm": "svm({}; gamma {})".format(", ".join(map(repr, INVERSE)), ", ".join(map(repr, GAMMAS))),
    "forestclass": f"forestclass({TREES})", "boostclass": f"boostclass({ROUNDS})",
}
OF_CLASSES = ("lda", "qda", "logistic", "svm", "forestclass", "boostclass")


def peer(name, path):
    """Runs in a process of its own: the error of the best setting, as JSON."""
    with np.load(path) as file:
        x, y, kind, fold = file["x"], file["y"], file["kind"], file["fold"]
    errors = []
    for k in range(FOLDS):
        fit, held = fold != k, fold == k
        mean = x[fit].mean(0)
        scale = np.sqrt(((x[fit] - mean) ** 2).mean(0).sum())
        a, b = (x[fit] - mean) / scale, (x[held] - mean) / scale
        if name in OF_CLASSES:
            errors.append([one.fit(a, kind[fit]).predict(b) for one in classifiers(name)()])
            continue
        centre, deviation = y[fit].mean(), y[fit].std(ddof=1)
        if name == "pcr":
            from sklearn.decomposition import PCA
            components = PCA(COMPONENTS, svd_solver="full").fit(a)
            scores, others = components.transform(a), components.transform(b)
            slopes = scores.T @ ((y[fit] - centre) / deviation) / (scores ** 2).sum(0)
            errors.append(list(centre + deviation * np.cumsum(others * slopes, axis=1).T))
        else:
            errors.append([centre + deviation * one.fit(a, (y[fit] - centre) / deviation).predict(b) for one in regressors(name)(fit.sum())])
    found = []
    for setting in range(len(errors[0])):
        if name in OF_CLASSES:
            told = np.concatenate([errors[k][setting] for k in range(FOLDS)])
            truth = np.concatenate([kind[fold == k] for k in range(FOLDS)])
            found.append(-np.mean([np.mean(told[truth == one] == one) for one in np.unique(truth)]))
        else:
            found.append(np.sqrt(np.mean(np.concatenate([(errors[k][setting] - y[fold == k]) ** 2 for k in range(FOLDS)]))))
    print(json.dumps(dict(best=abs(min(found)), settings=len(found))))


def write(folder, smoke):
    n, p = (80, 40) if smoke else (600, 400)
    x, y = workloads.spectra(n, p)
    x, y, fold = np.round(x, DIGITS), np.round(y, DIGITS), workloads.folds_of(n, FOLDS)
    kind = np.array(["low", "mid", "high"])[np.searchsorted(np.quantile(y, (1 / 3, 2 / 3)), y)]
    with open(folder / "spectra.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sample_id", "y", "kind", "fold", *range(400, 400 + p)])
        for i in range(n):
            rows.writerow([f"s{i:05}", repr(float(y[i])), kind[i], fold[i] + 1, *map(repr, x[i].tolist())])
    np.savez(folder / "peer.npz", x=x, y=y, kind=kind, fold=fold)


def ours(name, folder):
    is_of_classes = name in OF_CLASSES
    (folder / "study.json").write_text(json.dumps(dict(
        pretreatments=["raw"], subsets=["full"], models=[OURS[name]], folds="given(fold)", nested=0, permutations=0, bootstrap=0)))
    shutil.rmtree(folder / "out", ignore_errors=True)
    found = processes.run(published.pipeline(
        "search", folder / "spectra.csv", "--response", "kind" if is_of_classes else "y", "--study", folder / "study.json", "--out", folder / "out"))
    if "error" in found:
        raise SystemExit(f"{name}: {found['error']}")
    with open(folder / "out" / "leaderboard.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return found | dict(
        best=float(rows[0]["balanced_accuracy" if is_of_classes else "rmsecv"]), settings=len(rows), hash=file_hash(folder / "out" / "leaderboard.csv"),
        searchSeconds=json.loads((folder / "out" / "provenance.json").read_text())["searchSeconds"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(OURS), help="families, separated by commas")
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--smoke", action="store_true", help="tiny spectra, once")
    parser.add_argument("--no-build", action="store_true", help="the program is published already, in artifacts/published")
    parser.add_argument("--rows", type=pathlib.Path, help="writes a line of JSON for each row")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--data", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return peer(args.peer, args.data)
    if not args.no_build:
        published.publish()
    print(processes.machine())
    print("\n| family | settings | ours, s | search itself, s | scikit-learn, s | peer / ours | MiB ours / peer | best, ours / peer | |\n|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write(folder, args.smoke)
        for name in args.only.split(","):
            mine, theirs = [], []
            for _ in range(1 if args.smoke else args.pairs):
                mine.append(ours(name, folder))
                theirs.append(processes.run([sys.executable, __file__, "--peer", name, "--data", folder / "peer.npz"]))
                if "error" in theirs[-1]:
                    raise SystemExit(f"{name}: {theirs[-1]['error']}")
            line(name, mine, theirs)
            measured.append(args.rows, [measured.row(
                name, f"{OURS[name]}, whole processes", "s", [one["wallS"] for one in mine],
                [measured.peer("scikit-learn", [one["wallS"] for one in theirs])], cpuSeconds=statistics.median(one["cpuS"] for one in mine),
                peakBytes=max(one["peakBytes"] for one in mine), foreignCores=round(max(one["foreignCores"] for one in mine), 3), hash=only_hash(mine))])
    return 0


def line(name, mine, theirs):
    ratios = statistics.median(b["wallS"] / a["wallS"] for a, b in zip(mine, theirs))
    noisy = "noisy" if max(one["foreignCores"] for one in mine + theirs) > processes.NOISY_CORES else ""
    wall = [statistics.median(one["wallS"] for one in runs) for runs in (mine, theirs)]
    print(f"| `{OURS[name]}` | {mine[0]['settings']} | {wall[0]:.2f} | {statistics.median(one['searchSeconds'] for one in mine):.2f} | {wall[1]:.2f} | **{ratios:.1f}** | "
          f"{max(one['peakBytes'] for one in mine) / 2**20:.0f} / {max(one['peakBytes'] for one in theirs) / 2**20:.0f} | "
          f"{mine[0]['best']:.4g} / {theirs[0]['best']:.4g} | {noisy} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
