"""How to call a service from elsewhere: the same request in several languages, to be copied."""

from __future__ import annotations

import json
import pprint
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from wizard.errors import TargetError

if TYPE_CHECKING:
    from wizard.targets.released import ReleasedService

_SHORT = 300
"""Characters of a body that may stand on the command line itself."""
_METADATA = "/computeMetadata/v1/instance/service-accounts/default/identity"
"""Where a local Cloud Run gives identity tokens, as Google's machines do."""


@dataclass(frozen=True, slots=True)
class Snippet:
    language: str
    """"curl", "Python", "Python with requests"."""
    text: str


def sample_snippets(service: ReleasedService) -> tuple[Snippet, ...]:
    """The calls with the sample request of the service's bundle. Raises TargetError where that is gone. It reads a file."""
    path = Path(service.bundle) / "sample.json"
    try:
        sample = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        sample = None
    if not isinstance(sample, dict):
        raise TargetError(
            "There is no sample request for this service any more.",
            f"{path} cannot be read.",
            "Release it again, and the bundle with the sample is there again.",
        )
    return snippets(service, sample)


def snippets(
    service: ReleasedService, body: Mapping[str, Any], path: str = "/predict", *, private: bool | None = None
) -> tuple[Snippet, ...]:
    """The request in each language.

    `private`: callers must say who they are. None takes it as it is where nothing else was chosen: so on Cloud Run, and not so
    on this machine. No token is in the text: the command that gets one is.
    """
    url = service.url.rstrip("/")
    address = f"{url}/{path.lstrip('/')}"
    token = _token(service, url) if (service.target == "cloud_run" if private is None else private) else ()
    return (
        Snippet("curl", _curl(address, body, token)),
        Snippet("Python", _python(address, body, token)),
        Snippet("Python with requests", _requests(address, body, token)),
    )


def _token(service: ReleasedService, url: str) -> tuple[str, ...]:
    """The command that prints an identity token for the service."""
    record = getattr(service, "record", None)  # only a service on Cloud Run has a place
    if endpoint := str(getattr(record, "endpoint", "")):
        query = urlencode({"audience": url, "format": "full"})
        return ("curl", "-s", "-H", "Metadata-Flavor: Google", f"{endpoint}{_METADATA}?{query}")
    return ("gcloud", "auth", "print-identity-token")


def _curl(address: str, body: Mapping[str, Any], token: tuple[str, ...]) -> str:
    lines = [f"curl -sS {shlex.quote(address)}"]
    if token:
        lines.append(f'-H "Authorization: Bearer $({shlex.join(token)})"')
    lines.append("-H 'Content-Type: application/json'")
    data = json.dumps(body, ensure_ascii=False)
    if len(data) <= _SHORT:
        return " \\\n    ".join([*lines, f"--data {shlex.quote(data)}"])
    return " \\\n    ".join([*lines, "--data @- <<'END'"]) + f"\n{data}\nEND"


def _python(address: str, body: Mapping[str, Any], token: tuple[str, ...]) -> str:
    return "\n".join(
        [
            "import json",
            *(["import subprocess"] if token else []),
            "import urllib.request",
            "",
            *_headers(token, {"Content-Type": "application/json"}),
            f"body = {_literal(body)}",
            "request = urllib.request.Request(",
            f"    {json.dumps(address)}, json.dumps(body).encode(), headers",
            ")",
            "with urllib.request.urlopen(request, timeout=60) as answer:",
            "    print(json.load(answer))",
        ]
    )


def _requests(address: str, body: Mapping[str, Any], token: tuple[str, ...]) -> str:
    return "\n".join(
        [
            *(["import subprocess", ""] if token else []),
            "import requests",
            "",
            *_headers(token, {}),
            f"body = {_literal(body)}",
            f"answer = requests.post({json.dumps(address)}, json=body, headers=headers, timeout=60)",
            "answer.raise_for_status()",
            "print(answer.json())",
        ]
    )


def _headers(token: tuple[str, ...], headers: Mapping[str, str]) -> list[str]:
    lines = [f"headers = {json.dumps(headers)}"]
    if token:
        command = json.dumps(list(token), ensure_ascii=False)
        lines = [f"token = subprocess.check_output({command}, text=True).strip()", *lines]
        lines.append('headers["Authorization"] = f"Bearer {token}"')
    return lines


def _literal(body: Mapping[str, Any]) -> str:
    """The body as Python writes it, in lines of a readable width."""
    return pprint.pformat(dict(body), width=100, sort_dicts=False)
