"""Every error a person can meet.

Each says *what* happened, *why* (the cause, with its evidence) and how to *fix* it. A face prints these three and never a
traceback: a traceback that reaches a person is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar


class SendoffError(Exception):
    """Something a person can understand and act on.

    `what`      what happened, one sentence.
    `why`       the cause, as far as it is known; may be empty.
    `fix`       what to do about it: a command, a value, a choice; may be empty only where nothing can be done.
    `evidence`  the lines of a log, file or answer that show the cause.
    `stage`     the stage of the road it happened in; filled in by the run.
    """

    code: ClassVar[str] = "error"
    """Stable name of the kind of error, for `--json` and the journal."""

    def __init__(self, what: str, why: str = "", fix: str = "", *, evidence: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        self.evidence = tuple(evidence)
        self.stage = ""

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, *self.evidence, self.fix) if part)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback (its protocol: a list of lines)."""
        return [
            f"✗ {self.what}",
            *([self.why] if self.why else []),
            *(f"│ {line}" for line in self.evidence),
            *([f"→ {self.fix}"] if self.fix else []),
        ]

    def as_dict(self) -> dict[str, Any]:
        """The error as plain data, with stable keys."""
        return {
            "code": self.code,
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
            "evidence": list(self.evidence),
            "stage": self.stage,
        }


class InspectionError(SendoffError):
    """The model file cannot be read, or is no model."""

    code = "inspection"


class UnsafeModelError(SendoffError):
    """The file would run code that no model needs; the road stops until the person insists."""

    code = "unsafe-model"


class PlanError(SendoffError):
    """A value of the plan is wrong, missing or does not fit the model.

    `field` is its dotted path, `nearest` the legal value nearest to the one given, as plain data; None where none is known.
    """

    code = "plan"

    def __init__(
        self,
        what: str,
        why: str = "",
        fix: str = "",
        *,
        field: str = "",
        nearest: Any = None,
        evidence: Sequence[str] = (),
    ) -> None:
        super().__init__(what, why, fix, evidence=evidence)
        self.field = field
        self.nearest = nearest

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "field": self.field, "nearest": self.nearest}


class _KindError(SendoffError):
    """An error with a stable name for the way it went wrong, beside that of the part it went wrong in."""

    def __init__(
        self, what: str, why: str = "", fix: str = "", *, kind: str = "other", evidence: Sequence[str] = ()
    ) -> None:
        super().__init__(what, why, fix, evidence=evidence)
        self.kind = kind

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "kind": self.kind}


class LockError(_KindError):
    """The dependencies cannot be resolved for the target.

    `kind`      which way it went wrong (see `wizard.locking`).
    `package`   the distribution it is about, by its canonical name; empty where it is about none.
    `instead`   a requirement of the plan → what works in its place, None where it works without.
    `settings`  dotted path of the plan → a value that works, beside the requirements.
    """

    code = "lock"

    def __init__(
        self,
        what: str,
        why: str = "",
        fix: str = "",
        *,
        kind: str = "other",
        package: str = "",
        instead: Mapping[str, str | None] | None = None,
        settings: Mapping[str, Any] | None = None,
        evidence: Sequence[str] = (),
    ) -> None:
        super().__init__(what, why, fix, kind=kind, evidence=evidence)
        self.package = package
        self.instead = dict(instead or {})
        self.settings = dict(settings or {})

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "package": self.package, "instead": self.instead, "settings": self.settings}


class BundleError(SendoffError):
    """The bundle folder cannot be written, or is not what it was."""

    code = "bundle"


class EngineError(SendoffError):
    """The container engine is missing, too old, full, of another architecture, or went away."""

    code = "engine"


class BuildError(SendoffError):
    """The image could not be built."""

    code = "build"


class PushError(_KindError):
    """The image could not be brought to the registry. `kind` says which way (see `wizard.images.push_causes`)."""

    code = "push"


class _CausedError(SendoffError):
    """An error whose cause was recognised, perhaps: `cause` is a value of `wizard.advice.CauseKind`, or empty."""

    def __init__(
        self, what: str, why: str = "", fix: str = "", *, cause: str = "", evidence: Sequence[str] = ()
    ) -> None:
        super().__init__(what, why, fix, evidence=evidence)
        self.cause = str(cause)

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "cause": self.cause}


class RehearsalError(_CausedError):
    """The service did not keep the target's contract, or does not predict what the model predicts."""

    code = "rehearsal"


class TargetError(_CausedError):
    """The service could not be released, found, called or removed."""

    code = "target"


class ProjectBusyError(SendoffError):
    """Another run is at work on this project."""

    code = "busy"


class CancelledError(SendoffError):
    """The person asked to stop; what was half done has been undone."""

    code = "cancelled"


def own_fault(error: BaseException, folder: Path | None = None, stage: str = "") -> SendoffError:
    """A fault of Sendoff's own, in the same three parts. The traceback goes to a file in `folder` (the system's folder for
    temporary files where none is given), for a report, and never to the screen.
    """
    import tempfile
    import traceback

    report = "Please report it."
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, prefix="fault-", suffix=".traceback.txt", delete=False
        ) as file:
            file.write("".join(traceback.format_exception(error)))
        report = f"Please report it with {file.name}."
    except OSError:
        pass  # nothing can be written there: the fault itself may be that the disk is full
    fault = SendoffError(
        f"Sendoff itself failed{f' in the stage {stage!r}' if stage else ''}.",
        f"{type(error).__name__}: {error}",
        f"Nothing that was done is lost: the same command goes on from here. {report}" if stage else report,
    )
    fault.stage = stage
    return fault


def error_of(data: Mapping[str, Any]) -> SendoffError:
    """What `SendoffError.as_dict` wrote, as an error of the same class, with the attributes that class has."""
    what, why, fix = (str(data.get(key) or "") for key in ("what", "why", "fix"))
    evidence = tuple(str(line) for line in data.get("evidence") or ())
    kinds = {
        kind.code: kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, SendoffError)
    }
    error = kinds.get(str(data.get("code")), SendoffError)(what, why, fix, evidence=evidence)
    for name, value in vars(error).items():
        if name not in ("what", "why", "fix") and type(data.get(name)) is type(value):
            setattr(error, name, data[name])
    return error
