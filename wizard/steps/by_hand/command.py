"""Commands as one types them into a shell: quoted, broken into lines where they are long, with no private value in them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wizard.plan.secrecy import looks_random, looks_secret, names_a_secret

_WIDTH = 100
"""Columns a command may take before each of its options gets a line of its own."""


@dataclass(frozen=True, slots=True)
class Command:
    """What one types, perhaps in several lines, and one sentence on what it does."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class StageByHand:
    """One stage of the road: the commands in order, to be typed in the project's folder."""

    stage: str
    """Name of the stage in `wizard.run.STAGES`; "traffic", "rollback" and "down" come after the road."""
    title: str
    why: str
    commands: tuple[Command, ...]
    api: str = ""
    """The API call that Sendoff itself makes where one types a command, e.g. "run.v2 Services.CreateService"; may be empty."""


class Typed(str):
    """A word that is written for the shell already: it holds quotes, or something the shell is to fill in."""

    __slots__ = ()


def shell(*words: str | tuple[str, ...]) -> str:
    """A command line. A tuple is an option with its values, which stay on one line together."""
    groups = [" ".join(map(_quoted, (word,) if isinstance(word, str) else word)) for word in words]
    line = " ".join(groups)
    if len(line) <= _WIDTH:
        return line
    lines = [groups[0]]
    for word, group in zip(words[1:], groups[1:], strict=True):
        # Options get lines of their own, and what follows them; what the command itself is called stays together.
        if isinstance(word, tuple) or len(lines) > 1:
            lines.append(group)
        else:
            lines[0] += f" {group}"
    return " \\\n    ".join(lines)


def _quoted(word: str) -> str:
    return str(word) if isinstance(word, Typed) else shlex.quote(word)


def is_private(name: str, value: str) -> bool:
    """Whether a variable's value must not be shown: its name or its form is that of a secret."""
    return names_a_secret(name) or looks_secret(value) or looks_random(value)


def plain(env: Mapping[str, str]) -> dict[str, str]:
    """The variables whose values may be shown, by name."""
    return {name: value for name, value in sorted(env.items()) if not is_private(name, value)}


def private(env: Mapping[str, str]) -> tuple[str, ...]:
    """Names of those whose values stay in the person's own shell."""
    return tuple(sorted(name for name, value in env.items() if is_private(name, value)))


def without_secrets(env: Mapping[str, str]) -> str:
    """A sentence on what to do about the variables that are not shown; empty where all are."""
    if not (names := private(env)):
        return ""
    return f" Values that may be secret are not shown: `export {'=… '.join(names)}=…` in your shell first."


def gcloud_list(items: Iterable[str]) -> str:
    """Values of a gcloud flag that takes a list or a mapping: with a delimiter of its own where a value holds a comma."""
    values = list(items)
    if not any("," in value for value in values):
        joined = ",".join(values)
        return f"^,^{joined}" if joined.startswith("^") else joined
    delimiter = next(mark for mark in _DELIMITERS if not any(mark in value for value in values))
    return f"^{delimiter}^{delimiter.join(values)}"


_DELIMITERS = (";", "|", "@", "::", "##", "~~", *(f"-{number}-" for number in range(1000)))
"""See `gcloud topic escaping`: one or more characters that are in no value."""
