"""The outside of a request: the JSON, and the one key around the rows."""

from __future__ import annotations

import json
from typing import Any

import orjson

from serving.columns import EXACT_FIX, nearest, show
from serving.refusal import FORMS, Refused

SYNONYMS = {
    "features": ["feature", "x", "row", "instance", "sample", "record", "values", "value", "input"],
    "instances": ["inputs", "data", "rows", "records", "batch", "samples", "dataframe_records"],
}
"""What other services call them, to name the right key."""


def parse(body: bytes) -> Any:
    """The JSON of a body. Raises Refused with the place where it breaks off."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not body.strip():
            raise Refused(400, "the request has no body", None, FORMS) from None
        where = f"line {error.lineno}, column {error.colno}"
        raise Refused(400, f"the body is not JSON: {error.msg} at {where}", None, _json_fix(body, error)) from None


def _json_fix(body: bytes, error: orjson.JSONDecodeError) -> str:
    """What is probably meant, told from the text where the JSON breaks off."""
    text = body.decode("utf-8", "replace")
    rest = text[error.pos :]
    if "infinity" in error.msg or "range" in error.msg:
        return "The number is too large: numbers go up to about 1.8e308."
    if rest.startswith(("NaN", "Infinity", "-Infinity", "nan", "inf", "-inf")):
        return "JSON has no NaN or Infinity; null stands for a missing value, where the model can handle one."
    if rest.startswith(("True", "False", "None")):
        return "That is Python's spelling; JSON has true, false and null (json.dumps writes it)."
    if rest.startswith("'"):
        return 'JSON has double quotes: {"features": …} (json.dumps writes them).'
    if text.startswith(("features=", "instances=", "data=", "--")):
        return (
            "That is a form, not JSON: curl sends JSON with -H 'Content-Type: application/json' -d '{\"features\": …}'."
        )
    return FORMS


def wrong_envelope(data: Any) -> Refused:
    """What is wrong around the rows: not an object, or not the one key."""
    if type(data) is list:
        key = "instances" if data and type(data[0]) in (list, dict) else "features"
        return Refused(422, "the body is a bare list", None, f'Put it into an object: {{"{key}": …}}.')
    if type(data) is not dict:
        return Refused(422, f"the body must be an object, not {show(data)}", None, FORMS)
    if {"features", "instances"} <= data.keys():
        return Refused(422, 'the body has both "features" and "instances"', None, FORMS)
    unknown = [key for key in data if key not in SYNONYMS]
    if not unknown:
        return Refused(422, "the body is empty", None, FORMS)
    known = len(unknown) < len(data)
    shown = unknown[0][:40]
    if known:
        return Refused(422, f'the body has an unknown key "{shown}"', None, "Leave it out.")
    meant = nearest(shown, SYNONYMS) or next((key for key, others in SYNONYMS.items() if shown.lower() in others), None)
    fix = f'Did you mean "{meant}"?' if meant and len(data) == 1 else FORMS
    return Refused(422, f'the body has neither "features" nor "instances", but "{shown}"', None, fix)


def look_closer(body: bytes) -> None:
    """Raise Refused for what the quick parser hides: a key twice in one object, a whole number rounded to a float.

    Slow, so only called where the body has more colons than keys, or a number beyond 64 bits.
    """

    def once(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise Refused(422, f'the body has the key "{key[:40]}" twice in one object', None, "Send it once.")
            seen.add(key)

    def exact(digits: str) -> None:
        if len(digits) > 19:
            raise Refused(422, f"the number {digits[:40]} is too large to be exact", None, EXACT_FIX)

    try:
        json.loads(body, object_pairs_hook=once, parse_int=exact)
    except (RecursionError, ValueError):  # the quick parser goes deeper than this one
        raise Refused(400, "the body is nested too deep", None, FORMS) from None
