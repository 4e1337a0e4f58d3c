#!/usr/bin/env python3
"""What a search claims of itself: on pure noise, and beside official test sets.

    python3 bench/EndToEnd/honesty.py ../shared/data/spectra docs/results/honesty.md

Noise: spectra and responses that have nothing to do with each other, for each seed searched twice. Once as the program did
that this one replaces: variables ranked by their importance on all samples, then cross-validated; here in numpy. Once by
`pipeline search`, with its nested estimate and its permutation null. Test sets: one search of the calibration samples of
every real dataset with an official split, and the test samples predicted once by its best. What was measured is kept in
artifacts/honesty.json and completed.
"""
import argparse
import csv
import json
import math
import os
import pathlib
import platform
import subprocess
import tempfile
import time

import accuracy
import numpy as np
import plots
import published

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# Noise: samples, variables, and what both programs try.
N, P, FOLDS, COMPONENTS, TOP = 50, 200, 5, 10, (10, 20, 50)
NOISE_STUDY = dict(
    pretreatments=["raw", "snv"], models=[f"pls({COMPONENTS})"], subsets=["full", *(f"top({count})" for count in TOP)],
    folds=f"random({FOLDS}, seed 0)", nested=5, permutations=39)

SET_STUDY = dict(
    pretreatments=accuracy.CHAINS, models=["pls(25)", "ridge"], subsets=["full", "top(50)"],
    folds="random(10, seed 0)", nested=5, permutations=99)

LEVEL = 0.05


