"""A folder with a model in it, and walks through the deploy wizard over it; no package index, no Google."""

import shutil
from pathlib import Path
from typing import Any

from wizard.steps.deploy import Deploy
from wizard.steps.views import FieldView

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE = 60.0


def settle(deploy: Deploy) -> None:
    """Wait until everything the plan needs is known, and everything in sight is checked."""
    deploy.problems()
    assert deploy.session.settled(PATIENCE)


def errors(deploy: Deploy) -> dict[str, str]:
    """Field → what is wrong with it."""
    settle(deploy)
    return {problem.field: problem.what for problem in deploy.problems()}


def field(deploy: Deploy, name: str) -> FieldView:
    settle(deploy)
    return deploy.session.field(name)


def walk(deploy: Deploy, to: str = "review") -> None:
    """Press Next until a step is in sight; fails where one does not let go."""
    session = deploy.session
    while session.view().step.name != to:
        here = session.view().step.name
        session.settled(PATIENCE)
        session.next()
        session.settled(PATIENCE)
        view = session.view()
        assert view.step.name != here, [(one.field.name, one.error, one.rows) for one in view.errors]


def values(deploy: Deploy) -> dict[str, Any]:
    settle(deploy)
    plan = deploy.plan
    assert plan is not None, deploy.problems()
    return plan.values()


def copy_model(folder: Path, example: str = "housing/model.pkl", name: str = "model.pkl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(EXAMPLES / example, folder / name))
