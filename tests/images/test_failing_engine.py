"""An engine that dies or fills up in the middle of a build is the engine's error, not the bundle's."""

from __future__ import annotations

import socket
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.images.fake_engine import answer, build_messages, fake_engine
from tests.images.watching import MakeBundle, Watcher
from wizard.errors import BuildError, BundleError, EngineError
from wizard.events import silent
from wizard.images import DockerBuilder
from wizard.images.engine import connect


def test_a_bundle_without_a_dockerfile_is_no_bundle(tmp_path: Path, make_bundle: MakeBundle) -> None:
    with fake_engine(tmp_path / "s") as env, pytest.raises(BundleError, match="no Dockerfile"):
        DockerBuilder(connect(env=env)).build(make_bundle({"x": ""}), tag="x:1", labels={}, reporter=silent())


def test_a_disk_that_fills_during_a_step_is_the_engines_error(tmp_path: Path, make_bundle: MakeBundle) -> None:
    messages = build_messages(
        {"stream": "Step 1/2 : FROM x\n"},
        {"stream": "Step 2/2 : RUN pip install y\n"},
        {"stream": "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"},
        {"errorDetail": {"code": 1, "message": "returned a non-zero code: 1"}, "error": "returned a non-zero code: 1"},
    )
    bundle = make_bundle({"Dockerfile": "FROM x\n"})
    with fake_engine(tmp_path / "s", build=messages) as env, pytest.raises(EngineError, match="disk is full") as caught:
        DockerBuilder(connect(env=env)).build(bundle, tag="x:1", labels={}, reporter=silent())
    assert "Errno 28" in caught.value.evidence[0]


@pytest.mark.parametrize("finish", [True, False])
def test_an_engine_that_goes_away_during_a_build_is_said_to(
    tmp_path: Path, make_bundle: MakeBundle, finish: bool
) -> None:
    cut = build_messages({"stream": "Step 1/2 : FROM x\n"}, finish=finish)
    bundle = make_bundle({"Dockerfile": "FROM x\n"})
    with fake_engine(tmp_path / "s", build=cut) as env, pytest.raises(EngineError, match="went away while building"):
        DockerBuilder(connect(env=env)).build(bundle, tag="x:1", labels={}, reporter=silent())


def test_a_disk_nearly_full_is_told_before_the_build(tmp_path: Path, make_bundle: MakeBundle, watcher: Watcher) -> None:
    bundle = make_bundle({"Dockerfile": "FROM x\n"})
    with fake_engine(tmp_path / "s", build=build_messages({"error": "stop"})) as env:
        engine = connect(env=env)
        nearly_full = replace(engine, facts=replace(engine.facts, free=10**9))
        with pytest.raises(BuildError):
            DockerBuilder(nearly_full).build(bundle, tag="x:1", labels={}, reporter=watcher.reporter)
    assert "1.0 GB left" in watcher.notices[0]


def test_an_engine_that_goes_away_while_the_bundle_is_sent_is_said_to(tmp_path: Path, make_bundle: MakeBundle) -> None:
    def hang_up(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(100_000)
        request.connection.shutdown(socket.SHUT_RDWR)
        request.close_connection = True

    bundle = make_bundle({"Dockerfile": "FROM x\n", "model.pkl": bytes(20_000_000)})
    with (
        fake_engine(tmp_path / "s", build=hang_up) as env,
        pytest.raises(EngineError, match="went away while building"),
    ):
        DockerBuilder(connect(env=env)).build(bundle, tag="x:1", labels={}, reporter=silent())


def test_a_disk_that_fills_while_the_bundle_is_sent_is_the_engines_error(
    tmp_path: Path, make_bundle: MakeBundle
) -> None:
    def refuse(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(100_000)
        message = "Error processing tar file(exit status 1): write /model.pkl: no space left on device"
        answer({"message": message}, 500)(request)
        request.close_connection = True

    bundle = make_bundle({"Dockerfile": "FROM x\n", "model.pkl": bytes(20_000_000)})
    with fake_engine(tmp_path / "s", build=refuse) as env, pytest.raises(EngineError, match="disk is full"):
        DockerBuilder(connect(env=env)).build(bundle, tag="x:1", labels={}, reporter=silent())
