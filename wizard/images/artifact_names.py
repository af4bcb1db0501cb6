"""Names of images in registries: how Google's are put together, which are legal, and the nearest legal one.

A name is HOST/PATH with no tag: "us-central1-docker.pkg.dev/my-project/sendoff/housing", "127.0.0.1:5000/p/r/i". The
grammar is that of the OCI distribution specification; Artifact Registry adds that its path has a project, a repository
and an image.
"""

from __future__ import annotations

import re

GCR = {"gcr.io": "us", "us.gcr.io": "us", "eu.gcr.io": "europe", "asia.gcr.io": "asia"}
"""The older hosts, and the location of the Artifact Registry repository of the same name behind each."""

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?")
_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_LONGEST_NAME = 255


def repository_name(region: str, project: str, repository: str) -> str:
    """Where the images of a repository are: "REGION-docker.pkg.dev/PROJECT/REPOSITORY", or "gcr.io/PROJECT" where the
    repository is one of the older hosts. `region` may be a multi-region: us, europe, asia."""
    # A project of a domain ("example.com:ml") is a folder of its own in names of images.
    folder = project.replace(":", "/")
    return f"{repository}/{folder}" if repository in GCR else f"{region}-docker.pkg.dev/{folder}/{repository}"


def host_of(name: str) -> str:
    """The registry of a name; "" where it has none, which is how Docker Hub's names are written."""
    first, slash, _ = name.partition("/")
    return first if slash and ("." in first or ":" in first or first == "localhost") else ""


def is_google(host: str) -> bool:
    """A registry that takes an access token of Google Cloud as password."""
    return host in GCR or host.endswith("-docker.pkg.dev")


def trouble(name: str) -> str:
    """What is wrong with a name, as a sentence; "" where it is legal."""
    host = host_of(name)
    path = name.removeprefix(f"{host}/")
    if not host:
        return "It does not begin with the host of a registry."
    if not _HOST.fullmatch(host):
        return f"{host!r} is no host name."
    if "@" in path or ":" in path:
        return "It holds a tag or a digest, which do not belong to the name."
    if path != path.lower():
        return "It has capital letters."
    if not all(_PART.fullmatch(part) for part in path.split("/")):
        return "Each part of it is small letters and digits, with single dots, dashes or underscores between them."
    if len(name) > _LONGEST_NAME:
        return f"It has {len(name)} characters, and a registry takes {_LONGEST_NAME}."
    missing = (4 if host.endswith("-docker.pkg.dev") else 3 if host in GCR else 2) - 1 - path.count("/") - 1
    if missing > 0:
        wanted = "gcr.io/PROJECT/IMAGE" if host in GCR else "REGION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE"
        return f"It is too short: a name there is {wanted}."
    return ""


def nearest_name(name: str) -> str:
    """The legal name that is most like it; "" where none can be told (no host, nothing left, parts missing)."""
    host = host_of(name)
    path = name.removeprefix(f"{host}/").partition("@")[0]
    folder, slash, last = path.rpartition("/")
    path = f"{folder}{slash}{last.partition(':')[0]}".lower()
    parts = [_nearest_part(part) for part in path.split("/")]
    near = f"{host}/{'/'.join(part for part in parts if part)}"[:_LONGEST_NAME].rstrip("/.-_")
    return "" if trouble(near) else near


def legal_tag(tag: str) -> bool:
    """A registry takes it: 1 to 128 letters, digits, "_", "." and "-", the first of them neither "." nor "-"."""
    return _TAG.fullmatch(tag) is not None


def nearest_tag(text: str) -> str:
    """The legal tag most like a text, e.g. of a model's version "1.2.2+cpu": "1.2.2-cpu"; "" where nothing is left."""
    return text if legal_tag(text) else re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-").lstrip(".-")[:128]


def _nearest_part(part: str) -> str:
    plain = re.sub(r"[^a-z0-9._-]+", "-", part).strip("._-")
    return re.sub(r"[._-]{2,}", "-", plain)
