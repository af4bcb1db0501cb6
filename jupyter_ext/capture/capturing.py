"""The way into the package: a live model in, files that the road can take up out. All of them or none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_ext.capture.errors import CaptureError
from jupyter_ext.capture.exporting import Exported, save
from jupyter_ext.capture.fitness import check_fitted
from jupyter_ext.capture.modules import take_along
from jupyter_ext.capture.naming import checked_name, variable_of
from jupyter_ext.capture.placing import files_below, in_the_way, made_aside, place
from jupyter_ext.capture.recording import record
from jupyter_ext.capture.sample import sample_of
from wizard.events import Reporter, silent
from wizard.inspection import inspect_model
from wizard.inspection.inspection import Inspection
from wizard.recorded import recorded_path_of, write_recorded

if TYPE_CHECKING:
    from jupyter_ext.capture.live_session import Session
    from jupyter_ext.capture.rescue import Rescued


@dataclass(frozen=True, slots=True)
class Captured:
    """The files of a live model."""

    model_path: Path
    recorded_path: Path | None
    """None where there were no rows to ask the model with; a notice says so."""
    modules: tuple[Path, ...]
    """The person's own code that the model needs: what was rescued from the notebook, and files beside it."""
    packages: tuple[str, ...]
    """Installed packages that the rescued code imports, by the name it imports: "numpy", "sklearn"."""
    notices: tuple[str, ...]
    """What the person should know, a sentence each."""


def capture(
    model: Any,
    folder: Path,
    *,
    name: str,
    sample: Any = None,
    session: Session | None = None,
    reporter: Reporter | None = None,
    overwrites: bool = False,
) -> Captured:
    """Save the model as `folder/name`, its answers beside it, and the code of the notebook that it needs.

    `sample` are rows to ask it with; without them, rows are made from what the file says. `session` is the notebook, where there
    is one: code that lives there is written to a module named after the file. Raises CaptureError (see `errors`), InTheWayError
    where a file of that name has other bytes and `overwrites` is not given, InspectionError, CancelledError; whatever is
    raised, the folder is as it was.
    """
    reporter = reporter or silent("capture")
    checked_name(name)
    variable = variable_of(model, session.namespace) if session is not None else "model"
    check_fitted(model, variable)
    given = sample_of(sample, model) if sample is not None else None
    if (folder / name).is_dir():
        raise in_the_way(folder / name)
    rescued = _rescued(model, session, folder, name)
    with made_aside(folder) as aside:
        exported = _saved(model, aside / name, rescued, reporter, variable)
        inspection = inspect_model(exported.path, reporter=reporter)
        notices = _left_behind(inspection, rescued)
        answers = record(model, given, exported, inspection, reporter=reporter, variable=variable)
        if answers.recorded is not None:
            write_recorded(recorded_path_of(aside / name), answers.recorded)
        modules, found = take_along(inspection.local_modules, aside, folder)
        record_name = recorded_path_of(folder / name).name
        own = {
            record_name,
            *([f"{rescued.module_name}.py"] if rescued is not None else []),
        }  # of no use to another model
        place(aside, folder, overwrites=frozenset(files_below(aside) if overwrites else own))
    return Captured(
        folder / name,
        folder / record_name if answers.recorded is not None else None,
        modules,
        rescued.packages if rescued is not None else (),
        (*notices, *(rescued.notices if rescued is not None else ()), *found, *answers.notices),
    )


def _rescued(model: Any, session: Session | None, folder: Path, name: str) -> Rescued | None:
    """The notebook's code that the model needs, as a module; None where it needs none."""
    if session is None:
        return None
    from jupyter_ext.capture.rescue_parts import notebook_parts

    parts = notebook_parts(model)
    if not parts:
        return None
    from jupyter_ext.capture.rescue import rescue
    from jupyter_ext.capture.written_module import free_module_name

    return rescue(parts, session, module_name=free_module_name(folder, module_name_for(name)))


def module_name_for(name: str) -> str:
    """What the module with the notebook's code is called: after the model file, so that two models do not share one."""
    stem = re.sub(r"\W", "_", Path(name).stem)
    return f"model_{stem}_code" if stem[0].isdigit() else f"{stem}_code"


def _saved(model: Any, path: Path, rescued: Rescued | None, reporter: Reporter, variable: str) -> Exported:
    if rescued is None:
        return save(model, path, reporter, variable=variable)
    from jupyter_ext.capture.rescue_against import against

    with against(rescued):
        exported = save(model, path, reporter, variable=variable)
    path.with_name(f"{rescued.module_name}.py").write_text(rescued.source, encoding="utf-8")
    return exported


def _left_behind(inspection: Inspection, rescued: Rescued | None) -> tuple[str, ...]:
    """A word on code that the file still looks for in a notebook. Raises CaptureError where it should have been rescued."""
    names = [name for local in inspection.local_modules if local.module == "__main__" for name in local.names]
    if not names:
        return ()
    listed = ", ".join(names[:5])
    if rescued is not None:
        raise CaptureError(
            "The model still needs code that lives in the notebook.",
            f"Its file asks for {listed}, which could not be carried over.",
            "Write it in a file beside the notebook, import it from there, and fit the model again.",
        )
    return (f"The model needs {listed}, which live in this program alone: the service needs a module with them.",)
