"""The file of figures of a group: one shape for all groups, small enough to be committed.

    format, group, smoke      smoke sizes are never compared with others
    machine, cores, runtime   where it ran
    peers                     versions by name
    rows                      one a line:
      name, what, unit, commit, date
      ours                    way, runs, median, quartiles, range, cpuSeconds, peakBytes, foreignCores, hash
      peers                   the fastest first: program, way, version, runs, median, quartiles, range, and
        ratio                 pairs, median, quartiles, range of peer / ours, pair by pair: above 1 ours is faster
"""
import json
import statistics

FORMAT = 1
PLACE = ("machine", "cores", "runtime", "peers")


class FiguresError(Exception):
    """A file that cannot be used, in words."""


def summary(values):
    """Count, median, quartiles (interpolated, ends included) and range, to four digits."""
    quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return dict(
        runs=len(values), median=short(statistics.median(values)), quartiles=[short(quartiles[0]), short(quartiles[2])],
        range=[short(min(values)), short(max(values))])


def short(value):
    return float(f"{value:.4g}")


def condensed(measured, commit, date):
    """A row of the file from a measured row with all its runs."""
    ours = measured["runs"]
    peers = []
    for one in measured["peers"]:
        ratio = summary([theirs / mine for mine, theirs in zip(ours, one["runs"])])
        ratio = dict(pairs=ratio.pop("runs"), **ratio)
        peers.append(known(program=one["program"], way=one.get("way"), version=one.get("version"), **summary(one["runs"]), ratio=ratio))
    peers.sort(key=lambda one: one["median"])
    cpu = measured.get("cpuSeconds")
    return dict(
        name=measured["name"], what=measured["what"], unit=measured["unit"], commit=commit, date=date,
        ours=known(
            way=measured.get("way"), **summary(ours), cpuSeconds=cpu if cpu is None else short(cpu), peakBytes=measured.get("peakBytes"),
            foreignCores=measured.get("foreignCores"), hash=measured.get("hash")),
        peers=peers)


def known(**values):
    return {name: value for name, value in values.items() if value is not None}


def made(group, place, smoke, rows):
    """A file of figures; place says machine, cores, runtime and versions of peers."""
    return dict(format=FORMAT, group=group, smoke=smoke, **{name: place[name] for name in PLACE}, rows=list(rows))


def differences(before, after):
    """What is said of the place in both files, and not the same."""
    found = {name: (before[name], after[name]) for name in PLACE if name != "peers" and before[name] != after[name]}
    shared = [name for name in before["peers"] if name in after["peers"]]
    return found | {name: (before["peers"][name], after["peers"][name]) for name in shared if before["peers"][name] != after["peers"][name]}


def completed(before, after):
    """`after`, with those rows of `before` that it has no newer one of; only where both ran in the same place.

    Rows keep the order of `before`, so that a row measured again stays where it was.
    """
    if before is None or before["smoke"] != after["smoke"] or differences(before, after):
        return after
    newer = {row["name"]: row for row in after["rows"]}
    kept = [newer.pop(row["name"], row) for row in before["rows"]]
    return dict(after, peers=before["peers"] | after["peers"], rows=kept + list(newer.values()))


def write(path, figures):
    """One row a line, so that a change of one row is a change of one line."""
    head = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in figures.items() if name != "rows"]
    rows = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in figures["rows"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n " + ",\n ".join(head) + ",\n \"rows\": [\n" + rows + "\n ]\n}\n", encoding="utf-8")


def read(path):
    """A file of figures; an error in words where it is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FiguresError(f"{path.name}: {error.strerror}.") from error
    except ValueError as error:
        raise FiguresError(f"{path.name} is not JSON: {error}.") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FiguresError(f"{path.name} is no file of figures of format {FORMAT}; `python3 bench run GROUP` writes them.")
    return found
