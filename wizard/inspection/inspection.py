"""The value this package yields: what a model file says about itself without being run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Scalar = str | int | float | bool


class Task(StrEnum):
    """What the model's answers are."""

    REGRESSION = "regression"
    CLASSIFICATION = "classification"
    CLUSTERING = "clustering"
    OUTLIERS = "outliers"
    TRANSFORM = "transform"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What one input column holds."""

    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"
    BOOLEAN = "boolean"


class Layout(StrEnum):
    """What `predict` must be handed."""

    ARRAY = "array"
    """A 2-D array of floats, its columns in the order of `Inspection.columns`."""
    FRAME = "frame"
    """A pandas DataFrame with the column names: columns are selected by name, or some hold no numbers."""
    TEXTS = "texts"
    """A 1-D list of strings: the first step reads raw text."""


class Severity(StrEnum):
    """How much a finding matters. DANGEROUS stops the road until the person insists; UNKNOWN is shown; NOTE informs."""

    DANGEROUS = "dangerous"
    UNKNOWN = "unknown"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the file the person should know. `subject` is the `module.name` or part of the file it is about."""

    severity: Severity
    subject: str
    what: str
    """What was seen, one sentence."""
    why: str
    """Why it matters, one sentence."""


@dataclass(frozen=True, slots=True)
class Column:
    """One input of the model, in the order it was fitted with."""

    name: str | None
    """None where the file knows only how many inputs there are."""
    kind: Kind = Kind.NUMBER
    categories: tuple[Scalar, ...] = ()
    """The values seen in training, where the file lists them."""
    closed: bool = False
    """Only `categories` are accepted: any other value makes the model fail (OneHotEncoder(handle_unknown="error"))."""
    missing: bool = False
    """A missing value (null) is handled: an imputer stands before the model, or the model takes NaN itself."""
    minimum: float | None = None
    maximum: float | None = None
    """Range seen in training, where a scaler kept it. Informs; never a limit."""
    example: Scalar | None = None
    """A plausible value: mean, median, most frequent or first category, 0 where nothing is known."""
    integer: bool = False
    """The column held whole numbers in training (its categories or dtype say so)."""


@dataclass(frozen=True, slots=True)
class Estimator:
    """One node of the estimator tree."""

    name: str
    """Its step name in the parent; "" for the root."""
    type: str
    """Full class name, as the file spells it."""
    columns: tuple[str | int, ...] = ()
    """Input columns a ColumnTransformer hands to it."""
    detail: str = ""
    """A few telling settings, e.g. "100 trees", "degree 3"."""
    children: tuple[Estimator, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """A distribution that serving the model needs."""

    distribution: str
    """Name on the package index, e.g. "scikit-learn"."""
    version: str | None
    """Exact version where the file tells it."""
    why: str
    """One sentence: which part of the file asks for it."""
    below: str | None = None
    """Exclusive upper bound the file implies, e.g. "2" for numpy under a file written by numpy 1."""
    at_least: str | None = None
    """Lowest version that can read the file, e.g. "2" for numpy where numpy 2 wrote it."""

    @property
    def requirement(self) -> str:
        """As installers read it: "scikit-learn==1.5.2", "numpy<2"."""
        if self.version is not None:
            return f"{self.distribution}=={self.version}"
        bounds = [(">=", self.at_least), ("<", self.below)]
        return self.distribution + ",".join(f"{sign}{version}" for sign, version in bounds if version is not None)


@dataclass(frozen=True, slots=True)
class LocalModule:
    """Code of the person's own that the file does not hold and serving needs."""

    module: str
    """The outermost name: what has to be shipped."""
    names: tuple[str, ...]
    """The classes and functions the file wants from it ("Cleaner", or "steps.Cleaner" from inside a package); empty where it is
    imported by another module of the person's own.
    """
    path: str | None = None
    """The file or folder beside the model that defines it, where there is one."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a model file says about itself. Nothing in it was executed, imported or unpickled to learn this."""

    path: str
    size: int
    """Bytes on disk."""
    sha256: str
    modified: float
    """File time, seconds since the epoch."""
    format: str
    """"joblib" or "pickle"."""
    compression: str
    """"none", "zlib", "gzip", "bz2", "xz", "lzma" or "lz4"."""
    protocol: int
    framework: str
    """Distribution name of the framework: "scikit-learn"; "unknown" where the root is nothing known."""
    framework_version: str | None
    other_versions: tuple[str, ...]
    """Further framework versions in the same file: parts fitted apart."""
    root: str
    """Full class name of the outermost object."""
    tree: Estimator | None
    task: Task
    columns: tuple[Column, ...]
    """Inputs in order; empty where the file does not tell how many."""
    layout: Layout
    """The shape of input `predict` must be handed."""
    classes: tuple[Scalar, ...]
    outputs: int
    """Values predicted for each row."""
    has_proba: bool
    """The outermost estimator offers predict_proba."""
    vectorised: bool
    """Predicting many rows at once costs hardly more than one: batching pays."""
    exact_batches: bool
    """A row's answer is the same bits whatever rows it is batched with (tree models); otherwise equal to rounding."""
    parallel: bool
    """Some part asks for more than one job (`n_jobs`): serving sets it to 1."""
    numpy_generation: int | None
    """1 or 2: the numpy that wrote the file; None where it holds no array."""
    python: str | None
    """"3.11" where code inside the file needs this very Python; None where any will do."""
    globals: tuple[str, ...]
    """Every `module.name` the file asks for, sorted."""
    requirements: tuple[Requirement, ...]
    local_modules: tuple[LocalModule, ...]
    findings: tuple[Finding, ...]
    memory: int
    """Estimated bytes the loaded model takes, arrays included, framework not."""
    arrays: int
    """Bytes of array data."""
    opcodes: int
    """Steps the reader took: the cost of loading many small objects."""
    seconds: float
    """How long the inspection took."""

    @property
    def dangerous(self) -> tuple[Finding, ...]:
        """The findings that stop the road until the person insists."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.DANGEROUS)

    @property
    def column_names(self) -> tuple[str, ...] | None:
        """Names of all inputs, or None where the file does not name them."""
        names = tuple(column.name for column in self.columns if column.name is not None)
        return names if names and len(names) == len(self.columns) else None
