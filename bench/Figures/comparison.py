"""Whether figures have become worse: the paired ratio to each peer, row by row."""
import dataclasses

import figures
import processes

# A ratio may worsen by this much, for two runs of the same program on one machine differ by nearly as much.
WORSE_MAX = 0.10

# Where the middle half of the pairs of both files lies this close together, less is already a change.
STEADY_SPREAD = 0.02
STEADY_WORSE_MAX = 0.05

# Three pairs agree by luck.
STEADY_PAIRS = 5


@dataclasses.dataclass(frozen=True)
class Finding:
    """One line of a comparison, and whether it is a failure."""

    text: str
    is_failure: bool = False


def spread(ratio):
    """The distance of the quartiles over the median."""
    return (ratio["quartiles"][1] - ratio["quartiles"][0]) / ratio["median"]


def allowed(before, after):
    """How much the ratio may worsen from one file to the other."""
    steady = all(one["pairs"] >= STEADY_PAIRS and spread(one) < STEADY_SPREAD for one in (before, after))
    return STEADY_WORSE_MAX if steady else WORSE_MAX


def worsened(before, after):
    """By how much our time, measured in the peer's, has grown: .25 where 10 times faster became 8 times."""
    return before["median"] / after["median"] - 1


def compared(before, after):
    """All findings from the older file to the newer one; an error where the two say nothing about each other."""
    for name in ("group", "smoke"):
        if before[name] != after[name]:
            raise figures.FiguresError(f"These are figures of other things: {name} is {before[name]} in the first file and {after[name]} in the second.")
    found = [
        Finding(f"note: another {name}: {first}, then {last}") for name, (first, last) in figures.differences(before, after).items()]
    second = {row["name"]: row for row in after["rows"]}
    judged = 0
    for row in before["rows"]:
        if row["name"] not in second:
            found.append(Finding(f"missing: {row['name']} is not in the second file"))
            continue
        lines = [*of_row(row, second[row["name"]])]
        judged += len(lines)
        found += lines
    if judged == 0:
        raise figures.FiguresError("The two files have no row in common, so nothing was compared.")
    names = {row["name"] for row in before["rows"]}
    return found + [Finding(f"new: {name}") for name in second if name not in names]


def of_row(before, after):
    name = after["name"]
    if before["ours"].get("hash") != after["ours"].get("hash") and before["ours"].get("hash"):
        yield Finding(f"numbers: {name}: the hash of the result was {before['ours']['hash']} and is {after['ours'].get('hash', 'not there')}")
    times = f"ours {before['ours']['median']:g} -> {after['ours']['median']:g} {after['unit']}"
    second = {one["program"]: one for one in after["peers"]}
    if not before["peers"]:
        yield Finding(f"no peer: {name}: {times}; not judged, for without a neighbour in time it may be the machine")
    for one in before["peers"]:
        program = one["program"]
        if program not in second:
            yield Finding(f"missing: {name} beside {program} is not in the second file")
            continue
        first, last = one["ratio"], second[program]["ratio"]
        worse, most = worsened(first, last), allowed(first, last)
        fails = worse > most
        change = f"{100 * worse:.1f} % worse" if worse > 0 else f"{100 * (last['median'] / first['median'] - 1):.1f} % better"
        noisy = "; noisy" if max(side["ours"].get("foreignCores", 0) for side in (before, after)) > processes.NOISY_CORES else ""
        yield Finding(
            f"{'FAILED' if fails else 'held'}: {name} beside {program}: {words(first)} -> {words(last)}, "
            f"{change}, {100 * most:.0f} % allowed; {times}{noisy}", fails)


def words(ratio):
    return f"{ratio['median']:g} ({ratio['quartiles'][0]:g} to {ratio['quartiles'][1]:g}, {ratio['pairs']} pairs) times"
