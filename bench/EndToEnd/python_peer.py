#!/usr/bin/env python3
"""Times one Python peer on a raw file of the comparison: 'answered' once the first answer is there, then one line of JSON like that of Ours.

    python3 bench/EndToEnd/python_peer.py FILE.raw --peer ikpls-1 --ikpls DIR --settings 1,2,3

Peers: ikpls-1 and ikpls-2 (IKPLS fast cross-validation, its two algorithms), sk-path (one PLSRegression per fold, all
counts read off it), sk-grid (GridSearchCV over counts), sk-ridge-svd and sk-ridge-cholesky (one Ridge per fold for
all penalties), sk-ridgecv (RidgeCV, leave-one-out), sk-lasso (one lasso_path per fold, as LassoCV
does, with its tolerance of 1e-4) and sk-lasso-converged (1e-6). Threads of the linear algebra come from the
environment, --jobs from here. Imports and reading are outside of the times, pretreatment is inside.
"""
import argparse
import contextlib
import io
import json
import os
import sys
import time

import numpy as np
import workloads
from pls_peer import pretreat

TICKS = os.sysconf("SC_CLK_TCK")
ONCE_SECONDS = 5


def ikpls(args, x, y, fold):
    import ikpls.fast_cross_validation.numpy_ikpls as fast
    model = fast.PLS(center_X=True, center_Y=True, scale_X=False, scale_Y=False, algorithm=int(args.peer[-1]))
    with contextlib.redirect_stdout(io.StringIO()):
        errors = model.cross_validate(x, y, len(args.settings), fold, squares, n_jobs=args.jobs, verbose=0)
    return np.sqrt(sum(errors.values()) / len(y))


def squares(y, predicted):
    """Squared errors of every component count, for pooling over folds."""
    return ((predicted[:, :, 0] - y[None, :, 0]) ** 2).sum(1)


def sk_path(args, x, y, fold):
    from joblib import Parallel, delayed
    folds = Parallel(n_jobs=args.jobs)(
        delayed(sk_fold)(x, y, fold == k, len(args.settings)) for k in range(fold.max() + 1))
    return np.sqrt(sum(folds) / len(y))


def sk_fold(x, y, held, components):
    from sklearn.cross_decomposition import PLSRegression
    rows, response = x[~held], y[~held]
    model = PLSRegression(n_components=components, scale=False).fit(rows, response)
    scores = (x[held] - rows.mean(0)) @ model.x_rotations_
    predicted = np.cumsum(scores * model.y_loadings_[0], axis=1) + response.mean()
    return ((predicted - y[held, None]) ** 2).sum(0)


def sk_grid(args, x, y, fold):
    from sklearn.cross_decomposition import PLSRegression
    from sklearn.model_selection import GridSearchCV, PredefinedSplit
    search = GridSearchCV(
        PLSRegression(scale=False), {"n_components": args.settings}, cv=PredefinedSplit(fold),
        scoring="neg_mean_squared_error", n_jobs=args.jobs, refit=False)
    found = search.fit(x, y).cv_results_
    weights = np.bincount(fold) / len(y)
    return np.sqrt(-sum(found[f"split{k}_test_score"] * weights[k] for k in range(len(weights))))


def sk_ridge(args, x, y, fold):
    from sklearn.linear_model import Ridge
    errors = 0
    for k in range(fold.max() + 1):
        held = fold == k
        # As many copies of the response as penalties: one decomposition answers all.
        model = Ridge(alpha=np.array(args.settings), solver=args.peer.split("-")[-1])
        model.fit(x[~held], np.repeat(y[~held, None], len(args.settings), 1))
        errors = errors + ((model.predict(x[held]) - y[held, None]) ** 2).sum(0)
    return np.sqrt(errors / len(y))


def sk_ridgecv(args, x, y, _):
    from sklearn.linear_model import RidgeCV
    return np.sqrt(RidgeCV(alphas=args.settings, store_cv_values=True).fit(x, y).cv_values_.mean(0))


def sk_lasso(args, x, y, fold):
    from joblib import Parallel, delayed
    folds = Parallel(n_jobs=args.jobs)(
        delayed(sk_lasso_fold)(x, y, fold == k, args.settings, 1e-6 if "converged" in args.peer else 1e-4) for k in range(fold.max() + 1))
    return np.sqrt(sum(folds) / len(y))


def sk_lasso_fold(x, y, held, fractions, tolerance):
    from sklearn.linear_model import lasso_path
    mean, response = x[~held].mean(0), y[~held] - y[~held].mean()
    rows = np.asfortranarray(x[~held] - mean)
    largest = np.abs(rows.T @ response).max() / len(response)
    _, coefficients, _ = lasso_path(rows, response, alphas=largest * np.array(fractions), tol=tolerance, max_iter=100000)
    predicted = (x[held] - mean) @ coefficients + y[~held].mean()
    return ((predicted - y[held, None]) ** 2).sum(0)


PEERS = {
    "ikpls-1": ikpls, "ikpls-2": ikpls, "sk-path": sk_path, "sk-grid": sk_grid, "sk-ridge-svd": sk_ridge,
    "sk-ridge-cholesky": sk_ridge, "sk-ridgecv": sk_ridgecv, "sk-lasso": sk_lasso, "sk-lasso-converged": sk_lasso}


def cpu_seconds():
    """Processor time of this process and of the workers below it."""
    spent = time.process_time()
    with contextlib.suppress(OSError):
        for child in open(f"/proc/self/task/{os.getpid()}/children").read().split():
            fields = open(f"/proc/{child}/stat").read().rpartition(")")[2].split()
            spent += (int(fields[11]) + int(fields[12])) / TICKS
    return spent


def laps(body, seconds):
    """The first run, then as many as the seconds hold; a run of several seconds is its own first and only one."""
    began = time.perf_counter()
    answer = body()
    first = time.perf_counter() - began
    print("answered", flush=True)
    times, cpu, start = [], cpu_seconds(), time.perf_counter()
    if first > ONCE_SECONDS:
        times = [first]
    else:
        body()
        cpu, start = cpu_seconds(), time.perf_counter()
        while not times or time.perf_counter() - start < seconds:
            began = time.perf_counter()
            body()
            times.append(time.perf_counter() - began)
        cpu = (cpu_seconds() - cpu) / len(times)
    return dict(
        runs=len(times), medianMs=1e3 * float(np.median(times)), minMs=1e3 * min(times), maxMs=1e3 * max(times),
        cpuMs=1e3 * cpu, firstMs=1e3 * first), answer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--peer", choices=PEERS, required=True)
    parser.add_argument("--ikpls", help="folder that holds the package ikpls")
    parser.add_argument("--settings", required=True, help="numbers, separated by commas")
    parser.add_argument("--chains", default="raw", help="in our notation, separated by ';'")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1)
    args = parser.parse_args()
    kind = int if "path" in args.peer or "grid" in args.peer or "ikpls" in args.peer else float
    args.settings = [kind(one) for one in args.settings.split(",")]
    if args.ikpls:
        sys.path.insert(0, args.ikpls)
        os.environ["PYTHONPATH"] = args.ikpls + os.pathsep + os.environ.get("PYTHONPATH", "")
    x, y, fold = workloads.read(args.data)
    axis = 400.0 + np.arange(x.shape[1])
    answer = PEERS[args.peer]

    def body():
        return [answer(args, pretreat(chain, x, axis), y, fold).tolist() for chain in args.chains.split(";")]

    found, rmsecv = laps(body, args.seconds)
    print(json.dumps(dict(found, settings=args.settings, rmsecv=rmsecv)))


if __name__ == "__main__":
    main()
