#!/usr/bin/env python3
"""Measures what saved models promise on the official test sets: coverage of intervals, and what the flags catch.

    python3 bench/EndToEnd/coverage.py ../shared/data/spectra docs/results/coverage.md

For each dataset the default study, without the searches that judge it, is searched on the calibration samples, the best candidate is saved, and the test
samples, which nothing has seen, are predicted once. Takes about a minute.
"""
import argparse
import csv
import json
import os
import pathlib
import platform
import subprocess
import tempfile

import published

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ALPHA = 0.1

# file, response, table of sets, calibration sets
CASES = [
    ("tablets_idrc2002_inst1", "assay", "tablets_idrc2002.meta.csv", "train"),
    ("wheat_kernels", "protein", "wheat_kernels.meta.csv", "train"),
    ("nirsoil", "Ciso", "nirsoil.meta.csv", "train"),
    ("tecator", "fat", "tecator.meta.csv", "train,monitor"),
]


def answer(*arguments):
    return subprocess.run(published.pipeline(*arguments), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout


def test_samples(data, name, sets, folder):
    """The test samples of a dataset as a table of their own."""
    with open(data / sets, newline="") as file:
        test = {row["sample_id"] for row in csv.DictReader(file) if row["set"] == "test"}
    with open(data / f"{name}.csv", newline="") as file:
        rows = list(csv.reader(file))
    place = rows[0].index("sample_id")
    target = folder / f"{name}-test.csv"
    with open(target, "w", newline="") as file:
        csv.writer(file).writerows([rows[0], *(row for row in rows[1:] if row[place] in test)])
    return target


def measure(data, name, response, sets, calibration, folder):
    out = folder / name
    study = folder / "study.json"
    study.write_text('{ "nested": 0, "permutations": 0 }')
    board = json.loads(answer(
        "search", data / f"{name}.csv", "--response", response, "--split", data / sets, "--calibration", calibration, "--study", study,
        "--out", out, "--json"))
    test = test_samples(data, name, sets, folder)
    rows = []
    for alpha in (ALPHA, 0.05):
        found = json.loads(answer(
            "predict", test, "--model", out / "model", "--alpha", alpha, "--json", "--out", folder / f"{name}.csv"))
        rows.append(row(name, response, board, found, alpha))
    return rows


def row(name, response, board, found, alpha):
    reference = found["reference"]
    best = board["candidates"][0]
    n = len(found["samples"])
    flags = found["counts"]
    m = reference["samples"]
    return [
        f"{name} {response}",
        board["samples"]["count"],
        m,
        f"{best['pretreatment']}; {best['subset']}; {best['model']} {best['setting']['text']}",
        f"{best['crossValidation']['rmsecv']:.4g}",
        f"{reference['rmsep']:.4g}",
        f"{reference['bias']:.3g}",
        f"{100 * (1 - alpha):.0f} %",
        f"{reference['covered'] / m:.1%} ± {100 * (alpha * (1 - alpha) / m) ** .5:.1f}",
        f"{found['halfWidth']:.4g}",
        f"{flags['warn'] / n:.1%}",
        f"{flags['reject'] / n:.1%}",
        f"{reference['okCovered'] / reference['ok']:.1%} of {reference['ok']}" if reference["ok"] else "-",
    ]


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in cells) + " |" for cells in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("report", type=pathlib.Path)
    args = parser.parse_args()
    published.publish()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for case in CASES:
            rows += measure(args.data, *case, pathlib.Path(temporary))
            print(*rows[-2:], sep="\n", flush=True)
    args.report.parent.mkdir(parents=True, exist_ok=True)
    notes = args.report.read_text().partition(MARK)[2] if args.report.exists() else ""
    args.report.write_text(report(rows, commit) + MARK + notes)


MARK = "\n## What the figures say\n"


def report(rows, commit):
    heads = ["data", "n", "test", "saved candidate", "RMSECV", "RMSEP", "bias", "promised", "coverage", "half-width", "warn", "reject", "coverage among ok"]
    return f"""# Coverage of prediction intervals

Made by `python3 bench/EndToEnd/coverage.py ../shared/data/spectra docs/results/coverage.md` at commit {commit},
on {os.cpu_count()} cores ({platform.machine()}). The datasets are not part of this repository.

Each row: `pipeline search` with the default study on the *n* calibration samples, then `pipeline predict` on the
official *test* samples, once. Intervals are split conformal from out-of-fold residuals, one width for all samples.
*Coverage*: share of references inside their interval, ± the binomial standard error at the promised share. *Warn*,
*reject*: share of test samples above a 95 % limit, 3A/n or the calibrated range, and above a 99 % limit.
Bias = predicted - reference.

{table(heads, rows)}
"""


if __name__ == "__main__":
    main()
