"""Studies through the whole program: from the start of its process to results on disk."""
import csv
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import pls_peer
import processes
import published
import workloads
from programs import HERE, OURS

NAMES = ("study-small", "study-small-arrow", "study-small-default", "study-b", "study-b-arrow", "study-nirsoil")

# What instruments write: no more digits than they have.
DIGITS = 6


def simulated(n, p, folds):
    x, y = workloads.spectra(n, p)
    return np.round(x, DIGITS), np.round(y, DIGITS), workloads.folds_of(n, folds)


def write_text(path, x, y, fold):
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sample_id", "y", "fold", *range(400, 400 + x.shape[1])])
        for i in range(len(y)):
            rows.writerow([f"s{i:05}", repr(float(y[i])), fold[i] + 1, *map(repr, x[i].tolist())])


def studies(name, folder, args):
    """The arguments of a search, what it is, and what the peer does: (chains, components) or None."""
    if name == "study-nirsoil":
        data = args.data / "nirsoil.csv"
        if not data.exists():
            return None
        return [data, "--response", "Ciso"], "nirsoil, 825 × 700, default study", None
    is_b = name.startswith("study-b")
    n, p = (1000, 2000) if is_b else (100, 500)
    if args.smoke:
        n, p = 40, 50
    folds = 5
    components, chains = (15, workloads.TWELVE) if is_b else (20, ("raw",))
    x, y, fold = simulated(n, p, folds)
    workloads.write_raw(folder / "peer.raw", x, y, fold)
    data = folder / "spectra.csv"
    if name.endswith("arrow"):
        data = folder / "spectra.arrow"
        subprocess.run(["dotnet", OURS, folder / "peer.raw", "--arrow", data], check=True)
    else:
        write_text(data, x, y, fold)
    if name == "study-small-default":
        return [data, "--response", "y"], f"{n} × {p}, default study, text", None
    study = dict(pretreatments=list(chains), models=[f"pls({components})"], subsets=["full"], folds="given(fold)", nested=0, permutations=0, bootstrap=0)
    (folder / "study.json").write_text(json.dumps(study))
    text = f"{n} × {p}, {folds} folds, {components} LV, {len(chains)} chain{'s' * (len(chains) > 1)}, {'Arrow' if name.endswith('arrow') else 'text'}"
    return [data, "--response", "y", "--study", folder / "study.json"], text, (chains, components)


def measure(name, args):
    with tempfile.TemporaryDirectory(dir=args.scratch) as temporary:
        folder = pathlib.Path(temporary)
        study = studies(name, folder, args)
        if study is None:
            return dict(text="no ../shared", ours=[], still=[])
        arguments, text, peer = study
        out = folder / "out"
        found = dict(text=text, ours=[], still=[], peer=[], peerStill=[])
        processes.run(published.pipeline("search", *arguments, "--out", out), lock=args.lock)
        if name == "study-nirsoil":
            peer = nirsoil_peer(arguments[0], out, folder)
            found["text"] += "; the peer does its full-spectrum PLS alone"
        for _ in range(args.repeats):
            shutil.rmtree(out, ignore_errors=True)
            one = processes.run(published.pipeline("search", *arguments, "--out", out), lock=args.lock)
            if "error" in one:
                raise SystemExit(f"{name}: {one['error']}")
            one["searchSeconds"] = json.loads((out / "provenance.json").read_text())["searchSeconds"]
            one["hash"] = file_hash(out / "leaderboard.csv")
            found["ours"].append(one)
            found["still"].append(processes.run(published.pipeline("--version"), lock=args.lock))
            if peer and args.ikpls:
                found["peer"].append(processes.run(*peer_command(folder, peer, args), lock=args.lock))
                found["peerStill"].append(processes.run([sys.executable, "-c", IMPORTS.format(args.ikpls)], lock=args.lock))
        if found["peer"]:
            found["difference"] = f"{difference(out, peer, found['peer'][0]['rmsecv']):.0e}"
        for one in found["peer"]:
            one.pop("rmsecv")
        return found


def file_hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


IMPORTS = "import sys; sys.path.insert(0, '{}'); import numpy, joblib, scipy.signal, sklearn.cross_decomposition, ikpls.fast_cross_validation.numpy_ikpls"


def peer_command(folder, peer, args):
    chains, components = peer
    command = [
        sys.executable, HERE / "python_peer.py", folder / "peer.raw", "--peer", "ikpls-1", "--ikpls", args.ikpls,
        "--chains", ";".join(chains), "--settings", ",".join(map(str, range(1, components + 1))), "--seconds", 0]
    return command, {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}


def nirsoil_peer(data, out, folder):
    """The samples and folds of the program's own results, and the chains of its default study."""
    with open(out / "predictions.csv", newline="") as file:
        listed = [(row["sample_id"], int(row["fold"])) for row in csv.DictReader(file)]
    _, table = pls_peer.read(data, "Ciso")
    x = np.array([table[name][1] for name, _ in listed])
    y = np.array([float(table[name][0]) for name, _ in listed])
    fold = np.array([number for _, number in listed])
    workloads.write_raw(folder / "peer.raw", x, y, fold - fold.min())
    return tuple({one["pretreatment"]: None for one in leaderboard(out)}), 25


def leaderboard(out):
    return [
        one for one in json.loads((out / "leaderboard.json").read_text())["candidates"]
        if one["rank"] and one["model"] == "pls" and one["subset"] == "full"]


def difference(out, peer, rmsecv):
    """The largest relative difference of RMSECV between the leaderboard and the peer."""
    theirs = {(chain, a + 1): value for chain, row in zip(peer[0], rmsecv) for a, value in enumerate(row)}
    return max(
        abs(one["crossValidation"]["rmsecv"] / theirs[one["pretreatment"], int(one["setting"]["value"])] - 1) for one in leaderboard(out))
