"""The programs that are compared, with all the ways to run each."""
import pathlib
import sys

import processes

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OURS = ROOT / "artifacts" / "bin" / "EndToEndBench" / "release" / "Pipeline.EndToEndBench.dll"

PYTHON_WAYS = {
    "pls": {"IKPLS": ["ikpls-1", "ikpls-2"], "scikit-learn": ["sk-path"]},
    "ridge": {"scikit-learn": ["sk-ridge-svd", "sk-ridge-cholesky"]},
    "lasso": {"scikit-learn": ["sk-lasso"], "scikit-learn converged": ["sk-lasso-converged"]},
}
R_WAYS = ["kernelpls", "simpls", "widekernelpls"]

# A peer that needs longer for one cross-validation is given up.
LIMIT_SECONDS = 240


def ours(row, data, threads, seconds):
    command = ["dotnet", OURS, data, "--model", row.model, "--chains", ";".join(row.chains)]
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
