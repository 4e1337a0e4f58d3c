#!/usr/bin/env python3
"""Every selector on real datasets: RMSECV of PLS, ridge and least squares on what it chooses, beside the full spectrum.

    python3 bench/EndToEnd/selector_choices.py ../shared/data/spectra docs/results/selectors.md

For each dataset and choice of variables one study is searched by `pipeline search` with the same folds. The choice is made
anew in every fold, for every chain and model; what is named is the choice on all samples. --cases and --only take parts of
it; what was measured is kept in artifacts/selectors.json and completed.
"""
import argparse
import json
import os
import pathlib
import platform
import resource
import subprocess
import tempfile

import published

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# file, response, chains, models; soil has 732 samples of 700 variables, and one chain says enough.
CHAINS = ["raw", "sg(11,2,1) + snv"]
MODELS = ["pls(25)", "ridge", "ols"]
CASES = [("corn_m5", "moisture", CHAINS, MODELS), ("tecator", "fat", CHAINS, MODELS), ("nirsoil", "Ciso", CHAINS[1:], MODELS[:1])]
CHOICES = [
    "full", "regions(50,25;5)", "pairs(1)", "ipls(20)", "ipls(20; backward)", "cars(50)", "uve(100)", "spa(30)",
    "ipls(20; components 25)", "cars(50; components 25)"]
FOLDS = "random(10, seed 0)"
MARK = "\n## What the figures say\n"


def search(data, name, response, chains, models, choice, folder):
    study = folder / "study.json"
    study.write_text(json.dumps(dict(pretreatments=chains, models=models, subsets=[choice], folds=FOLDS)))
    command = published.pipeline(
        "search", data / f"{name}.csv", "--response", response, "--study", study, "--out", folder / "out", "--json")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=3600)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if found.returncode != 0:
        return dict(error=found.stderr.strip().splitlines()[-1] if found.stderr.strip() else f"exit code {found.returncode}")
    best = {}
    board = json.loads(found.stdout)
    for row in board["candidates"]:
        if row["crossValidation"] is not None:
            best.setdefault(row["model"], row)
    return dict(processor=seconds, n=board["samples"]["count"], rows={
        model: dict(
            rmsecv=row["crossValidation"]["rmsecv"], chain=row["pretreatment"], setting=row["setting"]["text"],
            count=row["variableCount"], variables=row["variables"],
            share=sum(part["foldShare"] for part in row["ranges"]) / max(1, len(row["ranges"])))
        for model, row in best.items()})


def short(text, most=60):
    return text if len(text) <= most else text[:most].rsplit(",", 1)[0] + ", …"


def report(found, commit):
    lines, choices = [], []
    for name, response, _, _ in CASES:
        rows = {choice: found[key] for choice in CHOICES if (key := f"{name} {response} {choice}") in found}
        for choice, one in rows.items():
            cells = [f"{name} {response}", f"`{choice}`"]
            for model in ("pls", "ridge", "ols"):
                row = one.get("rows", {}).get(model)
                cells.append(f"{row['rmsecv']:.3g}" if row else "failed" if "error" in one else "")
            cells.append(f"{one['processor']:.1f}" if "processor" in one else "")
            lines.append("| " + " | ".join(cells) + " |")
            if one.get("rows") and choice != "full":
                row = min(one["rows"].values(), key=lambda row: row["rmsecv"])
                choices.append(
                    f"| {name} {response} | `{choice}` | {row['chain']}; {row['setting']} | {row['count']} | {short(row['variables'])} | {row['share']:.0%} |")
    table, chosen = "\n".join(lines), "\n".join(choices)
    tried = " ".join(f"{name}: {', '.join(f'`{one}`' for one in [*chains, *models])}." for name, _, chains, models in CASES)
    return f"""# Variable selectors on real spectra

Made by `python3 bench/EndToEnd/selector_choices.py ../shared/data/spectra docs/results/selectors.md` at commit {commit},
on {os.cpu_count()} cores ({platform.machine()}). The datasets are not part of this repository.

Each line is one `pipeline search DATA --response NAME --study STUDY` with the one choice of variables and the folds `{FOLDS}`: least RMSECV of each
model, and processor seconds of the whole process, of which an empty search takes about two. {tried}
Choices are made anew in every fold, for every chain and model. Empty: not asked, or a model that this choice does not suit.

| data | choice | pls | ridge | ols | processor, s |
|---|---|---|---|---|---|
{table}

## What was chosen on all samples

The best candidate of each line; the share of folds that chose the same, mean over its ranges.

| data | choice | candidate | variables | which | share |
|---|---|---|---|---|---|
{chosen}
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("report", type=pathlib.Path)
    parser.add_argument("--only", action="append", help="a choice; may be given several times")
    parser.add_argument("--cases", default="", help="datasets, separated by commas")
    args = parser.parse_args()
    published.publish()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    figures = ROOT / "artifacts" / "selectors.json"
    found = json.loads(figures.read_text()) if figures.exists() else {}
    for name, response, chains, models in CASES:
        if args.cases and name not in args.cases.split(","):
            continue
        for choice in CHOICES:
            if args.only and choice not in args.only:
                continue
            with tempfile.TemporaryDirectory() as folder:
                one = search(args.data, name, response, chains, models, choice, pathlib.Path(folder))
            found[f"{name} {response} {choice}"] = one
            print(name, response, choice, one, flush=True)
            figures.write_text(json.dumps(found, indent=1))
    notes = args.report.read_text().partition(MARK)[2] if args.report.exists() else ""
    args.report.write_text(report(found, commit) + MARK + notes)


if __name__ == "__main__":
    main()
