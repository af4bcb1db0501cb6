"""Where the container engine listens: what `docker` itself would use, found the same way.

The order is Docker's own: `DOCKER_HOST`, then `DOCKER_CONTEXT`, then the current context of `docker context use`, then
the system's default. The Docker SDK knows the first and the last only, so contexts are read here. Where nothing is
configured and the default socket is absent, the sockets of the usual desktop engines are looked for.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.errors import EngineError

_DEFAULT_SOCKET = "/var/run/docker.sock"
_DEFAULT_PIPE = "npipe:////./pipe/docker_engine"
_DESKTOP_SOCKETS = (
    ("Docker Desktop", "~/.docker/run/docker.sock"),
    ("Docker Desktop", "~/.docker/desktop/docker.sock"),
    ("OrbStack", "~/.orbstack/run/docker.sock"),
    ("Colima", "~/.colima/default/docker.sock"),
    ("Rancher Desktop", "~/.rd/docker.sock"),
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address of an engine, and who named it."""

    url: str
    """e.g. "unix:///var/run/docker.sock", "tcp://10.0.0.5:2376", "npipe:////./pipe/docker_engine", "ssh://host"."""
    source: str
    """Who named it, in words: "DOCKER_HOST", "the context colima", "the default"."""
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    tls: bool = False
    verify: bool = True

    @property
    def socket(self) -> Path | None:
        """Path of the unix socket; None where it is none."""
        return Path(self.url.removeprefix("unix://")) if self.url.startswith("unix://") else None

    @property
    def local(self) -> bool:
        """The engine is reached through this machine: what it publishes on 127.0.0.1 can be called from here."""
        return self.url.startswith(("unix://", "npipe://"))

    def client_options(self) -> dict[str, Any]:
        """Keyword arguments for the Docker SDK's client."""
        if not self.tls:
            return {"base_url": self.url, "use_ssh_client": self.url.startswith("ssh://")}
        from docker.tls import TLSConfig

        pair = (self.certificate, self.key) if self.certificate and self.key else None
        verify: bool | str = self.verify and (self.ca or True)
        return {"base_url": self.url, "tls": TLSConfig(client_cert=pair, verify=verify)}


def find_endpoint(env: Mapping[str, str] | None = None) -> Endpoint:
    """The engine `docker` would speak to here.

    Raises EngineError where a context is named that does not exist or cannot be read.
    """
    env = os.environ if env is None else env
    folder = Path(env.get("DOCKER_CONFIG") or Path.home() / ".docker")
    if host := env.get("DOCKER_HOST"):
        return _from_host(host, env, folder)
    name = env.get("DOCKER_CONTEXT")
    source = "DOCKER_CONTEXT"
    if not name:
        name = _current_context(folder)
        source = f"the context {name!r} of `docker context use`"
    if name and name != "default":
        return _from_context(name, source, folder)
    return _default(env)


def _from_host(host: str, env: Mapping[str, str], folder: Path) -> Endpoint:
    if "://" not in host:
        host = f"tcp://{host}"
    if host.startswith("tcp://") and (env.get("DOCKER_TLS_VERIFY") or env.get("DOCKER_TLS")):
        certificates = Path(env.get("DOCKER_CERT_PATH") or folder)
        return _with_tls(host, "DOCKER_HOST", certificates, verify=bool(env.get("DOCKER_TLS_VERIFY")))
    return Endpoint(host, "DOCKER_HOST")


def _from_context(name: str, source: str, folder: Path) -> Endpoint:
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / digest / "meta.json"
    try:
        docker = json.loads(meta.read_text(encoding="utf-8"))["Endpoints"]["docker"]
        host, verify = str(docker["Host"]), not docker.get("SkipTLSVerify", False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(
            f"The Docker context {name!r} cannot be used.",
            f"It is named by {source}, and its description could not be read ({type(error).__name__}).",
            "Choose one of `docker context ls` with `docker context use NAME`, or set DOCKER_HOST.",
            evidence=[str(meta)],
        ) from error
    certificates = folder / "contexts" / "tls" / digest / "docker"
    source = f"the context {name!r}"
    return _with_tls(host, source, certificates, verify=verify) if certificates.is_dir() else Endpoint(host, source)


def _with_tls(host: str, source: str, folder: Path, *, verify: bool) -> Endpoint:
    def present(name: str) -> str | None:
        return str(folder / name) if (folder / name).is_file() else None

    return Endpoint(
        host,
        source,
        ca=present("ca.pem"),
        certificate=present("cert.pem"),
        key=present("key.pem"),
        tls=True,
        verify=verify,
    )


def _current_context(folder: Path) -> str:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""  # `docker` runs without this file, or warns of a broken one and goes on
    name = config.get("currentContext") if isinstance(config, dict) else None
    return name if isinstance(name, str) else ""


def _default(env: Mapping[str, str]) -> Endpoint:
    if sys.platform == "win32":
        return Endpoint(_DEFAULT_PIPE, "the default")
    if not Path(_DEFAULT_SOCKET).exists():
        if runtime := env.get("XDG_RUNTIME_DIR"):
            rootless = Path(runtime) / "docker.sock"
            if rootless.is_socket():
                return Endpoint(f"unix://{rootless}", "the rootless engine of this account")
        for name, candidate in _DESKTOP_SOCKETS:
            path = Path(candidate).expanduser()
            if path.is_socket():
                return Endpoint(f"unix://{path}", name)
    return Endpoint(f"unix://{_DEFAULT_SOCKET}", "the default")
