"""Figures, comparison, history and pages, on files of a few rows: python3 -m unittest discover -s bench/Figures"""
import contextlib
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "EndToEnd")]

import comparison  # noqa: E402
import figures  # noqa: E402
import groups  # noqa: E402
import history  # noqa: E402
import measured  # noqa: E402
import page  # noqa: E402

PLACE = dict(machine="a machine", cores=2, runtime=".NET 10", peers={"numpy": "1.24"})


def measured_row(name="small", ratio=10.0, jitter=0.05, pairs=5, program="IKPLS", hash="abc"):
    """Our runs of about 2 ms, and a peer of which the pairs are spread evenly around a ratio."""
    runs = [2 + 0.1 * i for i in range(pairs)]
    ratios = [ratio * (1 + jitter * (i - (pairs - 1) / 2)) for i in range(pairs)]
    theirs = [one * factor for one, factor in zip(runs, ratios)]
    return measured.row(name, "100 × 500", "ms", runs, [measured.peer(program, theirs)] if program else [], hash=hash)


def made(*rows, commit="c1", **more):
    values = dict(group="linear", place=PLACE, smoke=False) | more
    return figures.made(values["group"], values["place"], values["smoke"], [figures.condensed(row, commit, "2026-01-01") for row in rows])


def failures(before, after):
    return [one.text for one in comparison.compared(before, after) if one.is_failure]


def texts(before, after, word):
    return [one.text for one in comparison.compared(before, after) if one.text.startswith(word)]


class Condensed(unittest.TestCase):
    def test_ratio_is_of_pairs_not_of_medians(self):
        row = measured.row("r", "what", "ms", [1, 2, 4], [measured.peer("p", [10, 10, 80])])
        ratio = figures.condensed(row, "c", "d")["peers"][0]["ratio"]
        # Pair by pair 10, 5 and 20; the medians alone would say 5.
        self.assertEqual((ratio["median"], ratio["range"], ratio["pairs"]), (10, [5, 20], 3))

    def test_quartiles_are_those_of_linear_interpolation(self):
        self.assertEqual(figures.summary([1, 2, 3, 4])["quartiles"], [1.75, 3.25])
        self.assertEqual(figures.summary([7])["quartiles"], [7, 7])

    def test_fastest_peer_comes_first(self):
        row = measured.row("r", "what", "ms", [1], [measured.peer("slow", [9]), measured.peer("fast", [3])])
        self.assertEqual([one["program"] for one in figures.condensed(row, "c", "d")["peers"]], ["fast", "slow"])


