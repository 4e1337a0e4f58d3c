#!/usr/bin/env python3
"""The independent implementation: scikit-learn's PLSRegression, SciPy's savgol_filter, plain numpy for the rest.

Reads a wide table and the fold of every sample (predictions.csv of a search) and prints, as JSON, the pooled
RMSECV of every component count. Nothing is shared with the program it checks.
"""
import argparse
import csv
import json
import re

import numpy as np
from scipy.signal import savgol_filter
from sklearn.cross_decomposition import PLSRegression


def read(path, response):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    head = rows[0]
    spectral = [j for j, name in enumerate(head) if re.fullmatch(r"[0-9.]+", name)]
    axis = np.array([float(head[j]) for j in spectral])
    table = {
        row[0]: (row[head.index(response)], [float(row[j]) for j in spectral]) for row in rows[1:] if row}
    return axis, table


def pretreat(chain, x, axis):
    step = (axis[-1] - axis[0]) / (len(axis) - 1)
    for one in [] if chain == "raw" else [part.strip() for part in chain.split("+")]:
        if one == "snv":
            x = (x - x.mean(1, keepdims=True)) / x.std(1, ddof=1, keepdims=True)
        elif match := re.fullmatch(r"sg\((\d+),(\d+),(\d+)\)", one):
            window, degree, derivative = map(int, match.groups())
            x = savgol_filter(x, window, degree, deriv=derivative, delta=step, mode="interp", axis=1)
        elif match := re.fullmatch(r"detrend\((\d+)\)", one):
            basis = np.linspace(-1, 1, x.shape[1])
            vander = np.linalg.qr(np.vander(basis, int(match.group(1)) + 1))[0]
            x = x - (x @ vander) @ vander.T
        else:
            raise SystemExit(f"unknown step {one}")
    return x


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data")
    parser.add_argument("--response", required=True)
    parser.add_argument("--chain", required=True)
    parser.add_argument("--components", type=int, required=True)
    parser.add_argument("--folds", required=True, help="predictions.csv of a search: sample_id, reference, fold, …")
    args = parser.parse_args()

    axis, table = read(args.data, args.response)
    with open(args.folds, newline="") as file:
        listed = [(row["sample_id"], int(row["fold"])) for row in csv.DictReader(file)]
    x = pretreat(args.chain, np.array([table[name][1] for name, _ in listed]), axis)
    y = np.array([float(table[name][0]) for name, _ in listed])
    fold = np.array([number for _, number in listed])

    components = args.components
    for k in np.unique(fold):
        components = min(components, int((fold != k).sum()) - 1, x.shape[1])
    predicted = np.empty((components, len(y)))
    for k in np.unique(fold):
        held = fold == k
        mean_x, mean_y = x[~held].mean(0), y[~held].mean()
        model = PLSRegression(n_components=components, scale=False).fit(x[~held], y[~held])
        for a in range(1, components + 1):
            coefficients = model.x_rotations_[:, :a] @ model.y_loadings_[:, :a].T
            predicted[a - 1, held] = ((x[held] - mean_x) @ coefficients).ravel() + mean_y
    print(json.dumps([float(np.sqrt(np.mean((row - y) ** 2))) for row in predicted]))


if __name__ == "__main__":
    main()
