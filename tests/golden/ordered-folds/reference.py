#!/usr/bin/env python3
"""Reference folds in the order of a column, and cross-validated PLS on them, by scikit-learn.

    OMP_NUM_THREADS=1 python3 reference.py > sklearn.json

Folds: KFold without shuffle and TimeSeriesSplit on samples sorted by time, LeaveOneGroupOut, and every K-th sample of an order.
Errors: PLSRegression fitted anew on each calibration set; the squared errors of all held-out samples are pooled.
"""
import json

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.model_selection import KFold, LeaveOneGroupOut, TimeSeriesSplit


def main():
    random = np.random.default_rng(11)
    n, p, components = 40, 12, 4
    scores = random.normal(size=(n, 3)) * [2, 1, 0.5]
    x = np.round(scores @ random.normal(size=(3, p)) + 0.05 * random.normal(size=(n, p)), 4)
    day = random.permutation(n)
    y = np.round(scores[:, 0] + 0.5 * scores[:, 1] + 0.03 * day + 0.2 * random.normal(size=n), 4)
    lot = np.array([f"lot{i % 13:02d}" for i in range(n)])

    by_day, by_y = np.argsort(day), np.argsort(y, kind="stable")
    schemes = {
        "contiguous(5; by day)": [(by_day[c], by_day[h]) for c, h in KFold(5).split(by_day)],
        "time(5; by day)": [(by_day[c], by_day[h]) for c, h in TimeSeriesSplit(4).split(by_day)],
        "venetian(5; by y)": [(np.setdiff1d(by_y, by_y[k::5]), by_y[k::5]) for k in range(5)],
        "loo": list(LeaveOneGroupOut().split(x, y, lot)),
    }
    cases = []
    for notation, splits in schemes.items():
        rmse = []
        for a in range(1, components + 1):
            errors = []
            for calibration, held_out in splits:
                model = PLSRegression(n_components=a, scale=False).fit(x[calibration], y[calibration])
                errors.extend((np.ravel(model.predict(x[held_out])) - y[held_out]) ** 2)
            rmse.append(float(np.sqrt(np.mean(errors))))
        cases.append({
            "folds": notation,
            "group": notation == "loo",
            "calibration": [sorted(int(i) for i in c) for c, _ in splits],
            "heldOut": [sorted(int(i) for i in h) for _, h in splits],
            "rmsecv": rmse,
        })
    print(json.dumps({"x": x.tolist(), "y": y.tolist(), "day": day.tolist(), "lot": lot.tolist(), "cases": cases}))


if __name__ == "__main__":
    main()
