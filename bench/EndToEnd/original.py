#!/usr/bin/env python3
"""The replaced program's benchmark, 204 rows, through the whole program, beside plain scikit-learn of the same mix.

    python3 bench/EndToEnd/original.py [--pairs 3] [--shared ../shared] [--smoke]

Draws the original's spectra (100 x 500) from numpy's seed 42, searches them in the seed profile as a user would, and runs
the reference script for scikit-learn (its stand-in for boosted networks is gradient boosting) in turn. The PLS rows are compared with
the public program's own. Prints Markdown: whole processes, medians, processor time, peak memory.
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
from product import file_hash
from programs import ROOT
from report import measured

STUDY = dict(
    profile="seed", pretreatments=["raw", "snv(0)", "sg(7,2,1)", "snv(0) + sg(7,2,1)"],
    models=["pls(24)", "neuralboosted(original; 100; 0.1, 0.2; 3, 5; tanh, identity)"], subsets=["full", "top(50)", "top(100)"],
    folds="random(3, seed 42)")
STUDY["lambda"] = 0.1


def spectra():
    random = np.random.RandomState(42)
    x = random.randn(100, 500) + 100
    for peak in (100, 200, 300, 400):
        x[:, peak - 10:peak + 10] += random.randn(100, 1) * 20
    y = x[:, [100, 200, 300, 400]].mean(1) + random.randn(100) * 5 + random.uniform(20, 80, 100)
    return x, y


def write(path, x, y):
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sample_id", "y", *np.linspace(400, 2500, x.shape[1]).tolist()])
        for i in range(len(y)):
            rows.writerow([f"s{i:03}", repr(float(y[i])), *map(repr, x[i].tolist())])


def golden(path):
    """The public program's PLS rows by what they are: RMSE, R2."""
    rows = json.loads(path.read_text())["cases"][0]["rows"]
    return {(r["preprocess"], r["n_components"], r["subset"]): (r["mean_fold_rmse"], r["mean_fold_r2"]) for r in rows}


def differences(table, expected):
    """The largest relative difference of RMSE and absolute one of R2 over the PLS rows, and how many were compared."""
    worst = [0.0, 0.0]
    rows = [row for row in table if row["Model"] == "PLS"]
    for row in rows:
        rmse, r2 = expected[row["Preprocess"], int(row["LVs"]), row["SubsetTag"]]
        worst = [max(worst[0], abs(float(row["RMSE"]) / rmse - 1)), max(worst[1], abs(float(row["R2"]) - r2))]
    return len(rows), worst


def line(name, runs):
    def cell(key, scale=1, form=".2f"):
        values = [scale * one[key] for one in runs]
        return f"{statistics.median(values):{form}} ({min(values):{form}}–{max(values):{form}})"
    noisy = "noisy" if max(one["foreignCores"] for one in runs) > processes.NOISY_CORES else ""
    print(f"| {name} | {len(runs)} | {cell('wallS')} | {cell('cpuS')} | {cell('peakBytes', 2**-20, '.0f')} | {noisy} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--shared", type=pathlib.Path, default=ROOT.parent / "shared", help="reference material, where it exists")
    parser.add_argument("--smoke", action="store_true", help="two pretreatments, PLS alone, once, without the peer")
    parser.add_argument("--rows", type=pathlib.Path, help="file of lines for `bench run`")
    parser.add_argument("--no-build", action="store_true", help="the program is published already, in artifacts/published")
    args = parser.parse_args()
    if not args.no_build:
        published.publish()
    study = STUDY
    if args.smoke:
        study, args.pairs = dict(STUDY, pretreatments=["raw", "sg(7,2,1)"], models=["pls(24)"]), 1
    peer = args.shared / "bench" / "sklearn_baseline.py"
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write(folder / "spectra.csv", *spectra())
        (folder / "study.json").write_text(json.dumps(study))
        command = published.pipeline("search", folder / "spectra.csv", "-r", "y", "--study", folder / "study.json", "--out", folder / "out")
        processes.run(command)
        for _ in range(args.pairs):
            shutil.rmtree(folder / "out", ignore_errors=True)
            ours.append(processes.run(command))
            if not args.smoke and peer.exists():
                theirs.append(processes.run([sys.executable, peer, "mix", "--folds", "3"]))
        with open(folder / "out" / "results.csv", newline="") as file:
            table = list(csv.DictReader(file))
        bits = file_hash(folder / "out" / "results.csv")
    failed = [one for one in ours + theirs if "error" in one]
    if failed:
        raise SystemExit(failed[0]["error"])
    peers = [measured.peer("scikit-learn", [one["wallS"] for one in theirs])] if theirs else []
    measured.append(args.rows, [measured.row(
        "mix", f"100 × 500, {len(table)} rows, whole processes", "s", [one["wallS"] for one in ours], peers,
        cpuSeconds=statistics.median(one["cpuS"] for one in ours), peakBytes=max(one["peakBytes"] for one in ours),
        foreignCores=round(max(one["foreignCores"] for one in ours + theirs), 3), hash=bits)])
    print(processes.machine())
    print()
    print("| program | runs | whole process, s | processor, s | MiB at most | |")
    print("|---|---|---|---|---|---|")
    line(f"ours, {len(table)} rows", ours)
    if theirs:
        line("scikit-learn, the same mix", theirs)
        print()
        print(f"Pair by pair {statistics.median(b['wallS'] / a['wallS'] for a, b in zip(ours, theirs)):.1f} × faster.")
    reference = args.shared / "golden" / "dasp_pls.json"
    if reference.exists():
        count, (rmse, r2) = differences(table, golden(reference))
        print(f"{count} PLS rows against the public program's: RMSE within {rmse:.0e} (relative), R² within {r2:.0e}.")


if __name__ == "__main__":
    main()
