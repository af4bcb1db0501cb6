"""Files that are cut, changed, still being written, or inflate without end."""

import bz2
import gzip
import io
import lzma
import pickle
import random
import threading
import time
import zlib
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from tests.inspection.conftest import Models
from wizard.errors import CancelledError, InspectionError
from wizard.events import Cancel, Event, Reporter, StageProgress
from wizard.inspection import inspect_model
from wizard.inspection.format_pickle import read_through
from wizard.inspection.limits import Limits
from wizard.inspection.model_file import opened


def fails(path: Path) -> InspectionError:
    with pytest.raises(InspectionError) as caught:
        inspect_model(path)
    return caught.value


@pytest.mark.parametrize(
    "how", ["joblib", "zlib", "gzip", "bz2", "xz", "lzma", "lz4", "pickle-0", "pickle-2", "pickle-5"]
)
def test_a_file_cut_anywhere_is_said_to_be_cut_or_damaged(current_models: Models, saved, how: str) -> None:
    content = current_models.path("everywhere", how).read_bytes()
    for length in sorted({1, 2, 3, 10, len(content) // 3, len(content) // 2, len(content) - 30, len(content) - 1}):
        error = fails(saved(content[:length]))
        assert error.what
        assert error.fix


def test_a_file_cut_in_an_array_says_at_which_byte_and_asks_about_the_copy(saved) -> None:
    path = saved({"a": np.zeros(100_000)})
    path.write_bytes(path.read_bytes()[:400_000])
    error = fails(path)
    assert "cut short at byte 400,000" in error.what
    assert "copy" in error.why


def test_changed_bytes_never_pass_unnoticed_as_a_traceback(current_models: Models, saved) -> None:
    chance = random.Random(5)
    for how in ("joblib", "zlib", "lz4", "pickle-1", "pickle-4"):
        content = current_models.path("everywhere", how).read_bytes()
        for _ in range(60):
            changed = bytearray(content)
            for _ in range(chance.randint(1, 4)):
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            try:
                inspect_model(saved(bytes(changed)))
            except InspectionError:
                pass


BIG = 1 << 30


@pytest.mark.parametrize(
    "compress", [zlib.compress, gzip.compress, bz2.compress, lzma.compress], ids=lambda f: f.__module__
)
def test_a_bomb_is_stopped_long_before_it_has_inflated(compress, saved) -> None:
    inner = b"\x80\x04\x8e" + BIG.to_bytes(8, "little")
    # 64 MB of zeros compress well enough to break the bound on the ratio once that is set as low as the test can afford.
    content = compress(inner + bytes(64 << 20))
    with opened(saved(content)) as file, pytest.raises(InspectionError) as caught:
        read_through(file, Reporter("inspect", lambda event: None), Limits(ratio=100, ratio_from=1 << 20))
    assert "inflates to more than" in caught.value.why


def test_a_compressed_file_may_not_inflate_beyond_all_bounds(saved) -> None:
    path = saved(gzip.compress(pickle.dumps(random.Random(1).randbytes(1 << 20))))
    with opened(path) as file, pytest.raises(InspectionError):
        read_through(file, Reporter("inspect", lambda event: None), Limits(inflated=1 << 18))


def test_reading_holds_bounds_on_steps_memory_and_time(saved) -> None:
    path = saved(pickle.dumps({str(number): number for number in range(100_000)}))
    for limits in (Limits(steps=10_000), Limits(memory=1 << 20), Limits(seconds=-1)):
        with opened(path) as file, pytest.raises(InspectionError):
            read_through(file, Reporter("inspect", lambda event: None), limits)


def test_junk_after_a_compressed_stream_is_refused(saved) -> None:
    assert "other bytes follow" in fails(saved(gzip.compress(pickle.dumps([1])) + b"junk")).why.lower()


def test_a_file_that_is_still_being_written_is_not_taken_for_whole(saved, monkeypatch) -> None:
    path = saved(LinearRegression().fit(np.eye(3), [1, 2, 3]))
    from wizard.inspection import format_pickle

    read = format_pickle.read_through

    def grow(*arguments: object, **settings: object) -> object:
        found = read(*arguments, **settings)
        with path.open("ab") as stream:
            stream.write(b"more")
        return found

    monkeypatch.setattr(format_pickle, "read_through", grow)
    assert "changed while it was read" in fails(path).what


def test_progress_is_told_in_bytes_and_ends_at_the_size(saved) -> None:
    path = saved([np.random.RandomState(0).rand(200_000) for _ in range(5)], compress=("zlib", 1))
    events: list[Event] = []
    found = inspect_model(path, reporter=Reporter("inspect", events.append))
    told = [event for event in events if isinstance(event, StageProgress)]
    assert len(told) > 5
    assert all(event.unit == "bytes" and event.total == found.size for event in told)
    done = [event.done for event in told if event.what == "reading"]
    assert done == sorted(done)
    assert done[-1] > found.size * 0.9


def test_a_long_read_can_be_cancelled(saved) -> None:
    path = saved([np.random.RandomState(0).rand(200_000) for _ in range(5)], compress=("zlib", 1))
    cancel = Cancel()
    cancel.set()
    before = threading.active_count()
    with pytest.raises(CancelledError):
        inspect_model(path, reporter=Reporter("inspect", lambda event: None, cancel))
    assert threading.active_count() == before


def test_a_vocabulary_of_a_hundred_thousand_words_takes_no_longer_than_loading_it_several_times(saved) -> None:
    path = saved(pickle.dumps({f"word {number}": number for number in range(100_000)}))
    began = time.process_time()
    inspect_model(path)
    assert time.process_time() - began < 2


def test_joblib_before_0_10_is_refused_with_advice(saved) -> None:
    assert "0.10" in fails(saved(b"ZF0x1234567890" + bytes(50))).what
    wrapper = b"\x80\x02cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}b."
    assert "0.10" in fails(saved(wrapper)).why


def test_lz4_that_is_not_installed_says_so(saved, monkeypatch) -> None:
    import sys

    path = saved(LinearRegression(), compress=("lz4", 1))
    monkeypatch.setitem(sys.modules, "lz4", None)
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    assert fails(path).fix == "pip install lz4"


def test_concatenated_streams_are_one_stream(saved) -> None:
    content = pickle.dumps(LinearRegression())
    halves = bz2.compress(content[:20]) + bz2.compress(content[20:])
    assert inspect_model(saved(halves)).root.endswith("LinearRegression")


def test_large_arrays_are_not_held(saved) -> None:
    import tracemalloc

    stream = io.BytesIO()
    joblib.dump([np.zeros(4_000_000), "end"], stream)
    path = saved(stream.getvalue())
    tracemalloc.start()
    found = inspect_model(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.arrays == 32_000_000
    assert peak < 6_000_000