class Completed(unittest.TestCase):
    def test_rows_not_measured_again_stay_with_their_commit(self):
        before, after = made(measured_row("a"), measured_row("b")), made(measured_row("b", ratio=3), measured_row("c"), commit="c2")
        found = figures.completed(before, after)
        self.assertEqual([(row["name"], row["commit"]) for row in found["rows"]], [("a", "c1"), ("b", "c2"), ("c", "c2")])

    def test_another_place_begins_anew(self):
        after = made(measured_row("b"), place=dict(PLACE, machine="another"))
        self.assertEqual([row["name"] for row in figures.completed(made(measured_row("a")), after)["rows"]], ["b"])

    def test_a_peer_that_did_not_run_keeps_its_version(self):
        before = made(measured_row("a"), place=dict(PLACE, peers={"numpy": "1.24", "IKPLS": "1.2"}))
        found = figures.completed(before, made(measured_row("b")))
        self.assertEqual((len(found["rows"]), found["peers"]), (2, {"numpy": "1.24", "IKPLS": "1.2"}))

    def test_written_file_is_read_back_with_a_line_for_each_row(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "linear" / "figures.json"
            found = made(measured_row("a"), measured_row("b"))
            figures.write(path, found)
            self.assertEqual(figures.read(path), found)
            self.assertEqual(sum('"name"' in line for line in path.read_text().splitlines()), 2)

    def test_other_json_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "other.json"
            for text in ("[]", "{}", "{", '{"format": 2}'):
                path.write_text(text)
                with self.assertRaises(figures.FiguresError):
                    figures.read(path)


class Compared(unittest.TestCase):
    def test_more_than_a_tenth_worse_fails_and_less_does_not(self):
        before = made(measured_row(ratio=10))
        self.assertEqual(failures(before, made(measured_row(ratio=9.2))), [])
        found = failures(before, made(measured_row(ratio=9.0)))
        self.assertEqual(len(found), 1)
        for word in ("small beside IKPLS", "10 (", "9 (", "11.1 % worse", "10 % allowed"):
            self.assertIn(word, found[0])

    def test_steady_pairs_allow_a_twentieth(self):
        before = made(measured_row(ratio=10, jitter=0.004))
        self.assertEqual(failures(before, made(measured_row(ratio=9.6, jitter=0.004))), [])
        self.assertEqual(len(failures(before, made(measured_row(ratio=9.4, jitter=0.004)))), 1)
        # One of the two is spread, or the pairs are few: a tenth again.
        self.assertEqual(failures(before, made(measured_row(ratio=9.4, jitter=0.05))), [])
        self.assertEqual(failures(made(measured_row(ratio=10, jitter=0.004, pairs=3)), made(measured_row(ratio=9.4, jitter=0.004, pairs=3))), [])

    def test_better_is_never_a_failure(self):
        self.assertEqual(failures(made(measured_row(ratio=10)), made(measured_row(ratio=30))), [])

    def test_a_slower_machine_does_not_matter(self):
        slow = measured_row(ratio=10)
        slow["runs"] = [3 * one for one in slow["runs"]]
        slow["peers"][0]["runs"] = [3 * one for one in slow["peers"][0]["runs"]]
        self.assertEqual(failures(made(measured_row(ratio=10)), made(slow)), [])

    def test_each_peer_is_judged(self):
        def both(second):
            row = measured_row(ratio=10)
            row["peers"].append(measured.peer("R pls", [one * second for one in row["runs"]]))
            return made(row)
        found = failures(both(50), both(40))
        self.assertEqual(len(found), 1)
        self.assertIn("small beside R pls", found[0])

    def test_missing_and_new_rows_and_peers_are_named(self):
        before, after = made(measured_row("a"), measured_row("b"), measured_row("c")), made(measured_row("a"), measured_row("c", program="R pls"), measured_row("d"))
        self.assertEqual(texts(before, after, "missing"), ["missing: b is not in the second file", "missing: c beside IKPLS is not in the second file"])
        self.assertEqual(texts(before, after, "new"), ["new: d"])

    def test_changed_hash_is_named(self):
        found = texts(made(measured_row(hash="abc")), made(measured_row(hash="abd")), "numbers")
        self.assertEqual(found, ["numbers: small: the hash of the result was abc and is abd"])
        self.assertEqual(texts(made(measured_row()), made(measured_row()), "numbers"), [])

    def test_a_row_without_peer_is_shown_and_not_judged(self):
        found = list(comparison.compared(made(measured_row(program=None)), made(measured_row(program=None))))
        self.assertTrue(found[0].text.startswith("no peer: small"))
        self.assertFalse(found[0].is_failure)

    def test_another_machine_is_noted(self):
        after = made(measured_row(), place=dict(PLACE, machine="another", peers={"numpy": "2.0", "R": "4"}))
        self.assertEqual(texts(made(measured_row()), after, "note"), [
            "note: another machine: a machine, then another", "note: another numpy: 1.24, then 2.0"])

    def test_what_says_nothing_about_each_other_is_refused(self):
        for after in (made(measured_row(), smoke=True), made(measured_row(), group="trees"), made(measured_row("other"))):
            with self.assertRaises(figures.FiguresError):
                comparison.compared(made(measured_row()), after)


class Kept(unittest.TestCase):
    def test_history_has_the_last_ratio_of_each_commit(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "history.jsonl"
            for commit, ratio in (("c1", 8), ("c2", 10), ("c2", 12)):
                history.append(path, made(measured_row("a", ratio=ratio, jitter=0), measured_row("alone", program=None), commit=commit)["rows"])
            commits, rows = history.ratios(history.read(path))
        self.assertEqual((commits, rows), (["c1", "c2"], {"a": {"c1": 8, "c2": 12}}))

    def test_page_shows_every_row_and_both_plots(self):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            found = made(measured_row("a"), measured_row("b", ratio=0.5), measured_row("alone", program=None))
            history.append(folder / page.NAMES["history"], found["rows"])
            page.draw(folder, found, "something", "")
            text = (folder / "README.md").read_text()
            for word in ("| a |", "| b |", "| alone |", "**10** (", "`abc`", "ratios.svg", "history.svg"):
                self.assertIn(word, text)
            for name in ("ratios.svg", "history.svg"):
                self.assertIn(">b<", (folder / name).read_text())

    def test_page_without_peers_has_no_plots(self):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            page.draw(folder, made(measured_row(program=None)), "something", "")
            self.assertEqual([one.name for one in folder.iterdir()], ["README.md"])


class Command(unittest.TestCase):
    def test_compare_says_by_its_code(self):
        module = load_command()
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            for name, ratio in (("old", 10), ("same", 9.9), ("worse", 5)):
                figures.write(folder / f"{name}.json", made(measured_row(ratio=ratio)))
            (folder / "broken.json").write_text("{")
            for name, expected in (("same", 0), ("worse", 1), ("broken", 2), ("absent", 2)):
                with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
                    code = run(module, "compare", str(folder / "old.json"), str(folder / f"{name}.json"))
                self.assertEqual(code, expected, said.getvalue())

    def test_unknown_arguments_reach_the_script_behind_those_of_the_group(self):
        module = load_command()
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            script = folder / "script.py"
            script.write_text(SCRIPT)
            group = unittest.mock.patch.dict(groups.GROUPS, linear=groups.Group("linear", "a test", (sys.executable, str(script))))
            with contextlib.redirect_stdout(io.StringIO()) as said, unittest.mock.patch("processes.facts", lambda: dict(PLACE, peers={})), group:
                code = run(module, "run", "linear", "--no-build", "--into", str(folder), "--only", "small,b", "--pairs", "3")
            self.assertEqual(code, 3, said.getvalue())
            row = figures.read(folder / "linear" / "figures.json")["rows"][0]
            self.assertEqual(row["what"], "--only small,b --pairs 3")
            self.assertEqual(len(history.read(folder / "linear" / "history.jsonl")), 1)


    def test_what_was_measured_before_a_stop_is_kept(self):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            script = folder / "script.py"
            script.write_text(SCRIPT.replace("sys.exit(3)", "import os, signal, time; os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)"))
            code = f"""
import sys
sys.path[:0] = {[str(HERE), str(HERE.parent / "EndToEnd")]!r}
import test_figures, groups, processes
groups.GROUPS["linear"] = groups.Group("linear", "a test", (sys.executable, {str(script)!r}))
processes.facts = lambda: dict(test_figures.PLACE, peers={{}})
sys.exit(test_figures.run(test_figures.load_command(), "run", "linear", "--no-build", "--into", {str(folder)!r}))
"""
            found = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, timeout=30)
            self.assertEqual(found.returncode, 130, found.stderr)
            self.assertEqual(len(figures.read(folder / "linear" / "figures.json")["rows"]), 1)


# Hands over one row that says which arguments came behind --rows FILE, and ends with 3: what was measured is kept all the same.
SCRIPT = """
import json, sys
rows = sys.argv.index("--rows")
with open(sys.argv[rows + 1], "a") as file:
    file.write(json.dumps(dict(name="r", what=" ".join(sys.argv[rows + 2:]), unit="s", runs=[1.0], peers=[])) + "\\n")
sys.exit(3)
"""


def load_command():
    import importlib.util
    spec = importlib.util.spec_from_file_location("bench_command", HERE.parent / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(module, *arguments):
    before, sys.argv = sys.argv, ["bench", *arguments]
    try:
        return module.main()
    finally:
        sys.argv = before


if __name__ == "__main__":
    unittest.main()
