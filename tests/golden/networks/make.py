"""Reference numbers of networks from numpy, scipy and scikit-learn; prints sklearn.json."""
import json
import warnings

import numpy as np
import scipy.optimize
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor

warnings.filterwarnings("ignore")


def data(seed, n, p):
    random = np.random.RandomState(seed)
    x = random.uniform(-1, 1, (n, p))
    y = 1.5 * x[:, 0] - x[:, 1] * x[:, 2] + 0.3 * random.uniform(-1, 1, n)
    return x, y


def classes_of(y, count):
    """Classes of equal size by the order of y, the lowest first."""
    edges = np.sort(y)[[len(y) * k // count for k in range(1, count)]]
    return np.searchsorted(edges, y, side="right")


def streams():
    cases = []
    for seed in (0, 42, 4294967295):
        random = np.random.RandomState(seed)
        case = {"seed": seed, "bits": [int(v) for v in random.randint(0, 2**32, 4, dtype=np.uint32)]}
        random = np.random.RandomState(seed)
        case["uniform"] = random.uniform(-0.3, 0.7, 400)[[0, 1, 2, 398, 399]].tolist()
        case["permutation"] = random.permutation(23).tolist()
        case["then"] = random.random_sample()
        learning, judging = train_test_split(np.arange(41), test_size=0.15, random_state=seed)
        case["learning"], case["judging"] = learning.tolist(), judging.tolist()
        cases.append(case)
    return cases


def lbfgs(n, p, hidden, activation, alpha, iterations):
    x, y = data(7, n, p)
    model = MLPRegressor(hidden, activation=activation, solver="lbfgs", alpha=alpha, random_state=3, max_iter=iterations, tol=5e-4)
    losses = []
    minimize = scipy.optimize.minimize

    def observed(function, start, args=(), **options):
        return minimize(function, start, args=args, callback=lambda at: losses.append(function(at.copy(), *args)[0]), **options)

    scipy.optimize.minimize = observed
    model.fit(x, y)
    scipy.optimize.minimize = minimize
    few = MLPRegressor(hidden, activation=activation, solver="lbfgs", alpha=alpha, random_state=3, max_iter=8, tol=5e-4).fit(x, y)
    others = data(8, 6, p)[0]
    return {
        "n": n, "p": p, "hidden": list(hidden), "activation": activation, "alpha": alpha, "losses": losses,
        "others_after_8": few.predict(others).tolist(),
        "importance_after_8": np.abs(few.coefs_[0]).mean(axis=1).tolist(),
    }


def adam(n, p, hidden, activation, alpha, rate, early, epochs):
    x, y = data(9, n, p)
    model = MLPRegressor(
        hidden, activation=activation, solver="adam", alpha=alpha, learning_rate_init=rate, early_stopping=early, random_state=5, max_iter=epochs)
    model.fit(x, y)
    others = data(10, 6, p)[0]
    return {
        "n": n, "p": p, "hidden": list(hidden), "activation": activation, "alpha": alpha, "rate": rate, "early": early, "epochs": epochs,
        "losses": model.loss_curve_, "others": model.predict(others).tolist(),
    }


def classes(n, p, count, hidden, activation, alpha, solver, epochs):
    x, y = data(11, n, p)
    labels = classes_of(y, count)
    model = MLPClassifier(hidden, activation=activation, solver=solver, alpha=alpha, learning_rate_init=1e-2, random_state=3, max_iter=epochs, tol=1e-4)
    model.fit(x, labels)
    return {
        "n": n, "p": p, "count": count, "hidden": list(hidden), "activation": activation, "alpha": alpha, "solver": solver, "epochs": epochs,
        "losses": getattr(model, "loss_curve_", []), "loss": model.loss_, "others": model.predict_proba(data(12, 6, p)[0]).tolist(),
    }


print(json.dumps({
    "streams": streams(),
    "lbfgs": [
        lbfgs(20, 40, (3,), "tanh", 1e-4, 20),
        lbfgs(20, 40, (5,), "identity", 1e-2, 20),
        lbfgs(20, 40, (6, 4), "relu", 1e-3, 20),
        lbfgs(40, 12, (7,), "relu", 1e-4, 20),
        lbfgs(40, 12, (8, 3), "tanh", 1e-4, 20),
    ],
    "adam": [
        adam(30, 25, (8,), "relu", 1e-4, 1e-2, False, 60),
        adam(30, 25, (9, 4), "tanh", 1e-3, 1e-3, False, 60),
        adam(30, 25, (64,), "relu", 1e-4, 1e-2, True, 60),
        adam(30, 25, (64,), "relu", 1e-4, 1e-2, True, 500),
        adam(450, 6, (8,), "relu", 1e-4, 1e-2, False, 30),
        adam(450, 6, (128, 64), "relu", 1e-4, 1e-3, True, 30),
    ],
    "classes": [
        classes(30, 25, 2, (8,), "relu", 1e-4, "adam", 40),
        classes(30, 25, 3, (9, 4), "tanh", 1e-3, "adam", 40),
        classes(450, 6, 4, (8,), "relu", 1e-4, "adam", 15),
        classes(20, 40, 2, (3,), "tanh", 1e-2, "lbfgs", 8),
        classes(20, 40, 3, (5,), "relu", 1e-2, "lbfgs", 8),
        classes(40, 12, 3, (6, 4), "tanh", 1e-3, "lbfgs", 8),
    ],
}))
