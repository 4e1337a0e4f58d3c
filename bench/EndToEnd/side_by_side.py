#!/usr/bin/env python3
"""Cross-validated linear models beside IKPLS, scikit-learn and R pls: same data, same folds, in turn.

    python3 bench/EndToEnd/side_by_side.py --ikpls DIR --out docs/results/side-by-side.md

DIR holds the package ikpls (github.com/Sm00thix/IKPLS, 1.x). Peers need Debian's python3-sklearn and r-cran-pls; one
that is missing is left out. Each program is first tried in all its ways (algorithm, threads, processes); the fastest
way of each then runs in turn with ours, --repeats times. Every process reads the same raw file and repeats its
computation for --seconds. The numbers are compared, too. The whole takes about an hour; --only takes rows apart,
--smoke all rows in a minute. What was measured is kept in a JSON file and completed row by row.
"""
import argparse
import json
import pathlib
import re
import subprocess
import tempfile

import curves
import processes
import product
import published
import report
import workloads
from programs import LIMIT_SECONDS, ROOT, fastest, ways
from report import measured

# Rows whose peers are tried in smoke size, too.
SMOKE_PEERS = ("small", "b", "ridge", "ridge-loo", "lasso")


def measure(row, args):
    """Tries all ways, then runs the fastest of every program in turn."""
    row = row.small() if args.smoke else row
    with tempfile.TemporaryDirectory(dir=args.scratch) as folder:
        data = pathlib.Path(folder) / f"{row.name}.raw"
        workloads.write(data, row)
        chosen, words = {}, {}
        for program, choices in ways(row, data, args).items():
            if program not in report.OURS and (program not in args.peers or args.smoke and row.name not in SMOKE_PEERS):
                continue
            way, words[program] = fastest(program, choices, args)
            if way is not None:
                chosen[program] = way, choices[way]
        runs = {program: [] for program in chosen}
        for repeat in range(args.repeats):
            # Who goes first changes, so that nobody always follows the same neighbour.
            for program in list(chosen)[::1 if repeat % 2 == 0 else -1]:
                if "errors" in words[program] and chosen[program][0] in words[program]["errors"]:
                    continue
                command, environment = chosen[program][1]
                found = processes.run(command, environment, LIMIT_SECONDS, args.lock)
                if "error" in found:
                    words[program].setdefault("errors", {})[chosen[program][0]] = found["error"]
                else:
                    runs[program].append(found)
    for program, found in runs.items():
        # One list of numbers is enough: each program gives the same in every repetition, or says so by its hash.
        for one in found[1:]:
            one.pop("rmsecv", None)
    return dict(
        text=row.text,
        programs={name: dict(way=chosen[name][0], runs=found, tried=words[name].get("tried")) for name, found in runs.items() if found},
        errors={name: word["errors"] for name, word in words.items() if word.get("errors")})


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [row.name for row in workloads.ROWS]
    parser.add_argument("--ikpls", type=pathlib.Path, help="folder that holds the package ikpls")
    parser.add_argument("--only", default="", help=f"rows, separated by commas: {', '.join(names)}, {', '.join(product.NAMES)}, curves")
    parser.add_argument("--peers", default=",".join(report.PEERS), help="who runs beside ours")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="how long each process repeats its computation")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared" / "data" / "spectra", help="real spectra, where they exist")
    parser.add_argument("--scratch", help="folder for raw files, up to 400 MB")
    parser.add_argument("--lock", help="file to lock around every measurement, where others measure on the same machine")
    parser.add_argument("--before", type=pathlib.Path, help="figures of an earlier run, to stand beside these")
    parser.add_argument("--out", type=pathlib.Path, help="the report, with its plots in a folder beside it")
    parser.add_argument("--figures", type=pathlib.Path, help="all figures as JSON, completed row by row; default: artifacts/side-by-side.json")
    parser.add_argument("--rows", type=pathlib.Path, help="file of lines for `bench run`")
    parser.add_argument("--no-build", action="store_true", help="the programs are built already")
    parser.add_argument("--smoke", action="store_true", help="tiny shapes, once")
    args = parser.parse_args()
    args.peers = [one for one in args.peers.split(",") if one != "IKPLS" or args.ikpls]
    if args.smoke:
        args.repeats, args.seconds = 1, 0.01
    elif args.figures is None:
        args.figures = ROOT / "artifacts" / "side-by-side.json"
    return args


def versions(args):
    """The version of IKPLS, which is a folder and no package."""
    about = args.ikpls / "ikpls" / "__init__.py" if args.ikpls else None
    found = re.search(r'__version__ = "(.+)"', about.read_text()) if about and about.exists() else None
    return {"IKPLS": {"version": found[1]}} if found else {}


def main():
    args = arguments()
    if not args.no_build:
        subprocess.run(["dotnet", "build", "bench/EndToEnd/Ours", "-c", "Release", "-v", "quiet"], cwd=ROOT, check=True)
        published.publish()

    figures = args.figures
    found = json.loads(figures.read_text()) if figures and figures.exists() else dict(rows={}, product={}, curves={})
    for one in (*found["rows"].values(), *found["product"].values()):
        one.setdefault("commit", found["commit"])
    found["machine"] = processes.machine()
    found["commit"] = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    wanted = [one for one in args.only.split(",") if one]

    def keep(sweeps=None):
        found["curves"] = found["curves"] if sweeps is None else sweeps
        if figures:
            figures.parent.mkdir(parents=True, exist_ok=True)
            figures.write_text(json.dumps(found, indent=1))

    for row in workloads.ROWS:
        if not wanted or row.name in wanted:
            print(row.name, flush=True)
            found["rows"][row.name] = measure(row, args) | dict(commit=found["commit"])
            print(report.line(found["rows"][row.name]), flush=True)
            measured.append(args.rows, report.measured_row(row.name, found["rows"][row.name], versions(args)))
            keep()
    for name in product.NAMES:
        if name in wanted or (not wanted and not (args.smoke and name == "study-nirsoil")):
            print(name, flush=True)
            found["product"][name] = product.measure(name, args) | dict(commit=found["commit"])
            measured.append(args.rows, report.measured_study(name, found["product"][name], versions(args)))
            keep()
    if not wanted or "curves" in wanted:
        curves.measure(args, keep)

    before = json.loads(args.before.read_text()) if args.before else None
    text = report.write(found, before)
    print(text)
    if args.out:
        curves.draw(found["curves"], args.out.parent / "plots")
        notes = args.out.read_text().partition(report.MARK)[2] if args.out.exists() else ""
        args.out.write_text(text + report.MARK + notes)


if __name__ == "__main__":
    main()
