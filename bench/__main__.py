#!/usr/bin/env python3
"""Runs a named group of benchmarks, keeps its figures, and compares them.

    python3 bench list
    python3 bench run linear --ikpls DIR          all rows; `--only small,b` passes through to the script
    python3 bench run kernels --smoke             tiny sizes: says that it runs; writes below artifacts/figures
    python3 bench compare OLD.json NEW.json       code 1 where a paired ratio to a peer has become worse
    python3 bench draw linear                     the page and the plots again, from figures and history

A run builds what it needs in Release (the program itself is published, as laboratories install it), measures, and writes docs/results/figures/GROUP: figures.json (the last of every row),
history.jsonl (a line for each row and run), and from both README.md with its plots. Before it overwrites figures, it says how
the new ones compare with them. Arguments it does not know go to the script or program of the group.
"""
import argparse
import datetime
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "Figures"), str(HERE / "EndToEnd")]
sys.dont_write_bytecode = True

import comparison  # noqa: E402
import figures  # noqa: E402
import groups  # noqa: E402
import history  # noqa: E402
import measured  # noqa: E402
import page  # noqa: E402
import processes  # noqa: E402
import published  # noqa: E402

ROOT = groups.ROOT
KEPT = ROOT / "docs" / "results" / "figures"
SMOKE = ROOT / "artifacts" / "figures"
INTERRUPTED = 130


def commit():
    """What was measured: the commit, with a plus where sources differ from it."""
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+" if git("status", "--porcelain", "--", "src", "bench") else "")


def run(args, others):
    group = groups.GROUPS[args.group]
    if args.smoke and not group.has_figures:
        raise SystemExit(f"{group.name} has no smoke size; it writes {group.document}. Its script takes --only or --cases for a part.")
    if group.takes_data and not args.data.is_dir():
        raise SystemExit(f"{args.data} is not there: {group.name} needs a folder of datasets, which are not part of the repository. Give --data DIR.")
    folder = (SMOKE if args.smoke else args.into or KEPT) / group.name
    path = folder / page.NAMES["figures"]
    try:
        # Before anything is measured: an hour later it would be a pity.
        before = figures.read(path) if group.has_figures and path.exists() else None
    except figures.FiguresError as error:
        raise SystemExit(f"{error} Nothing was measured; move {path.name} away or restore it.") from error
    what = commit()
    for project in [] if args.no_build else group.projects:
        if project == groups.HOST:
            published.publish()
        else:
            subprocess.run(["dotnet", "build", project, "-c", "Release", "-v", "quiet"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as temporary:
        rows = pathlib.Path(temporary) / "rows.jsonl"
        command = group.arguments(args.smoke, args.data, rows) + others
        print("+", *command, flush=True)
        # What was measured before a failure, an interrupt or a SIGTERM is kept: some rows take an hour.
        code = until_stopped(command)
        found = measured.read(rows) if rows.exists() else []
    if group.has_figures and found:
        keep(group, folder, args.smoke, before, [figures.condensed(one, what, today()) for one in found], versions(found))
    elif group.has_figures:
        print(f"{group.name} gave no rows.", file=sys.stderr)
        return code or 1
    return code


def until_stopped(command):
    """Runs a command; SIGINT and SIGTERM end it and are told by its code."""
    def stop(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, stop)
    with subprocess.Popen(command) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            return INTERRUPTED


def today():
    return datetime.datetime.now(datetime.timezone.utc).date().isoformat()


def versions(found):
    """Versions of peers that the script knows, by name."""
    return {peer["program"]: peer["version"] for one in found for peer in one["peers"] if "version" in peer}


def keep(group, folder, smoke, before, rows, peers):
    """Compares, then writes figures, history, page and plots."""
    place = processes.facts()
    place["peers"] |= peers
    new = figures.made(group.name, place, smoke, rows)
    if before is not None:
        print("\nBeside the figures of before:")
        try:
            for finding in comparison.compared(before, new):
                print(finding.text)
        except figures.FiguresError as error:
            print(error)
    if not smoke:
        history.append(folder / page.NAMES["history"], new["rows"])
    figures.write(folder / page.NAMES["figures"], figures.completed(before, new))
    draw(group, folder)
    print(f"\n{len(new['rows'])} rows, kept in {folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder}.")


def draw(group, folder):
    page.draw(folder, figures.read(folder / page.NAMES["figures"]), group.what, group.notes)


def compare(args):
    try:
        found = comparison.compared(figures.read(args.old), figures.read(args.new))
    except figures.FiguresError as error:
        print(error, file=sys.stderr)
        return 2
    for one in found:
        print(one.text)
    failures = sum(one.is_failure for one in found)
    print(f"{failures} of the ratios have become worse." if failures else "No ratio has become worse.")
    return 1 if failures else 0


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the groups")
    one = commands.add_parser("run", help="measure a group", allow_abbrev=False)
    one.add_argument("group", choices=groups.GROUPS, metavar="GROUP")
    one.add_argument("--smoke", action="store_true", help="tiny sizes, once, kept below artifacts/figures")
    one.add_argument("--no-build", action="store_true", help="the programs are built already")
    one.add_argument("--into", type=pathlib.Path, help="another folder than docs/results/figures")
    one.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared" / "data" / "spectra", help="real datasets, for groups that need them")
    two = commands.add_parser("compare", help="code 1 where a ratio has become worse, 2 where files cannot be compared")
    two.add_argument("old", type=pathlib.Path)
    two.add_argument("new", type=pathlib.Path)
    three = commands.add_parser("draw", help="page and plots again")
    three.add_argument("group", choices=groups.GROUPS, metavar="GROUP")
    args, others = parser.parse_known_args()
    if args.command == "run":
        return run(args, [other for other in others if other != "--"])
    if others:
        parser.error("unknown arguments: " + " ".join(others))
    if args.command == "compare":
        return compare(args)
    if args.command == "draw":
        draw(groups.GROUPS[args.group], KEPT / args.group)
        return 0
    for group in groups.GROUPS.values():
        print(f"{group.name:10} {group.what}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
