#!/usr/bin/env python3
"""Reference numbers of boosting by scikit-learn.

    OMP_NUM_THREADS=1 python3 boosting.py cases > sklearn.json
    OMP_NUM_THREADS=1 python3 boosting.py real FOLDER_OF_SPECTRA > real.json
"""
import json
import sys

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

ROUNDS = (1, 2, 5, 20, 60)
USUAL = dict(learning_rate=0.1, max_leaf_nodes=31, min_samples_leaf=20, l2_regularization=0.0)


def case(name, seed, n, p, decimals, missing, classes, rules):
    """Independent variables, so that no two of them part the samples alike; the last sixth is predicted only."""
    random = np.random.default_rng(seed)
    x = np.round(random.normal(size=(n, p)), decimals)
    signal = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.3 * random.normal(size=n)
    if missing:
        # Missing values that say something, so that both directions are learnt.
        x[(random.random(n) < 0.15) | (signal > 1.3) & (random.random(n) < 0.5), 0] = np.nan
        x[(random.random(n) < 0.15) | (signal < -1.2) & (random.random(n) < 0.5), 1] = np.nan
        x[random.random(n) < 0.3, 3] = np.nan
    y = np.round(signal, 4)
    if classes:
        y = np.searchsorted(np.quantile(signal, np.cumsum([0.4, 0.35, 0.25][:classes - 1])), signal)
    fitted = n * 5 // 6
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = kind(max_iter=max(ROUNDS), early_stopping=False, **rules).fit(x[:fitted], y[:fitted])
    staged = list((model.staged_predict_proba if classes else model.staged_predict)(x[fitted:]))
    return dict(
        name=name, fitted=fitted, classes=classes, rules=list(rules.values()), rounds=ROUNDS,
        x=[[None if np.isnan(v) else v for v in row] for row in x.tolist()], y=y.tolist(),
        predicted=[np.asarray(staged[r - 1]).reshape(n - fitted, -1).tolist() for r in ROUNDS])


def cases():
    strict = dict(learning_rate=0.3, max_leaf_nodes=7, min_samples_leaf=5, l2_regularization=1.5)
    return [
        case("numbers", 1, 360, 5, 3, False, 0, USUAL),
        case("numbers, few values, other rules", 2, 240, 4, 1, False, 0, strict),
        case("numbers, missing values", 3, 360, 4, 3, True, 0, USUAL),
        case("two classes", 4, 360, 4, 3, False, 2, USUAL),
        case("two classes, missing values, other rules", 5, 300, 4, 2, True, 2, strict),
        case("three classes", 6, 420, 4, 3, False, 3, USUAL),
    ]


def read(path, response):
    lines = [line.split(",") for line in open(path).read().split("\n") if line]
    columns = []
    for j, head in enumerate(lines[0]):
        try:
            float(head)
            columns.append(j)
        except ValueError:
            pass
    at = lines[0].index(response)
    rows = [row for row in lines[1:] if row[at] not in ("", "nan", "NA")]
    return np.array([[float(row[j]) for j in columns] for row in rows]), np.array([float(row[at]) for row in rows])


def out_of_fold(x, y, kind):
    """Five folds, sample i held out in fold i modulo 5; 100 rounds."""
    fold = np.arange(len(y)) % 5
    predicted = np.zeros(len(y))
    for k in range(5):
        model = kind(max_iter=100, early_stopping=False).fit(x[fold != k], y[fold != k])
        predicted[fold == k] = model.predict(x[fold == k])
    return predicted


def real(folder):
    found = []
    for file, response in (("tecator.csv", "fat"), ("wheat_kernels.csv", "protein"), ("nirsoil.csv", "Ciso")):
        x, y = read(f"{folder}/{file}", response)
        predicted = out_of_fold(x, y, HistGradientBoostingRegressor)
        r2 = 1 - ((predicted - y) ** 2).sum() / ((y - y.mean()) ** 2).sum()
        found.append(dict(file=file, response=response, cuts=[], n=len(y), r2=r2))
    x, y = read(f"{folder}/tecator.csv", "fat")
    for cuts in ([np.median(y)], np.quantile(y, [1 / 3, 2 / 3]).tolist()):
        classes = np.searchsorted(cuts, y)
        accuracy = (out_of_fold(x, classes, HistGradientBoostingClassifier) == classes).mean()
        found.append(dict(file="tecator.csv", response="fat", cuts=list(cuts), n=len(y), accuracy=accuracy))
    return found


if __name__ == "__main__":
    print(json.dumps(cases() if sys.argv[1] == "cases" else real(sys.argv[2])))
