"""What holds of a service however it runs: in a container or as a process."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.runtimes.conftest import MIB, Start, ask, new_name, wait_for
from wizard.errors import CancelledError, RehearsalError, TargetError
from wizard.events import Cancel, Event, LogLine, Reporter, silent
from wizard.runtimes import ContainerRuntime, Instance, ProcessRuntime, Runtime


def test_it_answers_at_its_url_with_the_environment_it_was_given(runtime: Runtime, start: Start) -> None:
    instance = start(runtime, env={"GREETING": "hello"}, labels={"dev.sendoff.service": "x"})
    assert isinstance(instance, Instance)
    assert instance.runtime == runtime.name
    assert instance.url.startswith("http://127.0.0.1:")
    shown = ask(instance, "show")
    assert shown["env"]["GREETING"] == "hello"
    assert shown["env"]["PORT"] == ("8123" if instance.runtime == "container" else instance.url.rpartition(":")[2])
    assert Path(shown["folder"]).name in ("app", "bundle")
    assert instance.labels["dev.sendoff.service"] == "x"
    assert instance.running()
    assert instance.exit_code() is None


def test_it_is_found_by_its_labels_and_only_by_all_of_them(runtime: Runtime, start: Start) -> None:
    mine = {"dev.sendoff.service": new_name(), "dev.sendoff.project": "/here"}
    instance = start(runtime, labels=mine)
    assert [found.handle for found in runtime.labelled(mine)] == [instance.handle]
    assert runtime.labelled({**mine, "dev.sendoff.project": "/there"}) == ()


def test_asked_to_end_it_ends_by_itself(runtime: Runtime, start: Start) -> None:
    instance = start(runtime)
    result = instance.stop(grace=10)
    assert (result.exit_code, result.killed) == (0, False)
    assert result.seconds < 10
    assert list(instance.logs(tail=1)) == ["bye"]
    assert not instance.running()
    assert not instance.out_of_memory()


def test_what_does_not_end_in_time_is_killed(runtime: Runtime, start: Start) -> None:
    instance = start(runtime, env={"STUBBORN": "1"})
    result = instance.stop(grace=1)
    assert (result.exit_code, result.killed) == (137, True)
    assert result.seconds >= 1
    assert not instance.out_of_memory()


def test_stopping_what_has_ended_is_no_error(runtime: Runtime, start: Start) -> None:
    instance = start(runtime)
    instance.stop(grace=5)
    assert not instance.stop(grace=5).killed


def test_an_end_of_its_own_is_seen_with_its_exit_code(runtime: Runtime, start: Start) -> None:
    instance = start(runtime)
    following = instance.logs(follow=True)
    with pytest.raises(Exception, match="disconnected"):
        ask(instance, "end", 3)
    assert list(following) == ["ready"]  # following ends when the service does
    assert not instance.running()
    assert instance.exit_code() == 3


def test_its_lines_come_whole_and_in_order(runtime: Runtime, start: Start) -> None:
    instance = start(runtime)
    for text in ("first", "x" * 20_000, "zweite%20%C3%BC", "last"):
        ask(instance, "say", text)
    wait_for(instance, "last")
    assert list(instance.logs()) == ["ready", "first", "x" * 20_000, "zweite ü", "last"]
    assert list(instance.logs(tail=2)) == ["zweite ü", "last"]
    assert next(instance.logs(tail=99)) == "ready"


def test_a_reader_that_waits_for_a_line_is_woken_by_closing(runtime: Runtime, start: Start) -> None:
    instance = start(runtime)
    lines = instance.logs(follow=True)
    assert next(lines) == "ready"
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.extend(lines))
    reader.start()
    lines.close()
    reader.join(timeout=10)
    assert not reader.is_alive()
    assert read == []


def test_memory_follows_what_it_holds_and_the_peak_stays(runtime: Runtime, start: Start) -> None:
    instance = start(runtime)
    before = instance.memory()
    ask(instance, "hold", 60 * MIB)
    holding = instance.memory()
    ask(instance, "drop")
    after = instance.memory()
    assert 5 * MIB < before.current < 60 * MIB
    assert 55 * MIB < holding.current - before.current < 70 * MIB
    assert after.current < before.current + 20 * MIB
    assert after.peak >= holding.current
    instance.stop(grace=5)
    assert instance.memory().peak >= holding.current
    assert instance.memory().current == 0


def test_a_peak_between_two_looks_is_not_missed(runtime: Runtime, start: Start) -> None:
    instance = start(runtime)
    before = instance.memory()
    ask(instance, "hold", 60 * MIB)
    ask(instance, "drop")
    assert instance.memory().peak > before.current + 50 * MIB


def test_it_is_found_again_by_its_handle_until_it_is_removed(runtime: Runtime, start: Start) -> None:
    instance = start(runtime, detached=True)
    found = runtime.find(instance.handle)
    assert found is not None
    assert (found.handle, found.url, found.name) == (instance.handle, instance.url, instance.name)
    assert found.running()
    assert list(found.logs()) == ["ready"]
    found.remove()
    assert runtime.find(instance.handle) is None
    assert not instance.running()
    instance.remove()  # a second time is no error


def test_what_never_was_is_not_found(runtime: Runtime) -> None:
    assert runtime.find("1:1") is None
    assert runtime.find("0" * 64) is None


def test_a_name_that_is_taken_is_refused_and_the_first_stays(runtime: Runtime, start: Start) -> None:
    first = start(runtime)
    with pytest.raises(TargetError, match="is taken") as caught:
        start(runtime, name=first.name)
    assert first.name in str(caught.value)
    assert caught.value.fix
    assert ask(first, "hold", 1) == "done"


def test_a_port_another_service_holds_is_refused_and_nothing_is_left(runtime: Runtime, start: Start) -> None:
    first = start(runtime)
    name = new_name()
    with pytest.raises(TargetError, match="is in use") as caught:
        start(runtime, name=name, publish=int(first.url.rpartition(":")[2]))
    assert first.name in caught.value.why if first.runtime == "container" else "process" in caught.value.why
    assert start(runtime, name=name).running()  # the name is free: nothing was left half done


def test_a_port_another_program_holds_is_refused_with_its_name(runtime: Runtime, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(TargetError, match=f"Port {port} is in use"):
            start(runtime, publish=port)


def test_a_free_port_asked_for_is_the_one_taken(runtime: Runtime, start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    assert start(runtime, publish=port).url == f"http://127.0.0.1:{port}"


PROGRAM = """
import sys, os, signal
sys.path.insert(0, {root!r})
from wizard.images import connect
from wizard.runtimes import *
runtime = {runtime}
instance = runtime.start(Spec({name!r}, 8123, Limits(256 * 1024**2, 1), publish=0, detached={detached}))
for line in instance.logs(follow=True):
    if line == "ready":
        break
