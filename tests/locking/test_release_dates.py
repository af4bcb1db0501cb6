"""The day a version came out, or None where that cannot be learnt."""

import datetime

import pytest

from tests.locking.small_index import SmallIndex
from wizard.locking import release_date


@pytest.mark.index
@pytest.mark.parametrize(("version", "day"), [("1.2.2", "2023-03-09"), ("1.5.2", "2024-09-11"), ("0.22", "2019-12-03")])
def test_scikit_learns_releases_have_their_days(version: str, day: str) -> None:
    found = release_date("scikit-learn", version)
    # The wheel for one Python may have been published a day after another's.
    assert found is not None
    assert abs(found - datetime.date.fromisoformat(day)) <= datetime.timedelta(days=1)


def test_the_first_wheel_decides(small_index: SmallIndex) -> None:
    small_index.add("trees", "1.0", uploaded="2023-03-09")
    small_index.add("trees", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64", uploaded="2023-03-11")
    assert release_date("trees", "1.0") == datetime.date(2023, 3, 9)


def test_a_version_for_an_older_python_has_its_day_too(small_index: SmallIndex) -> None:
    small_index.add("trees", "0.1", tag="cp38-cp38-manylinux_2_17_x86_64", uploaded="2019-12-03")
    assert release_date("trees", "0.1") == datetime.date(2019, 12, 3)


def test_what_cannot_be_learnt_is_none(small_index: SmallIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    assert release_date("trees", "9.9") is None
    small_index.add("trees", "1.0")
    small_index.tells_dates = False
    assert release_date("trees", "1.0") is None
    small_index.status = 500
    assert release_date("leaves", "1.0") is None
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    assert release_date("leaves", "1.0") is None
    assert release_date("not a name", "1.0") is None
