"""The pages beside the predictions, and the place for routes of your own. This file is yours to edit: Sendoff keeps it.

    @app.get("/team")
    async def team() -> dict[str, str]:
        return {"team": "pricing"}

/predict, /predict_proba and /health never come here: server.py answers them itself.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from serving.pages import DOCS, HOME, OPENAPI, PATHS
from serving.refusal import Refused, broken, not_found

app = FastAPI(title=OPENAPI["info"]["title"], version=OPENAPI["info"]["version"], docs_url=None, redoc_url=None)


@app.get("/", include_in_schema=False)
async def home(request: Request) -> Response:
    """The page for a browser, the way on for a program."""
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(DOCS)
    return Response(HOME, media_type="application/json")


@app.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """What to send, what comes back, and a form to try it. It needs nothing from outside."""
    return HTMLResponse(DOCS)


def openapi() -> dict[str, Any]:
    """openapi.json, and the routes of this file."""
    own = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = own.get("components", {}).get("schemas", {}) | OPENAPI["components"]["schemas"]
    return OPENAPI | {"paths": OPENAPI["paths"] | own["paths"], "components": {"schemas": schemas}}


app.openapi = openapi  # type: ignore[method-assign]


@app.exception_handler(HTTPException)
async def refused(request: Request, error: HTTPException) -> Response:
    """Errors of this app in the form all of the service's errors have."""
    if error.status_code == 404:
        answer = not_found(request.url.path, PATHS)
    else:
        answer = Refused(error.status_code, str(error.detail))
    return Response(answer.body, answer.status, error.headers, "application/json")


@app.exception_handler(Exception)
async def failed(_: Request, _error: Exception) -> Response:
    """An error in a route of this file: server.py logs where, the client learns nothing of it."""
    return Response(broken().body, 500, media_type="application/json")
