"""The pages beside the predictions, the same under both servers: read once, sent as they are."""

from __future__ import annotations

import json
from typing import Any

import orjson

from serving.settings import FOLDER

OPENAPI: dict[str, Any] = json.loads((FOLDER / "openapi.json").read_bytes())
DOCS = (FOLDER / "docs.html").read_bytes()
PATHS = [*OPENAPI["paths"], "/docs", "/openapi.json"]
HOME = orjson.dumps(
    {
        "service": OPENAPI["info"]["title"],
        "about": OPENAPI["info"]["description"],
        "paths": PATHS,
        "example": {"path": "/predict", "body": json.loads((FOLDER / "sample.json").read_bytes())},
    }
)
