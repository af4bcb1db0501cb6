"""`sendoff revisions | traffic | rollback`: what a service has run, and which of it gets the requests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from wizard.cli.outcome import ask, fold, print_json, say
from wizard.cli.service import chosen
from wizard.errors import TargetError

if TYPE_CHECKING:
    from wizard.targets import Moved, ReleasedService


def show_revisions(name: str | None, target: str | None, as_json: bool) -> None:
    """A line for each revision, the newest first."""
    from wizard.run import to_data

    service = chosen(name, target)
    revisions = service.revisions()
    if as_json:
        print_json({"ok": True, "service": service.name, "revisions": [to_data(one) for one in revisions]})
        return
    wide = max((len(one.name) for one in revisions), default=0)
    for one in revisions:
        state = "ready" if one.ready else "not ready"
        say(f"{one.name:<{wide}}  {one.percent:>3} %  {state:<9}  {_day(one.created)}  {_digest(one.image)}")
        for tag, url in one.tags.items():
            say(f"    {tag}: {url or 'no address yet'}")
        if one.note:
            say(fold(one.note, "    ", "    "))


def _day(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment)) if moment else "-"


def _digest(image: str) -> str:
    """As much of an image's digest as tells it from others; `--json` has it whole."""
    name, at, digest = image.partition("@")
    return digest[: len("sha256:") + 12] if at else name


def divide(words: list[str], target: str | None, as_json: bool) -> None:
    """Divide the requests as `REVISION=PERCENT …` says; a first word without = names the service."""
    name = None if "=" in words[0] else words[0]
    shares: dict[str, int] = {}
    for word in words if name is None else words[1:]:
        revision, equals, percent = word.partition("=")
        if not equals or not percent.isdecimal() or revision in shares:
            raise TargetError(
                f"{word!r} is no share of the traffic.",
                "A share is REVISION=PERCENT with a whole number, each revision once.",
                "For example: sendoff traffic housing housing-1a2b3c4d=90 housing-5e6f7a8b=10",
            )
        shares[revision] = int(percent)
    service = chosen(name, target)
    _show(service, service.set_traffic(shares), as_json)


def roll_back(name: str | None, target: str | None, yes: bool, as_json: bool) -> None:
    """Give all requests back to the revision that had them before, after asking."""
    service = chosen(name, target)
    question = f"Move the requests of {service.name} back: {service.way_back()}?"
    if not ask(question, yes, f"sendoff rollback {service.name}"):
        raise typer.Exit(1)
    _show(service, service.rollback(), as_json)


def _show(service: ReleasedService, moved: Moved, as_json: bool) -> None:
    if as_json:
        before, after = dict(moved.before), dict(moved.after)
        print_json({"ok": True, "service": service.name, "before": before, "after": after})
        return
    if moved.before == moved.after:
        from wizard.targets.status import split_in_words

        say(f"{service.name}: nothing moved, the traffic is so already: {split_in_words(moved.after)}")
        return
    say(f"{service.name}: {moved}")
    say(f"Its state: sendoff status {service.name}")
