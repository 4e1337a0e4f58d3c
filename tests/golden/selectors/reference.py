#!/usr/bin/env python3
"""Reference choices of the variable selectors by numpy and scikit-learn.

    OMP_NUM_THREADS=1 python3 reference.py > sklearn.json

Written from the papers with whole matrices: PLSRegression refitted for every score, projections taken from the spectra,
noise as variables of size 1e-10 beside them. Only the random numbers are those of this project, made here anew.
"""
import json
import math

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LinearRegression

MASK64, MASK128 = (1 << 64) - 1, (1 << 128) - 1
SEED, FOLDS, COMPONENTS = 42, 5, 10


class Pcg64:
    """PCG XSL RR 128/64, seeded by SplitMix64."""

    def __init__(self, seed):
        self.spread = seed
        self.state = (self.split() << 64) | self.split()
        self.increment = (self.split() << 64) | self.split() | 1
        self.spare = None
        self.bits()

    def split(self):
        self.spread = (self.spread + 0x9E3779B97F4A7C15) & MASK64
        z = self.spread
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
        return z ^ (z >> 31)

    def bits(self):
        self.state = (self.state * 0x2360ED051FC65DA44385DF649FCCF645 + self.increment) & MASK128
        folded, turn = (self.state >> 64) ^ (self.state & MASK64), self.state >> 122
        return ((folded >> turn) | (folded << (64 - turn))) & MASK64

    def integer(self, count):
        threshold = ((1 << 64) - count) % count
        while True:
            product = self.bits() * count
            if product & MASK64 >= threshold:
                return product >> 64

    def uniform(self):
        return (self.bits() >> 11) / (1 << 53)

    def normal(self):
        if self.spare is not None:
            spare, self.spare = self.spare, None
            return spare
        while True:
            u, v = 2 * self.uniform() - 1, 2 * self.uniform() - 1
            s = u * u + v * v
            if 0 < s < 1:
                factor = math.sqrt(-2 * math.log(s) / s)
                self.spare = v * factor
                return u * factor

    def shuffle(self, items):
        for i in range(len(items) - 1, 0, -1):
            j = self.integer(i + 1)
            items[i], items[j] = items[j], items[i]
        return items


def split(n, count):
    fold = np.empty(n, int)
    for place, sample in enumerate(Pcg64(SEED).shuffle(list(range(n)))):
        fold[sample] = place % count
    return fold


def pls(x, y, components):
    return PLSRegression(components, scale=False, tol=1e-15).fit(x, y)


def score(x, y, variables, fold):
    """Least RMSECV over numbers of components, and the number."""
    some, n = x[:, variables], len(y)
    most = min(COMPONENTS, len(variables), min(np.sum(fold != k) for k in range(FOLDS)) - 1)
    found = []
    for a in range(1, most + 1):
        errors = np.empty(n)
        for k in range(FOLDS):
            out = fold == k
            errors[out] = pls(some[~out], y[~out], a).predict(some[out]).ravel() - y[out]
        found.append(math.sqrt(np.mean(errors ** 2)))
    return min(found), int(np.argmin(found)) + 1


def cut(p, count):
    return np.array_split(np.arange(p), count)


def ipls(x, y, fold, intervals, backward):
    parts = cut(x.shape[1], intervals)
    union = lambda some: np.concatenate([parts[i] for i in sorted(some)])
    chosen = set(range(intervals)) if backward else set()
    best = score(x, y, union(chosen), fold)[0] if backward else math.inf
    while True:
        tries = [chosen ^ {i} for i in range(intervals) if (i in chosen) == backward and len(chosen ^ {i}) > 0]
        scores = [score(x, y, union(one), fold)[0] for one in tries]
        if not scores or not min(scores) < best:
            return union(chosen)
        best, chosen = min(scores), tries[int(np.argmin(scores))]


