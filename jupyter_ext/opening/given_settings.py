"""Settings that were given with the model, as answers of the wizard: dotted names of the plan with their values."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_ext.opening.saving import digest_of
from wizard.errors import PlanError

if TYPE_CHECKING:
    from wizard.steps.deploy import Deploy
    from wizard.steps.fields import Field

_KIND = "target.kind"
_TRUSTED = "model.trusted"


def give(deploy: Deploy, settings: Mapping[str, Any], target: str | None = None) -> None:
    """Answer the wizard's questions with the settings; a target beside them is what `target.kind` in them does not say.

    A value is what Python has for it, or a text as `sendoff --set` takes it: "512Mi", "a,b", "NAME:VALUE,NAME:VALUE". One that
    cannot be is said at its field. Raises PlanError for a name that is no setting, with the nearest that is, and for values of a
    form that no setting of that name has.
    """
    known = {field.name: field for step in deploy.steps for field in step.fields}
    where = _where(settings, target)
    asked = str(where or deploy.session.field("where").value or "local")
    answers = dict(_answers(deploy, known, _read(settings, "local" if asked == "local" else "cloud_run")))
    if where is not None:
        deploy.session.set("where", where)
    for name, answer in answers.items():
        try:
            deploy.session.set(name, answer)
        except TypeError as error:
            raise PlanError(
                f"{name} cannot be {_a(answer)}.",
                f"It is asked for {str(error).partition(', not ')[0]}.",
                "Give it as the plan would have it.",
                field=name,
            ) from None


def _a(value: object) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind}"


def _where(settings: Mapping[str, Any], target: str | None) -> str | None:
    """The answer to "where to" that was given; None where none was. Raises PlanError where it is no kind of target."""
    if _KIND not in settings:
        return target
    from wizard.plan.messages import check_target_kind

    kind = check_target_kind(settings[_KIND])
    return target if target is not None and (target == "local") == (kind == "local") else kind


def _read(settings: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The settings with texts read by the type of their field. Raises PlanError for what is no field."""
    from wizard.plan import parse_settings
    from wizard.plan.messages import field_given

    for name in settings:
        field_given(name, kind)
    texts = [f"{name}={value}" for name, value in settings.items() if isinstance(value, str) and name != _KIND]
    read = parse_settings([f"{_KIND}={kind}", *texts])
    return {name: read.get(name, value) for name, value in settings.items() if name != _KIND}


def _answers(deploy: Deploy, known: Mapping[str, Field], settings: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Field → what its control would hold."""
    from wizard.steps.deploy.plan_values import VOLUMES
    from wizard.steps.fields import Kind

    entries: dict[str, dict[str, str]] = {}
    for name, value in settings.items():
        field, (above, _, entry) = known.get(name), name.rpartition(".")
        if name == _TRUSTED:
            yield name, _trust(deploy, value)
        elif isinstance(value, Mapping) and (field is None or field.kind is Kind.BOOL):  # a section within a section
            if field is not None:
                yield name, True
            yield from _answers(deploy, known, {f"{name}.{inner}": each for inner, each in value.items()})
        elif name == VOLUMES and not isinstance(value, str):
            yield name, tuple(_line(each) for each in value)
        elif field is not None:
            if above in known and known[above].kind is Kind.BOOL and value is not None:
                yield above, True
            yield name, _raw(field, value)
        elif above in known and known[above].kind is Kind.PAIRS:
            entries.setdefault(above, {})[entry] = str(value)
        else:
            raise _no_setting(name, known)
    for name, added in entries.items():
        before = dict(row.split("=", 1) for row in deploy.session.field(name).raw if "=" in row)
        yield name, tuple(f"{key}={text}" for key, text in {**before, **added}.items())


def _raw(field: Field, value: Any) -> Any:
    from wizard.steps.fields import Kind
    from wizard.steps.parsing import LISTS, shown

    if isinstance(value, Mapping):
        return tuple(f"{name}={text}" for name, text in value.items())
    if field.kind in LISTS and isinstance(value, list | tuple | set | frozenset):
        return tuple(map(str, value))
    if value is None or (field.kind is Kind.SIZE and isinstance(value, int) and not isinstance(value, bool)):
        return shown(field.kind, value)
    return value


def _line(volume: Any) -> str:
    """A volume as one line of the form: what stands between the braces of a YAML mapping."""
    return json.dumps(dict(volume), default=str)[1:-1] if isinstance(volume, Mapping) else str(volume)


def _trust(deploy: Deploy, insists: Any) -> str:
    """The answer that a dangerous file is served all the same: the digest of that very file."""
    from wizard.steps.deploy.model_step import DISTRUST

    path = deploy.session.field("model.path").value
    if insists is not True or not path:
        return DISTRUST
    return digest_of(Path(path).absolute()) or DISTRUST


def _no_setting(name: str, known: Mapping[str, Field]) -> PlanError:
    from wizard.steps.deploy.all_steps import NOT_ASKED

    if name in NOT_ASKED:
        return PlanError(f"{name} is no setting.", "It is read from the model file.", f"Leave {name} out.", field=name)
    above = name.rpartition(".")[0]
    beside = [one for one in known if one.startswith(f"{above}.")]
    near = difflib.get_close_matches(name, beside or list(known), 1, 0.5)
    return PlanError(
        f"The plan has no field {name}.",
        f"Known here: {', '.join(one.rpartition('.')[2] for one in beside)}." if beside else "",
        f"Did you mean {near[0]}?" if near else "Leave it out.",
        field=name,
    )
