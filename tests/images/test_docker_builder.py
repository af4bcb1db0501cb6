"""A bundle becomes an image in the real engine, with progress, cache, clear failures and a stop that stops."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path

import docker
import pytest

from tests.images.building import failing
from tests.images.watching import MakeBundle, Watcher
from wizard.errors import CancelledError, EngineError
from wizard.events import Event, LogLine, silent
from wizard.images import DockerBuilder, exists, remove
from wizard.images.builder import BUNDLE, CREATED
from wizard.images.engine import Engine


@pytest.mark.engine
def test_a_bundle_becomes_an_image_that_says_what_it_is_made_of(
    connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str, watcher: Watcher
) -> None:
    bundle = make_bundle(
        {
            "Dockerfile": f"FROM {base_image} AS build\n"
            f"RUN printf '\\033[32mmade\\033[0m\\n' && echo made > /made; : {uuid.uuid4()}\n"
            f"FROM {base_image}\nCOPY --from=build /made /made\nCOPY model /model\nUSER 65534\n",
            "model/model.pkl": bytes(1_000_000),
        }
    )
    image = DockerBuilder(connected).build(
        bundle, tag=tag, labels={"dev.sendoff.service": "x"}, reporter=watcher.reporter
    )

    assert image.reference == tag
    assert image.id.startswith("sha256:")
    assert image.platform == "linux/amd64"
    assert image.base == base_image
    assert image.size - image.base_size == 1_000_000 + len("made\n")
    assert [layer.size for layer in image.layers[-2:]] == [5, 1_000_000]
    assert image.layers[-1].command.startswith("COPY dir:")
    assert image.labels["dev.sendoff.service"] == "x"
    assert image.labels[BUNDLE] == bundle.sha256
    assert CREATED in image.labels

    assert "made" in watcher.lines
    assert not any("\x1b" in line for line in watcher.lines)
    sent = watcher.progress("bytes")[-1]
    assert sent.done == sent.total
    assert sent.total is not None and sent.total > 1_000_000
    steps = watcher.progress("steps")
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total


@pytest.mark.engine
def test_the_same_bundle_again_is_the_same_image_out_of_the_cache(
    connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str, watcher: Watcher
) -> None:
    files: dict[str, bytes | str] = {
        "Dockerfile": f"FROM {base_image}\nRUN echo {uuid.uuid4()}\nCOPY model /\n",
        "model": "1",
    }
    builder = DockerBuilder(connected)
    first = builder.build(make_bundle(files), tag=tag, labels={"a": "1"}, reporter=silent())
    again = builder.build(make_bundle(files, "again"), tag=tag, labels={"a": "1"}, reporter=watcher.reporter)
    assert again == first
    assert watcher.lines.count(" ---> Using cache") == 5  # RUN, COPY and three labels


@pytest.mark.engine
def test_another_label_leaves_every_layer_in_the_cache(
    connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str, watcher: Watcher
) -> None:
    bundle = make_bundle({"Dockerfile": f"FROM {base_image}\nRUN echo {uuid.uuid4()} > /x\nCOPY Dockerfile /\n"})
    builder = DockerBuilder(connected)
    first = builder.build(bundle, tag=tag, labels={"a": "1"}, reporter=silent())
    other = builder.build(bundle, tag=tag, labels={"a": "2"}, reporter=watcher.reporter)
    assert other.id != first.id
    assert other.layers == first.layers
    assert watcher.lines.count(" ---> Using cache") >= 2


@pytest.mark.engine
def test_a_step_that_fails_is_named_with_its_last_lines(
    connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str
) -> None:
    text = f"FROM {base_image}\nRUN echo fine\nRUN echo first && echo last >&2 && exit 3\n"
    error = failing(connected, {"Dockerfile": text}, make_bundle, tag)
    assert "step 3 of" in error.what
    assert "RUN echo first" in error.what
    assert "exit code 3" in error.why
    assert {"first", "last"} <= set(error.evidence)
    assert "fine" not in error.evidence


@pytest.mark.engine
@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("FROM {base}\nFOO bar\n", "unknown instruction: FOO"),
        ("FROM {base}\nCOPY nothing /\n", "copies nothing"),
        ("FROM {base}\nRUN --mount=type=cache,target=/x true\n", "needs BuildKit"),
        ("FROM {base}\nRUN nano\n", "not in the image"),
        ("FROM {base}\nRUN exit 137\n", "want of memory"),
    ],
)
def test_a_mistake_in_the_dockerfile_is_explained(
    connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str, text: str, cause: str
) -> None:
    error = failing(connected, {"Dockerfile": text.format(base=base_image)}, make_bundle, tag)
    assert cause in error.why
    assert error.fix


@pytest.mark.engine
def test_stopping_ends_the_step_under_way_and_leaves_no_container(
    engine: docker.DockerClient, connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str
) -> None:
    mark = f"started {uuid.uuid4()}"
    bundle = make_bundle({"Dockerfile": f"FROM {base_image}\nRUN echo '{mark}' && sleep 600\n"})

    def stop_once_it_sleeps(event: Event) -> None:
        if isinstance(event, LogLine) and event.text == mark:
            watcher.cancel.set()

    watcher = Watcher(on=stop_once_it_sleeps)
    with pytest.raises(CancelledError):
        DockerBuilder(connected).build(bundle, tag=tag, labels={}, reporter=watcher.reporter)
    commands = [str(container["Command"]) for container in engine.api.containers(all=True)]
    assert not any(mark in command for command in commands)
    assert not exists(connected, tag)


@pytest.mark.engine
def test_stopping_reaches_a_build_that_waits_in_another_thread(
    engine: docker.DockerClient, connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str
) -> None:
    """The step says nothing for ten minutes, so only the broken connection can wake the thread that reads."""
    mark = uuid.uuid4().hex
    bundle = make_bundle({"Dockerfile": f"FROM {base_image}\nRUN : {mark}; sleep 600\n"})
    code = f"""
