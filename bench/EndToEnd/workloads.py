"""The rows of the side-by-side comparison: shapes, models, folds, and the raw files that all programs read."""
import dataclasses

import numpy as np

# Twelve chains of one workload of the comparison, in our notation; SciPy's savgol_filter does the same.
TWELVE = (
    "raw", "snv", "sg(7,2,1)", "sg(19,2,1)", "snv + sg(7,2,1)", "snv + sg(19,2,1)", "sg(7,2,1) + snv", "sg(19,2,1) + snv",
    "sg(7,3,2)", "sg(19,3,2)", "snv + sg(7,3,2)", "snv + sg(19,3,2)")

PENALTIES = tuple(10.0 ** e for e in range(6, -7, -1))

# Fractions of the penalty that leaves no variable in a fold, ten to a decade.
FRACTIONS = tuple(float(f"{10 ** (-e / 10):.3g}") for e in range(1, 36))


@dataclasses.dataclass(frozen=True)
class Row:
    """One comparison: n x p spectra, K folds, chains and one model with all its settings."""

    name: str
    n: int
    p: int
    folds: int
    method: str
    settings: tuple
    chains: tuple = ("raw",)
    bytes: int = 8

    @property
    def model(self):
        """The model in our notation."""
        if self.method == "pls":
            return f"pls({max(self.settings)})"
        scale = "absolute, " if self.method == "ridge" else ""
        return f"{self.method}({scale}{', '.join(repr(one) for one in self.settings)})"

    @property
    def text(self):
        folds = "leave-one-out" if self.folds == self.n else f"{self.folds} folds"
        what = f"{max(self.settings)} LV" if self.method == "pls" else f"{len(self.settings)} λ"
        chains = f", {len(self.chains)} chains" if len(self.chains) > 1 else ""
        return f"{self.n:,} × {self.p:,}, {folds}, {what}{chains}{', float32' if self.bytes == 4 else ''}"

    def small(self):
        """The same row in smoke size."""
        n = min(self.n, 40)
        folds = n if self.folds == self.n else min(self.folds, 4)
        settings = tuple(a for a in self.settings if a <= 5) if self.method == "pls" else self.settings[:3]
        return dataclasses.replace(self, n=n, p=min(self.p, 50), folds=folds, settings=settings)


def pls(name, n, p, folds, components, **more):
    return Row(name, n, p, folds, "pls", tuple(range(1, components + 1)), **more)


ROWS = (
    pls("small", 100, 500, 5, 20),
    pls("small-loo", 100, 500, 100, 20),
    pls("long", 250, 2151, 10, 25),
    pls("corn-like", 208, 1557, 10, 20),
    pls("square", 1000, 500, 10, 25),
    pls("wide", 1000, 2000, 10, 25),
    pls("tall", 5000, 500, 10, 30),
    pls("taller", 20000, 200, 10, 20),
    pls("b", 1000, 2000, 5, 15, chains=TWELVE),
    pls("c", 10000, 5000, 5, 20),
    pls("c-float", 10000, 5000, 5, 20, bytes=4),
    pls("loo-1000", 1000, 500, 1000, 30),
    pls("loo-10000", 10000, 500, 10000, 30),
    Row("ridge", 1000, 500, 10, "ridge", PENALTIES),
    Row("ridge-wide", 250, 2151, 10, "ridge", PENALTIES),
    Row("ridge-loo", 1000, 500, 1000, "ridge", PENALTIES),
    Row("ridge-loo-wide", 250, 2151, 250, "ridge", PENALTIES),
    Row("lasso", 1000, 500, 5, "lasso", FRACTIONS),
)


def spectra(n, p, seed=42, bands=8, noise=0.01):
    """Smooth bands with amounts, scatter, a sloping baseline and noise; y from the amounts, slightly curved."""
    random = np.random.default_rng(seed)
    axis = np.linspace(0, 1, p)
    centres = np.linspace(0.06, 0.94, bands) + random.normal(0, 0.01, bands)
    widths = random.uniform(0.015, 0.06, bands)
    shapes = np.exp(-0.5 * ((axis - centres[:, None]) / widths[:, None]) ** 2)
    amounts = random.gamma(3.0, 1.0, (n, bands))
    x = (amounts @ shapes) * (1 + 0.1 * random.standard_normal((n, 1)))
    x += 0.2 * random.standard_normal((n, 1)) + 0.1 * random.standard_normal((n, 1)) * (axis - 0.5)
    for i in range(0, n, 1000):
        x[i:i + 1000] += noise * random.standard_normal((min(1000, n - i), p))
    y = amounts @ random.normal(0, 1, bands) + 0.1 * amounts[:, 0] * amounts[:, 1] + 0.2 * random.standard_normal(n)
    return x, y


def folds_of(n, count, seed=42):
    """The fold of every sample: leave-one-out in order, otherwise shuffled and dealt evenly."""
    return np.arange(n) if count == n else np.random.default_rng(seed).permutation(np.arange(n) % count)


def write(path, row):
    """Writes a row's raw file."""
    x, y = spectra(row.n, row.p)
    write_raw(path, x, y, folds_of(row.n, row.folds), row.bytes)


def write_raw(path, x, y, fold, size=8):
    """See Ours/RawStudy.cs for the layout."""
    with open(path, "wb") as file:
        np.array([*x.shape, size, fold.max() + 1], "<i4").tofile(file)
        x.astype(f"<f{size}").tofile(file)
        y.astype("<f8").tofile(file)
        fold.astype("<i4").tofile(file)


def read(path):
    """X as doubles, y and the fold of every sample."""
    with open(path, "rb") as file:
        n, p, size, _ = np.fromfile(file, "<i4", 4)
        x = np.fromfile(file, f"<f{size}", n * p).reshape(n, p)
        return x.astype(np.float64, copy=False), np.fromfile(file, "<f8", n), np.fromfile(file, "<i4", n)
