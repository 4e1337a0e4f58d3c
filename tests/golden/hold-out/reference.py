#!/usr/bin/env python3
"""Reference choices of test samples by numpy, with the whole matrix of distances.

    OMP_NUM_THREADS=1 python3 reference.py > numpy.json

Written from the papers: Kennard and Stone (1969), Galvao et al. (2005), Snee (1977). Nothing is taken from this project's code.
"""
import json

import numpy as np


def farthest(distances, free):
    """The farthest pair among free points, of equals the one of lowest indices."""
    best = (-1.0, -1, -1)
    for i in free:
        for j in free:
            if i < j and distances[i, j] > best[0]:
                best = (distances[i, j], i, j)
    return [best[1], best[2]]


def next_point(distances, members, free):
    """The free point whose nearest member is farthest."""
    nearest = [min(distances[i, m] for m in members) for i in free]
    return free[int(np.argmax(nearest))]


def kennard_stone(distances):
    free = list(range(len(distances)))
    order = farthest(distances, free)
    free = [i for i in free if i not in order]
    while free:
        order.append(next_point(distances, order, free))
        free.remove(order[-1])
    return order


def duplex(distances):
    free = list(range(len(distances)))
    sets = []
    turns = []
    for s in range(2):
        pair = farthest(distances, free)
        sets.append(list(pair))
        turns += [[pair[0], s], [pair[1], s]]
        free = [i for i in free if i not in pair]
    turn = 0
    while free:
        point = next_point(distances, sets[turn], free)
        sets[turn].append(point)
        turns.append([point, turn])
        free.remove(point)
        turn = 1 - turn
    return turns


def main():
    random = np.random.default_rng(7)
    n, p = 45, 30
    scores = random.normal(size=(n, 4)) * [3, 2, 1, 0.5]
    x = np.round(scores @ random.normal(size=(4, p)) + 0.05 * random.normal(size=(n, p)), 4)
    y = np.round(scores[:, 0] + 0.3 * scores[:, 1] + 0.1 * random.normal(size=n), 4)
    dx = np.sqrt(((x[:, None, :] - x[None, :, :]) ** 2).sum(2))
    dy = np.abs(y[:, None] - y[None, :])
    joint = dx / dx.max() + dy / dy.max()
    print(json.dumps({
        "x": x.tolist(),
        "y": y.tolist(),
        "kennardStone": kennard_stone(dx),
        "spxy": kennard_stone(joint),
        "duplex": duplex(dx),
    }))


if __name__ == "__main__":
    main()
