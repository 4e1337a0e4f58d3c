"""Reference numbers of the pretreatments of methods.json, from their papers, with numpy and SciPy.

Run in this folder: python3 reference.py. Reads the spectra of preprocess.json, writes methods.json.
"""
import json

import numpy as np
import scipy
from scipy.interpolate import BarycentricInterpolator, interp1d
from scipy.linalg import solve
from scipy.spatial import ConvexHull

source = json.load(open("preprocess.json"))
X = np.array(source["X"])
y = np.array(source["y"]).ravel()
n, p = X.shape
# 37 nm between variables, wide enough for the joints of three detectors.
axis = 800 + 37.0 * np.arange(p)
R = 0.02 + 0.9 * (X - X.min()) / (X.max() - X.min())
R[2, 5] = 0.0
R[4, 7] = -0.01
sets = np.arange(n) // 2
out = {}


def rnv(x, q):
    c = np.percentile(x, q)
    return (x - c) / np.std(x[x <= c], ddof=1)


def gap(x, g, s, order):
    d = (g + s) * 37.0
    segments = np.convolve(x, np.ones(s) / s, "valid")
    if order == 1:
        return (segments[g + s:] - segments[:-(g + s)]) / d
    return (segments[2 * (g + s):] - 2 * segments[g + s:-(g + s)] + segments[:-2 * (g + s)]) / d ** 2


def moving(x, w):
    h = w // 2
    return np.array([np.mean(x[max(0, j - h):j + h + 1]) for j in range(len(x))])


def whittaker(x, w, lam):
    D = np.diff(np.eye(len(x)), 2, axis=0)
    return solve(np.diag(w) + lam * D.T @ D, w * x, assume_a="pos")


def asls(x, lam, a):
    w = np.ones(len(x))
    for _ in range(50):
        z = whittaker(x, w, lam)
        new = np.where(x > z, a, 1 - a)
        if np.array_equal(new, w):
            break
        w = new
    return x - z


def arpls(x, lam):
    w = np.ones(len(x))
    for _ in range(50):
        z = whittaker(x, w, lam)
        d = x - z
        below = d[d < 0]
        if len(below) < 2 or np.std(below, ddof=1) == 0:
            break
        m, s = below.mean(), below.std(ddof=1)
        new = 1 / (1 + np.exp(2 * (d - (2 * s - m)) / s))
        done = np.linalg.norm(w - new) < 0.001 * np.linalg.norm(w)
        w = new
        if done:
            break
    return d


def continuum(x, t):
    hull = ConvexHull(np.column_stack([np.r_[t, t[0], t[-1]], np.r_[x, x.min() - 1, x.min() - 1]]))
    corners = np.sort([v for v in hull.vertices if v < len(x)])
    return x / np.interp(t, t[corners], x[corners])


def splice(x, t, joints, count=10):
    x = x.copy()
    ends = [0] + [int(np.sum(t <= j)) for j in joints] + [len(t)]
    parts = [np.arange(a, b) for a, b in zip(ends[:-1], ends[1:])]
    middle = len(parts) // 2
    for k in range(middle - 1, -1, -1):
        near = parts[k + 1][:count]
        x[parts[k]] += np.polyval(np.polyfit(t[near], x[near], 1), t[parts[k][-1]]) - x[parts[k][-1]]
    for k in range(middle + 1, len(parts)):
        near = parts[k - 1][-count:]
        x[parts[k]] += np.polyval(np.polyfit(t[near], x[near], 1), t[parts[k][0]]) - x[parts[k][0]]
    return x


def cubic(x, t, new):
    values = []
    for position in new:
        left = max(0, min(int(np.searchsorted(t, position, "right")) - 2, len(t) - 4))
        values.append(float(BarycentricInterpolator(t[left:left + 4], x[left:left + 4])(position)))
    return values


def emsc(X, t, degree):
    r = X.mean(axis=0)
    s = 2 * (t - t.min()) / (t.max() - t.min()) - 1
    P = np.vander(s, degree + 1, increasing=True)
    result = []
    for x in X:
        c = np.linalg.lstsq(np.column_stack([r, P]), x, rcond=None)[0]
        result.append((x - P @ c[1:]) / c[0])
    return np.array(result)


def pqn(X):
    r = np.median(X, axis=0)
    return np.array([x / np.median(x / r) for x in X])


