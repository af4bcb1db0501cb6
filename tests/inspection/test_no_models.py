"""What is not a scikit-learn model in joblib or pickle form: each is named, with what to do."""

import gzip
import io
import os
import pickle
import socket
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wizard.errors import InspectionError
from wizard.inspection import inspect_model
from wizard.inspection.formats import formats


def fails(path: Path | str) -> InspectionError:
    with pytest.raises(InspectionError) as caught:
        inspect_model(path)
    error = caught.value
    assert error.what.endswith((".", "?"))
    assert error.fix
    return error


def zipped(*members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for member in members:
            archive.writestr(member, "content")
    return stream.getvalue()


def numpy_file() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.arange(3))
    return stream.getvalue()


FOREIGN = {
    "PyTorch archive": zipped("model/data.pkl", "model/version"),
    "Keras model": zipped("metadata.json", "config.json"),
    "skops file": zipped("schema.json"),
    "zip archive": zipped("readme.txt"),
    "old PyTorch file": b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.",
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(50),
    "TensorFlow Lite": b"\x1c\0\0\0TFL3" + bytes(50),
    "safetensors": (40).to_bytes(8, "little") + b'{"weight":{"dtype":"F32","shape":[1]}}  ' + bytes(4),
    "ONNX": b"\x08\x08\x12\x07pytorch:\x10",
    "XGBoost": b'{"learner":{"attributes":{}}}',
    "UBJSON": b"{L\0\0\0\0\0\0\0\x07learner{",
    "old binary": b"binf\0\0\0\0",
    "LightGBM": b"tree\nversion=v4\nnum_class=1\n",
    "CatBoost": b"CBM1\0\0\0\0",
    "NumPy array": numpy_file(),
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "PDF": b"%PDF-1.7\n",
    "Parquet": b"PAR1\x15\x04",
    "notebook": b'{\n "cells": []}',
    "web page": b"<!DOCTYPE html><html>Sign in</html>",
    "Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
    "table": b"country,price,rooms\nDE,1,2\nFR,3,4\n",
    "text file": "Grüße aus dem Modell\n".encode(),
    "program": b"\x7fELF\x02\x01\x01" + bytes(50),
    "nothing but zeros": bytes(5000),
    "no model file": bytes(range(1, 200)),
}


@pytest.mark.parametrize("title", FOREIGN)
def test_a_file_of_another_kind_is_named(title: str, saved: Callable[..., Path]) -> None:
    assert title in fails(saved(FOREIGN[title], "model.pkl")).what


def test_the_ending_of_the_name_decides_nothing(saved: Callable[..., Path]) -> None:
    assert inspect_model(saved(pickle.dumps([1]), "model.pt")).root == "list"
    assert "PyTorch" in fails(saved(FOREIGN["PyTorch archive"], "model.joblib")).what


def test_an_empty_file_says_that_saving_did_not_finish(saved: Callable[..., Path]) -> None:
    assert "is empty" in fails(saved(b"")).what


def test_a_missing_file_names_the_models_beside_it(saved: Callable[..., Path]) -> None:
    path = saved(pickle.dumps([1]), "model.pkl")
    assert "model.pkl" in fails(path.with_name("modell.pkl")).why
    assert "no folder" in fails(path.parent / "nowhere" / "model.pkl").why


def test_a_folder_names_the_models_in_it(saved: Callable[..., Path]) -> None:
    path = saved(pickle.dumps([1]), "model.joblib")
    assert str(path) in fails(path.parent).fix


def test_a_saved_model_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    assert "TensorFlow SavedModel" in fails(tmp_path).what


def test_a_pipe_or_socket_is_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "model.pkl"
    os.mkfifo(pipe)
    assert "no regular file" in fails(pipe).what
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert "no regular file" in fails(tmp_path / "socket").what
    assert "no regular file" in fails("/dev/zero").what


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_says_so(saved: Callable[..., Path]) -> None:
    path = saved(pickle.dumps([1]))
    path.chmod(stat.S_IWUSR)
    assert "permission" in fails(path).why


def test_a_name_no_file_can_have_is_an_error_like_others() -> None:
    assert fails("model\0.pkl").what
    assert fails("x" * 5000).what


def test_compressed_files_of_other_content_are_named_by_it(saved: Callable[..., Path]) -> None:
    tar = bytearray(600)
    tar[257:262] = b"ustar"
    assert "tar archive" in fails(saved(gzip.compress(bytes(tar)))).why
    assert "no pickle" in fails(saved(gzip.compress(b"a,b\n1,2\n"))).what


def test_a_link_to_a_model_is_followed(saved: Callable[..., Path]) -> None:
    path = saved(pickle.dumps([1]))
    link = path.with_name("link.pkl")
    link.symlink_to(path)
    assert inspect_model(link).root == "list"


def test_every_format_has_a_name_and_its_place() -> None:
    names = [one.name for one in formats()]
    assert len(names) == len(set(names))
    assert names[-1] == "joblib or pickle"
