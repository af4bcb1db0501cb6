"""A process leaves the bundle as it was, sees little of this program, and is told from a later one of its number."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runtimes.conftest import MIB, Start, ask, new_name
from wizard.errors import TargetError
from wizard.runtimes import Limits, ProcessRuntime, Spec
from wizard.runtimes.log_lines import LogLines
from wizard.runtimes.owner import is_gone, me
from wizard.runtimes.ports import free_port, holder, is_free
from wizard.runtimes.process_command import server_command
from wizard.runtimes.process_record import default_state, read_record, write_record
from wizard.runtimes.process_table import group_alive, started


def spec(name: str | None = None) -> Spec:
    return Spec(name or new_name(), 8123, Limits(256 * MIB, 1), publish=0)


def test_the_bundle_is_left_as_it_was(process_runtime: ProcessRuntime, start: Start, bundle: Path) -> None:
    (bundle / "beside.py").write_text("")
    (bundle / "server.py").write_text("import beside\n" + (bundle / "server.py").read_text())
    before = sorted(path.name for path in bundle.rglob("*"))
    start(process_runtime).remove()
    assert sorted(path.name for path in bundle.rglob("*")) == before


def test_a_detached_one_goes_on_as_it_was_started_whatever_becomes_of_the_bundle(
    process_runtime: ProcessRuntime, start: Start, bundle: Path, state: Path
) -> None:
    (bundle / "model").mkdir()
    (bundle / "model" / "model.bin").write_bytes(b"weights")
    (bundle / "handler.py").write_text("first")
    instance = start(process_runtime, detached=True)
    assert Path(ask(instance, "show")["folder"]) == instance.bundle == state / instance.name / "bundle"
    assert (instance.bundle / "model" / "model.bin").samefile(bundle / "model" / "model.bin")  # not twice on the disk
    (bundle / "handler.py").open("a").write(" and an edit")
    assert (instance.bundle / "handler.py").read_text() == "first"
    shutil.rmtree(bundle)
    assert (instance.bundle / "model" / "model.bin").read_bytes() == b"weights"
    assert ask(instance, "show")
    instance.remove()
    assert list(state.iterdir()) == []


def test_a_bundle_that_cannot_be_copied_is_refused_and_nothing_is_left(
    process_runtime: ProcessRuntime, bundle: Path, state: Path
) -> None:
    os.mkfifo(bundle / "pipe")
    with pytest.raises(TargetError, match="could not be copied") as caught:
        process_runtime.start(replace(spec(), detached=True))
    assert "pipe" in caught.value.why
    assert list(state.iterdir()) == []


def test_it_sees_nothing_of_this_programs_environment_and_listens_here_only(
    process_runtime: ProcessRuntime, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_SECRET", "1")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    shown = ask(start(process_runtime), "show")["env"]
    assert "MY_SECRET" not in shown
    assert "PYTHONPATH" not in shown
    assert shown["HOST"] == "127.0.0.1"
    assert shown["HOME"] != os.environ.get("HOME")


def test_without_a_published_port_it_listens_on_the_services_own(process_runtime: ProcessRuntime, start: Start) -> None:
    port = free_port()
    assert start(process_runtime, publish=None, port=port).url == f"http://127.0.0.1:{port}"


def test_a_later_process_of_the_same_number_is_not_taken_for_it(
    process_runtime: ProcessRuntime, start: Start, state: Path
) -> None:
    instance = start(process_runtime, detached=True)
    folder = state / instance.name
    record = read_record(folder)
    assert record is not None
    write_record(folder, replace(record, started="1"))
    found = process_runtime.find(f"{record.pid}:1")
    assert found is not None
    assert not found.running()
    found.stop(grace=0)
    assert instance.running()  # it was not the one to be stopped
    found.remove()
    assert instance.running()
    assert start(process_runtime, name=instance.name).running()  # nor does it hold the name
    instance.stop(grace=5)


def test_stopping_ends_what_the_server_started_too(process_runtime: ProcessRuntime, start: Start) -> None:
    instance = start(process_runtime)
    child = ask(instance, "child")
    assert started(child)
    assert not instance.stop(grace=5).killed
    assert not started(child)


def test_a_bundle_without_a_server_is_refused_and_nothing_is_left(
    process_runtime: ProcessRuntime, bundle: Path, state: Path
) -> None:
    (bundle / "server.py").unlink()
    with pytest.raises(TargetError, match="has no server"):
        process_runtime.start(spec())
    assert list(state.iterdir()) == []


def test_a_server_that_is_not_installed_is_named(process_runtime: ProcessRuntime, bundle: Path, state: Path) -> None:
    (bundle / "Dockerfile").write_text('CMD ["nosuchserver", "app"]\n')
    with pytest.raises(TargetError, match="'nosuchserver' is not installed"):
        process_runtime.start(spec())
    assert list(state.iterdir()) == []


def test_an_environment_that_is_gone_is_said_to_be(bundle: Path, state: Path) -> None:
    with pytest.raises(TargetError, match="could not be started") as caught:
        ProcessRuntime(bundle, "/no/such/python", state).start(spec())
    assert "/no/such/python" in caught.value.why
    assert list(state.iterdir()) == []


@pytest.mark.parametrize(
    ("dockerfile", "command"),
    [
        (None, ["PYTHON", "server.py"]),
        ("FROM x\n", ["PYTHON", "server.py"]),
        ('FROM x\nCMD ["python", "server.py"]\n', ["PYTHON", "server.py"]),
        ('FROM x\nCMD ["old"]\nCMD ["python3", \\\n  "-O", "server.py"]\n', ["PYTHON", "-O", "server.py"]),
        ('FROM x\nENTRYPOINT ["python"]\ncmd ["server.py"]\n', ["PYTHON", "server.py"]),
        ("FROM x\nCMD python server.py\n", ["/bin/sh", "-c", "python server.py"]),
        ('FROM x\nCMD ["sh", "$HOME"]\n', ["/bin/sh", "$HOME"]),
    ],
)
def test_it_runs_what_the_image_would_run(bundle: Path, dockerfile: str | None, command: list[str]) -> None:
    if dockerfile is not None:
        (bundle / "Dockerfile").write_text(dockerfile)
    assert server_command(bundle, Path("PYTHON"), {"PATH": "/bin"}) == command


def test_it_may_be_a_program_of_the_environment(bundle: Path, start: Start, tmp_path: Path) -> None:
    environment = tmp_path / "environment" / "bin"
    environment.mkdir(parents=True)
    (environment / "serve").write_text(f"#!/bin/sh\necho serving\nexec {sys.executable} server.py\n")
    (environment / "serve").chmod(0o755)
    (bundle / "Dockerfile").write_text('CMD ["serve"]\n')
    instance = start(ProcessRuntime(bundle, environment / "python", tmp_path / "state"))
    assert list(instance.logs()) == ["serving", "ready"]


def test_libraries_get_as_many_threads_as_it_may_use_cpus(process_runtime: ProcessRuntime, start: Start) -> None:
    for cpu, threads in ((0.5, "1"), (2.5, "2")):
        shown = ask(start(process_runtime, limits=Limits(256 * MIB, cpu)), "show")["env"]
        assert shown["OMP_NUM_THREADS"] == shown["OPENBLAS_NUM_THREADS"] == shown["MKL_NUM_THREADS"] == threads


def test_the_port_of_another_program_is_told_with_its_name(process_runtime: ProcessRuntime, start: Start) -> None:
    instance = start(process_runtime)
    port = int(instance.url.rpartition(":")[2])
    assert not is_free(port)
    assert instance.handle.partition(":")[0] in holder(port)
    assert is_free(free_port())


def test_a_program_is_known_to_be_gone_only_once_it_is() -> None:
    assert not is_gone(me())
    child = subprocess.Popen(
        [sys.executable, "-c", "from wizard.runtimes.owner import me; print(me())"], stdout=-1, text=True
    )
    said, _ = child.communicate()
    assert is_gone(said.strip())
    assert not is_gone("another-machine/1/1")
    assert not is_gone(f"{platform.node()}/pid:[1]/1/1")  # a container that has this host name, with its own numbers
    assert not is_gone("nonsense")


def test_groups_of_processes_end_with_their_last_member() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, start_new_session=True)
    assert group_alive(child.pid)
    child.kill()
    child.wait()
    assert not group_alive(child.pid)


def test_services_are_written_down_outside_any_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SENDOFF_HOME", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_state() == tmp_path / "sendoff" / "services"


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps here")
def test_without_proc_the_same_is_learnt_from_ps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    from wizard.runtimes import process_table

    child = subprocess.Popen(
        [sys.executable, "-c", "print(1, flush=True); input()"], stdin=-1, stdout=-1, start_new_session=True
    )
    assert child.stdout and child.stdout.readline()
    monkeypatch.setattr(process_table, "_has_proc", lambda: False)
    assert started(child.pid) == started(child.pid) != ""
    assert process_table.group_memory(child.pid)[0] > 3 * MIB
    assert group_alive(child.pid)
    child.kill()
    child.wait()
    assert started(child.pid) == ""
    assert not group_alive(child.pid)


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([], []),
        ([b"a\nb"], ["a", "b"]),
        ([b"a", b"b\n", b"\n", b"c\r\n"], ["ab", "", "c"]),
        (["ü".encode()[:1], "ü".encode()[1:] + b"\n"], ["ü"]),
        ([b"\xff\n"], ["\ufffd"]),
    ],
)
def test_lines_are_whole_wherever_the_pieces_end(pieces: list[bytes], lines: list[str]) -> None:
    assert list(LogLines(pieces)) == lines
