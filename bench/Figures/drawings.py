"""The two plots of a group: the ratios of today, and those over commits."""
import math

import plots

ROW = 24
NAMES = 190
COMMIT_WIDTH_MAX = 90
NAME_GAP = 34


def today(title, rows):
    """Peer / ours of each row on a logarithmic axis: the median, the middle half of the pairs as a bar, the range as a line."""
    known = [(row["name"], row["peers"][0]["program"], row["peers"][0]["ratio"]) for row in rows if row["peers"]]
    if not known:
        return None
    height = plots.TOP + plots.BOTTOM + ROW * len(known)
    bottom = height - plots.BOTTOM
    right = plots.WIDTH - 120
    low, high = span([value for _, _, ratio in known for value in ratio["range"]])

    def across(value):
        return NAMES + (math.log10(value) - low) / (high - low) * (right - NAMES)

    parts = begin(title, height)
    for value, is_named in plots.ticks(low, high):
        at = f"{across(value):.1f}"
        colour = "#555" if value == 1 else "#c8c8c8" if is_named else "#ececec"
        parts.append(f"<line x1='{at}' y1='{plots.TOP}' x2='{at}' y2='{bottom}' stroke='{colour}'/>")
        if is_named:
            parts.append(plots.text(across(value), bottom + 18, plots.number_text(value), 12, "middle"))
    for number, (name, program, ratio) in enumerate(known):
        y = plots.TOP + ROW * (number + 0.5)
        colour = plots.COLOURS[0]
        parts.append(plots.text(NAMES - 10, y + 4, name, 12, "end"))
        for key, width in (("range", 1.4), ("quartiles", 5)):
            ends = [across(value) for value in ratio[key]]
            parts.append(f"<line x1='{ends[0]:.1f}' y1='{y:.1f}' x2='{ends[1]:.1f}' y2='{y:.1f}' stroke='{colour}' stroke-width='{width}' stroke-opacity='.5'/>")
        parts.append(plots.mark(0, across(ratio["median"]), y, colour))
        parts.append(plots.text(right + 8, y + 4, f"{ratio['median']:.3g} × {program}", 12))
    parts.append(plots.text((NAMES + right) / 2, height - 12, "peer's time / ours, pair by pair (above 1 ours is faster)", 13, "middle"))
    return "\n".join([*parts, "</svg>\n"])


def over_commits(title, commits, rows):
    """Peer / ours of each row, commit after commit."""
    if not commits:
        return None
    height = max(plots.HEIGHT, plots.TOP + plots.BOTTOM + 17 * len(rows))
    bottom, right = height - plots.BOTTOM, plots.WIDTH - NAMES
    low, high = span([value for ratios in rows.values() for value in ratios.values()])
    step = min(COMMIT_WIDTH_MAX, (right - plots.LEFT - 20) / max(1, len(commits) - 1))
    across = {commit: plots.LEFT + 10 + step * number for number, commit in enumerate(commits)}

    def up(value):
        return bottom - (math.log10(value) - low) / (high - low) * (bottom - plots.TOP)

    parts = begin(title, height)
    for value, is_named in plots.ticks(low, high):
        at = f"{up(value):.1f}"
        parts.append(f"<line x1='{plots.LEFT}' y1='{at}' x2='{right}' y2='{at}' stroke='{'#555' if value == 1 else '#c8c8c8' if is_named else '#ececec'}'/>")
        if is_named:
            parts.append(plots.text(plots.LEFT - 8, up(value) + 4, plots.number_text(value), 12, "end"))
    # No more commits are named than have room.
    stride = math.ceil(len(commits) * 64 / (right - plots.LEFT))
    parts += [plots.text(across[commit], bottom + 18, commit, 11, "middle") for commit in commits[::stride]]
    parts.append(plots.text((plots.LEFT + right) / 2, height - 12, "commit", 13, "middle"))
    parts.append(f"<g transform='translate(18 {(plots.TOP + bottom) / 2:.1f}) rotate(-90)'>{plots.text(0, 0, 'fastest peer / ours', 13, 'middle')}</g>")
    lines = [(name, [(across[commit], up(ratios[commit])) for commit in commits if commit in ratios]) for name, ratios in rows.items()]
    ends = plots.apart([points[-1][1] for _, points in lines])
    names = max(across.values()) + NAME_GAP
    for number, (name, points) in enumerate(lines):
        colour = plots.COLOURS[number % len(plots.COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='1.6'/>")
        parts += [plots.mark(number // len(plots.COLOURS), x, y, colour) for x, y in points]
        # Dotted, so that nobody reads the way to the name as a trend.
        parts.append(
            f"<line x1='{points[-1][0] + 7:.1f}' y1='{points[-1][1]:.1f}' x2='{names - 4:.1f}' y2='{ends[number]:.1f}' "
            f"stroke='{colour}' stroke-width='.8' stroke-dasharray='1 3'/>")
        parts.append(plots.text(names, ends[number] + 4, name, 12, colour=colour))
    return "\n".join([*parts, "</svg>\n"])


def span(values):
    """Exponents around values and 1, with some air."""
    low, high = math.log10(min(1, *values)), math.log10(max(1, *values))
    air = max(0.05, 0.04 * (high - low))
    return low - air, high + air


def begin(title, height):
    return [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {plots.WIDTH} {height}' width='{plots.WIDTH}' height='{height}' {plots.FONT}>",
        f"<rect width='{plots.WIDTH}' height='{height}' fill='white'/>",
        plots.text(20, 26, title, 15, weight="bold")]
