#!/usr/bin/env python3
"""Every family on every real dataset with an official split: error by cross-validation and on the test set.

    python3 bench/EndToEnd/accuracy.py ../shared/data/spectra docs/results/accuracy.md

For each dataset, response and family one study is searched on the calibration samples with the same chains and folds;
its best candidate by RMSECV predicts the official test samples once. --only takes families apart; what was measured is
kept in artifacts/accuracy.json and completed.
"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import tempfile
import time

import published

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# file, responses, table of sets, calibration sets, test RMSEP of the best of 20 chains of PLS by cross-validation
CASES = [
    ("tecator", {"fat": 1.004, "moisture": 1.038, "protein": 0.539}, "tecator.meta.csv", "train,monitor"),
    ("wheat_kernels", {"protein": 0.395}, "wheat_kernels.meta.csv", "train"),
    ("nirsoil", {"Nt": 0.669, "Ciso": 0.639, "CEC": 3.66}, "nirsoil.meta.csv", "train"),
    ("biscuit_dough", {"fat": 0.587, "sucrose": 1.653, "flour": 0.803, "water": 0.532}, "biscuit_dough.meta.csv", "train"),
    ("tablets_idrc2002_inst1", {"assay": 4.292}, "tablets_idrc2002.meta.csv", "train"),
    ("tablets_idrc2002_inst2", {"assay": 4.915}, "tablets_idrc2002.meta.csv", "train"),
]

CHAINS = ["raw", "snv", "sg(11,2,1)", "sg(15,3,2)", "snv + sg(15,2,1)", "sg(11,2,1) + snv", "sg(15,3,2) + snv", "sg(21,3,2) + snv"]

# The families and, where the default notation is not meant, how they are asked for.
FAMILIES = {
    "pls": "pls(25)", "pcr": "pcr(30)", "ridge": "ridge", "lasso": "lasso", "enet": "enet(mixing 0.5)", "krr": "krr", "gp": "gp", "svr": "svr", "localpls": "localpls(15)",
    "forest": "forest", "extratrees": "extratrees", "boost": "boost", "mlp": "mlp", "neuralboosted": "neuralboosted",
}


def search(data, name, response, sets, calibration, model, folder):
    study = folder / "study.json"
    study.write_text(json.dumps(dict(pretreatments=CHAINS, models=[model], subsets=["full"], folds="random(10, seed 0)", nested=0, permutations=0)))
    command = published.pipeline(
        "search", data / f"{name}.csv", "--response", response, "--study", study,
        "--split", data / sets, "--calibration", calibration, "--out", folder / "out", "--json")
    start = time.monotonic()
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=3600)
    if found.returncode != 0:
        return dict(error=found.stderr.strip().splitlines()[-1] if found.stderr.strip() else f"exit code {found.returncode}")
    board = json.loads(found.stdout)
    best, chosen = board["candidates"][0], board["chosen"]
    test = next(one["test"]["all"] for one in chosen if one["rank"] == 1)
    return dict(
        seconds=time.monotonic() - start, candidate=f"{best['pretreatment']}; {best['setting']['text']}",
        rmsecv=best["crossValidation"]["rmsecv"], rmsep=test["rmsep"], n=board["samples"]["count"], m=test["samples"])


def report(found, commit, families):
    heads = ["data", "n / test", "bar", *families]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    chosen = []
    for name, responses, _, _ in CASES:
        for response, bar in responses.items():
            rows = {family: found.get(f"{name} {response} {family}", {}) for family in families}
            errors = [row["rmsep"] for row in rows.values() if "rmsep" in row]
            sizes = next((f"{row['n']} / {row['m']}" for row in rows.values() if "n" in row), "")
            cells = []
            for family, row in rows.items():
                if "rmsep" not in row:
                    cells.append("—" if "error" in row else "")
                    continue
                text = f"{row['rmsep']:.3g} ({row['rmsecv']:.3g})"
                cells.append(f"**{text}**" if row["rmsep"] == min(errors) else text)
                chosen.append(f"| {name} {response} | {family} | {row['candidate']} | {row['seconds']:.1f} |")
            lines.append("| " + " | ".join([f"{name} {response}", sizes, f"{bar:g}", *cells]) + " |")
    table, choices = "\n".join(lines), "\n".join(chosen)
    return f"""# Accuracy of the families on official test sets

Made by `python3 bench/EndToEnd/accuracy.py ../shared/data/spectra docs/results/accuracy.md`, last at commit {commit},
on {os.cpu_count()} cores ({platform.machine()}). The datasets are not part of this repository.

Each cell: RMSEP on the test set and, in brackets, RMSECV of the candidate that was best by it: one of {len(CHAINS)} chains
({', '.join(CHAINS)}) and the family's default settings, 10 random folds over the calibration samples. The test set is
predicted once. A dash: the calibration samples of a fold are too few for the family. *Bar*: the RMSEP of PLS chosen from 20 chains in the same way by another program. Bold: least of the row.
A choice by RMSECV is not always the best on new samples: biscuit_dough has 40 calibration samples, and the test kernels of
wheat_kernels were measured two months later.

{table}

## What was chosen, and the seconds of the whole search

| data | family | candidate | s |
|---|---|---|---|
{choices}
"""


MARK = "\n## What the figures say\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--only", default="", help=f"families, separated by commas: {', '.join(FAMILIES)}")
    parser.add_argument("--cases", default="", help="datasets, separated by commas")
    args = parser.parse_args()
    published.publish()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    figures = ROOT / "artifacts" / "accuracy.json"
    found = json.loads(figures.read_text()) if figures.exists() else {}
    for name, responses, sets, calibration in CASES:
        if args.cases and name not in args.cases.split(","):
            continue
        for response in responses:
            for family, model in FAMILIES.items():
                if args.only and family not in args.only.split(","):
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    one = search(args.data, name, response, sets, calibration, model, pathlib.Path(folder))
                found[f"{name} {response} {family}"] = one
                print(name, response, family, one, flush=True)
                figures.write_text(json.dumps(found, indent=1))
    families = [family for family in FAMILIES if any(key.endswith(f" {family}") for key in found)]
    notes = args.report.read_text().partition(MARK)[2] if args.report.exists() else ""
    args.report.write_text(report(found, commit, families) + MARK + notes)


if __name__ == "__main__":
    main()
