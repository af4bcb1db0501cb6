"""The words after `%sendoff`: what can be said, and what was said."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from wizard.errors import SendoffError


@dataclass(frozen=True, slots=True)
class Option:
    """One option of the magic."""

    name: str
    takes: str
    """What stands behind it; empty where nothing does."""
    why: str
    again: bool = False
    """It may be given several times."""


OPTIONS = (
    Option("--sample", "ROWS", "rows of your data, an expression: the model's answers to them are recorded"),
    Option("--target", "WHERE", "local, cloud_run, or workshop (a local Cloud Run to practise on)"),
    Option("--set", "NAME=VALUE", "a setting of the plan, such as service.memory=1Gi", again=True),
    Option("--folder", "FOLDER", "where the model and its plan go, by default one named after the variable"),
    Option("--name", "FILE", "what the model's file is called, by default after the variable"),
    Option("--wait", "", "deploy without a question, and wait for it: for notebooks that nobody watches"),
    Option("--overwrite", "", "replace a model or plan that lies in the way"),
)
_OPEN, _CLOSE, _QUOTES = "([{", ")]}", "\"'"


class MagicError(SendoffError):
    """The line after the magic cannot be understood."""

    code = "magic"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said after the magic. Texts are as they were written: what they name has not been looked up."""

    model: str = ""
    sample: str = ""
    target: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    """(name, value) in order."""
    folder: str | None = None
    name: str | None = None
    wait: bool = False
    overwrite: bool = False


def asked_in(line: str) -> Asked:
    """Read the line. Raises MagicError for what is no option, with the nearest that is."""
    model: list[str] = []
    values: dict[str, list[str]] = {}
    words = iter(words_in(line))
    for word in words:
        if not word.startswith("-"):
            model.append(word)
            continue
        name, equals, value = word.partition("=")
        option = _option(name)
        if option.takes:
            value = value if equals else next(words, "")
            if not value or (not equals and value.startswith("--")):
                raise MagicError(f"{name} says nothing.", f"It is for {option.why}.", f"Write {name} {option.takes}.")
        elif equals:
            raise MagicError(f"{name} takes no value.", f"{word} was given.", f"Write {name} alone.")
        if values.get(name) and not option.again:
            raise MagicError(f"{name} is there twice.", "It can be said once.", "Remove one of the two.")
        values.setdefault(name, []).append(value)
    if len(model) > 1:
        raise MagicError(
            f"{model[0]} and {model[1]} cannot both be deployed at once.",
            "One model, file or plan is named, and what else there is to say begins with two dashes.",
            f"Write %sendoff {model[0]}. An expression with spaces in it goes into brackets.",
        )

    def said(name: str) -> str | None:
        return unquoted(values[name][0]) if name in values else None

    return Asked(
        model="".join(model),
        sample=values.get("--sample", [""])[0],
        target=said("--target"),
        settings=tuple(map(_setting, values.get("--set", ()))),
        folder=said("--folder"),
        name=said("--name"),
        wait="--wait" in values,
        overwrite="--overwrite" in values,
    )


def words_in(line: str) -> list[str]:
    """The line cut at spaces, but not within brackets and quotes, up to a comment.

    Raises MagicError where a bracket or quote is left open.
    """
    line = line.strip().rstrip(";")  # which in a notebook says that what the line gives is not to be printed
    words = list(takewhile(lambda word: not word.startswith("#"), _words(line)))
    if words and (still := _left_open(words[-1])):
        raise MagicError(
            f"The line ends before {still} is closed.", f"It ends with {words[-1][-40:]}", f"Add the missing {still}."
        )
    return words


def _words(line: str) -> Iterator[str]:
    word = ""
    for letter in line:
        if letter.isspace() and not _left_open(word):
            if word:
                yield word
            word = ""
        else:
            word += letter
    if word:
        yield word


def _left_open(word: str) -> str:
    """The bracket or quote that a word lacks at its end; empty where it is whole."""
    wanted: list[str] = []
    quote = ""
    escaped = False
    for letter in word:
        if quote:
            quote = "" if letter == quote and not escaped else quote
            escaped = letter == "\\" and not escaped
        elif letter in _QUOTES:
            quote = letter
        elif letter in _OPEN:
            wanted.append(_CLOSE[_OPEN.index(letter)])
        elif wanted and letter == wanted[-1]:
            wanted.pop()
    return quote or (wanted[-1] if wanted else "")


def unquoted(text: str) -> str:
    """The text without the quotes around it."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        try:
            value = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            return text[1:-1]
        return value if isinstance(value, str) else text
    return text


def _setting(word: str) -> tuple[str, str]:
    name, equals, value = unquoted(word).partition("=")
    if not equals:
        raise MagicError(f"--set {name} sets nothing.", "It needs a value.", f"For example --set {name}=VALUE")
    return name.strip(), unquoted(value.strip())


def _option(name: str) -> Option:
    known = {option.name: option for option in OPTIONS}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(f"--{name.lstrip('-')}", known, 1, 0.5)
    raise MagicError(
        f"%sendoff has no option {name}.",
        f"There are {', '.join(known)}.",
        f"Did you mean {near[0]}?" if near else "%sendoff? tells what each is for.",
    )
