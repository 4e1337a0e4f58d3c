"""The tables of the side-by-side comparison, and its rows for `bench run`."""
import math
import pathlib
import statistics
import sys

import curves
import processes

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Figures"))
import measured  # noqa: E402

MARK = "\n## What the figures say\n"
OURS = ("ours, 1 core", "ours, 2 cores")
PEERS = ("IKPLS", "scikit-learn", "scikit-learn converged", "R pls")


def middle(program, key="medianMs"):
    return statistics.median(one[key] for one in program["runs"] if key in one)


def figure(value):
    """Three digits, whatever the size."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def spread(program, key="medianMs"):
    values = [one[key] for one in program["runs"]]
    return f"{figure(statistics.median(values))} ({figure(min(values))}–{figure(max(values))})"


def pairs(ours, peer, key="medianMs"):
    """How many times the peer's time is ours, pair by pair, ascending."""
    return sorted(theirs[key] / one[key] for one, theirs in zip(ours["runs"], peer["runs"]))


def strongest(row):
    """The fastest peer and the fastest of ours, by name."""
    programs = row["programs"]
    peer = min((name for name in PEERS if name in programs), key=lambda name: middle(programs[name]), default=None)
    mine = min((name for name in OURS if name in programs), key=lambda name: middle(programs[name]), default=None)
    return mine, peer


def agreement(ours, peer):
    """The largest difference of RMSECV over all chains and settings, relative, and whether the best settings are the same."""
    first, second = ours["runs"][0]["rmsecv"], peer["runs"][0]["rmsecv"]
    worst, same = 0.0, True
    for one, other in zip(first, second):
        known = [(a, b) for a, b in zip(one, other) if a is not None and b is not None]
        if len(known) < len(other):
            return math.inf, False
        worst = max([worst, *(abs(a / b - 1) for a, b in known)])
        same = same and one.index(min(one)) == other.index(min(other))
    return worst, same


def line(row):
    """One line about one row, for the console."""
    mine, peer = strongest(row)
    if mine is None:
        return "ours gave no answer"
    text = f"    {mine} {figure(middle(row['programs'][mine]))} ms"
    if peer is not None:
        ratios = pairs(row["programs"][mine], row["programs"][peer])
        text += f", {peer} {figure(middle(row['programs'][peer]))} ms, {statistics.median(ratios):.1f} times, {agreement(row['programs'][mine], row['programs'][peer])}"
    return text


def measured_row(name, row, versions):
    """A row as `bench run` takes it: the faster of ours beside every peer; none where ours gave no answer."""
    mine, strongest_peer = strongest(row)
    if mine is None:
        return []
    programs = row["programs"]
    ours = programs[mine]
    peers = [
        measured.peer(one, [run["medianMs"] for run in programs[one]["runs"]], way=programs[one]["way"], **versions.get(one, {}))
        for one in PEERS if one in programs]
    foreign = max(run["foreignCores"] for one in (mine, strongest_peer) if one for run in programs[one]["runs"])
    return [measured.row(
        name, row["text"], "ms", [run["medianMs"] for run in ours["runs"]], peers, way=ours["way"], cpuSeconds=middle(ours, "cpuMs") / 1e3,
        peakBytes=max(run["peakBytes"] for run in ours["runs"]), foreignCores=round(foreign, 3), hash=only_hash(ours["runs"]))]


def measured_study(name, one, versions):
    """A search through the whole program as `bench run` takes it, beside the peer from its start to its answer."""
    ours = one["ours"]
    if not ours:
        return []
    peers = [measured.peer("IKPLS", [run["answeredS"] for run in one["peer"]], **versions.get("IKPLS", {}))] if one.get("peer") else []
    return [measured.row(
        name, one["text"], "s", [run["wallS"] for run in ours], peers, cpuSeconds=statistics.median(run["cpuS"] for run in ours),
        peakBytes=max(run["peakBytes"] for run in ours), foreignCores=round(max(run["foreignCores"] for run in ours), 3), hash=only_hash(ours))]


def only_hash(runs):
    """The hash of all runs, or that they differ."""
    hashes = {run.get("hash") for run in runs}
    return hashes.pop() if len(hashes) == 1 else "differs from run to run"


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def summary(found, before):
    cells = []
    for name, row in found["rows"].items():
        programs = row["programs"]
        mine, peer = strongest(row)
        if mine is None:
            cells.append([name, row["text"], *["–"] * (8 if before else 7)])
            continue
        ratios = pairs(programs[mine], programs[peer]) if peer else []
        noisy = any(one["foreignCores"] > processes.NOISY_CORES for name in (mine, peer) if name for one in programs[name]["runs"])
        earlier = (before or {}).get("rows", {}).get(name)
        # Where a peer stops early by default, its numbers are those of the run that did not.
        compared = [one for one in PEERS if one in programs and f"{one} converged" not in programs]
        differences = [agreement(programs[mine], programs[one]) for one in compared]
        cells.append([
            name, row["text"],
            *([figure(middle(earlier["programs"][strongest(earlier)[0]])) if earlier and strongest(earlier)[0] else "–"] if before else []),
            *(spread(programs[one]) if one in programs else "–" for one in OURS),
            f"{peer}: {spread(programs[peer])}" if peer else "–",
            f"**{statistics.median(ratios):.1f}** ({ratios[0]:.1f}–{ratios[-1]:.1f})" if ratios else "–",
            f"{max(one for one, _ in differences):.0e}" if differences else "–",
            ("yes" if all(same for _, same in differences) else "no") if differences else "–",
            "noisy" if noisy else "",
        ])
    heads = ["row", "what", *(["before, ms"] if before else []), "ours, 1 core, ms", "ours, 2 cores, ms", "strongest peer, ms", "peer / ours", "ΔRMSECV", "same best", ""]
    return table(heads, cells)


