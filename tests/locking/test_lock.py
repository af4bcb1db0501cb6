"""The lock itself: what is in it, who asked for it, and that it comes out the same."""

import re
import threading
from pathlib import Path

import pytest

from tests.locking.listening import Listener, PlanOf
from tests.locking.small_index import SmallIndex
from wizard.errors import CancelledError, LockError
from wizard.locking import lock
from wizard.locking.requirements_text import canonical

SERVER = ("fastapi>=0.115", "uvicorn>=0.30", "orjson>=3.10")


@pytest.mark.index
def test_an_old_model_gets_the_packages_of_its_day_and_not_a_numpy_it_cannot_load(
    plan_of: PlanOf, listener: Listener
) -> None:
    locked = lock(plan_of("scikit-learn==1.2.2", "pandas", "joblib", as_of="2023-06-01"), SERVER, listener.reporter)
    assert locked.version("scikit-learn") == "1.2.2"
    assert locked.version("numpy") == "1.24.3"
    assert locked.version("pandas") == "2.0.2"
    assert locked.as_of == "2023-06-01"


@pytest.mark.index
def test_the_server_is_of_today_though_the_model_is_old(plan_of: PlanOf, listener: Listener) -> None:
    locked = lock(plan_of("scikit-learn==1.2.2", as_of="2023-06-01"), SERVER, listener.reporter)
    fastapi = tuple(int(part) for part in (locked.version("fastapi") or "0").split(".")[:2])
    assert fastapi >= (0, 115)


@pytest.mark.index
def test_every_package_is_pinned_exactly_and_has_hashes(plan_of: PlanOf, listener: Listener) -> None:
    text = lock(plan_of("scikit-learn==1.5.2", as_of="2024-12-01"), SERVER, listener.reporter).requirements
    entries = re.split(r"^# for .*\n", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 10
    for entry in entries:
        first, *hashes = entry.strip().split(" \\\n")
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][\w.]*", first)
        assert hashes
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}", line) for line in hashes)


@pytest.mark.index
def test_nothing_is_locked_that_serving_does_not_need(plan_of: PlanOf, listener: Listener) -> None:
    locked = lock(plan_of("scikit-learn==1.5.2", as_of="2024-12-01"), SERVER, listener.reporter)
    names = {package.name for package in locked.packages}
    assert not names & {
        "pytest",
        "pip",
        "setuptools",
        "wheel",
        "matplotlib",
        "cython",
        "sphinx",
        "pandas",
        "sendoff",
        "docker",
    }


@pytest.mark.index
def test_wheels_have_sizes_so_that_an_image_can_be_estimated(plan_of: PlanOf, listener: Listener) -> None:
    locked = lock(plan_of("numpy==1.26.4"), (), listener.reporter)
    (numpy,) = locked.packages
    assert numpy.size is None or 10_000_000 < numpy.size < 30_000_000


