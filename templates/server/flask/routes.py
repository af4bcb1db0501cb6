"""The pages beside the predictions, and the place for routes of your own. This file is yours to edit: Sendoff keeps it.

@pages.get("/team")
def team() -> dict[str, str]:
    return {"team": "pricing"}
"""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, request

from serving.pages import DOCS, HOME, OPENAPI

pages = Blueprint("pages", __name__)


@pages.get("/")
def home() -> Response:
    """The page for a browser, the way on for a program."""
    if "text/html" in request.headers.get("Accept", ""):
        return Response(DOCS, mimetype="text/html")
    return Response(HOME, mimetype="application/json")


@pages.get("/docs")
def docs() -> Response:
    """What to send, what comes back, and a form to try it. It needs nothing from outside."""
    return Response(DOCS, mimetype="text/html")


@pages.get("/openapi.json")
def openapi() -> Response:
    """The service, described for programs."""
    return Response(orjson.dumps(OPENAPI), mimetype="application/json")
