"""The distributions serving needs, and the person's own modules, from the names in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wizard.inspection.beside import beside
from wizard.inspection.compression import Compression
from wizard.inspection.distributions import distribution_of, is_own
from wizard.inspection.inspection import Layout, LocalModule, Requirement
from wizard.inspection.transcript import Transcript
from wizard.inspection.versions import numpy_generation, release

_NUMPY_2_READY = (1, 4, 2)
"""The first scikit-learn whose wheels load under numpy 2."""
_NUMPY_1_TRUSTED = (1, 5)
"""From here on a file written under numpy 1 is read under numpy 2 as well (measured, 1.5.2)."""


def requirements_of(
    transcript: Transcript,
    versions: dict[str, list[str]],
    layout: Layout,
    compression: Compression,
    *,
    joblib: bool,
    imported: Mapping[str, str],
) -> list[Requirement]:
    """What must be installed to load the file and predict, each with the reason.

    `imported`: what the person's own modules import, distribution → reason.
    """
    whys: dict[str, str] = {}
    for name in transcript.globals.values():
        distribution = distribution_of(name.module)
        if distribution is not None:
            whys.setdefault(distribution, f"The file asks for {name.full}.")
    for distribution, why in imported.items():
        whys.setdefault(distribution, why)
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
    """The person's own modules the file names, each with the file beside the model that defines it, if there is one.

    What comes of one package is one of them: the package is what has to be shipped.
    """
    names: dict[str, set[str]] = {}
    for name in transcript.globals.values():
        if is_own(name.module):
            outermost, _, inner = name.module.partition(".")
            names.setdefault(outermost, set()).add(f"{inner}.{name.name}" if inner else name.name)
    folder = model.resolve().parent
    return [
        LocalModule(module, tuple(sorted(wanted)), str(path) if (path := beside(module, folder)) is not None else None)
        for module, wanted in sorted(names.items())
    ]