def test_each_package_says_who_asked_for_it(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    small_index.add("trees", "1.0", "arrays>=1")
    small_index.add("arrays", "1.0")
    small_index.add("server", "2.0", "arrays")
    small_index.add("geo", "3.0")
    locked = lock(plan_of("trees==1.0", extra=["geo"]), ("server>=2",), listener.reporter)
    whys = {package.name: package.why for package in locked.packages}
    assert whys == {"arrays": "server, trees", "geo": "your handler", "server": "the server", "trees": "the model"}
    assert "# for your handler\ngeo==3.0 \\\n    --hash=sha256:" in locked.requirements


def test_the_same_plan_gives_the_same_text(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    small_index.add("trees", "1.0", "arrays", "zeta", "alpha")
    for name in ("arrays", "zeta", "alpha"):
        small_index.add(name, "1.0")
    first = lock(
        plan_of("trees==1.0", as_of="2023-06-01"),
        (),
        listener.reporter,
    )
    second = lock(plan_of("trees==1.0", as_of="2023-06-01"), (), listener.reporter)
    assert first.requirements == second.requirements
    assert first.sha256 == second.sha256
    names = [package.name for package in first.packages]
    assert names == sorted(names)


def test_the_header_says_how_to_make_it_by_hand(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, tmp_path: Path
) -> None:
    import subprocess
    import sys

    import uv

    small_index.add("trees", "1.0", "arrays")
    small_index.add("trees", "2.0", "arrays", uploaded="2024-01-01")
    small_index.add("arrays", "1.0")
    small_index.add("arrays", "2.0", uploaded="2024-01-01")
    small_index.add("server", "2.0", uploaded="2024-01-01")
    text = lock(plan_of("trees", as_of="2023-06-01"), ("server>=2",), listener.reporter).requirements
    assert "The model's packages are those of 2023-06-01" in text
    for name, lines in re.findall(r"^#   (\w+\.in): (.+)$", text, re.MULTILINE):
        (tmp_path / name).write_text("\n".join(lines.split(", ")) + "\n")
    commands = re.findall(r"^#   uv (.+)$", text, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        subprocess.run([uv.find_uv_bin(), *command.split(), "--python", sys.executable, "-q"], cwd=tmp_path, check=True)
    by_hand = (tmp_path / "requirements.txt").read_text()
    pins = re.compile(r"^[a-z]\S*==\S+", re.MULTILINE)
    assert pins.findall(by_hand) == pins.findall(text) == ["arrays==1.0", "server==2.0", "trees==1.0"]


def test_a_package_of_the_models_side_moves_only_as_far_as_the_server_must_have_it(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", "typing-tools>=1")
    small_index.add("typing-tools", "1.0")
    small_index.add("typing-tools", "2.0", uploaded="2024-01-01")
    small_index.add("server", "5.0", "typing-tools>=2", uploaded="2024-01-01")
    locked = lock(plan_of("trees==1.0", as_of="2023-06-01"), ("server>=5",), listener.reporter)
    assert locked.version("typing-tools") == "2.0"
    assert any("typing-tools is 2.0 and not 1.0" in notice for notice in listener.notices)


def test_what_the_person_pinned_never_moves_for_the_server(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0")
    small_index.add("typing-tools", "1.0")
    small_index.add("typing-tools", "2.0")
    small_index.add("server", "5.0", "typing-tools>=2")
    with pytest.raises(LockError) as raised:
        lock(plan_of("trees==1.0", "typing-tools==1.0"), ("server>=5",), listener.reporter)
    assert raised.value.kind == "conflict"
    assert re.fullmatch(
        r"server(==5\.0)? needs typing-tools>=2; image\.requirements asks for typing-tools==1\.0\.", raised.value.why
    )


def test_an_index_that_knows_no_dates_is_used_as_of_today_and_says_so(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.tells_dates = False
    small_index.add("trees", "1.0")
    locked = lock(plan_of("trees==1.0", as_of="2023-06-01"), (), listener.reporter)
    assert locked.as_of is None
    assert "All packages are today's" in locked.requirements
    assert any("does not say when packages came out" in notice for notice in listener.notices)


def test_with_the_index_away_a_full_cache_is_enough_and_says_so(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0")
    first = lock(plan_of("trees==1.0"), (), listener.reporter)
    small_index.status = 503
    second = lock(plan_of("trees==1.0"), (), listener.reporter)
    assert second.requirements == first.requirements
    assert any("uv's cache held all" in notice for notice in listener.notices)


def test_markers_are_read_for_the_target_and_not_for_this_machine(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener
) -> None:
    small_index.add("trees", "1.0", 'windows-only; sys_platform == "win32"')
    locked = lock(plan_of("trees==1.0", 'appnope; sys_platform == "darwin"'), (), listener.reporter)
    assert [package.name for package in locked.packages] == ["trees"]


def test_settings_that_would_change_the_answer_are_left_aside(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    small_index.add("trees", "1.0")
    small_index.add("trees", "2.0")
    (tmp_path / "hold.txt").write_text("trees<2\n")
    monkeypatch.setenv("UV_CONSTRAINT", str(tmp_path / "hold.txt"))
    monkeypatch.setenv("UV_RESOLUTION", "lowest")
    assert lock(plan_of("trees"), (), listener.reporter).version("trees") == "2.0"


def test_stopping_kills_uv_at_once_and_leaves_nothing(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    small_index.hold = threading.Event()
    raised: list[BaseException] = []

    def work() -> None:
        try:
            lock(plan_of("trees"), (), listener.reporter)
        except BaseException as error:
            raised.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert small_index.asked.wait(30)
    listener.cancel.set()
    worker.join(10)
    assert not worker.is_alive()
    assert isinstance(raised[0], CancelledError)
    assert not list(tmp_path.glob("sendoff-lock-*"))


def test_progress_is_reported_from_start_to_end(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    from wizard.events import StageProgress

    small_index.add("trees", "1.0")
    lock(plan_of("trees"), (), listener.reporter)
    progress = [event for event in listener.events if isinstance(event, StageProgress)]
    assert [event.done for event in progress] == [0, 1, 2, 3]
    assert progress[-1].total == 3


@pytest.mark.parametrize(
    ("spelling", "name"), [("Scikit_Learn", "scikit-learn"), ("ruamel.yaml", "ruamel-yaml"), ("A--b", "a-b")]
)
def test_names_have_one_spelling(spelling: str, name: str) -> None:
    assert canonical(spelling) == name
