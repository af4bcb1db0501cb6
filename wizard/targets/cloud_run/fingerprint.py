"""What a revision is called: by what is in it, so that the same plan and image never make a second revision."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.cloud import run_v2

SHORT = 8
"""Hex digits of a fingerprint that go into names: with the longest service name, 49, a revision's stays under 63."""
_CANDIDATE = re.compile(rf"c-[0-9a-f]{{{SHORT}}}")


def fingerprint(template: run_v2.RevisionTemplate) -> str:
    """Digest of everything in a template but the revision's name: of what would run, not of what it is called."""
    from google.protobuf import json_format

    data = json_format.MessageToDict(type(template).pb(template), preserving_proto_field_name=True)
    data.pop("revision", None)
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def revision_name(service: str, digest: str, attempt: int = 1) -> str:
    """ "housing-3f2a9c41", and "housing-3f2a9c41-2" where the first of that name failed: a failed revision keeps its name."""
    return f"{service}-{digest[:SHORT]}{'' if attempt == 1 else f'-{attempt}'}"


def candidate_tag(digest: str) -> str:
    """The tag whose address is asked for the proof, e.g. "c-3f2a9c41"."""
    return f"c-{digest[:SHORT]}"


def is_candidate(tag: str) -> bool:
    """The tag was made by `candidate_tag`."""
    return _CANDIDATE.fullmatch(tag) is not None
