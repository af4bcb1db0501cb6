"""Version after version on the local Cloud Run, found by its address alone: release, split, roll back, take down."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.targets.cloud_run.releases import SERVICE, Models, Witness, answer, plan, report
from wizard import targets
from wizard.bundle.bundle import Bundle
from wizard.images.push import Pushed
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.records import read_all
from wizard.targets.cloud_run.releasing import release
from wizard.targets.release import Release
from wizard.workshop.runtimes.fake import FakeRuntime
from wizard.workshop.workshop import Workshop

JSON = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A local Cloud Run with all its doors and, where one is installed, a registry."""
    folder = tmp_path_factory.mktemp("workshop")
    with Workshop(folder, FakeRuntime(Models()), registry=shutil.which("docker-registry") is not None) as running:
        yield running


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    return tmp_path


def push(registry: str, version: str, name: str) -> Pushed:
    """The smallest image there is, as a registry takes it."""
    repository = f"demo-project/sendoff/{name}"
    url = f"http://{registry}/v2/{repository}"
    with httpx.Client(trust_env=False, headers={"Content-Type": "application/octet-stream"}) as client:
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "version": version}).encode()
        digest = f"sha256:{hashlib.sha256(config).hexdigest()}"
        started = client.post(f"{url}/blobs/uploads/")
        client.put(f"{started.headers['location']}&digest={digest}", content=config).raise_for_status()
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": JSON, "digest": digest, "size": len(config)},
            "layers": [],
        }
        said = client.put(f"{url}/manifests/{version}", json=manifest, headers={"Content-Type": MANIFEST})
        said.raise_for_status()
    return Pushed(f"{registry}/{repository}", said.headers["docker-content-digest"], (version,), 1)


def up(workshop: Workshop, folder: Path, version: str, name: str, **target: object) -> Release:
    of = plan(service={"name": name}, endpoint=workshop.addresses.endpoint, **target)
    registry = workshop.addresses.registry
    if registry:
        image = push(registry, version, name)
    else:
        digest = f"sha256:{hashlib.sha256(version.encode()).hexdigest()}"
        image = Pushed(f"us-central1-docker.pkg.dev/demo-project/sendoff/{name}", digest, (version,), 1)
    return release(of, Bundle(str(folder), ()), image, report(), Witness().reporter, project=folder)


@pytest.fixture(scope="module", autouse=True)
def repository(workshop: Workshop) -> None:
    with Cloud.of(plan(endpoint=workshop.addresses.endpoint).target) as cloud:  # type: ignore[arg-type]  # it is cloud_run
        cloud.artifacts.create_repository(
            parent="projects/demo-project/locations/us-central1",
            repository_id="sendoff",
            repository={"format": "DOCKER"},
        ).result(timeout=20)


def test_from_the_first_version_to_nothing(workshop: Workshop, tmp_path: Path) -> None:
    first = up(workshop, tmp_path, "1", SERVICE)
    assert first.place.endswith(workshop.addresses.endpoint)
    service = targets.find(SERVICE)
    assert service.predict({"features": [3.0, 1.0]}).answer == {"prediction": answer((3.0, 1.0))}
    second = up(workshop, tmp_path, "2", SERVICE)
    assert service.status().traffic == {second.revision: 100}
    assert not up(workshop, tmp_path, "2", SERVICE).changed
    assert str(service.rollback()) == f"{second.revision} → {first.revision}"
    assert [one.percent for one in service.revisions()] == [0, 100]
    goes = service.what_goes()
    if workshop.addresses.registry:
        assert any("2 images in the repository" in line for line in goes), goes
        assert not any("image" in line for line in service.what_goes(images=False))
    service.down()
    assert targets.services() == [] and read_all() == ()
    if workshop.addresses.registry:
        with Cloud.of(plan(endpoint=workshop.addresses.endpoint).target) as cloud:  # type: ignore[arg-type]  # it is cloud_run
            left = cloud.artifacts.list_docker_images(
                parent="projects/demo-project/locations/us-central1/repositories/sendoff"
            )
            assert [one.uri for one in left if f"/{SERVICE}@" in one.uri] == []


def test_no_request_is_lost_while_traffic_moves_and_goes_back(workshop: Workshop, tmp_path: Path) -> None:
    done = up(workshop, tmp_path, "1", "busy", access="public")
    statuses: Counter[int | str] = Counter()
    stop = threading.Event()

    def caller() -> None:
        with httpx.Client(base_url=done.url, trust_env=False) as client:
            while not stop.is_set():
                try:
                    statuses[client.post("/predict", json={"features": [1.0, 1.0]}).status_code] += 1
                except httpx.HTTPError as error:
                    statuses[repr(error)] += 1

    callers = [threading.Thread(target=caller) for _ in range(4)]
    for one in callers:
        one.start()
    try:
        up(workshop, tmp_path, "2", "busy", access="public", traffic=(10, 50, 100), traffic_wait=0)
        targets.find("busy").rollback()
        targets.find("busy").rollback()
        up(workshop, tmp_path, "3", "busy", access="public")
    finally:
        stop.set()
        for one in callers:
            one.join()
    assert set(statuses) == {200}, statuses
    assert statuses[200] > 50
