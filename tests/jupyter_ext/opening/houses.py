"""A notebook about houses, as far as opening a wizard asks for one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from wizard.steps.deploy import Deploy

ROWS = pd.DataFrame({"size": [50.0, 80.0, 120.0, 70.0], "rooms": [2.0, 3.0, 5.0, 3.0]})
PATIENCE = 60.0


@dataclass
class Notebook:
    """Names, and no cells."""

    namespace: dict[str, Any] = field(default_factory=dict)

    def sources(self) -> list[str]:
        return []


def settled(deploy: Deploy) -> Deploy:
    """Everything the plan needs is known."""
    deploy.problems()
    assert deploy.session.settled(PATIENCE)
    return deploy


def value(deploy: Deploy, name: str) -> Any:
    return settled(deploy).session.field(name).value
