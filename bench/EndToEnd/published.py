"""The program as laboratories install it (docs/OPERATING.md): published for this platform, compiled beforehand."""
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "artifacts" / "published" / "pipeline"
PLATFORMS = {("Linux", "x86_64"): "linux-x64", ("Linux", "aarch64"): "linux-arm64"}


def publish():
    """Makes the program that `pipeline` starts."""
    here = platform.system(), platform.machine()
    if here not in PLATFORMS:
        raise SystemExit(f"The benchmarks measure on {', '.join(map(' '.join, PLATFORMS))}, not on {' '.join(here)}.")
    subprocess.run(
        ["dotnet", "publish", "src/Host", "-c", "Release", "-r", PLATFORMS[here], "-o", PROGRAM.parent, "-v", "quiet"], cwd=ROOT, check=True)


def pipeline(*arguments):
    """A command line of the program."""
    return [str(PROGRAM), *map(str, arguments)]