def details(found):
    cells = []
    for name, row in found["rows"].items():
        for program, one in row["programs"].items():
            runs = one["runs"]
            foreign = statistics.median(run["foreignCores"] for run in runs)
            cells.append([
                name, program, one["way"], spread(one), figure(min(run["minMs"] for run in runs)), figure(middle(one, "cpuMs")),
                f"{middle(one, 'answeredS'):.2f}", f"{middle(one, 'firstPeakBytes') / 2**20:.0f}", f"{middle(one, 'peakBytes') / 2**20:.0f}",
                f"{middle(one, 'allocatedBytes') / 1e6:.2f}" if "allocatedBytes" in runs[0] else "",
                f"{foreign:.2f}{' noisy' if foreign > processes.NOISY_CORES else ''}"])
    heads = ["row", "program", "way", "ms", "least ms", "processor, ms", "first answer, s", "MiB then", "MiB at most", "MB allocated", "foreign cores"]
    return table(heads, cells)


def given_up(found):
    lines = [
        f"{name}, {program}, {way}: {word}"
        for name, row in found["rows"].items() for program, errors in row["errors"].items() for way, word in errors.items()]
    return "Given up: " + "; ".join(lines) + ".\n" if lines else ""


def through_the_product(found):
    cells = []
    for name, one in found["product"].items():
        ours, still = one["ours"], one["still"]
        beyond = statistics.median(run["wallS"] for run in ours) - statistics.median(run["wallS"] for run in still)
        peer = "–"
        if one.get("peer"):
            peer_beyond = statistics.median(run["answeredS"] for run in one["peer"]) - statistics.median(run["wallS"] for run in one["peerStill"])
            peer = f"{1e3 * statistics.median(run['answeredS'] for run in one['peer']):,.0f}; {1e3 * peer_beyond:,.0f}"
        noisy = any(run["foreignCores"] > processes.NOISY_CORES for run in ours)
        cells.append([
            name, one["text"], f"{1e3 * statistics.median(run['wallS'] for run in ours):,.0f}", f"{1e3 * statistics.median(run['wallS'] for run in still):,.0f}",
            f"**{1e3 * beyond:,.0f}**", f"{1e3 * statistics.median(run['searchSeconds'] for run in ours):,.0f}",
            f"{statistics.median(run['cpuS'] for run in ours):.2f}", f"{max(run['peakBytes'] for run in ours) / 2**20:.0f}",
            peer, one.get("difference", "–"), "noisy" if noisy else ""])
    heads = ["study", "what", "whole process, ms", "`--version`, ms", "beyond, ms", "search itself, ms", "processor, s", "MiB", "peer: to its answer; beyond its imports, ms", "ΔRMSECV", ""]
    return table(heads, cells)


def commits(found):
    """The commit of the last run, and the rows that are of another."""
    others = {}
    for name, one in (found["rows"] | found["product"]).items():
        if one["commit"] != found["commit"]:
            others.setdefault(one["commit"], []).append(name)
    return found["commit"] + "".join(f"; at {commit}: {', '.join(names)}" for commit, names in others.items())


def write(found, before):
    return f"""# Side by side

Made by `python3 bench/EndToEnd/side_by_side.py --ikpls DIR --out docs/results/side-by-side.md` at commit {commits(found)}.
{found['machine']}.

Same data and folds for all: smooth bands with scatter, baseline and noise from a fixed seed. Milliseconds of one whole
cross-validation with all settings, in a process that has warmed up: medians of processes that ran in turn, and the least
and largest. *Peer / ours*: the same pair by pair, with the faster of our two columns. *ΔRMSECV*: the largest relative
difference of RMSECV to any peer, over all chains and settings. *Noisy*: others took more than a quarter of a core.

{summary(found, before)}

{given_up(found)}

## Through the whole product

`pipeline search`, from the start of the process to its results on disk, beside a process that does
nothing. Peers read the raw file, which costs them nothing, and give RMSECV only.

{through_the_product(found)}

{curves.section(found['curves'])}

## All figures

*First answer*: from the start of the process, with start, compilation or imports, reading, and one cold computation.
*MiB then*: resident memory at that moment; *at most*: of the whole process tree, all repetitions included.

{details(found)}
"""
