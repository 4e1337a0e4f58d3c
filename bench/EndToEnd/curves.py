"""What cross-validation costs against samples, variables, folds, components and chains of pretreatments: sweeps, exponents, plots."""
import pathlib
import tempfile

import numpy as np
import plots
import processes
import programs
import workloads

# Of everything but what is swept, these: 1,000 samples of 500 variables, 10 folds, 20 components.
N, P, K, A = 1000, 500, 10, 20

SWEEPS = {
    "samples": ("Samples n, at p = 500, 10 folds, 20 LV", "samples", (100, 200, 400, 700, 1000, 2000, 4000, 7000, 10000, 20000)),
    "variables": ("Variables p, at n = 1,000, 10 folds, 20 LV", "variables", (50, 100, 200, 350, 500, 700, 1000, 2000, 3500, 5000)),
    "folds": ("Folds K, at n = 1,000, p = 500, 20 LV", "folds", (2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)),
    "components": ("Components A, at n = 1,000, p = 500, 10 folds", "components", (1, 2, 3, 5, 7, 10, 15, 20, 30, 40)),
    "chains": ("Chains of pretreatments, at n = 1,000, p = 500, 10 folds, 20 LV", "chains", (1, 2, 3, 4, 5, 6, 8, 10, 12)),
}

# A program whose last point took longer than this is not asked for the next.
POINT_SECONDS = 8


def row(axis, value):
    if axis == "chains":
        return workloads.pls(f"{axis}-{value}", N, P, K, A, chains=workloads.TWELVE[:value])
    shape = dict(n=N, p=P, folds=K, components=A) | {{"samples": "n", "variables": "p"}.get(axis, axis): value}
    return workloads.pls(f"{axis}-{value}", **shape)


def measure(args, keep):
    """All sweeps; `keep` is given what there is after each."""
    found = {}
    for axis, (_, _, values) in SWEEPS.items():
        found[axis] = {}
        given_up = set()
        for value in (values[2:4] if args.smoke else values):
            one = row(axis, value)
            with tempfile.TemporaryDirectory(dir=args.scratch) as folder:
                data = pathlib.Path(folder) / "curve.raw"
                workloads.write(data, one)
                asked = {"ours, 1 core": programs.ours(one, data, 1, args.seconds)}
                if args.ikpls:
                    for number in (1, 2):
                        asked[f"IKPLS {number}, 1 thread"] = programs.python(f"ikpls-{number}", one, data, 1, 1, args)
                for name, (command, environment) in asked.items():
                    if name in given_up:
                        continue
                    result = processes.run(command, environment, programs.LIMIT_SECONDS, args.lock)
                    if "error" in result or result["medianMs"] > 1e3 * POINT_SECONDS:
                        given_up.add(name)
                    if "error" not in result:
                        found[axis].setdefault(name, []).append([value, result["medianMs"], result["minMs"]])
                        print(f"    {axis} {value}: {name} {result['medianMs']:.3g} ms", flush=True)
        keep(found)


def exponent(points):
    """The slope of log time over log size by least squares, and the largest factor between fit and measurement."""
    x, y = np.log([one[0] for one in points]), np.log([one[1] for one in points])
    slope, start = np.polyfit(x, y, 1)
    return slope, float(np.exp(np.abs(y - slope * x - start).max()))


def halves(points):
    """The lower and the upper half of a sweep, the middle point in both: the cost bends where the form changes."""
    middle = len(points) // 2
    return points[:middle + 1], points[middle:]


def section(found):
    if not found:
        return "## What it costs\n\nNot measured.\n"
    lines = [
        "## What it costs", "",
        "One core, raw spectra; the lines are least squares on logarithms over the lower and the upper half of the points, "
        "the exponents stand in the table. Between the halves the arithmetic may change its form: direct, moments or dual.", ""]
    for axis, (title, _, _) in SWEEPS.items():
        if found.get(axis):
            lines += [f"![{title}](plots/{axis}.svg)", ""]
    lines += ["| against | program | lower half | exponent | upper half | exponent | fit within |", "|---|---|---|---|---|---|---|"]
    for axis, lines_of in found.items():
        for name, points in lines_of.items():
            if len(points) < 4:
                continue
            low, high = halves(points)
            (first, off), (second, other) = exponent(low), exponent(high)
            lines.append(
                f"| {axis} | {name} | {low[0][0]:,}–{low[-1][0]:,} | {first:.2f} | {high[0][0]:,}–{high[-1][0]:,} | {second:.2f} | {max(off, other):.2f} × |")
    return "\n".join(lines) + "\n"


def draw(found, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for axis, (title, label, _) in SWEEPS.items():
        if found.get(axis):
            lines = []
            for name, points in found[axis].items():
                fits = [exponent_line(half) for half in halves(points)] if name.startswith("ours") and len(points) > 3 else []
                lines.append((name, [(x, y) for x, y, *_ in points], fits))
            (folder / f"{axis}.svg").write_text(plots.logarithmic(title, label, "milliseconds", lines))


def exponent_line(points):
    x, y = np.log([one[0] for one in points]), np.log([one[1] for one in points])
    slope, start = np.polyfit(x, y, 1)
    ends = [points[0][0], points[-1][0]]
    return [(end, float(np.exp(start + slope * np.log(end)))) for end in ends], float(slope)