def answer(*arguments):
    found = subprocess.run(published.pipeline(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if found.returncode != 0:
        raise SystemExit(found.stderr)
    return json.loads(found.stdout)


def noise(seed):
    random = np.random.default_rng(seed)
    return random.normal(1, 0.1, (N, P)), random.normal(10, 2, N)


def snv(x):
    return (x - x.mean(1, keepdims=True)) / x.std(1, ddof=1, keepdims=True)


def pls(x, y, components):
    """Rotations, y-loadings and the share of X that each component explains, by NIPALS."""
    x, y = x - x.mean(0), y - y.mean()
    weights, loadings, inner, explained = [], [], [], []
    for _ in range(components):
        w = x.T @ y
        w /= np.linalg.norm(w)
        t = x @ w
        p = x.T @ t / (t @ t)
        weights.append(w)
        loadings.append(p)
        inner.append(y @ t / (t @ t))
        explained.append((t @ t) * (p @ p))
        x = x - np.outer(t, p)
    w, p = np.array(weights).T, np.array(loadings).T
    return w, w @ np.linalg.inv(p.T @ w), np.array(inner), np.array(explained)


def importance(x, y):
    """The original's: weights of the components, each by the variance of X that it explains, on all samples."""
    w, _, _, explained = pls(x, y, COMPONENTS)
    return (w ** 2) @ explained


def best_by_all_rows(x, y, seed):
    """The best R² of the original's order of work: variables chosen on all samples, then cross-validated."""
    order = np.random.default_rng(10_000 + seed).permutation(N)
    best = -np.inf
    for treated in (x, snv(x)):
        ranked = np.argsort(-importance(treated, y), kind="stable")
        for chosen in (np.arange(P), *(ranked[:count] for count in TOP)):
            some = treated[:, chosen]
            held = np.zeros((COMPONENTS, N))
            for k in range(FOLDS):
                out = order[k::FOLDS]
                inside = np.setdiff1d(order, out)
                _, rotations, inner, _ = pls(some[inside], y[inside], COMPONENTS)
                scores = (some[out] - some[inside].mean(0)) @ rotations
                held[:, out] = y[inside].mean() + np.cumsum(scores * inner, axis=1).T
            best = max(best, (1 - ((held - y) ** 2).sum(1) / ((y - y.mean()) ** 2).sum()).max())
    return float(best)


def on_noise(seed, folder):
    x, y = noise(seed)
    with open(folder / "noise.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sample_id", "y", *(f"{1000 + 2 * j}" for j in range(P))])
        rows.writerows([f"S{i:03}", repr(float(y[i])), *(repr(float(value)) for value in x[i])] for i in range(N))
    study = folder / "study.json"
    study.write_text(json.dumps(NOISE_STUDY))
    board = answer("search", folder / "noise.csv", "-r", "y", "--study", study, "--out", folder / "out", "--json")
    nested, chance = board["judgement"]["nested"], board["judgement"]["permutationNull"]
    return dict(
        all_rows=best_by_all_rows(x, y, seed), search=board["candidates"][0]["crossValidation"]["r2"],
        nested=nested["r2"], interval=nested["r2Interval"], p=chance["p"], permutations=chance["permutations"],
        covered=chance["candidates"], candidates=chance["allCandidates"])


def on_set(data, name, response, sets, calibration, folder):
    study = folder / "study.json"
    study.write_text(json.dumps(SET_STUDY))
    start = time.monotonic()
    board = answer(
        "search", data / f"{name}.csv", "--response", response, "--study", study, "--split", data / sets, "--calibration", calibration,
        "--out", folder / "out", "--json")
    nested, chance = board["judgement"]["nested"], board["judgement"]["permutationNull"]
    best = board["candidates"][0]
    test = next(one["test"] for one in board["chosen"] if one["rank"] == 1)
    test = test["unknownOnly"] or test["all"]
    return dict(
        n=board["samples"]["count"], m=test["samples"], best=f"{best['pretreatment']}; {best['subset']}; {best['model']} {best['setting']['text']}",
        rmsecv=best["crossValidation"]["rmsecv"], rmse=nested["rmse"], interval=nested["rmseInterval"], rmsep=test["rmsep"],
        p=chance["p"], permutations=chance["permutations"], seconds=time.monotonic() - start)


def noise_text(rows, figure):
    def share(values):
        return f"{sum(values)} of {len(values)}"

    names = [("all_rows", "variables chosen on all samples, as the original"), ("search", "best of our search"), ("nested", "our nested estimate")]
    lines = ["| | mean R² | median | largest | R² above 0 |", "|---|---|---|---|---|"]
    for key, name in names:
        values = np.array([row[key] for row in rows])
        lines.append(f"| {name} | {values.mean():.3f} | {np.median(values):.3f} | {values.max():.3f} | {share(values > 0)} |")
    figure.write_text(plots.strips(
        f"R² claimed on pure noise, {len(rows)} seeds", "R²", [(name, [row[key] for row in rows]) for key, name in names]))
    p = np.array([row["p"] for row in rows])
    one = rows[0]
    return f"""{chr(10).join(lines)}

![R² on noise]({figure.name})

Permutation null ({one['permutations']} shuffles, {one['covered']} of {one['candidates']} candidates): p at most {LEVEL} in {share(p <= LEVEL)} searches of noise,
where {LEVEL * len(rows):.0f} are expected; p at most 0.5 in {share(p <= 0.5)}. The 95 % interval of the nested R² lay above 0 in {share([row['interval'][0] > 0 for row in rows])}."""


def for_tests(row):
    """Where the RMSEP of m test samples would lie, were they drawn like the n calibration samples.

    Both errors vary. The logarithm of the nested one has the standard error of its interval's width, that of the other the same
    times sqrt(n / m), and the two are independent.
    """
    low, high = row["interval"]
    half = math.log(high / low) / 2 * math.sqrt(1 + row["n"] / row["m"])
    return row["rmse"] * math.exp(-half), row["rmse"] * math.exp(half)


def side(value, low, high):
    return "yes" if low <= value <= high else "above" if value > high else "below"


def set_text(found):
    heads = ["data", "n / test", "best by RMSECV", "RMSECV", "nested RMSE", "95 % interval", "for such a test set", "test RMSEP", "covered", "by the second", "p", "s"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    covered = []
    for key, row in found.items():
        (low, high), (lowest, highest) = row["interval"], for_tests(row)
        covered.append((side(row["rmsep"], low, high), side(row["rmsep"], lowest, highest)))
        lines.append("| " + " | ".join([
            key, f"{row['n']} / {row['m']}", row["best"], f"{row['rmsecv']:.4g}", f"{row['rmse']:.4g}", f"{low:.4g} to {high:.4g}", f"{lowest:.3g} to {highest:.3g}",
            f"{row['rmsep']:.4g}", *covered[-1], f"{row['p']:.2g}", f"{row['seconds']:.0f}"]) + " |")
    first, second = (sum(one[i] == "yes" for one in covered) for i in range(2))
    return "\n".join(lines) + f"\n\nCovered: {first} of {len(covered)}; by the interval for such a test set {second} of {len(covered)}."


def report(found, commit, figure):
    noise_part = noise_text(list(found["noise"].values()), figure) if found["noise"] else ""
    return f"""# Honesty: noise, and official test sets

Made by `python3 bench/EndToEnd/honesty.py ../shared/data/spectra docs/results/honesty.md`, last at commit {commit},
on {os.cpu_count()} cores ({platform.machine()}). The datasets are not part of this repository.

## Pure noise

{N} samples of {P} variables, all normal noise, and a response that has nothing to do with them. Both programs try raw and SNV
spectra, all variables and the {', '.join(map(str, TOP[:-1]))} and {TOP[-1]} most important ones, PLS with 1 to {COMPONENTS} components, {FOLDS} folds, and report the best.

{noise_part}

## Official test sets

{len(accuracy.CHAINS)} chains, all variables and the best 50, PLS with 1 to 25 components and ridge, 10 folds; nested estimate in 5 outer folds. The test
samples are predicted once by the study's best; those that repeat a calibration sample are left out. The interval of the search says where the error lies on all samples like the calibration samples.
*For such a test set*: where the error on so few of them would lie, which varies by itself.

{set_text(found['sets'])}
"""


MARK = "\n## What the figures say\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--only", default="", choices=["", "noise", "sets"])
    parser.add_argument("--cases", default="", help="datasets, separated by commas")
    args = parser.parse_args()
    published.publish()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    kept = ROOT / "artifacts" / "honesty.json"
    found = json.loads(kept.read_text()) if kept.exists() else dict(noise={}, sets={})
    for seed in [] if args.only == "sets" else range(args.seeds):
        if str(seed) not in found["noise"]:
            with tempfile.TemporaryDirectory() as folder:
                found["noise"][str(seed)] = on_noise(seed, pathlib.Path(folder))
            kept.write_text(json.dumps(found, indent=1))
    for name, responses, sets, calibration in [] if args.only == "noise" else accuracy.CASES:
        for response in responses:
            key = f"{name} {response}"
            if key not in found["sets"] and (not args.cases or name in args.cases.split(",")):
                with tempfile.TemporaryDirectory() as folder:
                    found["sets"][key] = on_set(args.data, name, response, sets, calibration, pathlib.Path(folder))
                print(key, found["sets"][key], flush=True)
                kept.write_text(json.dumps(found, indent=1))
    notes = args.report.read_text().partition(MARK)[2] if args.report.exists() else ""
    args.report.write_text(report(found, commit, args.report.with_name("honesty-noise.svg")) + MARK + notes)


if __name__ == "__main__":
    main()