def osc(X, Y, components):
    Xc = X - X.mean(axis=0)
    Yc = Y - Y.mean(axis=0)
    C = Xc.T @ Yc
    Z = Xc @ (np.eye(X.shape[1]) - C @ np.linalg.pinv(C))
    W = np.linalg.svd(Z, full_matrices=False)[2][:components].T
    T = Xc @ W
    return X - T @ np.linalg.solve(T.T @ T, T.T @ Xc)


def clutter(X, sets):
    D = np.vstack([X[sets == k] - X[sets == k].mean(axis=0) for k in np.unique(sets)])
    return np.linalg.svd(D, full_matrices=False)


def epo(X, sets, components):
    V = clutter(X, sets)[2][:components].T
    return X @ (np.eye(X.shape[1]) - V @ V.T)


def glsw(X, sets, alpha):
    D = np.vstack([X[sets == k] - X[sets == k].mean(axis=0) for k in np.unique(sets)])
    C = D.T @ D
    values, V = np.linalg.eigh(C)
    values = np.maximum(values, 0)
    return X @ V @ np.diag(1 / np.sqrt(values / (alpha * values.max()) + 1)) @ V.T


rows = lambda f: np.array([f(x) for x in X]).tolist()
out["rnv(25)"] = rows(lambda x: rnv(x, 25))
out["rnv(60)"] = rows(lambda x: rnv(x, 60))
out["gap(5,3,1)"] = rows(lambda x: gap(x, 5, 3, 1))
out["gap(1,5,2)"] = rows(lambda x: gap(x, 1, 5, 2))
out["movmean(7)"] = rows(lambda x: moving(x, 7))
out["norm(area)"] = (X / np.abs(X).sum(axis=1, keepdims=True)).tolist()
out["norm(vector)"] = (X / np.linalg.norm(X, axis=1, keepdims=True)).tolist()
out["norm(max)"] = (X / np.abs(X).max(axis=1, keepdims=True)).tolist()
out["asls(1000,0.01)"] = rows(lambda x: asls(x, 1e3, 0.01))
out["asls(100000,0.001)"] = rows(lambda x: asls(x, 1e5, 0.001))
out["arpls(1000)"] = rows(lambda x: arpls(x, 1e3))
out["continuum"] = rows(lambda x: continuum(x, axis))
out["splice(1000, 1830 nm)"] = rows(lambda x: splice(x, axis, [1000, 1830]))
out["splice(1830 nm)"] = rows(lambda x: splice(x, axis, [1830]))
new = 850 + 13.0 * np.arange(100)
out["interpolate(850-2137 nm; 13)"] = interp1d(axis, X, axis=1)(new).tolist()
out["interpolate(850-2137 nm; 13; cubic)"] = rows(lambda x: cubic(x, axis, new))
out["crop(1000-1830 nm)"] = X[:, (axis >= 1000) & (axis <= 1830)].tolist()
out["emsc(1)"] = emsc(X, axis, 1).tolist()
out["emsc(2)"] = emsc(X, axis, 2).tolist()
out["pareto"] = ((X - X.mean(axis=0)) / np.sqrt(X.std(axis=0, ddof=1))).tolist()
out["pqn"] = pqn(X).tolist()
out["norm(area) + pqn"] = pqn(X / np.abs(X).sum(axis=1, keepdims=True)).tolist()
clipped = np.maximum(R, 1e-6)
reflectance = {
    "absorbance": (-np.log10(clipped)).tolist(),
    "absorbance(percent)": (-np.log10(np.maximum(R / 100, 1e-6))).tolist(),
    "km": ((1 - clipped) ** 2 / (2 * clipped)).tolist(),
}
supervised = {
    "osc(1)": osc(X, y[:, None], 1).tolist(),
    "osc(2)": osc(X, np.column_stack([y, y ** 2]), 2).tolist(),
    "epo(1)": epo(X, sets, 1).tolist(),
    "epo(3)": epo(X, sets, 3).tolist(),
    "glsw(0.01)": glsw(X, sets, 0.01).tolist(),
}
json.dump(
    {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
        "axis": axis.tolist(),
        "reflectance": R.tolist(),
        "y": y.tolist(),
        "sets": sets.tolist(),
        "out": out,
        "ofReflectance": reflectance,
        "supervised": supervised,
    },
    open("methods.json", "w"))
