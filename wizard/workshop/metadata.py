"""The metadata server's protocol, as Compute Engine, Workbench and Cloud Run speak it: who am I, and tokens for it.

google-auth uses it where GCE_METADATA_HOST and GCE_METADATA_IP name the workshop's HTTP door.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from wizard.workshop.tokens import LIFETIME, OWNER, Authority

if TYPE_CHECKING:
    from wizard.workshop.http_door import Description

_ROOT = "/computeMetadata/v1/"
_ACCOUNTS = "instance/service-accounts/"
_SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    content_type: str = "application/text"


def answer(target: str, headers: Message, place: Description, authority: Authority) -> Answer:
    """What the metadata server says to a GET. `target` is the request's path with its query.

    An account's name in the path may be any e-mail address: the token is that principal's. "default" is the owner.
    """
    if headers.get("Metadata-Flavor") != "Google" or "X-Forwarded-For" in headers:
        return Answer(403, "Missing required header: Metadata-Flavor: Google\n")
    url = urlsplit(target)
    if not url.path.startswith(_ROOT):
        return Answer(404, "not found\n")
    path = unquote(url.path.removeprefix(_ROOT))
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    if path.startswith(_ACCOUNTS):
        return _account(path.removeprefix(_ACCOUNTS).rstrip("/"), query, authority)
    known = {
        "": "instance/\nproject/\nuniverse/\n",
        "instance": f"{_ACCOUNTS}\n",
        "instance/region": f"projects/{place.project_number}/regions/{place.region}",
        "instance/zone": f"projects/{place.project_number}/zones/{place.region}-1",
        "instance/id": place.project_number,
        "project/project-id": place.project,
        "project/numeric-project-id": place.project_number,
        "universe/universe-domain": "googleapis.com",
        "universe/universe_domain": "googleapis.com",
    }.get(path.rstrip("/"))
    return Answer(404, "not found\n") if known is None else Answer(200, known)


def _account(path: str, query: Mapping[str, str], authority: Authority) -> Answer:
    if not path:
        return Answer(200, f"default/\n{OWNER}/\n")
    name, _, what = path.partition("/")
    if name != "default" and "@" not in name:
        return Answer(404, "not found\n")
    email = OWNER if name == "default" else name
    match what:
        case "":
            account = {"aliases": ["default"], "email": email, "scopes": _SCOPES}
            return _json(account) if "recursive" in query else Answer(200, "aliases\nemail\nidentity\nscopes\ntoken\n")
        case "email":
            return Answer(200, email)
        case "aliases":
            return Answer(200, "default\n")
        case "scopes":
            return Answer(200, "\n".join(_SCOPES) + "\n")
        case "token":
            token = authority.mint_access(email)
            return _json({"access_token": token, "expires_in": LIFETIME - 1, "token_type": "Bearer"})
        case "identity":
            if not (audience := query.get("audience")):
                return Answer(400, "non-empty audience parameter required\n")
            return Answer(200, authority.mint_identity(email, audience))
    return Answer(404, "not found\n")


def _json(data: Mapping[str, Any]) -> Answer:
    return Answer(200, json.dumps(data), "application/json")
