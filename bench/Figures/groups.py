"""The named groups: which program or script measures each, and where it says what it measured."""
import dataclasses
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Group:
    """One group of measurements.

    projects are built first; command is run with the arguments of the caller behind it. Groups with figures are given
    `--rows FILE` and hand over a line for each row (measured.py); the others write `document` and have no times of peers.
    """

    name: str
    what: str
    command: tuple
    projects: tuple = ()
    document: str = ""
    notes: str = ""
    takes_data: bool = False
    has_figures: bool = True
    always: tuple = ()
    never_in_smoke: tuple = ()
    smoke: tuple = ("--smoke",)

    def arguments(self, smoke, data, rows):
        """The whole command line, before what the caller adds."""
        found = [*self.command]
        if self.takes_data:
            found += [str(data), str(ROOT / self.document)]
        found += self.always if not smoke else [one for one in self.always if one not in self.never_in_smoke]
        if self.has_figures:
            found += ["--rows", str(rows)]
        return found + ([*self.smoke] if smoke else [])


def script(path):
    return sys.executable, str(ROOT / path)


def program(project, file):
    """A program of ours as it was built."""
    return "dotnet", str(ROOT / "artifacts" / "bin" / f"{pathlib.Path(project).name}Bench" / "release" / file)


OURS = "bench/EndToEnd/Ours"
HOST = "src/Host"
SIDE_BY_SIDE = "docs/results/side-by-side.md"


def own(name, project, file, what, document, smoke):
    """A group that a program of ours measures alone."""
    return Group(name, what, program(project, file), (project,), notes=f"What the figures say stands in [{document}](../../{document}).", smoke=smoke)


def documented(name, path, what):
    """A group about numbers, not about times: it writes its document and has nothing to compare."""
    return Group(name, what, script(path), (HOST,), f"docs/results/{name}.md", takes_data=True, has_figures=False)


GROUPS = {group.name: group for group in (
    Group(
        "linear", "cross-validated PLS, ridge and lasso, and whole searches, beside IKPLS, scikit-learn and R pls; `--ikpls DIR` is the folder of IKPLS, `--only` takes rows",
        script("bench/EndToEnd/side_by_side.py"), (OURS, HOST), SIDE_BY_SIDE,
        "All ways of all peers, and what the figures say, stand in [side-by-side.md](../../side-by-side.md).",
        always=("--no-build", "--out", str(ROOT / SIDE_BY_SIDE)), never_in_smoke=("--out", str(ROOT / SIDE_BY_SIDE))),
    Group(
        "original", "the 204 rows of the replaced program's benchmark in the seed profile, through the whole program, beside scikit-learn of the same mix",
        script("bench/EndToEnd/original.py"), (HOST,), always=("--no-build",)),
    Group(
        "forests", "cross-validated random forests and extremely randomised trees beside scikit-learn's", script("bench/Trees/forest.py"), (OURS,),
        notes="What the figures say stands in [trees.md](../../trees.md)."),
    Group(
        "boosting", "cross-validated gradient boosting beside scikit-learn's", script("bench/Trees/boosting.py"), (OURS,),
        notes="What the figures say stands in [trees.md](../../trees.md)."),
    Group(
        "networks", "boosted networks and networks beside scikit-learn's", script("bench/Networks/networks.py"), (OURS,),
        notes="What the figures say stands in [networks.md](../../networks.md)."),
    own(
        "kernels", "bench/Micro", "Pipeline.MicroBench.dll",
        "products, factors, pretreatments, networks and selectors, beside OpenBLAS, MathNet or the plainest way to do the same", "kernels.md", ("--smoke",)),
    own(
        "cache", "bench/Cache", "Pipeline.CacheBench.dll", "hits of the cache by threads, without a peer", "reliability.md",
        ("--keys", "1000", "--hits", "1000", "--repetitions", "3")),
    own(
        "arrow", "bench/Arrow", "Pipeline.ArrowBench.dll", "reading and writing Arrow beside the plainest way to touch the same bytes", "arrow.md",
        ("--mb", "10", "--pairs", "3", "--only", "sum")),
    own(
        "streaming", "bench/Streaming", "streamingbench.dll", "passes over a file of spectra larger than memory, and a study of it; `--folder DIR` chooses the disk",
        "streaming.md", ("--samples", "2000", "--variables", "50", "--passes", "3")),
    documented("accuracy", "bench/EndToEnd/accuracy.py", "every family on real datasets: RMSECV and RMSEP"),
    documented("coverage", "bench/EndToEnd/coverage.py", "the saved model on official test sets, and what its intervals hold"),
    documented("honesty", "bench/EndToEnd/honesty.py", "what a search claims on noise, and on official test sets"),
    documented("real-data", "bench/EndToEnd/real_data.py", "the default search on real datasets"),
    documented("selectors", "bench/EndToEnd/selector_choices.py", "every selector of variables on real datasets"),
)}
