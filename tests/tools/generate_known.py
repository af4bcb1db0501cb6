"""Write `wizard/inspection/known.json`: the classes and functions a model file may name without question.

For maintainers, when a new scikit-learn is out:

    .venv/bin/python tests/tools/generate_known.py

Each release below is installed into a throw-away environment with uv, its modules are walked there, and the union over all
releases is written. The same file is run inside those environments (`--collect`), so that half of it keeps to Python 3.8.
"""

import argparse
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "wizard" / "inspection" / "known.json"

RELEASES = (
    ("3.8", ("scikit-learn==0.24.2", "numpy<1.24", "pandas", "lightgbm==3.3.5", "imbalanced-learn")),
    ("3.9", ("scikit-learn==1.0.2", "numpy<1.24", "pandas", "category_encoders", "imbalanced-learn")),
    ("3.10", ("scikit-learn==1.1.3", "numpy<1.24", "pandas<2", "imbalanced-learn", "xgboost-cpu==2.1.4")),
    ("3.11", ("scikit-learn==1.2.2", "numpy<2", "pandas<3", "imbalanced-learn", "category_encoders")),
    ("3.11", ("scikit-learn==1.3.2", "numpy<2", "pandas<3", "lightgbm==4.3.0", "imbalanced-learn")),
    ("3.11", ("scikit-learn==1.4.2", "numpy<2", "pandas<3")),
    ("3.11", ("scikit-learn==1.5.2", "numpy<3", "pandas<3", "imbalanced-learn")),
    ("3.11", ("scikit-learn==1.6.1", "pandas<3", "category_encoders", "lightgbm==4.6.0", "xgboost-cpu==3.0.5")),
    ("3.11", ("scikit-learn==1.7.2", "pandas<3", "imbalanced-learn")),
    ("3.11", ("scikit-learn==1.8.0", "pandas")),
    ("3.11", ("scikit-learn", "pandas", "lightgbm", "xgboost-cpu", "imbalanced-learn", "category_encoders")),
)
"""Python and distributions of each environment."""

PACKAGES = ("sklearn", "xgboost", "lightgbm", "imblearn", "category_encoders")
WITHOUT = (
    ".tests", ".testing", "._testing", "_testing", "conftest", "._build", ".setup", ".__main__", ".dask", ".spark",
    ".plotting", ".datasets", ".externals", "._examples", ".collective", ".tracker", ".federated", "._min_dependencies",
    ".callback", ".utils.discovery", ".utils.estimator_checks", ".utils._test_common", ".utils._mocking", ".show_versions",
)  # fmt: skip
"""Parts of a package no model refers to."""
BOOSTER_CLASSES = {"xgboost": ("Booster", "XGB"), "lightgbm": ("Booster", "LGBM", "_LGBM")}
"""Of the boosting libraries, only what a model is made of: their data readers open files."""
FUNCTION_MODULES = (
    "sklearn.cluster.",
    "sklearn.decomposition.",
    "sklearn.feature_selection.",
    "sklearn.metrics.",
    "sklearn.neural_network._base",
    "sklearn.preprocessing.",
    "sklearn.utils.extmath",
)
"""Modules whose functions only compute; models refer to them as scores, kernels and activations."""
FILE_NAMES = ("file", "path", "load", "save", "fetch", "dump", "open", "read", "write", "url")
"""Words in a function's name that speak against it."""
KINDS = (
    ("c", "ClassifierMixin"),
    ("r", "RegressorMixin"),
    ("k", "ClusterMixin"),
    ("o", "OutlierMixin"),
)


def collect():
    """Everything known about the packages installed here: {"classes": {module: {name: flags}}, "functions": {module: [name]}}.

    Flags: c classifier, r regressor, k clusterer, o outlier detector, t transformer; p has predict_proba; e an estimator;
    m its pickles call the class itself (it has a `__reduce__` of its own), or it is such a constructor function.
    """
    warnings.simplefilter("ignore")
    classes, functions, versions = {}, {}, {}
    for package in PACKAGES:
        try:
            top = importlib.import_module(package)
        except Exception:
            continue
        versions[package] = top.__version__
        for name in _modules(top):
            try:
                module = importlib.import_module(name)
            except BaseException:
                continue
            _collect_module(package, module, classes, functions)
    _collect_arrays(classes, functions)
    return {"classes": classes, "functions": functions, "versions": versions}


def _modules(top):
    yield top.__name__
    for info in pkgutil.walk_packages(top.__path__, top.__name__ + ".", onerror=lambda name: None):
        if not any(part in info.name for part in WITHOUT):
            yield info.name


