#!/usr/bin/env python3
"""Large searches through the whole program: what it says of its end, what one more candidate costs, and all families at once.

    python3 bench/EndToEnd/scale.py [--only holds,slopes,all] [--smoke] [--no-build]

holds: 10,000 candidates on simulated spectra, 825 x 700 (25 chains x 10 choices x 40 settings), without and with judging. The time left
that the program said, beside the time it then took, at tenths of the run. slopes: the same search with half of the chains, choices or
settings; processor time per candidate of the other half. all: 1,000 x 2,000, all families of regression but least squares, which more
variables than samples leave without answer, by the clock.
Prints Markdown. There is no peer: no other program searches so.
"""
import argparse
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import processes
import published
from product import simulated, write_text

CHAINS = [
    *(["raw", "snv", "detrend(1)", "detrend(2)", "snv + detrend(2)"]), *(f"sg({w},2,1)" for w in (7, 11, 15, 21, 31)),
    *(f"sg({w},3,2)" for w in (11, 15, 21, 31, 41)), *(f"snv + sg({w},2,1)" for w in (7, 11, 15, 21, 31)),
    *(f"snv + sg({w},3,2)" for w in (11, 15, 21, 31, 41))]
CHOICES = [
    "full", "top(30)", "top(50)", "top(100)", "top(200)", "region(50,25;1)", "region(50,25;2)", "region(50,25;3)",
    "regions(50,25;2)", "regions(50,25;5)"]
PENALTIES = ", ".join(f"1e-{e}" for e in range(13))
MODELS = ["pls(27)", f"ridge({PENALTIES})"]
HALVES = dict(
    chains=dict(pretreatments=CHAINS[::2]), choices=dict(subsets=CHOICES[::2]), settings=dict(models=["pls(13)", "ridge({})".format(", ".join(f"1e-{e}" for e in range(7)))]))

# Every family of regression that has settings to choose among, with the grid that it has by itself; networks with one setting, as they cost a thousand times the others.
FAMILIES = [
    "pls(25)", "pcr(25)", "ridge", "lasso", "enet(mixing 0.5)", "krr", "gp", "svr", "localpls(15)", "forest(200)", "extratrees(200)", "boost(100)",
    "neuralboosted(original; 100; 0.1; 3; tanh)", "mlp(32; 1e-3; 1e-3)"]

LINE = re.compile(r"(\d+)/(\d+) units, about (.+?) left(; best)?")
UNITS = dict(s=1, min=60, h=3600)
TENTHS = (0.1, 0.25, 0.5, 0.75, 0.9)


def seconds(text):
    words = text.split()
    return sum(float(number) * UNITS[unit] for number, unit in zip(words[::2], words[1::2]))


def watched(command):
    """Runs a search; what it said of its end, when."""
    began = time.perf_counter()
    said = []
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if found := LINE.search(line):
                said.append((time.perf_counter() - began, seconds(found[3]), bool(found[4])))
    if process.returncode != 0:
        raise SystemExit(f"The search ended with {process.returncode}.")
    return said, time.perf_counter() - began


def study(folder, **fields):
    path = folder / "study.json"
    path.write_text(json.dumps(dict(
        pretreatments=CHAINS, subsets=CHOICES, models=MODELS, folds="given(fold)", nested=0, permutations=0) | fields))
    return path


def search(folder, out, **fields):
    return published.pipeline("search", folder / "spectra.csv", "--response", "y", "--study", study(folder, **fields), "--out", folder / out)


def candidates(folder, out):
    with open(folder / out / "leaderboard.csv", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def holds(folder, args):
    print("| search | candidates | s in all | first words after, s | " + " | ".join(f"at {at:.0%}" for at in TENTHS) + " |")
    print("|---|" + "---|" * (3 + len(TENTHS)))
    for name, judging in (("without judging", {}), ("nested(5), 99 permutations", dict(nested=5, permutations=99))):
        said, total = watched(search(folder, "out", **judging))
        cells = []
        for at in TENTHS:
            # The words nearest to that part of the run.
            when, left, _ = min(said, key=lambda one: abs(one[0] - at * total), default=(0, total, False))
            cells.append(f"{left:.0f} / {total - when:.0f}")
        print(f"| {name} | {candidates(folder, 'out'):,} | {total:.1f} | {said[0][0] if said else total:.1f} | " + " | ".join(cells) + " |")
    print("\nSeconds left: said / true.")


def slopes(folder, args):
    whole = processes.run(search(folder, "whole"))
    count = candidates(folder, "whole")
    print("| half of the | candidates | processor, s | whole, s | ms of processor time per further candidate |\n|---|---|---|---|---|")
    print(f"| (all) | {count:,} | {whole['cpuS']:.2f} | {whole['wallS']:.2f} | |")
    for name, fields in HALVES.items():
        half = processes.run(search(folder, "half", **fields))
        fewer = candidates(folder, "half")
        print(f"| {name} | {fewer:,} | {half['cpuS']:.2f} | {half['wallS']:.2f} | {1e3 * (whole['cpuS'] - half['cpuS']) / (count - fewer):.2f} |")


def families(folder, args):
    write_text(folder / "spectra.csv", *simulated(*((60, 40) if args.smoke else (1000, 2000)), 5))
    fields = dict(pretreatments=["raw", "snv + sg(15,2,1)"], subsets=["full"], models=FAMILIES[:6] if args.smoke else FAMILIES)
    said, total = watched(search(folder, "out", **fields))
    board = json.loads((folder / "out" / "leaderboard.json").read_text())["candidates"]
    run = json.loads((folder / "out" / "provenance.json").read_text())
    print(f"{len(board):,} candidates of {len(fields['models'])} families after {len(fields['pretreatments'])} chains, 5 folds: "
          f"{total / 60:.1f} minutes by the clock, {run['processPeakBytes'] / 2**20:,.0f} MiB at most; the plan said {run['predictedProcessorSeconds']:,.0f} s of processor time.\n")
    best = {}
    for one in board:
        if one["rank"]:
            best.setdefault(one["model"], one)
    print("| family | best rank | setting | RMSECV |\n|---|---|---|---|")
    for name, one in best.items():
        print(f"| {name} | {one['rank']} | {one['setting']['text'] if 'text' in one['setting'] else one['setting']['value']} | {one['crossValidation']['rmsecv']:.4g} |")
    for at in TENTHS:
        if said:
            when, left, _ = min(said, key=lambda one: abs(one[0] - at * total))
            print(f"\nAfter {when:.0f} s: {left:.0f} s left said, {total - when:.0f} s true.")


PARTS = dict(holds=holds, slopes=slopes, all=families)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--smoke", action="store_true", help="tiny spectra")
    parser.add_argument("--no-build", action="store_true", help="the program is published already, in artifacts/published")
    args = parser.parse_args()
    if not args.no_build:
        published.publish()
    print(processes.machine())
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write_text(folder / "spectra.csv", *simulated(*((60, 120) if args.smoke else (825, 700)), 10))
        for name in args.only.split(","):
            print(f"\n### {name}\n")
            PARTS[name](folder, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
