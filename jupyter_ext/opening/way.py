"""What a notebook's wizard opens on: a live model, a file, a plan, or what lies in the folder; and what was left there."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_ext.opening.local_cloud import workshop_for
from wizard.errors import SendoffError

if TYPE_CHECKING:
    from jupyter_ext.capture.capturing import Captured
    from jupyter_ext.capture.live_session import Session
    from jupyter_ext.opening.taking_up import Opened
    from wizard.events import Reporter
    from wizard.run.left import Left
    from wizard.steps.deploy import Deploy, Workshop

PLAN_ENDINGS = frozenset({".yaml", ".yml"})
MODEL_ENDINGS = frozenset({".pkl", ".joblib", ".pickle", ".sav", ".model"})
_LONGEST = 200
"""Characters of a path in a sentence, at most."""
_NAMED = 5
"""Names in a sentence, at most."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way through the wizard, opened. Whoever has it closes its `deploy`."""

    deploy: Deploy
    notices: tuple[str, ...] = ()
    """What the person should know, a sentence or two each."""
    left: Left | None = None
    """A run of this project that did not come to its end, or is at work; a notice says so. To go on with it is to run the plan."""
    captured: Captured | None = None
    """The files of the live model, where one was given."""


def open_way(
    given: Any,
    *,
    sample: Any = None,
    target: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    name: str | None = None,
    settings: Mapping[str, Any] | None = None,
    overwrites: bool = False,
    session: Session | None = None,
    reporter: Reporter | None = None,
) -> Way:
    """Open the wizard on `given`: a model file, a plan (`.yaml`), a folder with one of them, a live model, or nothing.

    A live model is saved into `folder`, by default one below the working directory that is named after the variable, so that two
    models do not share a plan; `name` is its file's name, `sample` are rows to ask it with. What Sendoff has saved there before
    is replaced, other files only with `overwrites`. Of a model file, `folder` is where its plan goes. Nothing opens on
    what is in `folder`; where that is not given, on what is in the working directory, or was left in a folder below it.

    What was begun to be answered for that model is taken up, else the plan that lies there. Then `target` ("local", "cloud_run",
    "workshop") and `settings` (dotted name of the plan → value) are given as answers.
    `session` is the notebook; where not given, the IPython shell that is running, if one is.

    It takes as long as saving the model and asking it for its answers. Raises SendoffError: CaptureError of a live model (see
    `jupyter_ext.capture.errors`), PlanError of the settings and of a plan that is wrong, TargetError where no local Cloud Run
    is up.
    """
    check_here()
    session = session or _live_session()
    workshop = workshop_for(target)
    place = Path(folder).expanduser().absolute() if folder is not None else None
    captured: Captured | None = None
    from jupyter_ext.opening.taking_up import about_run, open_model, run_left

    if given is None or isinstance(given, str | os.PathLike):
        refuse_for_files(given, sample, name)
        deploy, notices = (
            _from_the_folder(place, workshop, session)
            if given is None
            else _of_path(Path(given), place, workshop, overwrites, session)
        )
    else:
        from jupyter_ext.opening.saving import save_live

        captured = save_live(
            given, place, sample=sample, name=name, overwrites=overwrites, session=session, reporter=reporter
        )
        plan_path = captured.model_path.with_name(_plan_name())
        deploy, notices = open_model(captured.model_path, plan_path, workshop, overwrites=overwrites)
        notices = (*captured.notices, *notices)
    try:
        if settings or target is not None:
            from jupyter_ext.opening.given_settings import give

            give(deploy, settings or {}, target)
        left = run_left(deploy.plan_path)
    except BaseException:
        deploy.close()
        raise
    return Way(deploy, (*notices, *about_run(left)), left, captured)


def check_here() -> None:
    """Raise SendoffError where the working directory is gone: no path could be told from it."""
    try:
        Path.cwd()
    except OSError as error:
        raise SendoffError(
            "The folder that this notebook works in is gone.",
            f"It was removed or renamed while the kernel was working in it: {error.strerror or error}.",
            "Go to one that is there: %cd FOLDER, or restart the kernel.",
        ) from None


