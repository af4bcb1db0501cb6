"""Files Sendoff recognises and cannot serve yet: each is named, so the person knows what they have in hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from wizard.errors import InspectionError
from wizard.events import Reporter
from wizard.inspection.formats import Format

_READS = "Sendoff reads scikit-learn models saved with joblib or pickle."
_ZIP = b"PK\x03\x04"


def _refusal(name: str, fix: str) -> Callable[[Path, Reporter], NoReturn]:
    def refuse(path: Path, _reporter: Reporter) -> NoReturn:
        article = "an" if name[0] in "AEIOUaeiou" else "a"
        raise InspectionError(f"{path.name} is {article} {name}.", _READS, fix)

    return refuse


def _starting(*magics: bytes, at: int = 0) -> Callable[[Path, bytes], bool]:
    return lambda path, head: head[at:].startswith(magics)


def _zip_with(*members: bytes) -> Callable[[Path, bytes], bool]:
    return lambda path, head: head.startswith(_ZIP) and any(member in head for member in members)


def _folder_with(*members: str) -> Callable[[Path, bytes], bool]:
    return lambda path, head: not head and path.is_dir() and any((path / member).exists() for member in members)


def _safetensors(_path: Path, head: bytes) -> bool:
    return (
        len(head) > 9 and head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") < 1 << 28 and b'"' in head[9:12]
    )


def _onnx(_path: Path, head: bytes) -> bool:
    """An ONNX file is a bare protobuf: field 1 is the version of the format, field 2 the producer or 7 the graph."""
    return len(head) > 3 and head[0] == 0x08 and 1 <= head[1] <= 20 and head[2] in (0x12, 0x3A, 0x42)


_RESAVE = "Name the file that joblib.dump or pickle.dump wrote."
_EXPORT = "If a scikit-learn model was made into this, name the file it was made from."
_ROWS: tuple[tuple[str, Callable[[Path, bytes], bool], str], ...] = (
    ("PyTorch archive", _zip_with(b"/data.pkl", b"constants.pkl", b"models/model.json"), _EXPORT),
    ("Keras model", _zip_with(b"config.json", b"metadata.json"), _EXPORT),
    (
        "skops file",
        _zip_with(b"schema.json"),
        "Load it with skops.io.load where you trust it, then save it with joblib.dump(model, 'model.joblib').",
    ),
    ("NumPy archive (.npz)", _zip_with(b".npy"), _RESAVE),
    ("zip archive", _starting(_ZIP), "Unpack it and name the model file inside."),
    ("old PyTorch file", _starting(b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50"), _EXPORT),
    ("HDF5 file (Keras .h5 or PyTables)", _starting(b"\x89HDF\r\n\x1a\n"), _EXPORT),
    ("TensorFlow Lite model", _starting(b"TFL3", at=4), _EXPORT),
    ("safetensors file", _safetensors, _EXPORT),
    ("XGBoost model in its own JSON", _starting(b'{"learner":', b'{"version":', b'{ "learner"'), "Save the estimator with joblib."),
    ("XGBoost model in its own UBJSON", _starting(b"{L"), "Save the estimator with joblib."),
    ("XGBoost model in its old binary form", _starting(b"binf"), "Save the estimator with joblib."),
    ("LightGBM model in its own text form", _starting(b"tree\nversion=v"), "Save the estimator with joblib."),
    ("CatBoost model in its own form", _starting(b"CBM1"), "Save the estimator with joblib."),
    ("GGUF language model", _starting(b"GGUF"), _EXPORT),
    ("NumPy array (.npy)", _starting(b"\x93NUMPY"), _RESAVE),
    ("Parquet table", _starting(b"PAR1"), _RESAVE),
    ("R data file", _starting(b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n"), _RESAVE),
    ("tar archive", _starting(b"ustar", at=257), "Unpack it and name the model file inside."),
    ("Zstandard-compressed file", _starting(b"\x28\xb5\x2f\xfd"), "Unpack it with zstd -d first."),
    ("7-Zip archive", _starting(b"7z\xbc\xaf\x27\x1c"), "Unpack it and name the model file inside."),
    ("RAR archive", _starting(b"Rar!"), "Unpack it and name the model file inside."),
    (
        "model saved by joblib before 0.10",
        _starting(b"ZF"),
        "Load it with the joblib of its time (0.9), then save it again with joblib 1.x.",
    ),
    ("picture", _starting(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM6"), _RESAVE),
    ("PDF document", _starting(b"%PDF"), _RESAVE),
    ("SQLite database", _starting(b"SQLite format 3"), _RESAVE),
    ("program", _starting(b"\x7fELF", b"MZ\x90", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"), _RESAVE),
    ("script", _starting(b"#!"), _RESAVE),
    ("notebook", _starting(b'{\n "cells"', b'{"cells"'), "Run it, save the model with joblib.dump, and name that file."),
    ("web page", _starting(b"<!DOCTYPE", b"<!doctype", b"<html"), "The download gave a page, not the file: log in, try again."),
    (
        "Git LFS pointer",
        _starting(b"version https://git-lfs.github.com/"),
        "The model itself was not fetched: git lfs pull",
    ),
    ("TensorFlow SavedModel", _folder_with("saved_model.pb"), _EXPORT),
    ("MLflow model", _folder_with("MLmodel"), "Name the model file in it, often model.pkl."),
    ("Hugging Face model", _folder_with("config.json"), _EXPORT),
    ("spaCy pipeline", _folder_with("meta.json"), _EXPORT),
    ("ONNX model", _onnx, _EXPORT),
)  # fmt: skip

FORMATS = tuple(
    Format(name, recognise, _refusal(name, fix), order=40 + (name == "ONNX model")) for name, recognise, fix in _ROWS
)
"""Asked before pickle, whose older protocols have no mark of their own."""


def refuse_unrecognised(path: Path, head: bytes) -> NoReturn:
    """Say what a file that is no model looks like."""
    if not head.strip(b"\0"):
        raise InspectionError(
            f"{path.name} holds nothing but zeros.",
            "The disk was full when it was saved, or the copy failed.",
            "Copy it again.",
        )
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        text = head[: error.start].decode("utf-8") if error.start > len(head) - 4 else ""
    if text.strip() and all(sign.isprintable() or sign in "\r\n\t" for sign in text):
        first = text.strip().splitlines()[0][:60]
        table = sum(sign in first for sign in ",;\t") and len(text.splitlines()) > 1
        what = "a table of data" if table else "a text file"
        raise InspectionError(f"{path.name} is {what}, not a model.", f"{_READS} It starts with: {first}", _RESAVE)
    raise InspectionError(
        f"{path.name} is no model file Sendoff knows.",
        f"{_READS} It starts with the bytes {head[:8].hex(' ')}.",
        _RESAVE,
    )
