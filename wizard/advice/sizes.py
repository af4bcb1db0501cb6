"""How large an image will be, before it is built: from the sizes of the wheels in its lock.

Ratios are installed bytes over wheel bytes, measured in November 2026 on Linux x86-64 without bytecode: scikit-learn,
xgboost-cpu, lightgbm and catboost 2.8, onnxruntime 2.6, and the exceptions below. An estimate is good to about a
quarter: say "about".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MB = 1_000_000

_RATIO = 2.9
_RATIOS = {"tensorflow": 4.6, "tensorflow-cpu": 4.6, "torch": 3.9, "xgboost": 1.7}
_NVIDIA_RATIO = 1.3
_BYTECODE = 0.3
_BASE = 127 * MB
"""python:3.11-slim, unpacked; the other versions differ by a few megabytes."""

_WHEELS = {
    "catboost": 97,
    "h5py": 5,
    "lightgbm": 3.5,
    "llvmlite": 60,
    "matplotlib": 10,
    "numpy": 17,
    "nvidia-nccl-cu12": 352,
    "onnx": 9,
    "onnxruntime": 28,
    "opencv-python": 74,
    "opencv-python-headless": 61,
    "pandas": 12.4,
    "pyarrow": 55,
    "scikit-learn": 9.3,
    "scipy": 35,
    "spacy": 35,
    "statsmodels": 12,
    "tensorflow": 572,
    "tensorflow-cpu": 274,
    "torch": 539,
    "transformers": 13,
    "uvloop": 4,
    "xgboost": 132,
    "xgboost-cpu": 5.6,
}
"""Megabytes of the wheels worth knowing, for indexes that tell no sizes (newest versions, November 2026)."""

_SMALL = 0.3
"""Megabytes of any other wheel: the median of those a server and a scikit-learn model need."""

_LIGHTER = {
    "mlflow": ("mlflow-skinny", "serving needs no tracking server"),
    "onnx": ("onnxruntime", "running a model needs no editor of models"),
    "opencv-python": ("opencv-python-headless", "a service opens no windows"),
    "tensorflow": ("tensorflow-cpu", "without the parts for GPUs"),
    "xgboost": ("xgboost-cpu", "the same library without 470 MB of NVIDIA's"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A share of the image, in bytes."""

    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Lighter:
    """A smaller package that does the same in a service."""

    name: str
    instead: str
    why: str


@dataclass(frozen=True, slots=True)
class ImageEstimate:
    """An image's size in bytes, unpacked, by what it is made of."""

    base: int
    packages: int
    bytecode: int
    model: int
    biggest: tuple[Part, ...]
    """The three largest packages with their bytecode, largest first."""
    lighter: tuple[Lighter, ...]
    """Packages that a smaller one can stand in for."""

    @property
    def total(self) -> int:
        return self.base + self.packages + self.bytecode + self.model


def estimate_image(wheels: Mapping[str, int | None], model: int) -> ImageEstimate:
    """The size of an image on a slim base with these packages and this model.

    `wheels` maps each distribution of the lock to the bytes of its wheel (None: the index does not tell), `model` is the
    model file's size in bytes.
    """
    installed = {name: int(_wheel(name, size) * _ratio(name)) for name, size in wheels.items()}
    largest = sorted(installed.items(), key=lambda item: (-item[1], item[0]))[:3]
    return ImageEstimate(
        base=_BASE,
        packages=sum(installed.values()),
        bytecode=sum(int(size * _bytecode(name)) for name, size in installed.items()),
        model=model,
        biggest=tuple(Part(name, int(size * (1 + _bytecode(name)))) for name, size in largest),
        lighter=tuple(Lighter(name, *_LIGHTER[name]) for name in sorted(installed) if name in _LIGHTER),
    )


def _wheel(name: str, size: int | None) -> float:
    return size if size is not None else _WHEELS.get(name, _SMALL) * MB


def _ratio(name: str) -> float:
    return _NVIDIA_RATIO if name.startswith("nvidia-") else _RATIOS.get(name, _RATIO)


def _bytecode(name: str) -> float:
    """Bytecode over installed bytes: large compiled libraries hold little Python."""
    if name.startswith("nvidia-") or name in {"xgboost", "catboost"}:
        return 0.0
    return 0.06 if name in {"tensorflow", "tensorflow-cpu"} else 0.17 if name == "torch" else _BYTECODE
