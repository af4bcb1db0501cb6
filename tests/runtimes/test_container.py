"""A container is held to what a cloud would hold it to."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

import docker
import httpx
import pytest

from tests.runtimes.conftest import MIB, Start, ask, new_name
from wizard.errors import TargetError
from wizard.events import silent
from wizard.images.endpoint import Endpoint
from wizard.images.engine import Engine
from wizard.runtimes import ContainerRuntime, Limits, Spec

pytestmark = pytest.mark.engine


def described(engine: docker.DockerClient, handle: str) -> Any:
    return engine.api.inspect_container(handle)


def test_its_limits_are_hard_and_it_has_no_privileges(
    engine: docker.DockerClient, container_runtime: ContainerRuntime, start: Start
) -> None:
    instance = start(container_runtime, limits=Limits(memory=200 * MIB, cpu=0.5))
    host = described(engine, instance.handle)["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == 200 * MIB
    assert host["NanoCpus"] == 500_000_000
    assert host["PidsLimit"] == 1024
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["RestartPolicy"]["Name"] == "no"
    assert ask(instance, "show")["user"] == 65534


def test_more_cpus_than_the_engine_has_are_cut_to_what_it_has(
    engine: docker.DockerClient, connected: Engine, container_runtime: ContainerRuntime, start: Start
) -> None:
    instance = start(container_runtime, limits=Limits(memory=128 * MIB, cpu=4096))
    assert described(engine, instance.handle)["HostConfig"]["NanoCpus"] == connected.facts.cpus * 10**9


def test_only_this_machine_can_call_it(
    engine: docker.DockerClient, container_runtime: ContainerRuntime, start: Start
) -> None:
    instance = start(container_runtime)
    ports = described(engine, instance.handle)["NetworkSettings"]["Ports"]
    assert ports == {"8123/tcp": [{"HostIp": "127.0.0.1", "HostPort": instance.url.rpartition(":")[2]}]}


def test_without_a_published_port_its_own_address_is_told(container_runtime: ContainerRuntime, start: Start) -> None:
    instance = start(container_runtime, publish=None)
    assert instance.url.endswith(":8123")
    assert not instance.url.startswith("http://127.")
    assert httpx.get(f"{instance.url}/show").status_code == 200


def test_a_read_only_container_can_write_to_tmp_alone(container_runtime: ContainerRuntime, start: Start) -> None:
    instance = start(container_runtime, read_only=True)
    assert ask(instance, "write", "/tmp/x") == "done"
    assert "Read-only file system" in ask(instance, "write", "/var/tmp/x")


def test_what_takes_more_memory_than_it_may_is_known_to_have_died_of_it(
    container_runtime: ContainerRuntime, start: Start
) -> None:
    instance = start(container_runtime, limits=Limits(memory=64 * MIB, cpu=1))
    following = instance.logs(follow=True)
    with pytest.raises(httpx.HTTPError):
        ask(instance, "hold", 200 * MIB)
    list(following)
    assert instance.out_of_memory()
    assert instance.exit_code() == 137


def test_a_container_comes_back_once_it_shall_unless_it_was_stopped(
    engine: docker.DockerClient, container_runtime: ContainerRuntime, start: Start
) -> None:
    instance = start(container_runtime, detached=True)
    assert described(engine, instance.handle)["HostConfig"]["RestartPolicy"]["Name"] == "no"
    instance.bring_back()
    assert described(engine, instance.handle)["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    instance.stop(grace=5)
    assert not instance.running()
    assert described(engine, instance.handle)["RestartCount"] == 0


def test_a_command_that_cannot_be_run_leaves_no_container(
    engine: docker.DockerClient, connected: Engine, image: str
) -> None:
    container = engine.api.create_container(image)
    broken = engine.api.commit(container, repository=f"sendoff-test-{uuid.uuid4().hex[:8]}", conf={"Cmd": ["/no/such"]})
    engine.api.remove_container(container)
    name = new_name()
    try:
        with pytest.raises(TargetError, match="command cannot be run"):
            ContainerRuntime(connected, broken["Id"]).start(Spec(name, 8123, Limits(64 * MIB, 1), publish=0))
        assert not engine.api.containers(all=True, filters={"name": name})
    finally:
        engine.api.remove_image(broken["Id"], force=True)


def test_an_image_that_is_gone_is_said_to_be(connected: Engine) -> None:
    runtime = ContainerRuntime(connected, f"sha256:{'0' * 64}")
    with pytest.raises(TargetError, match="not in the engine"):
        runtime.start(Spec(new_name(), 8123, Limits(64 * MIB, 1)))
    with pytest.raises(TargetError, match="not in the engine"):
        runtime.run_script("", stdin=b"", timeout=5, reporter=silent())


def test_an_engine_on_another_machine_is_not_asked_to_publish_there(connected: Engine, image: str) -> None:
    far = replace(connected, facts=replace(connected.facts, endpoint=Endpoint("tcp://far:2375", "DOCKER_HOST")))
    with pytest.raises(TargetError, match="cannot be called from here"):
        ContainerRuntime(far, image).start(Spec(new_name(), 8123, Limits(64 * MIB, 1), publish=0))


def test_a_script_has_no_network_no_place_to_write_and_no_root(container_runtime: ContainerRuntime) -> None:
    script = """
import json, os, socket
tried = {"user": os.getuid(), "links": [name for _, name in socket.if_nameindex()]}
for path in ("here", "/tmp/there"):
    try:
        open(path, "w").close()
        tried[path] = "written"
    except OSError as error:
        tried[path] = error.strerror
print(json.dumps(tried))
"""
    output = json.loads(container_runtime.run_script(script, stdin=b"", timeout=60, reporter=silent()))
    assert output["user"] == 65534
    assert [
        link for link in output["links"] if not link.startswith(("lo", "tunl", "sit", "ip6", "gre", "erspan"))
    ] == []
    assert output["here"] == "Read-only file system"
    assert output["/tmp/there"] == "written"


def test_no_container_of_a_script_is_left(engine: docker.DockerClient, container_runtime: ContainerRuntime) -> None:
    written = container_runtime.run_script(
        "import socket; print(socket.gethostname())", stdin=b"", timeout=60, reporter=silent()
    )
    with pytest.raises(docker.errors.NotFound):
        engine.api.inspect_container(written.decode().strip())  # a container's host name is the start of its id
