"""The distributions serving needs, and the person's own modules, from the names in a file."""

from __future__ import annotations

from pathlib import Path

from wizard.inspection.compression import Compression
from wizard.inspection.distributions import distribution_of, is_own
from wizard.inspection.inspection import Layout, LocalModule, Requirement
from wizard.inspection.transcript import Transcript
from wizard.inspection.versions import numpy_generation, release

_NUMPY_2_READY = (1, 4, 2)
"""The first scikit-learn whose wheels load under numpy 2."""
_NUMPY_1_TRUSTED = (1, 5)
"""From here on a file written under numpy 1 is read under numpy 2 as well (measured, 1.5.2)."""
_PARENTS = 3
_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages"})


def requirements_of(
    transcript: Transcript, versions: dict[str, list[str]], layout: Layout, compression: Compression, *, joblib: bool
) -> list[Requirement]:
    """What must be installed to load the file and predict, each with the reason."""
    whys: dict[str, str] = {}
    for name in transcript.globals.values():
        distribution = distribution_of(name.module)
        if distribution is not None:
            whys.setdefault(distribution, f"The file asks for {name.full}.")
    if layout is Layout.FRAME:
        whys.setdefault("pandas", "The model wants its input as a data frame.")
    if compression is Compression.LZ4:
        whys.setdefault("lz4", "The file is compressed with lz4.")
    if whys.keys() & {"xgboost-cpu", "lightgbm"} and "scikit-learn" not in whys:
        names = (name.full for name in transcript.globals.values())
        if any(".sklearn." in name for name in names):
            whys["scikit-learn"] = "The estimator's class builds on scikit-learn."
    if joblib or "scikit-learn" in whys:
        whys.setdefault("joblib", "joblib reads the file." if joblib else "scikit-learn loads models with joblib.")
    if "scikit-learn" in whys or transcript.arrays:
        whys.setdefault("numpy", "The model computes with numpy.")
    below, at_least = _numpy_bounds(transcript, versions)
    found = []
    for distribution, why in sorted(whys.items()):
        version = next(iter(versions.get(distribution.removesuffix("-cpu"), [])), None)
        if version is not None:
            why = f"{why} It was saved with {version}."
        if distribution == "numpy":
            found.append(Requirement(distribution, version, why, below, at_least))
        else:
            found.append(Requirement(distribution, version, why))
    return found


def _numpy_bounds(transcript: Transcript, versions: dict[str, list[str]]) -> tuple[str | None, str | None]:
    """Below which and from which numpy on the file can be read."""
    generation = numpy_generation(transcript)
    if generation == 2:
        return None, "2"
    spelled = versions.get("scikit-learn")
    sklearn = release(spelled[0]) if spelled else None
    if sklearn is not None and sklearn < _NUMPY_2_READY:
        return "2", None
    if generation == 1 and (sklearn is None or sklearn < _NUMPY_1_TRUSTED):
        return "2", None
    return None, None


def local_modules_of(transcript: Transcript, model: Path) -> list[LocalModule]:
    """The person's own modules the file names, each with the file beside the model that defines it, if there is one."""
    names: dict[str, list[str]] = {}
    for name in transcript.globals.values():
        if is_own(name.module):
            names.setdefault(name.module, []).append(name.name)
    return [
        LocalModule(module, tuple(sorted(set(wanted))), _beside(module, model))
        for module, wanted in sorted(names.items())
    ]


def _beside(module: str, model: Path) -> str | None:
    """The module's file or its top package's folder, beside the model or up to three folders above it."""
    top = module.split(".")[0]
    if top.startswith("__") or not top.isidentifier():
        return None
    folder = model.resolve().parent
    for candidate in (folder, *list(folder.parents)[:_PARENTS]):
        if candidate.name in _LIBRARY_FOLDERS:
            break
        for path in (candidate / f"{top}.py", candidate / top):
            if path.is_file() or (path.is_dir() and any(path.glob("*.py"))):
                return str(path)
    return None
