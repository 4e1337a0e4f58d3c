"""The program as laboratories install it (docs/OPERATING.md): published for this platform, compiled beforehand."""
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "artifacts" / "published" / "pipeline"
PLATFORMS = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}


def publish():
    """Makes the program that `pipeline` starts."""
    subprocess.run(
        ["dotnet", "publish", "src/Host", "-c", "Release", "-r", PLATFORMS[platform.machine()], "-o", PROGRAM.parent, "-v", "quiet"], cwd=ROOT, check=True)


def pipeline(*arguments):
    """A command line of the program."""
    return [str(PROGRAM), *map(str, arguments)]
