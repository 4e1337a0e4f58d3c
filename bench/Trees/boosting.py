#!/usr/bin/env python3
"""Cross-validated boosting beside scikit-learn's HistGradientBoosting, in pairs on the same files.

    dotnet build bench/EndToEnd/Ours -c Release
    python3 bench/Trees/boosting.py [--only 1000x500,1000x2000] [--pairs 3] [--rounds 100] [--smoke]

Each pair runs ours and the peer one after the other, the next pair in the other order. The peer is the better use of two cores
that scikit-learn has: folds in two processes of one thread (folds x 2), or fold after fold on two threads (threads x 2); --peers
chooses. Times are of the whole cross-validation of five folds without reading the file; memory is the most resident memory of the
process, for folds x 2 that of its largest process. Spectra are those of bench/EndToEnd/workloads.py.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "EndToEnd"))
import workloads  # noqa: E402
from report import measured  # noqa: E402

OURS = ROOT / "artifacts" / "bin" / "EndToEndBench" / "release" / "Pipeline.EndToEndBench"
FOLDS = 5


def fold_of_peer(x, y, held, rounds):
    from sklearn.ensemble import HistGradientBoostingRegressor
    began = time.process_time()
    model = HistGradientBoostingRegressor(max_iter=rounds, early_stopping=False).fit(x[~held], y[~held])
    return model.predict(x[held]), time.process_time() - began


def peer(path, rounds, jobs):
    """One cross-validation by scikit-learn; one line of JSON."""
    from joblib import Parallel, delayed
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: F401 - importing is not timed
    x, y, fold = workloads.read(path)
    with Parallel(n_jobs=jobs) as parallel:
        parallel(delayed(fold_of_peer)(x[:60, :5], y[:60], fold[:60] == 0, 1) for _ in range(jobs))
        began = time.perf_counter()
        answers = parallel(delayed(fold_of_peer)(x, y, fold == k, rounds) for k in range(FOLDS))
        seconds = time.perf_counter() - began
    predicted = np.zeros(len(y))
    for k, (values, _) in enumerate(answers):
        predicted[fold == k] = values
    rmsecv = float(np.sqrt(np.mean((predicted - y) ** 2)))
    print(json.dumps(dict(seconds=seconds, cpu=sum(cpu for _, cpu in answers), rmsecv=rmsecv)))


def run(command, threads):
    """The last line of JSON of a process, with the most resident memory of it or of a child, in MB."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY="passive")
    process = subprocess.Popen([str(one) for one in command], stdout=subprocess.PIPE, env=environment, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status != 0:
        raise SystemExit(f"{command[0]} ended with {status}")
    return dict(json.loads(output.strip().split("\n")[-1]), megabytes=usage.ru_maxrss / 1024)


def ours(path, rounds, seconds):
    found = run([OURS, path, "--model", f"boost({rounds})", "--threads", 2, "--seconds", seconds], 1)
    return dict(
        seconds=found["medianMs"] / 1e3, cpu=found["cpuMs"] / 1e3, rmsecv=found["rmsecv"][0][0], megabytes=found["megabytes"], hash=found["hash"])


def compare(shape, rounds, pairs, peers, rows):
    n, p = (int(one) for one in shape.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{shape}.raw"
        x, y = workloads.spectra(n, p)
        workloads.write_raw(path, x, y, workloads.folds_of(n, FOLDS))
        for name in peers:
            jobs, threads = (2, 1) if name == "folds" else (1, 2)
            command = [sys.executable, __file__, "--peer", path, "--rounds", rounds, "--jobs", jobs]
            found = []
            for pair in range(pairs):
                if pair % 2 == 0:
                    found.append((ours(path, rounds, 1), run(command, threads)))
                else:
                    second = run(command, threads)
                    found.append((ours(path, rounds, 1), second))
            ours_alone = [one[0] for one in found]
            measured.append(rows, [measured.row(
                f"{shape} {name}", f"{n} × {p}, {rounds} rounds, {FOLDS} folds", "s", [one["seconds"] for one in ours_alone],
                [measured.peer("scikit-learn", [one[1]["seconds"] for one in found], way=f"{name} x 2")], way="2 threads",
                cpuSeconds=statistics.median(one["cpu"] for one in ours_alone),
                peakBytes=int(max(one["megabytes"] for one in ours_alone) * 2**20), hash=ours_alone[0]["hash"])])
            for side, label in ((0, "ours, 2 threads"), (1, f"scikit-learn, {name} x 2")):
                middle = {key: statistics.median(one[side][key] for one in found) for key in ("seconds", "cpu", "rmsecv", "megabytes")}
                print(
                    f"{shape}  {label:24}  {middle['seconds']:8.2f} s  {middle['cpu']:8.2f} s CPU  "
                    f"{middle['megabytes']:6.0f} MB  RMSECV {middle['rmsecv']:.9f}", flush=True)
            for key, label in (("seconds", "time"), ("cpu", "CPU")):
                ratios = sorted(one[1][key] / one[0][key] for one in found)
                print(
                    f"{shape}  ratio of {label}: median {statistics.median(ratios):.1f}, {ratios[0]:.1f} to {ratios[-1]:.1f} "
                    f"in {pairs} pairs", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="1000x500,1000x2000")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--peers", default="folds,threads")
    parser.add_argument("--rows", help="file of lines for `bench run`")
    parser.add_argument("--smoke", action="store_true", help="small shapes, few rounds, one pair")
    parser.add_argument("--peer", help="run the peer alone on a raw file")
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    if args.peer:
        peer(args.peer, args.rounds, args.jobs)
        return
    if args.smoke:
        args.only, args.rounds, args.pairs = "120x20,60x40", 5, 1
    for shape in args.only.split(","):
        compare(shape, args.rounds, args.pairs, args.peers.split(","), args.rows)


if __name__ == "__main__":
    main()