def counts(p, runs):
    a, k = (p / 2) ** (1 / (runs - 1)), math.log(p / 2) / (runs - 1)
    return [round(p * a * math.exp(-k * i)) for i in range(1, runs + 1)]


def cars(x, y, fold, runs):
    random, left = Pcg64(SEED), np.arange(x.shape[1])
    components, best, chosen = score(x, y, left, fold)[1], math.inf, None
    for count in counts(x.shape[1], runs):
        rows = sorted(random.shuffle(list(range(len(y))))[:round(0.8 * len(y))])
        sizes = np.abs(pls(x[np.ix_(rows, left)], y[rows], components).coef_).ravel()
        kept = np.sort(np.argsort(-sizes, kind="stable")[:count])
        sums = np.cumsum(sizes[kept])
        drawn = {int(np.searchsorted(sums, random.uniform() * sums[-1], side="right")) for _ in range(count)}
        left = left[kept[sorted(drawn)]]
        rmsecv, components = score(x, y, left, fold)
        if rmsecv < best:
            best, chosen = rmsecv, left
    return chosen


def steadiness(x, y, components):
    """Every sample left out in turn, with as many variables of noise beside."""
    n, p = x.shape
    random = Pcg64(SEED)
    noise = np.array([random.normal() for _ in range(n * p)]).reshape(n, p)
    both = np.hstack([x, 1e-10 * noise])
    b = np.array([pls(np.delete(both, i, 0), np.delete(y, i), components).coef_.ravel() for i in range(n)])
    found = np.abs(b.mean(0)) / b.std(0, ddof=1)
    return found[:p], found[p:]


def chain(x, start, length):
    """Projections onto the space orthogonal to the variables chosen, one after the other."""
    left, chosen = x - x.mean(0), [start]
    while len(chosen) < length:
        one = left[:, chosen[-1]].copy()
        left = left - np.outer(one, one @ left) / (one @ one)
        norms = np.sum(left ** 2, 0)
        norms[chosen] = -1
        chosen.append(int(np.argmax(norms)))
    return chosen


def spa(x, y, fold, length):
    best, chosen = math.inf, None
    for start in range(x.shape[1]):
        one = chain(x, start, length)
        for size in range(1, length + 1):
            some, squares = x[:, one[:size]], 0.0
            for k in range(FOLDS):
                out = fold == k
                squares += np.sum((LinearRegression().fit(some[~out], y[~out]).predict(some[out]) - y[out]) ** 2)
            if squares < best:
                best, chosen = squares, sorted(one[:size])
    return chosen, math.sqrt(best / len(y))


def main():
    random = np.random.default_rng(7)
    n, p, intervals, runs, length = 30, 44, 8, 12, 6
    bands = np.exp(-((np.arange(p)[:, None] - np.array([5, 14, 26, 38])) / 3.0) ** 2)
    content = random.normal(size=(n, 4))
    x = np.round(0.5 + content @ bands.T + 0.05 * random.normal(size=(n, p)), 4)
    y = np.round(content @ [1.0, 0, -0.7, 0] + 0.1 * random.normal(size=n), 4)
    fold = split(n, FOLDS)
    components = score(x, y, np.arange(p), fold)[1]
    variables, noise = steadiness(x, y, components)
    chosen, rmsecv = spa(x, y, fold, length)
    integers = lambda some: [int(j) for j in some]
    print(json.dumps(dict(
        x=x.tolist(), y=y.tolist(), folds=integers(fold),
        intervals=[score(x, y, part, fold) for part in cut(p, intervals)],
        ipls=integers(ipls(x, y, fold, intervals, False)), iplsBackward=integers(ipls(x, y, fold, intervals, True)),
        counts=counts(700, 50), cars=integers(cars(x, y, fold, runs)),
        components=components, steadiness=variables.tolist(), steadinessOfNoise=noise.tolist(),
        uve=integers(np.flatnonzero(variables > noise.max())),
        chains=[chain(x, start, length) for start in range(p)], spa=chosen, spaRmsecv=rmsecv)))


main()
