"""The container engine: found as `docker` finds it, looked at once, and every failure of it said in words."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.errors import EngineError
from wizard.images import engine_errors
from wizard.images.endpoint import Endpoint, find_endpoint

if TYPE_CHECKING:
    from docker import APIClient, DockerClient

OLDEST_API = (1, 41)
"""Engine 20.10 (December 2020): the first whose containers can be measured under both kinds of control groups."""
_TIMEOUT = 60.0
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What an engine says about itself."""

    endpoint: Endpoint
    version: str
    api: str
    """Version of its API, e.g. "1.41"."""
    system: str
    """The system it runs on, in its own words, e.g. "Docker Desktop", "Debian GNU/Linux 12 (bookworm)"."""
    platform: str
    """What it runs without emulation, e.g. "linux/amd64"."""
    cpus: int
    memory: int
    """Bytes it can give to containers in all."""
    storage: str
    """Its storage driver, e.g. "overlay2"."""
    free: int | None
    """Free bytes on its disk; None where that disk cannot be seen from here."""
    cgroup: str
    """Version of the control groups it limits with, "1" or "2"."""

    def __str__(self) -> str:
        free = "" if self.free is None else f", {self.free / 1e9:.0f} GB free"
        emulated = ", which runs linux/amd64 by emulation" if self.emulates else ""
        return (
            f"{self.version} on {self.system}, {self.platform}{emulated}, {self.cpus} CPUs,"
            f" {self.memory / 1e9:.0f} GB memory{free} ({self.endpoint.source}: {self.endpoint.url})"
        )

    @property
    def emulates(self) -> bool:
        """Images for linux/amd64 run (and their builds) through emulation here: slower, and not always faithful."""
        return self.platform != "linux/amd64"

    @property
    def local(self) -> bool:
        """What it publishes on 127.0.0.1 can be called from this machine."""
        return self.endpoint.local


@dataclass(frozen=True)
class Engine:
    """A container engine that answered. Thread-safe as the Docker SDK's client is."""

    client: DockerClient
    facts: EngineFacts

    @property
    def api(self) -> APIClient:
        """The Docker SDK's low-level client."""
        return self.client.api

    @contextmanager
    def guarding(self, doing: str) -> Iterator[None]:
        """Inside, whatever the SDK raises becomes an EngineError. `doing` completes the sentence "while …"."""
        from docker.errors import DockerException
        from requests.exceptions import RequestException
        from urllib3.exceptions import HTTPError

        try:
            yield
        except (DockerException, RequestException, HTTPError, OSError) as error:
            raise self.explain(error, doing) from error

    def explain(self, error: BaseException, doing: str) -> EngineError:
        """The EngineError behind an exception of the SDK. `doing` completes the sentence "while …"."""
        return engine_errors.explain(error, self.facts.endpoint, doing=doing, seconds=_TIMEOUT)

    def new_client(self) -> APIClient:
        """A low-level client with connections of its own, for an exchange that may have to be cut."""
        from docker import APIClient

        return APIClient(version=self.facts.api, **self.facts.endpoint.client_options())

    def close(self) -> None:
        """Give the connections back."""
        self.client.close()


def connect(timeout: float = 10.0, *, env: Mapping[str, str] | None = None) -> Engine:
    """The engine `docker` would speak to here, asked who it is.

    `timeout` is the most seconds its two answers may take together. Raises EngineError where there is none, where it
    is too old, runs Windows containers, or may not be used by this account.
    """
    from docker import DockerClient
    from docker.errors import DockerException
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    endpoint = find_endpoint(env)
    deadline = time.monotonic() + timeout
    try:
        version = _ask_version(endpoint, timeout)
        _check(version, endpoint)
        remaining = max(0.05, deadline - time.monotonic())
        client = DockerClient(version=str(version["ApiVersion"]), timeout=remaining, **endpoint.client_options())
        info = client.info()
        client.api.timeout = _TIMEOUT
        return Engine(client, _facts(version, info, endpoint))
    except EngineError:
        raise
    except (
        DockerException,
        RequestException,
        HTTPError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise engine_errors.explain(
            error, endpoint, doing="being asked who it is", seconds=timeout, connecting=True
        ) from error


def probe(timeout: float = 0.9, *, env: Mapping[str, str] | None = None) -> EngineFacts:
    """What the engine says about itself, within about `timeout` seconds. Raises EngineError, as `connect` does."""
    engine = connect(timeout, env=env)
    engine.close()
    return engine.facts


def _ask_version(endpoint: Endpoint, timeout: float) -> Mapping[str, Any]:
    from docker import APIClient

    # The version given here is not used: this one question has no version in its address, so any engine answers it.
    client = APIClient(version="1.44", timeout=timeout, **endpoint.client_options())
    try:
        answer = client.version(api_version=False)
    finally:
        client.close()
    if not isinstance(answer, Mapping) or not isinstance(answer.get("ApiVersion"), str):
        raise engine_errors.not_an_engine(endpoint, str(answer)[:500])
    return answer


def _check(version: Mapping[str, Any], endpoint: Endpoint) -> None:
    api = tuple(int(part) for part in version["ApiVersion"].split(".")[:2])
    if api < OLDEST_API:
        raise EngineError(
            "The container engine is too old.",
            f"It is version {version.get('Version', 'unknown')} with API {version['ApiVersion']};"
            f" Sendoff needs API {OLDEST_API[0]}.{OLDEST_API[1]}, which is Docker 20.10 or later.",
            "Update it: https://docs.docker.com/engine/install/",
            evidence=[f"{endpoint.url} ({endpoint.source})"],
        )
    if str(version.get("Os", "linux")).lower() == "windows":
        raise EngineError(
            "The container engine runs Windows containers.",
            "A prediction service is a Linux container, here as in production.",
            "In Docker Desktop's menu, choose “Switch to Linux containers”.",
            evidence=[f"{endpoint.url} ({endpoint.source})"],
        )


def _facts(version: Mapping[str, Any], info: Mapping[str, Any], endpoint: Endpoint) -> EngineFacts:
    architecture = str(version.get("Arch") or info.get("Architecture") or "unknown")
    system = str(info.get("OperatingSystem") or version.get("Os") or "unknown")
    return EngineFacts(
        endpoint=endpoint,
        version=str(version.get("Version", "unknown")),
        api=str(version["ApiVersion"]),
        system=system,
        platform=f"linux/{_ARCHITECTURES.get(architecture, architecture)}",
        cpus=int(info.get("NCPU") or 1),
        memory=int(info.get("MemTotal") or 0),
        storage=str(info.get("Driver") or "unknown"),
        free=_free(str(info.get("DockerRootDir") or ""), system, endpoint),
        cgroup=str(info.get("CgroupVersion") or "1"),
    )


def _free(root: str, system: str, endpoint: Endpoint) -> int | None:
    """Free bytes where the engine keeps its images. A desktop engine's machine is not seen from here."""
    if not root or not endpoint.local or "desktop" in system.lower():
        return None
    folder = Path(root)
    while not folder.exists() and folder != folder.parent:
        # The folder itself may be closed to this account; its disk can be asked through what stands above it.
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free if len(folder.parts) > 1 else None
    except OSError:
        return None
