"""Loads the model file, and nothing but what was in it when it was inspected.

A pickle names the classes and functions it is made of. They were listed before the file came here, without running it.
This loader checks that it is still the same file, and lets it have exactly those names.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib
import lzma
import pickle
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING  # the names of Python 2, which old protocols keep to
from typing import Any, BinaryIO

from joblib import numpy_pickle

from serving.settings import Model


def load(model: Model) -> Any:
    """The object in the model file. Raises ValueError where the file is not the inspected one."""
    with model.file.open("rb") as file:  # opened once: what is loaded is what was hashed
        found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != model.sha256:
            raise ValueError(f"it is not the file that was inspected: its SHA-256 is {found}, not {model.sha256}")
        file.seek(0)
        loaded = _joblib(model, file) if model.format == "joblib" else _pickled(model, file)
    if model.parallel:
        _one_job_each(loaded)
    return loaded


def _pickled(model: Model, file: BinaryIO) -> Any:
    with _inflated(model, file) as inside:
        return _plain(model)(inside).load()


def _inflated(model: Model, file: BinaryIO) -> Any:
    """The pickle inside a file that may be compressed as a whole."""
    match model.compression:
        case "none":
            return file
        case "gzip":
            return gzip.open(file)
        case "bz2":
            return bz2.open(file)
        case "xz" | "lzma":
            return lzma.open(file)
        case "lz4":
            return importlib.import_module("lz4.frame").open(file)
        case other:
            raise ValueError(f"a pickle compressed with {other} cannot be read")


def _place(model: Model, module: str, name: str) -> tuple[str, str]:
    """Where to find what the file asks for. Raises ValueError for what it did not ask for when it was inspected."""
    today = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
    if model.globals.isdisjoint({f"{module}.{name}", ".".join(today)}):
        raise ValueError(f"it asks for {module}.{name}, which was not in it when it was inspected")
    return (model.main, name) if module == "__main__" and model.main else (module, name)


def _plain(model: Model) -> type[pickle.Unpickler]:
    """An unpickler for this model's file alone."""

    class Guarded(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            return super().find_class(*_place(model, module, name))

    return Guarded


def _joblib(model: Model, file: BinaryIO) -> Any:
    """joblib.load, through an unpickler of ours: joblib has no way of being handed one."""

    class Arrays(numpy_pickle.NumpyArrayWrapper):
        """An array of Python objects is a pickle inside the pickle, which joblib before 1.6 opens for anything."""

        def read_array(self, unpickler: Any, *more: Any) -> Any:
            if self.dtype.hasobject:
                return _plain(model)(unpickler.file_handle).load()
            return super().read_array(unpickler, *more)

    class Guarded(numpy_pickle.NumpyUnpickler):
        def find_class(self, module: str, name: str) -> Any:
            found = super().find_class(*_place(model, module, name))
            return Arrays if found is numpy_pickle.NumpyArrayWrapper else found

    theirs = numpy_pickle.NumpyUnpickler
    numpy_pickle.NumpyUnpickler = Guarded
    try:
        return numpy_pickle.load(file)
    finally:
        numpy_pickle.NumpyUnpickler = theirs


def _one_job_each(root: Any) -> None:
    """Set n_jobs to 1 in every part of a model: starting jobs costs more than a few rows do."""
    seen: set[int] = set()
    parts = [root]
    while parts:
        part = parts.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, (list, tuple)):
            parts += part if len(part) < 10_000 else ()  # longer ones hold data, not parts
        elif isinstance(part, dict):
            parts += part.values() if len(part) < 10_000 else ()
        elif hasattr(part, "get_params"):
            attributes = vars(part)
            parts += attributes.values()
            if attributes.get("n_jobs") not in (None, 1):
                part.n_jobs = 1
