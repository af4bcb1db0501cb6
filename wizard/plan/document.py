"""sendoff.yaml: the plan as a file people read, compare and edit.

Above each value stands where it came from and why; the `sources` section at the end keeps the same as data, together with
the value it speaks of. A value changed by hand no longer matches its source, and becomes the person's own.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wizard.errors import PlanError
from wizard.plan.fields import field_defaults, field_paths, spelled
from wizard.plan.messages import validate
from wizard.plan.plan import Origin, Plan, Source
from wizard.plan.proposing import with_values
from wizard.plan.secrecy import looks_secret, names_a_secret
from wizard.printable import one_line

_LARGEST = 1024 * 1024
_DEEPEST = 4
_WIDTH = 118
_UNPRINTED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def dump_plan(plan: Plan, heading: str = "") -> str:
    """The plan as YAML text. `heading` is one sentence on what the plan is for."""
    lines = [f"# {one_line(heading)}"] if heading else []
    lines += [
        "# Edit what you like: `sendoff up` follows this file and asks nothing.",
        "# Above each value: why it is what it is, and [who says so].",
        "",
        f"sendoff: {plan.sendoff}",
    ]
    section, target = "", plan.target.kind
    for path, value in plan.values().items():
        name, _, field = path.partition(".")
        if name != section:
            lines += ["", f"{name}:"]
            section = name
        if (origin := plan.origin(path)) is not None:
            lines += textwrap.wrap(
                one_line(f"{origin.why} [{origin.source.value}]"),
                _WIDTH,
                initial_indent="  # ",
                subsequent_indent="  # ",
            )
        lines += _entry(field, spelled(path, value, target), "  ")
    descriptions, defaults = field_paths(target), field_defaults(target)
    recorded = {
        path: origin for path, origin in plan.sources.items() if not _implied(path, origin, descriptions, defaults)
    }
    if recorded:
        lines += [
            "",
            "# Kept by Sendoff. A value you change above becomes your own, whatever is written here.",
            "sources:",
        ]
        for path, origin in recorded.items():
            record = {"source": origin.source.value, "value": spelled(path, origin.value, target), "why": origin.why}
            lines.append(f"  {path}: {_flow(record)}")
    return "\n".join(lines) + "\n"


def save_plan(plan: Plan, path: Path, heading: str = "") -> None:
    """Write the plan; an existing file stays whole until the new one is complete. Raises PlanError."""
    text = dump_plan(plan, heading)
    part = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            part = Path(file.name)
            file.write(text)
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        else:
            umask = os.umask(0)
            os.umask(umask)
            part.chmod(0o666 & ~umask)
        part.replace(path)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise PlanError(
            f"The plan could not be written to {path}.",
            f"{error.strerror}.",
            "Make room for it, or choose another place.",
        ) from None


def load_plan(path: Path) -> Plan:
    """Read a plan. Raises PlanError that names the line and field, what is allowed and the nearest right value."""
    try:
        size = path.stat().st_size
        if size > _LARGEST:
            raise PlanError(
                f"{path.name} is too large for a plan.",
                f"It has {size:,} bytes; a plan has a few thousand.",
                "Is it a model file? `sendoff plan MODEL` makes a plan from one.",
            )
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PlanError(
            f"There is no plan at {path}.", "", f"`sendoff plan MODEL -o {path}` makes one from a model file."
        ) from None
    except UnicodeDecodeError:
        raise PlanError(
            f"{path.name} is not a plan.",
            "It is not text.",
            "If it is a model, `sendoff plan MODEL` makes a plan from it.",
        ) from None
    except OSError as error:
        raise PlanError(
            f"{path} could not be read.", f"{error.strerror}.", "Check the path and its permissions."
        ) from None
    return parse_plan(text, path.name)


def parse_plan(text: str, name: str = "the plan") -> Plan:
    """A plan from YAML text; see `load_plan`."""
    data, lines = read_yaml(text, name)
    version = data.get("sendoff")
    if isinstance(version, int) and not isinstance(version, bool) and version > 1:
        raise PlanError(
            f"{name} was written by a newer Sendoff.",
            f"Its layout is version {version}; this Sendoff reads version 1.",
            "Update Sendoff: pip install --upgrade sendoff.",
            field="sendoff",
        )
    recorded = data.pop("sources", None)
    plan = validate(data, lines)
    return with_values(plan, _sources(plan, recorded))


def _sources(plan: Plan, recorded: object) -> dict[str, Origin]:
    known = recorded if isinstance(recorded, Mapping) else {}
    target = plan.target.kind
    descriptions, defaults = field_paths(target), field_defaults(target)
    sources: dict[str, Origin] = {}
    for path, value in plan.values().items():
        record = known.get(path)
        if isinstance(record, Mapping) and record.get("value") == spelled(path, value, target):
            try:
                sources[path] = Origin(source=Source(str(record.get("source"))), why=str(record.get("why", "")))
                continue
            except ValueError:
                pass
        house = Origin(source=Source.HOUSE, why=descriptions[path], value=value)
        if record is None and _implied(path, house, descriptions, defaults):
            sources[path] = house
        else:
            sources[path] = Origin(source=Source.PERSON, why="You wrote it in the plan.")
    return sources


def _implied(path: str, origin: Origin, descriptions: Mapping[str, str], defaults: Mapping[str, Any]) -> bool:
    """Whether a reader can tell the origin from the value alone: the house's default, for the reason every plan gives."""
    return (
        origin.source is Source.HOUSE
        and path in defaults
        and origin.value == defaults[path]
        and origin.why == descriptions[path]
    )


