"""Cross-validated forests beside scikit-learn, in pairs: medians of wall and processor time, peak memory, out-of-fold R2.

    python3 bench/Trees/forest.py [--shares sqrt,third] [--models forest,extratrees] [--pairs 3] [--trees 200]
                                  [--n 1000] [--p 2000] [--threads 2] [--no-peer] [--program PATH] [--smoke]

Ours is bench/EndToEnd/Ours (built in Release before), timed inside the process after a first run that compiles.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "EndToEnd"))
import workloads  # noqa: E402
from report import measured, only_hash  # noqa: E402

PEER = """
import json, resource, sys, time
import numpy as np
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.metrics import r2_score
sys.path.insert(0, sys.argv[1])
import workloads
path, model, share, trees, threads = sys.argv[2:7]
x, y, fold = workloads.read(path)
features = {"sqrt": "sqrt", "third": 1 / 3, "all": 1.0}[share]
make = RandomForestRegressor if model == "forest" else ExtraTreesRegressor
start, cpu, out = time.perf_counter(), time.process_time(), np.zeros(len(y))
for k in range(fold.max() + 1):
    forest = make(int(trees), max_features=features, random_state=42, n_jobs=int(threads))
    out[fold == k] = forest.fit(x[fold != k], y[fold != k]).predict(x[fold == k])
print(json.dumps({"wall": time.perf_counter() - start, "cpu": time.process_time() - cpu, "r2": r2_score(y, out)}))
"""


def run(command):
    """Runs a process; its last line as JSON, and its peak memory in MB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} failed: {text}")
    found = json.loads(text.strip().splitlines()[-1])
    found["megabytes"] = usage.ru_maxrss / 1024
    return found


def ours(program, path, model, share, trees, threads, y):
    found = run([*program, path, "--model", f"{model}({trees}; features {share}; seed 42)", "--threads", str(threads), "--seconds", "0"])
    rmsecv = found["rmsecv"]
    while isinstance(rmsecv, list):
        rmsecv = rmsecv[0]
    return {"wall": found["medianMs"] / 1e3, "cpu": found["cpuMs"] / 1e3, "megabytes": found["megabytes"],
            "r2": 1 - rmsecv ** 2 / np.var(y), "hash": found["hash"]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--shares", default="sqrt,third,all")
    arguments.add_argument("--models", default="forest,extratrees")
    arguments.add_argument("--no-peer", action="store_true")
    arguments.add_argument("--rows", help="file of lines for `bench run`")
    arguments.add_argument("--smoke", action="store_true", help="tiny spectra, ten trees, one pair")
    arguments.add_argument("--program", default=os.path.join(
        HERE, "..", "..", "artifacts", "bin", "EndToEndBench", "release", "Pipeline.EndToEndBench.dll"))
    for name, usual in (("n", 1000), ("p", 2000), ("trees", 200), ("threads", 2), ("pairs", 3), ("folds", 5)):
        arguments.add_argument(f"--{name}", type=int, default=usual)
    a = arguments.parse_args()
    if a.smoke:
        a.n, a.p, a.trees, a.pairs, a.shares = 60, 30, 10, 1, "sqrt"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "forest.raw")
        x, y = workloads.spectra(a.n, a.p)
        workloads.write_raw(path, x, y, workloads.folds_of(a.n, a.folds))
        print(f"{a.n} x {a.p}, {a.trees} trees, {a.folds} folds, {a.threads} threads, {a.pairs} pairs")
        print("| model | features | who | wall s (min-max) | cpu s | MB | R2 |\n| --- | --- | --- | --- | --- | --- | --- |")
        for model in a.models.split(","):
            for share in a.shares.split(","):
                runs = {"ours": [], "scikit-learn": []}
                for _ in range(a.pairs):
                    runs["ours"].append(ours(["dotnet", a.program], path, model, share, a.trees, a.threads, y))
                    if not a.no_peer:
                        runs["scikit-learn"].append(run(
                            [sys.executable, "-c", PEER, os.path.join(HERE, "..", "EndToEnd"), path, model, share,
                             str(a.trees), str(a.threads)]))
                peers = [] if a.no_peer else [measured.peer("scikit-learn", [one["wall"] for one in runs["scikit-learn"]])]
                measured.append(a.rows, [measured.row(
                    f"{model} {share}", f"{a.n} × {a.p}, {a.trees} trees, {a.folds} folds, {a.threads} threads", "s",
                    [one["wall"] for one in runs["ours"]], peers, cpuSeconds=statistics.median(one["cpu"] for one in runs["ours"]),
                    peakBytes=int(max(one["megabytes"] for one in runs["ours"]) * 2**20), hash=only_hash(runs["ours"]))])
                for who, some in runs.items():
                    if some:
                        wall = [one["wall"] for one in some]
                        middle = {key: statistics.median(one[key] for one in some) for key in ("wall", "cpu", "megabytes", "r2")}
                        print(f"| {model} | {share} | {who} | {middle['wall']:.2f} ({min(wall):.2f}-{max(wall):.2f}) "
                              f"| {middle['cpu']:.2f} | {middle['megabytes']:.0f} | {middle['r2']:.4f} |", flush=True)


if __name__ == "__main__":
    main()
