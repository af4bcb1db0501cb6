"""Saving a live model: whole or not at all, and what cannot be saved is named with its place."""

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from io import IOBase
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from jupyter_ext.capture import placing
from jupyter_ext.capture.errors import CaptureError, InTheWayError, UnsavableError
from jupyter_ext.capture.exporting import estimated_size, export
from wizard.errors import CancelledError
from wizard.events import Cancel, Event, Reporter, StageProgress, silent

X = np.arange(30.0).reshape(10, 3)


def pipeline(*steps: Any) -> Any:
    return make_pipeline(StandardScaler(), *steps, LinearRegression()).fit(X, X[:, 0])


class Holder:
    """A model of a person's own, with something in it."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def predict(self, rows: Any) -> Any:
        return [0 for _ in rows]


def test_the_file_loads_again_and_its_digest_and_size_are_the_files(tmp_path: Path) -> None:
    model = pipeline()
    exported = export(model, tmp_path / "new" / "project", "churn.pkl", silent())
    assert exported.path == tmp_path / "new" / "project" / "churn.pkl"
    assert exported.sha256 == hashlib.sha256(exported.path.read_bytes()).hexdigest()
    assert exported.size == exported.path.stat().st_size
    assert joblib.load(exported.path).predict(X).tolist() == model.predict(X).tolist()
    assert [path.name for path in exported.path.parent.iterdir()] == ["churn.pkl"]


def test_the_same_model_again_leaves_the_file_and_its_time_alone(tmp_path: Path) -> None:
    model = pipeline()
    first = export(model, tmp_path, "model.pkl", silent())
    os.utime(first.path, ns=(10**18, 10**18))
    assert export(model, tmp_path, "model.pkl", silent()) == first
    assert first.path.stat().st_mtime_ns == 10**18


def test_another_model_never_replaces_a_file_silently(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"precious")
    with pytest.raises(InTheWayError) as caught:
        export(pipeline(), tmp_path, "model.pkl", silent())
    assert "model.pkl is there already" in caught.value.what
    assert (tmp_path / "model.pkl").read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == ["model.pkl"]
    export(pipeline(), tmp_path, "model.pkl", silent(), overwrites=True)
    assert joblib.load(tmp_path / "model.pkl") is not None


@pytest.mark.parametrize(
    ("given", "nearest"),
    [("a/b.pkl", "b.pkl"), ("model", "model.pkl"), ("", "model.pkl"), ("my model.pkl", "my_model.pkl")],
)
def test_a_name_that_is_none_gets_the_nearest_one_that_is(tmp_path: Path, given: str, nearest: str) -> None:
    with pytest.raises(CaptureError) as caught:
        export(pipeline(), tmp_path, given, silent())
    assert nearest in caught.value.fix


def test_a_folder_nobody_may_write_to_is_an_error_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CaptureError) as caught:
        export(pipeline(), tmp_path / "file" / "project", "model.pkl", silent())
    assert "Nothing can be saved in" in caught.value.what
    assert caught.value.fix


def test_a_disk_that_is_full_says_how_much_is_needed_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 5_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage)
    with pytest.raises(CaptureError) as caught:
        export(Holder(np.ones(10_000_000)), tmp_path, "model.pkl", silent())
    assert "80.0 MB" in caught.value.why
    assert "5.0 MB are free" in caught.value.why
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is always full")
def test_a_disk_that_fills_up_meanwhile_is_the_same_error(tmp_path: Path) -> None:
    with pytest.raises(OSError) as full, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert full.value.errno == errno.ENOSPC
    assert "no room" in placing.unwritable(tmp_path, full.value).what


def test_progress_is_told_in_bytes_against_a_total_that_is_near(tmp_path: Path) -> None:
    heard: list[Event] = []
    model = Holder(np.ones(8_000_000))
    exported = export(model, tmp_path, "model.pkl", Reporter("capture", heard.append))
    told = [event for event in heard if isinstance(event, StageProgress)]
    assert len(told) >= 3
    assert all(event.unit == "bytes" and event.total is not None for event in told)
    assert abs((told[-1].total or 0) - exported.size) < 10_000
    assert [event.done for event in told] == sorted(event.done for event in told)


def test_arrays_go_straight_through_without_a_second_copy(tmp_path: Path) -> None:
    import tracemalloc

    model = Holder(np.ones(25_000_000))
    tracemalloc.start()
    try:
        export(model, tmp_path, "model.pkl", silent())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000, "200 MB are written, 16 MiB at a time"


def test_a_stop_in_the_middle_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    cancel = Cancel()

    def hear(event: Event) -> None:
        if isinstance(event, StageProgress):
            cancel.set()

    with pytest.raises(CancelledError):
        export(Holder(np.ones(8_000_000)), tmp_path / "project", "model.pkl", Reporter("capture", hear, cancel))
    assert not (tmp_path / "project").exists()


def test_a_lambda_in_a_pipeline_is_named_with_its_place(tmp_path: Path) -> None:
    model = pipeline(FunctionTransformer(lambda rows: rows))
    with pytest.raises(UnsavableError) as caught:
        export(model, tmp_path, "model.pkl", silent(), variable="churn_model")
    assert "churn_model.steps[1][1].func is a lambda" in caught.value.what
    assert "def" in caught.value.fix
    assert caught.value.parts[0].value is model.steps[1][1].func
    assert list(tmp_path.iterdir()) == []


def _locally() -> Any:
    class Local:
        pass

    return Local()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (threading.Lock, "thread lock"),
        (threading.RLock, "thread lock"),
        (lambda: open(os.devnull), "open file"),  # noqa: SIM115, PTH123
        (lambda: (one for one in [1]), "generator"),
        (lambda: os, "the module os"),
        (_locally, "an object of the class _locally.<locals>.Local"),
    ],
)
def test_what_no_file_can_hold_is_called_by_its_name(make: Any, said: str, tmp_path: Path) -> None:
    held = make()
    with pytest.raises(UnsavableError) as caught:
        export(Holder({"deep": [0, held]}), tmp_path, "model.pkl", silent())
    assert "model.held['deep'][1] is" in caught.value.what
    assert said in caught.value.what
    assert caught.value.fix
    if isinstance(held, IOBase):
        held.close()


def test_all_parts_that_cannot_be_saved_are_told_at_once(tmp_path: Path) -> None:
    array = np.array([1, threading.Lock()], dtype=object)
    with pytest.raises(UnsavableError) as caught:
        export(Holder([lambda: 1, array, Holder(threading.Lock())]), tmp_path, "model.pkl", silent())
    assert [part.where for part in caught.value.parts] == ["model.held[0]", "model.held[1][1]", "model.held[2].held"]


def test_an_object_whose_own_way_of_saving_itself_fails_is_an_error_not_a_traceback(tmp_path: Path) -> None:
    class Odd:
        def __reduce__(self) -> Any:
            raise ConnectionError(104, "the database is gone")

    with pytest.raises(UnsavableError) as caught:
        export(Holder(Odd()), tmp_path, "model.pkl", silent())
    assert "model.held" in caught.value.what
    assert "the database is gone" in caught.value.why


def test_objects_nested_without_end_are_an_error(tmp_path: Path) -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    with pytest.raises(CaptureError) as caught:
        export(Holder(nested), tmp_path, "model.pkl", silent())
    assert "too deep" in caught.value.what


def test_the_estimate_of_what_cannot_be_saved_is_nothing() -> None:
    assert estimated_size(Holder(threading.Lock())) is None


def test_what_a_killed_kernel_left_half_done_is_removed_a_day_later(tmp_path: Path) -> None:
    left, fresh = tmp_path / ".capturing-old", tmp_path / ".capturing-new"
    for folder in (left, fresh):
        folder.mkdir()
        (folder / "model.pkl").write_bytes(b"half")
    os.utime(left, (0, 0))
    export(pipeline(), tmp_path, "model.pkl", silent())
    assert sorted(path.name for path in tmp_path.iterdir()) == [".capturing-new", "model.pkl"]


def test_what_a_kernel_left_that_was_killed_here_is_removed_at_once(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as killed:
        pass
    for pid in (killed.pid, os.getpid()):
        (tmp_path / f"{placing._whose(pid)}0a1b").mkdir()
    export(pipeline(), tmp_path, "model.pkl", silent())
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{placing._whose(os.getpid())}0a1b", "model.pkl"]


def test_an_interrupt_while_it_is_cleared_away_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, tries = shutil.rmtree, []

    def interrupted_once(path: Path, **more: Any) -> None:
        tries.append(path)
        if len(tries) == 1:
            raise KeyboardInterrupt
        really(path, **more)

    monkeypatch.setattr(shutil, "rmtree", interrupted_once)
    with pytest.raises(KeyboardInterrupt):
        export(pipeline(), tmp_path / "new", "model.pkl", silent())
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["model.pkl"]