def _entry(name: str, value: Any, indent: str) -> list[str]:
    """A field and its value as a block, so that a change of one value is a change of one line."""
    if isinstance(value, dict) and value:
        inner = [line for key, item in value.items() for line in _entry(_word(key), item, indent + "  ")]
        return [f"{indent}{name}:", *inner]
    if isinstance(value, list) and value:
        return [f"{indent}{name}:", *(line for item in value for line in _item(item, indent + "  "))]
    if isinstance(value, str):
        return [f"{indent}{name}: {_word(value)}"]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return [f"{indent}{name}: {json.dumps(value)}"]


def _item(value: Any, indent: str) -> list[str]:
    if isinstance(value, dict) and value:
        lines = [line for key, item in value.items() for line in _entry(_word(key), item, indent + "  ")]
        return [f"{indent}- {lines[0].lstrip()}", *lines[1:]]
    return [f"{indent}- {_flow(value)}"]


def _flow(value: Any) -> str:
    """JSON, which YAML reads; what YAML takes for the end of a line, or does not print, is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _word(text: str) -> str:
    return text if _plain(text) else _flow(text)


def _plain(text: str) -> bool:
    """Whether YAML reads the bare word back as this very string."""
    if re.fullmatch(r"\d+[KMG]i", text):
        return True
    if re.fullmatch(r"[A-Za-z/][\w./-]*", text, re.ASCII) is None:
        return False
    return text.lower() not in {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def read_yaml(text: str, name: str) -> tuple[dict[str, Any], dict[str, int]]:
    """A plan's text as plain data, and the line of each dotted path, from 1. Raises PlanError, which calls the text `name`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.events import AliasEvent

    try:
        # An alias can make a small file stand for billions of values. Without an asterisk there is none.
        if "*" in text and any(isinstance(event, AliasEvent) for event in YAML(typ="rt", pure=True).parse(text)):
            raise PlanError(f"{name} uses a YAML alias (*name).", "A plan does not need them.", "Write the value out.")
        document = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark is not None else 0
        evidence = [shown for shown in text.splitlines()[line - 1 : line] if line and not _secret(shown)]
        raise PlanError(
            f"{name} is not valid YAML{f' (line {line})' if line else ''}.",
            f"{(error.problem or 'It cannot be read').strip().capitalize()}.",
            "Correct that line; mind the indentation.",
            evidence=evidence,
        ) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise PlanError(
            f"{name} is not valid YAML.", f"{str(error).splitlines()[0]}", "Correct it, or make a new plan."
        ) from None
    if not isinstance(document, Mapping):
        raise PlanError(
            f"{name} is not a plan.",
            "A plan has the sections model, serving, image, service and target.",
            "`sendoff plan MODEL` makes one from a model file.",
        )
    lines = dict(_line_numbers(document, ""))
    return _as_plain(document), lines


def _secret(line: str) -> bool:
    return names_a_secret(line) or looks_secret(line)


def _line_numbers(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, int]]:
    """Dotted path → line, of every entry down to those of sections within sections and of lists in them."""
    if depth > _DEEPEST or not isinstance(value, Mapping | list):
        return
    for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
        here = f"{path}.{key}" if path else str(key)
        mark = value.lc.key(key) if isinstance(value, Mapping) else value.lc.item(key)  # type: ignore[attr-defined]
        if mark is not None:
            yield here, mark[0] + 1
        yield from _line_numbers(inner, here, depth + 1)


def _as_plain(value: Any) -> Any:
    """ruamel's own scalars and containers as Python's."""
    if isinstance(value, Mapping):
        return {str(key): _as_plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_plain(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    for plain in (int, float, str):
        if isinstance(value, plain):
            return plain(value)
    return value
