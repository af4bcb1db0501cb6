"""What lies below one path of the registry behind Artifact Registry, by the registry's own HTTP API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any, Final
from urllib.parse import quote

from wizard.workshop.api_error import ApiError, Code

_MANIFESTS: Final = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)
_TIMEOUT: Final = 10.0
_PAGE: Final = 1000
"""Names asked for at once: registries refuse more."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    digest: str
    tags: tuple[str, ...]
    size: int
    """Bytes of its layers, compressed."""
    media_type: str


@dataclass(frozen=True, slots=True)
class RegistryContents:
    registry: str
    """HOST:PORT; with "" there is nothing in it."""
    path: str
    """PROJECT/REPOSITORY"""

    def packages(self) -> list[str]:
        """Image names below the path, in order."""
        names: list[str] = []
        while told := self._json(f"_catalog?n={_PAGE}&last={quote(names[-1], safe='') if names else ''}"):
            page = told.get("repositories") or []
            names += page
            if len(page) < _PAGE:
                break
        below = [name.removeprefix(f"{self.path}/") for name in names if name.startswith(f"{self.path}/")]
        return sorted(name for name in below if self._tags(name))

    def images(self, package: str) -> list[StoredImage]:
        """The tagged images of one name. The registry cannot tell of others."""
        found: dict[str, StoredImage] = {}
        for tag in self._tags(package):
            answer = self._ask("GET", f"{self.path}/{package}/manifests/{tag}")
            if answer is None:
                continue
            with answer:
                manifest = json.loads(answer.read())
                digest = answer.headers.get("Docker-Content-Digest", "")
                media_type = answer.headers.get("Content-Type", "")
            tags = (*found[digest].tags, tag) if digest in found else (tag,)
            size = sum(layer.get("size", 0) for layer in manifest.get("layers", ()))
            found[digest] = StoredImage(digest, tags, size, media_type)
        return list(found.values())

    def delete_package(self, package: str) -> bool:
        """Whether there was something to delete."""
        images = self.images(package)
        for image in images:
            self.delete_image(package, image.digest)
        return bool(images)

    def delete_image(self, package: str, digest: str) -> bool:
        """Whether there was such an image."""
        answer = self._ask("DELETE", f"{self.path}/{package}/manifests/{digest}")
        if answer is None:
            return False
        answer.close()
        return True

    def _tags(self, package: str) -> list[str]:
        told = self._json(f"{self.path}/{package}/tags/list")
        return sorted(told.get("tags") or []) if told else []

    def _json(self, path: str) -> dict[str, Any] | None:
        answer = self._ask("GET", path)
        if answer is None:
            return None
        with answer:
            told: dict[str, Any] = json.loads(answer.read())
            return told

    def _ask(self, method: str, path: str) -> HTTPResponse | None:
        if not self.registry:
            return None
        request = urllib.request.Request(
            f"http://{self.registry}/v2/{path}", method=method, headers={"Accept": _MANIFESTS}
        )
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            answer: HTTPResponse = opener.open(request, timeout=_TIMEOUT)
        except urllib.error.HTTPError as error:
            error.close()
            return None
        except OSError as error:
            raise ApiError(
                Code.UNAVAILABLE, f"The registry behind Artifact Registry, {self.registry}, does not answer: {error}"
            ) from error
        return answer
