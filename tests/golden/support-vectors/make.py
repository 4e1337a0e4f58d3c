#!/usr/bin/env python3
"""Reference numbers of support vector machines by scikit-learn; see PROVENANCE.md. Writes sklearn.json beside itself."""
import json
import pathlib

import numpy as np
from sklearn.svm import SVC, SVR

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-8


def divided(x, others):
    mean = x.mean(0)
    scale = np.sqrt(((x - mean) ** 2).sum() / len(x))
    return (x - mean) / scale, (others - mean) / scale


def regression(name, source):
    x, y = np.array(source["X"]), np.array(source["y"])
    held = np.arange(len(y)) % 4 == 1
    fitted, others = divided(x[~held], x[held])
    mean, deviation = y[~held].mean(), y[~held].std()
    for gamma in (0, 0.1, 1):
        for c, epsilon in ((1, 0.1), (10, 0.01), (100, 0.1)):
            machine = SVR(kernel="rbf" if gamma else "linear", C=c, epsilon=epsilon, gamma=gamma or "auto", tol=TOLERANCE, cache_size=500)
            machine.fit(fitted, (y[~held] - mean) / deviation)
            yield {
                "input": name, "gamma": gamma, "c": c, "epsilon": epsilon, "support": len(machine.support_),
                "prediction": (mean + deviation * machine.predict(others)).tolist()}


def classes(index, case):
    x, others = divided(np.array(case["x"]), np.array(case["new"]))
    for gamma in (0, 0.1, 1):
        for c in (1, 30):
            for balanced in (False, True):
                machine = SVC(
                    kernel="rbf" if gamma else "linear", C=c, gamma=gamma or "auto", tol=TOLERANCE, cache_size=500,
                    decision_function_shape="ovo", class_weight="balanced" if balanced else None)
                machine.fit(x, case["classes"])
                decision = machine.decision_function(others)
                # Of two classes scikit-learn's sign is that of the second, of more that of the first of each pair.
                decision = -decision[:, None] if decision.ndim == 1 else decision
                yield {
                    "case": index, "gamma": gamma, "c": c, "balanced": balanced, "support": len(machine.support_), "decision": decision.tolist()}


def main():
    inputs = json.loads((HERE / "../pls/inputs.json").read_text())
    cases = json.loads((HERE / "../classes/sklearn.json").read_text())["cases"]
    found = {
        "regression": [one for name, source in inputs.items() if len(source["y"]) <= 200 for one in regression(name, source)],
        "classes": [one for index, case in enumerate(cases) for one in classes(index, case)]}
    (HERE / "sklearn.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
