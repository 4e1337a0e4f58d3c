#!/usr/bin/env python3
"""Cross-validated linear models beside IKPLS, scikit-learn and R pls: same data, same folds, in turn.

    python3 bench/EndToEnd/side_by_side.py --ikpls DIR --out docs/results/side-by-side.md

DIR holds the package ikpls (github.com/Sm00thix/IKPLS, 1.x). Peers need Debian's python3-sklearn and r-cran-pls; one
that is missing is left out. Each program is first tried in all its ways (algorithm, threads, processes); the fastest
way of each then runs in turn with ours, --repeats times. Every process reads the same raw file and repeats its
computation for --seconds. The numbers are compared, too. The whole takes about an hour; --only takes rows apart,
--smoke all rows in a minute. What was measured is kept in a JSON file beside the report and completed row by row.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import curves
import processes
import product
import report
import workloads

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PYTHON_WAYS = {
    "pls": {"IKPLS": ["ikpls-1", "ikpls-2"], "scikit-learn": ["sk-path"]},
    "ridge": {"scikit-learn": ["sk-ridge-svd", "sk-ridge-cholesky"]},
    "lasso": {"scikit-learn": ["sk-lasso"]},
}
R_WAYS = ["kernelpls", "simpls", "widekernelpls"]

# Rows whose peers are tried in smoke size, too.
SMOKE_PEERS = ("small", "b", "ridge", "ridge-loo", "lasso")

# A peer that needs longer for one cross-validation is given up.
LIMIT_SECONDS = 240


def ours(row, data, threads, seconds):
    command = ["dotnet", product.OURS, data, "--model", row.model, "--chains", ";".join(row.chains)]
    return [*command, "--threads", threads, "--seconds", seconds], {}


def python(peer, row, data, threads, jobs, args):
    command = [
        sys.executable, HERE / "python_peer.py", data, "--peer", peer, "--settings", ",".join(map(repr, row.settings)),
        "--chains", ";".join(row.chains), "--jobs", jobs, "--seconds", args.seconds]
    if args.ikpls:
        command += ["--ikpls", args.ikpls]
    return command, blas(threads)


def r(method, row, data, threads, args):
    return ["Rscript", HERE / "plsr_peer.R", data, method, max(row.settings), args.seconds], blas(threads)


def blas(threads):
    return {"OPENBLAS_NUM_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)}


def ways(row, data, args):
    """All programs with all their ways to answer a row: {program: {way: (command, environment)}}."""
    found = {
        "ours, 1 core": {"1 thread": ours(row, data, 1, args.seconds)},
        "ours, 2 cores": {"2 threads": ours(row, data, 2, args.seconds)},
    }
    for program, peers in PYTHON_WAYS[row.method].items():
        if row.method == "ridge" and row.folds == row.n:
            peers = ["sk-ridgecv"]
        found[program] = {
            f"{peer}, {threads} BLAS thread{'s' * (threads > 1)}, {jobs} process{'es' * (jobs > 1)}":
                python(peer, row, data, threads, jobs, args)
            for peer in peers for threads, jobs in ((1, 1), (2, 1), (1, 2)) if jobs == 1 or row.method != "ridge"}
    if row.method == "pls" and len(row.chains) == 1:
        found["R pls"] = {
            f"{method}, {threads} BLAS thread{'s' * (threads > 1)}": r(method, row, data, threads, args)
            for method in R_WAYS if method != "widekernelpls" or row.n < row.p for threads in (1, 2)}
    return found


def fastest(program, choices, args):
    """The way that answers soonest when tried once each; a word about those that were given up."""
    if args.smoke or len(choices) == 1:
        return next(iter(choices)), {}
    tried, errors = {}, {}
    for way, (command, environment) in choices.items():
        # Where one process with one thread is too slow already, the same algorithm in parallel is not tried.
        if any(other.split(",")[0] == way.split(",")[0] for other in errors):
            continue
        quick = [*command]
        if "--seconds" in quick:
            quick[quick.index("--seconds") + 1] = args.seconds / 5
        found = processes.run(quick, environment, LIMIT_SECONDS, args.lock)
        if "error" in found:
            errors[way] = found["error"]
        else:
            tried[way] = found["medianMs"]
        print(f"    {program}: {way}: {found.get('medianMs', found.get('error'))}", flush=True)
    return min(tried, key=tried.get) if tried else None, dict(tried=tried, errors=errors)


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
        text=row.text, programs={
            program: dict(way=chosen[program][0], runs=found, **words[program]) for program, found in runs.items() if found})


def main():
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
    parser.add_argument("--out", type=pathlib.Path, help="the report, with its figures in a JSON file of the same name")
    parser.add_argument("--no-build", action="store_true", help="the programs are built already")
    parser.add_argument("--smoke", action="store_true", help="tiny shapes, once")
    args = parser.parse_args()
    args.peers = [one for one in args.peers.split(",") if one != "IKPLS" or args.ikpls]
    if args.smoke:
        args.repeats, args.seconds = 1, 0.01
    for project in [] if args.no_build else ["bench/EndToEnd/Ours", "src/Host"]:
        subprocess.run(["dotnet", "build", project, "-c", "Release", "-v", "quiet"], cwd=ROOT, check=True)

    figures = args.out.with_suffix(".json") if args.out else None
    found = json.loads(figures.read_text()) if figures and figures.exists() else dict(rows={}, product={}, curves={})
    found["machine"] = processes.machine()
    found["commit"] = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    wanted = [one for one in args.only.split(",") if one]

    def keep():
        if figures:
            figures.parent.mkdir(parents=True, exist_ok=True)
            figures.write_text(json.dumps(found, indent=1))

    for row in workloads.ROWS:
        if not wanted or row.name in wanted:
            print(row.name, flush=True)
            found["rows"][row.name] = measure(row, args)
            print(report.line(found["rows"][row.name]), flush=True)
            keep()
    for name in product.NAMES:
        if name in wanted or (not wanted and not (args.smoke and name == "study-nirsoil")):
            print(name, flush=True)
            found["product"][name] = product.measure(name, args)
            keep()
    if not wanted or "curves" in wanted:
        found["curves"] = curves.measure(args)
        keep()

    before = json.loads(args.before.read_text()) if args.before else None
    text = report.write(found, before)
    print(text)
    if args.out:
        curves.draw(found["curves"], args.out.parent / "plots")
        notes = args.out.read_text().partition(report.MARK)[2] if args.out.exists() else ""
        args.out.write_text(text + report.MARK + notes)


if __name__ == "__main__":
    main()
