#!/usr/bin/env python3
"""Searches the real datasets and checks the winning chains against an independent implementation.

    python3 bench/EndToEnd/real_data.py ../shared/data/spectra docs/results/real-data.md

Each dataset is searched with the default study in a process of its own. The best full-spectrum PLS chain is then
cross-validated again with ten fold seeds by the program and by scikit-learn on the same folds (pls_peer.py;
Debian: python3-sklearn), for every component count.
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import published

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SEEDS = range(10)

# file, response, extra arguments, the bar: RMSECV (and RMSEP) of the best of 20 chains x 25 components in numpy.
CASES = [
    ("corn_m5", "moisture", [], ".00544"),
    ("corn_m5", "oil", [], ".0146"),
    ("corn_m5", "protein", [], ".0356"),
    ("corn_m5", "starch", [], ".0898"),
    ("gasoline", "octane", [], ".221"),
    ("tecator", "fat", ["--split", "tecator.meta.csv", "--calibration", "train,monitor"], ".803 / 1.004"),
    ("wheat_kernels", "protein", ["--split", "wheat_kernels.meta.csv"], ".4635 / .395"),
    ("tablets_idrc2002_inst1", "assay", ["--split", "tablets_idrc2002.meta.csv"], "4.595 / 4.292"),
    ("nirsoil", "Ciso", ["--split", "nirsoil.meta.csv"], ".738 / .639"),
]


def searched(arguments, out):
    subprocess.run(published.pipeline("search", *arguments, "--out", out), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    board = json.loads((out / "leaderboard.json").read_text())
    run = json.loads((out / "provenance.json").read_text())
    return board, run


def with_paths(data, extra):
    return [str(data / one) if one.endswith(".csv") else one for one in extra]


def search(data, name, response, extra, folder):
    arguments = [data / f"{name}.csv", "--response", response, *with_paths(data, extra)]
    return searched(arguments, folder / f"{name}-{response}")


def best_pls(board):
    ranked = (one for one in board["candidates"] if one["rank"] and one["model"] == "pls" and one["subset"] == "full")
    return next(ranked)


def against_peer(data, name, response, extra, chain, components, folder):
    """RMSECV of the chain for ten fold seeds by both programs: (ours at the chosen count, largest difference)."""
    chosen, worst = [], 0.0
    for seed in SEEDS:
        study = folder / "study.json"
        study.write_text(json.dumps({
            "pretreatments": [chain],
            "models": ["pls(25)"],
            "subsets": ["full"],
            "folds": f"random(10, seed {seed})",
            "nested": 0, "permutations": 0, "bootstrap": 0,
        }))
        out = folder / f"peer-{name}-{response}-{seed}"
        arguments = [data / f"{name}.csv", "--response", response, "--study", study, *with_paths(data, extra)]
        board, _ = searched(arguments, out)
        peer = json.loads(subprocess.run(
            [sys.executable, str(HERE / "pls_peer.py"), str(data / f"{name}.csv"), "--response", response,
             "--chain", chain, "--components", "25", "--folds", str(out / "predictions.csv")],
            check=True, capture_output=True, text=True).stdout)
        ours = {int(one["setting"]["value"]): one["crossValidation"]["rmsecv"] for one in board["candidates"] if one["rank"]}
        worst = max(worst, max(abs(ours[a] / peer[a - 1] - 1) for a in ours))
        chosen.append(ours[components])
    return chosen, worst


def rmsep(chosen):
    """RMSEP on the official test set; in brackets without test samples whose spectrum is a calibration sample's."""
    test = chosen["test"]
    if test is None:
        return "-"
    unknown = test["unknownOnly"]
    text = figure(test["all"]["rmsep"])
    return text if unknown["samples"] == test["all"]["samples"] else f"{text} ({figure(unknown['rmsep'])})"


def figure(value):
    return f"{value:.4g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("report", type=pathlib.Path)
    args = parser.parse_args()
    published.publish()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    searched, checked = [], []
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        for name, response, extra, bar in CASES:
            board, run = search(args.data, name, response, extra, folder)
            best = board["candidates"][0]
            chosen = {one["rank"]: one for one in board["chosen"]}
            simplest = board["candidates"][max(chosen) - 1]
            searched.append([
                f"{name} {response}", board["samples"]["count"], bar,
                f"{best['pretreatment']}; {best['variables'] if best['variableCount'] < board['samples']['variables'] else 'full'}; "
                f"{best['model']} {best['setting']['text']}",
                figure(best["crossValidation"]["rmsecv"]), f"{best['crossValidation']['r2']:.4f}",
                f"{best['crossValidation']['rpd']:.1f}", rmsep(chosen[1]),
                f"{simplest['setting']['text']}: {figure(simplest['crossValidation']['rmsecv'])} / {rmsep(chosen[simplest['rank']])}",
                f"{run['candidates']:,}", f"{run['searchSeconds']:.1f}", f"{run['processPeakBytes'] / 2**20:.0f}",
            ])
            full = best_pls(board)
            components = int(full["setting"]["value"])
            chosen, worst = against_peer(args.data, name, response, extra, full["pretreatment"], components, folder)
            checked.append([
                f"{name} {response}", full["pretreatment"], components, figure(full["crossValidation"]["rmsecv"]),
                f"{figure(statistics.mean(chosen))} ± {figure(statistics.stdev(chosen))}",
                f"{figure(min(chosen))} to {figure(max(chosen))}", f"{worst:.0e}",
            ])
            print(searched[-1], checked[-1], sep="\n", flush=True)

    peers = subprocess.run(
        [sys.executable, "-c", "import numpy, scipy, sklearn; print(f'numpy {numpy.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}')"],
        capture_output=True, text=True).stdout.strip()
    args.report.write_text(report(searched, checked, commit, peers))


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def report(searched, checked, commit, peers):
    return f"""# Real data

Made by `python3 bench/EndToEnd/real_data.py ../shared/data/spectra docs/results/real-data.md` at commit {commit},
on {os.cpu_count()} cores ({platform.machine()}); peers: {peers}. The datasets are not part of this repository.

## The default search

Every row is one run of `pipeline search FILE --response NAME` with the default study: 20 chains, full spectrum, the
50 and 100 most important variables, windows of 50 nm, PLS with up to 25 components and ridge with 13 penalties,
10 random folds with seed 0. Everything that is chosen from data is chosen inside each fold. *Bar*: the best of 20
chains x 25 components of full-spectrum PLS in numpy, shuffled folds of another generator: RMSECV, and RMSEP on the official
test set where there is one. RMSEP in brackets: without test samples whose spectrum is also a calibration sample's.
*Simplest*: the one-standard-error choice, RMSECV / RMSEP. RMSEP is taken once, after
the search, with the candidate refitted on all calibration samples. Seconds are the search itself; memory is the
process's peak.

{table(["data", "n", "bar", "best candidate", "RMSECV", "R²", "RPD", "RMSEP", "simplest within 1 SE", "candidates", "s", "MiB"], searched)}

## Equal to an independent implementation

The best full-spectrum PLS chain of each search, cross-validated with ten fold seeds by the program and by
scikit-learn (`bench/EndToEnd/pls_peer.py`) on the same folds. *Largest difference*: over ten seeds and all
component counts, relative to RMSECV.

{table(["data", "chain", "LV", "RMSECV, seed 0", "10 seeds, mean ± sd", "range", "largest difference"], checked)}
"""


if __name__ == "__main__":
    main()