def _live_session() -> Session | None:
    """The notebook this runs in; None where it runs in none."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return None
    from jupyter_ext.capture.live_session import LiveSession

    return LiveSession(shell)


def refuse_for_files(given: object, sample: object, name: str | None) -> None:
    """Raise SendoffError for a sample or a name with no live model: a file is never loaded, and has its name."""
    option = "sample" if sample is not None else "name" if name is not None else ""
    if option:
        raise SendoffError(
            f"The {option} goes with a live model.",
            "No model was given." if given is None else f"{given} is a file, which is read and never loaded.",
            f"Name the variable that holds the fitted model, or leave the {option} out.",
        )


def _plan_name() -> str:
    from wizard.run.project import PLAN_NAME

    return PLAN_NAME


# -- a path -----------------------------------------------------------------------------------------------------------


def _of_path(
    given: Path, folder: Path | None, workshop: Workshop | None, overwrites: bool, session: Session | None
) -> Opened:
    from jupyter_ext.opening.taking_up import open_model, open_plan

    try:
        path = given.expanduser().absolute()
    except RuntimeError:  # ~somebody who is unknown here
        path = given.absolute()
    if not is_there(path):
        raise _no_such_file(given, path, session)
    if path.is_dir():
        return _of_folder(path, workshop, overwrites)
    if path.suffix.lower() not in PLAN_ENDINGS:
        return open_model(path, (made(folder) or path.parent) / _plan_name(), workshop, overwrites=overwrites)
    if folder is not None and folder != path.parent:
        raise SendoffError(
            f"{path.name} is a plan, and stays in its folder.",
            f"Everything that is made from it goes to {path.parent}.",
            "Leave the folder out, or copy the plan and its model there.",
        )
    return open_plan(path, workshop)


def is_there(path: Path) -> bool:
    """Whether there is a file or folder; not where no file can be called so."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _no_such_file(given: Path, path: Path, session: Session | None) -> SendoffError:
    what = f"There is no file {str(given)[:_LONGEST]}."
    if session is not None and str(given) in session.namespace:
        return SendoffError(
            what,
            f"{given} is a variable of this notebook; between quotes it is the name of a file.",
            f"Name the variable itself: %sendoff {given}, or Wizard({given})",
        )
    if not is_there(path.parent):
        return SendoffError(what, f"There is no folder {path.parent} either.", "Check the path.")
    there = files_to_open(path.parent)
    near = difflib.get_close_matches(path.name, there, 1, 0.5)
    return SendoffError(
        what,
        f"{path.parent} has {_listed(there)}." if there else f"{path.parent} has no model file and no plan.",
        f"Did you mean {given.with_name(near[0])}?" if near else "Check the path.",
    )


def _of_folder(folder: Path, workshop: Workshop | None, overwrites: bool) -> Opened:
    """A folder that was named: what was begun in it, its plan, or the one model file it has."""
    from jupyter_ext.opening.taking_up import open_folder, open_model

    deploy, notices = open_folder(folder, workshop)
    if deploy is not None:
        return deploy, notices
    models = [name for name in files_to_open(folder) if Path(name).suffix.lower() in MODEL_ENDINGS]
    if len(models) == 1:
        return open_model(folder / models[0], folder / _plan_name(), workshop, overwrites=overwrites)
    raise SendoffError(
        f"{folder} is a folder without a plan.",
        f"It has several model files: {_listed(models)}." if models else "It has no model file either.",
        f"Name the file: {folder / models[0]}" if models else "Name a model file, or the variable that holds a model.",
    )


def files_to_open(folder: Path) -> list[str]:
    """Names of the model files and plans in a folder, in order; none where it cannot be looked into."""
    try:
        endings = MODEL_ENDINGS | PLAN_ENDINGS
        return sorted(one.name for one in folder.iterdir() if one.suffix.lower() in endings and one.is_file())
    except OSError:
        return []


def made(folder: Path | None) -> Path | None:
    """The folder, made where it was not there. Raises SendoffError where that cannot be."""
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SendoffError(
                f"The folder {folder} cannot be made.", f"{error.strerror or error}.", "Choose one you may write to."
            ) from None
    return folder


# -- nothing ----------------------------------------------------------------------------------------------------------


def _from_the_folder(folder: Path | None, workshop: Workshop | None, session: Session | None) -> Opened:
    """What was begun in the folder, or its plan; else from the start, with the model as the first question."""
    from jupyter_ext.opening.taking_up import open_folder, projects_in
    from wizard.steps.deploy import Deploy

    here = folder or Path.cwd()
    deploy, notices = open_folder(here, workshop)
    if deploy is not None:
        return deploy, notices
    below = projects_in(here) if folder is None else []
    for newest in [one for one in below if one.is_left][:1]:
        deploy, of_it = open_folder(newest.folder, workshop)
        if deploy is not None:
            said = f"This is the project in ./{newest.folder.name}, which was left last. To begin with a model: %sendoff MODEL"
            return deploy, (said, *notices, *of_it)
    there = (f"Projects here: {_listed([f'./{one.folder.name}' for one in below])}. To open one: %sendoff ./NAME",)
    models = _models_in(session) if session is not None else ()
    return Deploy.new(here, workshop=workshop), (*notices, *models, *(there if below else ()))


def _models_in(session: Session) -> tuple[str, ...]:
    from jupyter_ext.opening.fitted_models import fitted_models

    found = fitted_models(session.namespace)
    if not found:
        return ()
    listed = _listed([f"{name} ({kind})" for name, kind in reversed(found.items())])
    return (f"This notebook holds {listed}. To deploy a model from here: %sendoff {list(found)[-1]}",)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
