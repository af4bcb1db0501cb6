"""From the modules a file names to the distributions that hold them."""

from __future__ import annotations

import sys

_MODULES = {
    "_loss": "scikit-learn",
    "Crypto": "pycryptodome",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "catboost": "catboost",
    "category_encoders": "category_encoders",
    "cloudpickle": "cloudpickle",
    "cuml": "cuml-cu12",
    "cv2": "opencv-python-headless",
    "dask": "dask",
    "dateutil": "python-dateutil",
    "dill": "dill",
    "econml": "econml",
    "fastai": "fastai",
    "feature_engine": "feature-engine",
    "flaml": "flaml",
    "formulaic": "formulaic",
    "gensim": "gensim",
    "hdbscan": "hdbscan",
    "imblearn": "imbalanced-learn",
    "implicit": "implicit",
    "interpret": "interpret",
    "jax": "jax",
    "joblib": "joblib",
    "keras": "keras",
    "lifelines": "lifelines",
    "lightfm": "lightfm",
    "lightgbm": "lightgbm",
    "lz4": "lz4",
    "mapie": "mapie",
    "mlxtend": "mlxtend",
    "networkx": "networkx",
    "ngboost": "ngboost",
    "nltk": "nltk",
    "numba": "numba",
    "numpy": "numpy",
    "optuna": "optuna",
    "pandas": "pandas",
    "patsy": "patsy",
    "pmdarima": "pmdarima",
    "polars": "polars",
    "prophet": "prophet",
    "pyarrow": "pyarrow",
    "pygam": "pygam",
    "pyod": "pyod",
    "regex": "regex",
    "river": "river",
    "scikeras": "scikeras",
    "scipy": "scipy",
    "scorecardpy": "scorecardpy",
    "sentence_transformers": "sentence-transformers",
    "shap": "shap",
    "shapely": "shapely",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "sklearn_pandas": "sklearn-pandas",
    "skopt": "scikit-optimize",
    "skorch": "skorch",
    "sksurv": "scikit-survival",
    "sktime": "sktime",
    "spacy": "spacy",
    "statsmodels": "statsmodels",
    "surprise": "scikit-surprise",
    "tensorflow": "tensorflow-cpu",
    "tokenizers": "tokenizers",
    "torch": "torch",
    "tpot": "TPOT",
    "transformers": "transformers",
    "tslearn": "tslearn",
    "umap": "umap-learn",
    "xgboost": "xgboost-cpu",
    "yaml": "PyYAML",
    "yellowbrick": "yellowbrick",
}
"""Top-level module to distribution, where serving may need it. xgboost-cpu is xgboost without the 470 MB for graphics cards."""

_OWN = frozenset({"__main__", "__mp_main__"})
_PYTHON_2 = frozenset({"__builtin__", "copy_reg", "?"})


def distribution_of(module: str) -> str | None:
    """The distribution a module comes from; None for Python's own, the person's own and unknown ones."""
    return _MODULES.get(module.split(".")[0])


def is_python(module: str) -> bool:
    """A module of Python itself."""
    return module.split(".")[0] in sys.stdlib_module_names


def is_own(module: str) -> bool:
    """A module that is on no index as far as we know: the person's own code."""
    top = module.split(".")[0]
    return top in _OWN or not (top in _PYTHON_2 or is_python(module) or top in _MODULES or not top.isidentifier())