print(instance.handle, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def started_by_a_killed_program(runtime: Runtime, *, detached: bool) -> str:
    """Handle of what a program started that was then killed."""
    if isinstance(runtime, ContainerRuntime):
        made = f"ContainerRuntime(connect(), {runtime._image!r})"
    else:
        assert isinstance(runtime, ProcessRuntime)
        made = f"ProcessRuntime({str(runtime._bundle)!r}, {str(runtime._python)!r}, {str(runtime._state)!r})"
    code = PROGRAM.format(root=str(Path.cwd()), runtime=made, name=new_name(), detached=detached)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    return ran.stdout.strip()


def test_a_detached_service_outlives_the_program_that_started_it(runtime: Runtime, start: Start) -> None:
    handle = started_by_a_killed_program(runtime, detached=True)
    start(runtime)  # starting others does not harm it
    found = runtime.find(handle)
    assert found is not None
    try:
        assert found.running()
        assert ask(found, "hold", 1) == "done"
        assert list(found.logs()) == ["ready"]
        assert found.memory().current > MIB
        result = found.stop(grace=10)
        assert not result.killed
        assert not found.running()
    finally:
        found.remove()


def test_what_a_killed_program_left_is_cleared_by_the_next_start(runtime: Runtime, start: Start) -> None:
    handle = started_by_a_killed_program(runtime, detached=False)
    left = runtime.find(handle)
    assert left is not None and left.running()
    start(runtime)
    assert runtime.find(handle) is None
    assert not left.running()


def test_a_script_runs_beside_the_service_and_its_output_comes_back_byte_for_byte(runtime: Runtime) -> None:
    script = """
import os, sys
assert os.path.exists("server.py"), os.listdir(".")
data = sys.stdin.buffer.read()
sys.stdout.buffer.write(bytes(reversed(data)))
"""
    data = bytes(range(256)) * 20_000
    assert runtime.run_script(script, stdin=data, timeout=60, reporter=silent()) == data[::-1]


def test_what_a_script_says_aside_is_logged(runtime: Runtime) -> None:
    events: list[Event] = []
    script = "import sys; print('zürst\\nthen', file=sys.stderr); print(input())"
    output = runtime.run_script(script, stdin=b"in\n", timeout=60, reporter=Reporter("rehearse", events.append))
    assert output == b"in\n"
    assert [event.text for event in events if isinstance(event, LogLine)] == ["zürst", "then"]


def test_a_script_that_fails_says_its_last_words(runtime: Runtime) -> None:
    with pytest.raises(RehearsalError) as caught:
        runtime.run_script("import nosuchmodule", stdin=b"x" * 10**7, timeout=60, reporter=silent())
    assert caught.value.evidence[-1] == "ModuleNotFoundError: No module named 'nosuchmodule'"
    assert "image.extra_requirements" in caught.value.fix


def test_a_script_killed_for_want_of_memory_is_said_to(runtime: Runtime) -> None:
    with pytest.raises(RehearsalError, match="failed") as caught:
        runtime.run_script(
            "import os; os.kill(os.getpid(), 9); os._exit(137)", stdin=b"", timeout=60, reporter=silent()
        )
    assert "memory" in caught.value.why


def test_a_script_that_takes_too_long_is_ended(runtime: Runtime) -> None:
    with pytest.raises(RehearsalError, match="had not finished after 1 s"):
        runtime.run_script("import time; time.sleep(600)", stdin=b"", timeout=1, reporter=silent())


def test_a_script_is_ended_when_asked_to_stop(runtime: Runtime) -> None:
    cancel = Cancel()

    def stop(event: Event) -> None:
        if isinstance(event, LogLine):
            cancel.set()

    script = "import sys, time; print('started', file=sys.stderr, flush=True); time.sleep(600)"
    with pytest.raises(CancelledError):
        runtime.run_script(script, stdin=b"", timeout=60, reporter=Reporter("rehearse", stop, cancel))


def test_a_script_changes_nothing_beside_the_service(runtime: Runtime, bundle: Path) -> None:
    (bundle / "beside.py").write_text("x = 1\n")
    before = sorted(bundle.iterdir())
    runtime.run_script(
        "import os; os.path.exists('beside.py') and __import__('beside')", stdin=b"", timeout=60, reporter=silent()
    )
    assert sorted(bundle.iterdir()) == before
