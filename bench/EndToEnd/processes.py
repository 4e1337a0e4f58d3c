"""Runs a program and records what it and the rest of the machine did meanwhile."""
import contextlib
import fcntl
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = 0.05

# More than a quarter of a core taken by others: not to be quoted.
NOISY_CORES = 0.25


def busy_seconds():
    """Processor time that the whole machine has spent, what a host took away included."""
    with open("/proc/stat") as file:
        fields = [int(one) for one in file.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS


def own_seconds():
    times = os.times()
    return times.user + times.system


def tree(root):
    """A process and all below it."""
    found = [root]
    for one in found:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/children") as file:
                    found += [int(child) for child in file.read().split()]
    return found


def resident(pids, field):
    """Bytes of a field of /proc/PID/status, summed over processes."""
    total = 0
    for one in pids:
        with contextlib.suppress(OSError), open(f"/proc/{one}/status") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith(field))
    return 1024 * total


@contextlib.contextmanager
def alone(lock):
    """Holds a lock file while measuring, where several programs measure on one machine."""
    if lock is None:
        yield
        return
    with open(lock, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run(command, environment=None, limit_seconds=600, lock=None):
    """One run: what the program told of itself and what was seen of it, or why it gave no answer.

    Times count from the start of the process; `answeredS` is when it said 'answered', `firstPeakBytes` the memory then.
    Peak memory is that of the whole tree, sampled, and never less than the kernel's highest figure for the first process.
    (What wait4 tells is not it: it begins with the memory of the process that forked.)
    """
    variables = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"} | (environment or {})
    with alone(lock), tempfile.TemporaryFile("w+") as errors:
        busy, own, began = busy_seconds(), own_seconds(), time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), env=variables, stdout=subprocess.PIPE, stderr=errors, text=True)
        watch = Watch(process, limit_seconds)
        found = {}
        for line in process.stdout:
            if line.startswith("answered"):
                found |= dict(answeredS=time.perf_counter() - began, firstPeakBytes=resident([process.pid], "VmHWM"))
            elif line.startswith("{"):
                found |= json.loads(line.replace('"NaN"', "null").replace("NaN", "null"))
                watch.look()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        watch.end()
        if process.returncode != 0:
            errors.seek(0)
            found["error"] = "too slow" if watch.killed else reason(errors.read())
            return found
        cpu = usage.ru_utime + usage.ru_stime
        foreign = busy_seconds() - busy - cpu - (own_seconds() - own)
        return found | dict(
            wallS=wall, cpuS=cpu, peakBytes=watch.peak, foreignCores=max(0.0, foreign / wall))


def reason(said):
    """The line of an error that says what is wrong: the last of Python, the first of others; paths are nobody's business."""
    lines = [line for line in said.splitlines() if line.strip()] or ["no word"]
    line = next((lines[-1] for one in lines if one.startswith("Traceback")), lines[0])
    return re.sub(r"/\S+", "…", line)[:200]


class Watch:
    """A thread that samples the memory of a process tree and ends what takes too long."""

    def __init__(self, process, limit_seconds):
        self.peak = 0
        self.killed = False
        self._process = process
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(time.monotonic() + limit_seconds,), daemon=True)
        self._thread.start()

    def look(self):
        pid = self._process.pid
        self.peak = max(self.peak, resident([pid], "VmHWM"), resident(tree(pid), "VmRSS"))

    def end(self):
        self._ended.set()
        self._thread.join()

    def _run(self, end):
        while not self._ended.wait(SAMPLE_SECONDS):
            self.look()
            if time.monotonic() > end:
                self.killed = True
                for one in reversed(tree(self._process.pid)):
                    with contextlib.suppress(OSError):
                        os.kill(one, 9)
                return


VERSIONS = """
import importlib, json, sys
found = {"Python": sys.version.split()[0]}
for name, module in (("numpy", "numpy"), ("scipy", "scipy"), ("scikit-learn", "sklearn")):
    try:
        found[name] = importlib.import_module(module).__version__
    except ImportError:
        pass
try:
    import threadpoolctl
    for one in [one for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"][:1]:
        found[one["internal_api"]] = f"{one['version']} ({one.get('architecture')})"
except ImportError:
    pass
print(json.dumps(found))
"""


def said(*command):
    """What a program says; nothing where it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def facts():
    """What figures are taken on: machine, cores, runtime, and the versions of peers by name."""
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) / 2**20
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    peers = json.loads(subprocess.run([sys.executable, "-c", VERSIONS], capture_output=True, text=True, env=environment, check=True).stdout)
    r = said("Rscript", "-e", "cat(R.version$major, '.', R.version$minor, ' ', as.character(packageVersion('pls')), sep = '')").split()
    if len(r) == 2:
        peers |= {"R": r[0], "R pls": r[1]}
    runtimes = [line.split()[1] for line in said("dotnet", "--list-runtimes").splitlines() if line.startswith("Microsoft.NETCore.App ")]
    return dict(
        machine=f"{model}, {memory:.1f} GiB, {os.uname().sysname} {os.uname().release}", cores=os.cpu_count(),
        runtime=f".NET {runtimes[-1] if runtimes else 'unknown'}, SDK {said('dotnet', '--version')}", peers=peers)


def machine():
    """What figures are taken on, in one line."""
    found = facts()
    peers = ", ".join(f"{name} {version}" for name, version in found["peers"].items())
    return f"{found['machine']}, {found['cores']} cores; {found['runtime']}; {peers}"
