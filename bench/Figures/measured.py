"""One measured row, as every program and script hands it to `bench run`: a line of JSON with all its runs."""
import json


def row(name, what, unit, runs, peers=(), **more):
    """A row: what was done, our runs in `unit`, and beside them peers made by `peer`.

    more: `way` (how ours ran), `cpuSeconds` (processor time of one run of ours), `peakBytes`, `foreignCores` (taken by others
    meanwhile, at most), `hash` of the numeric result.
    """
    return dict(name=name, what=what, unit=unit, runs=list(runs), peers=list(peers), **more)


def peer(program, runs, **more):
    """Who ran beside ours: run i of the peer is the neighbour in time of run i of ours. more: `way`, `version`."""
    return dict(program=program, runs=list(runs), **more)


def append(path, rows):
    """Adds rows to a file of lines; without a path nothing happens, for scripts also run alone."""
    if path:
        with open(path, "a") as file:
            file.writelines(json.dumps(one) + "\n" for one in rows)


def read(path):
    with open(path) as file:
        return [json.loads(line) for line in file]
