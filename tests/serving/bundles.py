"""Bundles for the tests, with a lock that locks nothing: the servers run in the environment the tests run in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.serving.examples import Example
from wizard.bundle import Bundle, write_bundle
from wizard.events import silent
from wizard.locking.lock import Lock
from wizard.plan.plan import ImageSection, ModelSection, Plan, Server, ServiceSection, ServingSection

NO_LOCK = Lock("3.11", "x86_64-manylinux_2_28", "# nothing\n", (), None)


def plan_for(example: Example, server: str = "fastapi", **serving: Any) -> Plan:
    inspection = example.inspection
    return Plan(
        model=ModelSection(path=example.file.name, sha256=inspection.sha256, framework=inspection.framework),
        serving=ServingSection(server=Server(server), **serving),
        image=ImageSection(requirements=("scikit-learn",)),
        service=ServiceSection(name="housing"),
    )


def bundled(example: Example, folder: Path, server: str = "fastapi", **serving: Any) -> Bundle:
    plan = plan_for(example, server, **serving)
    return write_bundle(plan, example.inspection, NO_LOCK, folder, silent(), project=example.file.parent)
