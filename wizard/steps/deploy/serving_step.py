"""The second step: how requests are answered."""

from __future__ import annotations

from functools import partial

from wizard.steps.deploy.plan_fields import plan_field
from wizard.steps.deploy.proposals import Proposals
from wizard.steps.fields import Step

_SERVERS = {
    "fastapi": ("FastAPI", "The faster one, and the default."),
    "flask": ("Flask", "Where your team knows it already."),
}


def serving_step(proposals: Proposals) -> Step:
    field = partial(plan_field, proposals)
    return Step(
        "serving",
        "Serving",
        "A server is written around your model: it takes rows as JSON and answers predictions. What it does before and after "
        "predicting is in handler.py, which is yours to edit.",
        (
            field("serving.server", "Server", labels=_SERVERS),
            field("serving.batching", "Predict together"),
            field("serving.max_batch", "Rows predicted together", unit="rows"),
            field("serving.max_queue", "Rows waiting", unit="rows", advanced=True),
            field("serving.max_rows", "Rows in a request", unit="rows", advanced=True),
            field("serving.max_body", "Size of a request", advanced=True),
        ),
    )