def _collect_module(package, module, classes, functions):
    for name, value in list(vars(module).items()):
        if inspect.isclass(value):
            home = getattr(value, "__module__", None) or ""
            if not (home == package or home.startswith(package + ".") or home == "_loss") or issubclass(
                value, BaseException
            ):
                continue
            if any(part in home for part in WITHOUT):
                continue
            if package in BOOSTER_CLASSES and not value.__name__.startswith(BOOSTER_CLASSES[package]):
                continue
            classes.setdefault(home, {})[value.__qualname__] = _flags(value)
        elif name.startswith(("__pyx_unpickle_", "newObj")):
            home = getattr(value, "__module__", None) or module.__name__
            if package == "sklearn" and home.startswith(("sklearn.", "_loss")):
                classes.setdefault(home, {})[getattr(value, "__name__", name)] = "m"
        elif inspect.isroutine(value) and package == "sklearn":
            home = getattr(value, "__module__", None) or ""
            if home.startswith(FUNCTION_MODULES) and not any(part in home for part in WITHOUT):
                word = value.__name__.lower()
                if not any(part in word for part in FILE_NAMES):
                    functions.setdefault(home, set()).add(value.__name__)


def _flags(cls):
    import sklearn.base

    flags = ""
    for letter, mixin in KINDS:
        if issubclass(cls, getattr(sklearn.base, mixin)):
            flags += letter
            break
    else:
        if hasattr(cls, "transform") and not hasattr(cls, "predict"):
            flags += "t"
    if issubclass(cls, sklearn.base.BaseEstimator) or hasattr(cls, "fit"):
        flags += "e"
    if hasattr(cls, "predict_proba"):
        flags += "p"
    own = [base for base in cls.__mro__ if {"__reduce__", "__reduce_ex__", "__reduce_cython__"} & set(vars(base))]
    if own and own[0] is not object and not own[0].__module__.startswith("abc"):
        flags += "m"
    return flags


def _collect_arrays(classes, functions):
    """numpy's and scipy's: elementwise functions, sparse containers and what estimators keep from scipy."""
    import numpy
    import scipy.interpolate
    import scipy.sparse
    import scipy.spatial
    import scipy.special

    for module in (numpy, scipy.special):
        names = {name for name, value in vars(module).items() if isinstance(value, numpy.ufunc)}
        functions.setdefault(module.__name__, set()).update(names)
    for module in (scipy.sparse, scipy.interpolate, scipy.spatial):
        for value in list(vars(module).values()):
            if (
                inspect.isclass(value)
                and value.__module__.startswith(module.__name__)
                and not issubclass(value, BaseException)
            ):
                classes.setdefault(value.__module__, {})[value.__qualname__] = ""


def generate():
    """Walk every release and write the union."""
    union = {"classes": {}, "functions": {}, "versions": {}, "proba_since": {}}
    for python, distributions in RELEASES:
        found = _in_environment(python, distributions)
        print(python, found["versions"], file=sys.stderr)
        for package, version in found["versions"].items():
            union["versions"].setdefault(package, []).append(version)
        for module, names in found["classes"].items():
            known = union["classes"].setdefault(module, {})
            for name, flags in names.items():
                if "p" in flags and "p" not in known.get(name, "p"):
                    union["proba_since"][f"{module}.{name}"] = found["versions"][module.split(".")[0]]
                known[name] = "".join(sorted(set(known.get(name, "")) | set(flags)))
        for module, names in found["functions"].items():
            union["functions"].setdefault(module, set()).update(names)
    TARGET.write_text(_laid_out(union), encoding="utf-8")
    count = sum(len(names) for names in union["classes"].values())
    print(f"{TARGET}: {count} classes, {TARGET.stat().st_size:,} bytes", file=sys.stderr)


def _laid_out(union):
    """JSON with one line for each module, so that a change of the list can be read as a diff."""

    def section(modules):
        return ",\n".join(f"  {json.dumps(key)}: {json.dumps(modules[key], sort_keys=True)}" for key in sorted(modules))

    functions = {module: sorted(names) for module, names in union["functions"].items()}
    versions = {package: sorted(set(versions)) for package, versions in union["versions"].items()}
    parts = (("versions", versions), ("proba_since", union["proba_since"]), ("classes", union["classes"]))
    parts = (*parts, ("functions", functions))
    return "{\n" + ",\n".join(f' "{name}": {{\n{section(part)}\n }}' for name, part in parts) + "\n}\n"


def _in_environment(python, distributions):
    uv = Path(sys.executable).with_name("uv")
    homes = sorted((Path.home() / ".pyenv" / "versions").glob("*/bin"))
    path = os.pathsep.join([*map(str, homes), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    with tempfile.TemporaryDirectory(prefix="sendoff-known-") as folder:
        subprocess.run([uv, "venv", "--quiet", "--python", python, folder], env=environment, check=True)
        interpreter = Path(folder, "bin", "python")
        install = [uv, "pip", "install", "--quiet", "--python", interpreter, "--only-binary", ":all:", *distributions]
        subprocess.run(install, env=environment, check=True)
        done = subprocess.run([interpreter, "-W", "ignore", __file__, "--collect"], check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--collect", action="store_true", help="describe the packages of this environment")
    if arguments.parse_args().collect:
        output = sys.stdout
        sys.stdout = sys.stderr
        json.dump(collect(), output, default=sorted)
    else:
        generate()
