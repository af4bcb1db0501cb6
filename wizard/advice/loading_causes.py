"""What keeps a model from being loaded: classes, versions, modules and libraries that are not there."""

from __future__ import annotations

import re

from wizard.advice.cause import Cause, CauseKind
from wizard.advice.ending_causes import EXCEPTION
from wizard.advice.scene import Scene

DEBIAN_PACKAGES = {
    "libgomp.so.1": "libgomp1",
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libSM.so.6": "libsm6",
    "libXext.so.6": "libxext6",
    "libpq.so.5": "libpq5",
    "libodbc.so.2": "unixodbc",
    "libopenblas.so.0": "libopenblas0",
    "libgfortran.so.5": "libgfortran5",
    "libstdc++.so.6": "libstdc++6",
    "libsndfile.so.1": "libsndfile1",
}
"""Debian package that holds a shared library which slim images lack and model libraries ask for."""

_MAIN_ATTRIBUTE = re.compile(r"Can't get attribute '([^']+)' on <module '(__main__|__mp_main__)'")


def notebook_class(scene: Scene) -> Cause | None:
    """The pickle names a class of the notebook it was made in."""
    if (found := scene.find(_MAIN_ATTRIBUTE)) is None:
        return None
    name = found[1][1]
    return Cause(
        CauseKind.NOTEBOOK_CLASS,
        f"The model needs {name}, which was defined in the notebook or script that trained it.",
        f"A pickle holds the name of a class or function, not its code. The file says {name} lives in __main__, and in the "
        "service __main__ is the server.",
        (found[0],),
        f"Move {name} into a file of its own (say features.py), import it from there, save the model again, and name the "
        "file under image.modules in the plan.",
    )


_LIBRARY = r"(?:sklearn|numpy|scipy|pandas|joblib|xgboost|lightgbm|catboost)"
_MISMATCHES = (
    (re.compile(r"node array from the pickle has an incompatible dtype"), "the trees in the file have another layout"),
    (
        re.compile(rf"Can't get attribute '[^']+' on <module '{_LIBRARY}\b"),
        "the file names a class this version does not have",
    ),
    (re.compile(rf"No module named '({_LIBRARY}\.[\w.]+)'"), "the file names a module this version does not have"),
    (
        re.compile(rf"cannot import name '[^']+' from '{_LIBRARY}\b"),
        "two packages expect different versions of each other",
    ),
    (re.compile(r"is not a known BitGenerator module"), "the file was written by another generation of numpy"),
    (
        re.compile(r"compiled using NumPy 1\.x cannot be run in|numpy\.core\.multiarray failed to import"),
        "a package was built for numpy 1",
    ),
    (
        re.compile(r"numpy\.(?:dtype|ufunc) size changed, may indicate binary incompatibility"),
        "a package was built for another numpy",
    ),
    (re.compile(r"unsupported pickle protocol: (\d+)"), "the file was written by a newer Python"),
    (
        re.compile(r"InconsistentVersionWarning|Trying to unpickle estimator \w+ from version"),
        "scikit-learn says so itself",
    ),
)


def version_mismatch(scene: Scene) -> Cause | None:
    """The file was written by other versions of its libraries."""
    for pattern, how in _MISMATCHES:
        if (found := scene.find(pattern)) is None:
            continue
        warning = pattern is _MISMATCHES[-1][0]
        error = scene.find(EXCEPTION) if warning else None
        if warning and error is None:
            continue  # A warning alone stops nothing: it explains only a crash.
        return Cause(
            CauseKind.VERSION_MISMATCH,
            "The model was saved with other versions of its libraries.",
            f"It cannot be loaded with what is installed: {how}.",
            (found[0], error[0]) if error else (found[0],),
            "Pin the versions the model was saved with: model.version in the plan (`sendoff inspect` shows it), then make "
            "the lock again.",
        )
    return None


_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '([\w.]+)'")


def missing_module(scene: Scene) -> Cause | None:
    """A module that is imported is not installed."""
    if (found := scene.find(_NO_MODULE)) is None:
        return None
    module = found[1][1]
    return Cause(
        CauseKind.MISSING_MODULE,
        f"The Python module {module} is not installed in the service.",
        f"Something the service loads imports {module}, and neither the lock nor your own files bring it.",
        (found[0],),
        f"If {module.split('.')[0]} comes from the package index, add its package to image.extra_requirements in the plan; "
        "if it is your own file, add it to image.modules.",
    )


_NO_LIBRARY = re.compile(r"(lib[\w.+-]+?\.so(?:\.\d+)*): cannot open shared object file")
_GLIBC = re.compile(r"version `(GLIBC\w*_[\d.]+)' not found")


def missing_library(scene: Scene) -> Cause | None:
    """A shared library of the system is missing, or too old."""
    if (found := scene.find(_NO_LIBRARY)) is not None:
        library = found[1][1]
        package = DEBIAN_PACKAGES.get(library)
        install = f"RUN apt-get update && apt-get install -y --no-install-recommends {package or '<its package>'}"
        find = "" if package else f" (`apt-file search {library}` names the package)"
        return Cause(
            CauseKind.MISSING_LIBRARY,
            f"The system library {library} is missing from the image.",
            "A Python package brings compiled code that needs it, and slim base images leave it out.",
            (found[0],),
            f"Add it to the Dockerfile's last stage: {install}{find}",
        )
    if (found := scene.find(_GLIBC)) is not None:
        return Cause(
            CauseKind.MISSING_LIBRARY,
            f"The base image's C library is too old: {found[1][1]} is missing.",
            "A Python package brings compiled code that was built for a newer system.",
            (found[0],),
            "Choose a newer base image (image.base in the plan).",
        )
    return None
