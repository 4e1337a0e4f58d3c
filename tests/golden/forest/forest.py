"""Writes forest.json: small simulated data, and what scikit-learn's forests reach on them and on real spectra over seeds."""
import csv
import json
import os
import sys

import numpy as np
import sklearn
from sklearn.ensemble import (ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor)
from sklearn.metrics import accuracy_score, log_loss, r2_score

FOLDS = 5
SHARES = {"sqrt": "sqrt", "third": 1 / 3, "all": 1.0}


def out_of_fold(model, x, y, classes=0):
    fold = np.arange(len(y)) % FOLDS
    out = np.zeros((len(y), classes)) if classes else np.zeros(len(y))
    for k in range(FOLDS):
        fitted = model.fit(x[fold != k], y[fold != k])
        out[fold == k] = fitted.predict_proba(x[fold == k]) if classes else fitted.predict(x[fold == k])
    return out


def simulated():
    rng = np.random.default_rng(7)
    n, p, bands = 120, 30, 5
    amounts = rng.gamma(3.0, 1.0, (n, bands))
    at = np.linspace(0, 1, p)
    shapes = np.exp(-((at[None, :] - np.linspace(0.1, 0.9, bands)[:, None]) / 0.1) ** 2)
    x = np.round(amounts @ shapes + 0.05 * rng.standard_normal((n, p)), 4)
    y = np.round(amounts[:, 0] - amounts[:, 2] + 0.3 * amounts[:, 0] * amounts[:, 1] + 0.2 * rng.standard_normal(n), 4)
    return x, y, np.digitize(y, np.quantile(y, [1 / 3, 2 / 3]))


def real(folder, name, response):
    with open(os.path.join(folder, name)) as file:
        rows = list(csv.reader(file))
    variables = [j for j, text in enumerate(rows[0]) if text.replace(".", "").isdigit()]
    column = rows[0].index(response)
    known = [row for row in rows[1:] if row[column] not in ("", "NA")]
    return np.array([[float(row[j]) for j in variables] for row in known]), np.array([float(row[column]) for row in known])


def summary(values):
    return {"mean": round(float(np.mean(values)), 5), "sd": round(float(np.std(values, ddof=1)), 5), "seeds": len(values)}


def main(folder, target):
    x, y, label = simulated()
    cases = []
    for kind, make in (("forest", RandomForestRegressor), ("extratrees", ExtraTreesRegressor)):
        for share, features in SHARES.items():
            for trees, depth in ((100, None), (100, 4)):
                r2 = [r2_score(y, out_of_fold(make(trees, max_features=features, max_depth=depth, random_state=s), x, y))
                      for s in range(20)]
                cases.append({"model": kind, "share": share, "trees": trees, "depth": depth, "r2": summary(r2)})
    importances = np.mean([RandomForestRegressor(200, max_features=1 / 3, random_state=s).fit(x, y).feature_importances_
                           for s in range(10)], 0)
    classes = []
    for kind, make in (("forestclass", RandomForestClassifier), ("extratreesclass", ExtraTreesClassifier)):
        shares = [out_of_fold(make(100, max_features="sqrt", random_state=s), x, label, 3) for s in range(20)]
        classes.append({
            "model": kind, "share": "sqrt", "trees": 100,
            "accuracy": summary([accuracy_score(label, one.argmax(1)) for one in shares]),
            "brier": summary([np.mean(((one - np.eye(3)[label]) ** 2).sum(1)) for one in shares])})
    spectra = []
    for file, response, share, trees, depth in (
            ("tecator.csv", "fat", "all", 100, None), ("tecator.csv", "fat", "third", 100, None),
            ("nirsoil.csv", "Ciso", "sqrt", 100, None), ("wheat_kernels.csv", "protein", "third", 60, None)):
        X, Y = real(folder, file, response)
        for kind, make in (("forest", RandomForestRegressor), ("extratrees", ExtraTreesRegressor)):
            r2 = [r2_score(Y, out_of_fold(make(trees, max_features=SHARES[share], random_state=s, n_jobs=2), X, Y))
                  for s in range(4)]
            spectra.append({"file": file, "response": response, "samples": len(Y), "model": kind, "share": share,
                            "trees": trees, "r2": summary(r2)})
            print(spectra[-1], flush=True)
    with open(target, "w") as file:
        json.dump({"tool": f"scikit-learn {sklearn.__version__}", "folds": FOLDS, "x": x.tolist(), "y": y.tolist(),
                   "label": label.tolist(), "regression": cases, "importance": np.round(importances, 5).tolist(),
                   "classes": classes, "spectra": spectra}, file, separators=(",", ":"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
