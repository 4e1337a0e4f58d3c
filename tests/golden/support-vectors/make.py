#!/usr/bin/env python3
"""Reference numbers of support vector machines by scikit-learn; see PROVENANCE.md. Writes sklearn.json beside itself."""
import json
import pathlib

import numpy as np
from sklearn.svm import SVC, SVR

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-10


def divided(x, others):
    mean = x.mean(0)
    scale = np.sqrt(((x - mean) ** 2).sum() / len(x))
    return (x - mean) / scale, (others - mean) / scale


def kernel(x, gamma, others=None):
    others = x if others is None else others
    return np.exp(-gamma * ((others[:, None] - x[None]) ** 2).sum(2)) if gamma else others @ x.T


def objective(x, gamma, beta, z, epsilon):
    """What the dual minimises; beta and z of the samples x."""
    return float(beta @ kernel(x, gamma) @ beta / 2 - z @ beta + epsilon * np.abs(beta).sum())


def exact(machine, x, gamma, z, c, epsilon, others):
    """
    The same regression in double precision, for libsvm keeps kernels in single precision: which samples lie at 0, at C and between is
    taken from it, the equations of those between are solved, and the conditions of the optimum are seen to hold.
    """
    beta = np.zeros(len(z))
    beta[machine.support_] = machine.dual_coef_[0]
    between = (beta != 0) & (np.abs(beta) < c)
    sign, k, count = np.sign(beta), kernel(x, gamma), between.sum()
    system = np.ones((count + 1, count + 1))
    system[:-1, :-1] = k[np.ix_(between, between)]
    system[-1, -1] = 0
    right = np.append((z - epsilon * sign - k[:, ~between] @ beta[~between])[between], -beta[~between].sum())
    solution = np.linalg.lstsq(system, right, rcond=None)[0]
    beta[between], offset = solution[:-1], solution[-1]
    residuals = z - k @ beta - offset
    outside = np.maximum(np.abs(residuals) - epsilon, 0)[np.abs(beta) < c]
    inside = np.maximum(epsilon - sign * residuals, 0)[beta != 0]
    assert np.all(np.sign(beta) == sign) and np.all(np.abs(beta) <= c) and max(outside.max(), inside.max()) < 1e-11
    return kernel(x, gamma, others) @ beta + offset, objective(x, gamma, beta, z, epsilon)


def of_pairs(machine, x, gamma):
    """The dual of each pair of classes: rows of dual_coef_ are the other classes, in their order."""
    ends = np.cumsum(machine.n_support_)
    for a in range(len(ends)):
        for b in range(a + 1, len(ends)):
            first, second = (np.arange(ends[c] - machine.n_support_[c], ends[c]) for c in (a, b))
            beta = np.abs(np.concatenate([machine.dual_coef_[b - 1, first], machine.dual_coef_[a, second]]))
            sign = np.concatenate([np.ones(len(first)), -np.ones(len(second))])
            yield objective(x[machine.support_[np.concatenate([first, second])]], gamma, sign * beta, sign, 0)


def regression(name, source):
    x, y = np.array(source["X"]), np.array(source["y"])
    held = np.arange(len(y)) % 4 == 1
    fitted, others = divided(x[~held], x[held])
    mean, deviation = y[~held].mean(), y[~held].std()
    for gamma in (0, 0.1, 1):
        for c, epsilon in ((1, 0.1), (10, 0.01), (100, 0.1)):
            machine = SVR(kernel="rbf" if gamma else "linear", C=c, epsilon=epsilon, gamma=gamma or "auto", tol=TOLERANCE, cache_size=500)
            z = (y[~held] - mean) / deviation
            machine.fit(fitted, z)
            support = machine.support_
            precise, least = exact(machine, fitted, gamma, z, c, epsilon, others)
            yield {
                "input": name, "gamma": gamma, "c": c, "epsilon": epsilon, "support": len(support),
                "objective": objective(fitted[support], gamma, machine.dual_coef_[0], z[support], epsilon), "least": least,
                "prediction": (mean + deviation * machine.predict(others)).tolist(), "precise": (mean + deviation * precise).tolist()}


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
                    "case": index, "gamma": gamma, "c": c, "balanced": balanced, "support": len(machine.support_),
                    "objectives": list(of_pairs(machine, x, gamma)), "decision": decision.tolist()}


def main():
    inputs = json.loads((HERE / "../pls/inputs.json").read_text())
    cases = json.loads((HERE / "../classes/sklearn.json").read_text())["cases"]
    found = {
        "regression": [one for name, source in inputs.items() if len(source["y"]) <= 200 for one in regression(name, source)],
        "classes": [one for index, case in enumerate(cases) for one in classes(index, case)]}
    (HERE / "sklearn.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