import threading, sys, docker
from wizard.bundle.bundle import Bundle, BundleFile
from wizard.errors import CancelledError
from wizard.events import Cancel, Reporter
from wizard.images import DockerBuilder, connect
cancel = Cancel()
def stop_when_running():
    for event in docker.from_env().events(decode=True, filters={{"event": "start"}}):
        if {mark!r} in str(docker.from_env().api.inspect_container(event["id"])["Config"]["Cmd"]):
            cancel.set()
            return
threading.Thread(target=stop_when_running, daemon=True).start()
bundle = Bundle({bundle.folder!r}, (BundleFile("Dockerfile", "", {bundle.files[0].size}),))
try:
    DockerBuilder(connect()).build(bundle, tag={tag!r}, labels={{}}, reporter=Reporter("build", lambda event: None, cancel))
except CancelledError:
    print("stopped")
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ran.stdout.strip() == "stopped", ran.stderr
    assert not any(mark in str(container["Command"]) for container in engine.api.containers(all=True))


@pytest.mark.engine
def test_a_model_of_300_mb_is_sent_without_being_held_in_memory(
    connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str
) -> None:
    bundle = make_bundle({"Dockerfile": f"FROM {base_image}\nCMD true\n", ".dockerignore": "model.pkl\n"})
    size = 300_000_000
    with (Path(bundle.folder) / "model.pkl").open("wb") as model:
        model.truncate(size)
    code = f"""
import json
from pathlib import Path
from wizard.bundle.bundle import Bundle, BundleFile
from wizard.events import Reporter, StageProgress
from wizard.images import DockerBuilder, connect
folder = Path({bundle.folder!r})
files = tuple(BundleFile(path.name, "", path.stat().st_size) for path in sorted(folder.iterdir()))
seen = []
DockerBuilder(connect()).build(Bundle(str(folder), files), tag={tag!r}, labels={{}}, reporter=Reporter("build", seen.append))
sent = [event.done for event in seen if isinstance(event, StageProgress) and event.unit == "bytes"]
# Not getrusage: its peak counts what the parent had before this program began.
peak = next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([peak, max(sent), len(sent)]))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak, sent, reports = json.loads(ran.stdout)
    assert peak < 120_000_000
    assert sent > size
    assert reports > 2


@pytest.mark.engine
def test_an_image_is_there_until_it_is_removed(
    engine: docker.DockerClient, connected: Engine, base_image: str, make_bundle: MakeBundle, tag: str
) -> None:
    bundle = make_bundle({"Dockerfile": f"FROM {base_image}\nCOPY Dockerfile /{uuid.uuid4()}\n"})
    image = DockerBuilder(connected).build(bundle, tag=tag, labels={}, reporter=silent())
    assert exists(connected, image.id)
    container = engine.api.create_container(tag, "true")["Id"]
    try:
        with pytest.raises(EngineError, match="is in use"):
            remove(connected, tag)
    finally:
        engine.api.remove_container(container)
    remove(connected, tag)
    assert not exists(connected, image.id)
    remove(connected, tag)  # a second time is no error
