"""The lock installed on this machine: whole or not there, whatever was interrupted and however many make it at once."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.locking.listening import Listener, PlanOf
from tests.locking.small_index import SmallIndex
from wizard.errors import CancelledError, LockError
from wizard.events import silent
from wizard.locking import Environment, Lock, ensure_environment, lock

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def prints(environment: Environment, code: str) -> str:
    return subprocess.run(
        [environment.python, "-I", "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def trees(small_index: SmallIndex, plan_of: PlanOf) -> Lock:
    small_index.add("trees", "1.0", "arrays")
    small_index.add("arrays", "1.0")
    return lock(plan_of("trees==1.0", python=HERE), (), silent())


@pytest.mark.index
def test_scikit_learn_imports_in_the_environment_made_of_its_lock(
    plan_of: PlanOf, listener: Listener, tmp_path: Path
) -> None:
    locked = lock(plan_of("scikit-learn==1.5.2", "numpy<2", as_of="2024-12-01", python="3.11"), (), listener.reporter)
    environment = ensure_environment(locked, tmp_path, listener.reporter)
    said = prints(environment, "import sklearn, numpy; print(sklearn.__version__, numpy.__version__.split('.')[0])")
    assert said == "1.5.2 1"


def test_it_holds_the_lock_and_nothing_else(trees: Lock, tmp_path: Path) -> None:
    environment = ensure_environment(trees, tmp_path / "envs", silent())
    assert Path(environment.bin) == Path(environment.python).parent
    assert prints(environment, "import trees; print(trees.version)") == "1.0"
    listed = prints(environment, "import importlib.metadata as m; print(sorted(d.name for d in m.distributions()))")
    assert listed == "['arrays', 'trees']"


def test_a_second_call_takes_the_one_that_is_there(trees: Lock, tmp_path: Path, small_index: SmallIndex) -> None:
    first = ensure_environment(trees, tmp_path / "envs", silent())
    before = Path(first.python).lstat()
    small_index.status = 500
    assert ensure_environment(trees, tmp_path / "envs", silent()) == first
    assert Path(first.python).lstat().st_ino == before.st_ino


def test_one_that_lost_its_python_is_made_again(trees: Lock, tmp_path: Path) -> None:
    first = ensure_environment(trees, tmp_path / "envs", silent())
    Path(first.python).unlink()
    Path(first.python).symlink_to("/nowhere/python")
    again = ensure_environment(trees, tmp_path / "envs", silent())
    assert again == first
    assert prints(again, "import trees; print(trees.version)") == "1.0"


def another_process(locked: Lock, root: Path) -> subprocess.Popen[bytes]:
    """Another process that makes the environment of this lock."""
    code = (
        "import json, sys; from pathlib import Path; from wizard.events import silent; "
        "from wizard.locking import Lock, ensure_environment; "
        "lock = Lock(*json.loads(sys.argv[1]), (), None); ensure_environment(lock, Path(sys.argv[2]), silent())"
    )
    fields = json.dumps([locked.python, locked.platform, locked.requirements])
    return subprocess.Popen([sys.executable, "-c", code, fields, str(root)])


def test_killed_half_way_it_leaves_nothing_that_is_taken_for_an_environment(
    trees: Lock, tmp_path: Path, small_index: SmallIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "envs"
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "other-cache"))
    small_index.asked.clear()
    small_index.hold = threading.Event()
    child = another_process(trees, root)
    # The index is asked only once the virtual environment exists and packages are being installed into it.
    assert small_index.asked.wait(60)
    child.kill()
    child.wait()
    assert [path for path in root.iterdir() if not path.name.startswith(".making-")] == []
    small_index.hold.set()
    small_index.hold = None
    environment = ensure_environment(trees, root, silent())
    assert prints(environment, "import trees; print(trees.version)") == "1.0"


def test_what_was_abandoned_long_ago_is_cleared_away(trees: Lock, tmp_path: Path) -> None:
    root = tmp_path / "envs"
    old, young = root / ".making-old", root / ".making-young"
    for path in (old, young):
        path.mkdir(parents=True)
    os.utime(old, (0, 0))
    ensure_environment(trees, root, silent())
    assert not old.exists()
    assert young.exists(), "another process may be at work in it"


def test_several_at_once_end_with_one_whole_environment(trees: Lock, tmp_path: Path) -> None:
    root = tmp_path / "envs"
    children = [another_process(trees, root) for _ in range(4)]
    assert [child.wait(120) for child in children] == [0, 0, 0, 0]
    assert [path.name for path in root.iterdir()] == [trees.sha256[:16]]
    assert prints(ensure_environment(trees, root, silent()), "import trees; print(trees.version)") == "1.0"


def test_stopping_leaves_nothing(
    trees: Lock, tmp_path: Path, small_index: SmallIndex, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "envs"
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "other-cache"))
    small_index.asked.clear()
    small_index.hold = threading.Event()
    raised: list[BaseException] = []

    def work() -> None:
        try:
            ensure_environment(trees, root, listener.reporter)
        except BaseException as error:
            raised.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    assert small_index.asked.wait(60)
    listener.cancel.set()
    worker.join(20)
    assert isinstance(raised[0], CancelledError)
    assert list(root.iterdir()) == []


def test_a_python_that_is_not_here_says_which_are(
    trees: Lock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    other = Lock("3.7", trees.platform, trees.requirements, trees.packages, None)
    with pytest.raises(LockError) as raised:
        ensure_environment(other, tmp_path / "envs", listener.reporter)
    assert raised.value.kind == "environment"
    assert "no Python 3.7 on this machine" in raised.value.what
    assert HERE in raised.value.why
    assert list((tmp_path / "envs").iterdir()) == []


def test_a_file_that_is_not_what_was_locked_is_not_installed(
    trees: Lock, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "other-cache"))
    digest = trees.requirements.split("trees==1.0 \\\n    --hash=sha256:")[1][:64]
    forged = Lock(trees.python, trees.platform, trees.requirements.replace(digest, "0" * 64), trees.packages, None)
    with pytest.raises(LockError) as raised:
        ensure_environment(forged, tmp_path / "envs", listener.reporter)
    assert raised.value.kind == "environment"
    assert any("ash" in line for line in raised.value.evidence)
    assert list((tmp_path / "envs").iterdir()) == []


def test_an_index_that_went_away_is_an_index_error(
    trees: Lock, tmp_path: Path, small_index: SmallIndex, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "other-cache"))
    small_index.status = 500
    with pytest.raises(LockError) as raised:
        ensure_environment(trees, tmp_path / "envs", listener.reporter)
    assert raised.value.kind == "index"
