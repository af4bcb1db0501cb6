"""`sendoff status | logs | predict | down`: the services released from here."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from wizard.cli.outcome import ask, fold, print_json, say
from wizard.errors import SendoffError, TargetError

if TYPE_CHECKING:
    from wizard.targets import ReleasedService, ServiceStatus


def chosen(name: str | None, target: str | None) -> ReleasedService:
    """The service named, or the only one there is."""
    from wizard import targets

    if name is not None:
        return targets.find(name, target)
    known = targets.names(target)
    if len(known) == 1:
        return targets.find(known[0], target)
    if not known:
        raise TargetError("No service was released from here.", "", "Release one: sendoff up model.pkl")
    names = ", ".join(known)
    raise TargetError("Which service?", f"There are {len(known)}: {names}.", f"Name one, e.g. {known[0]}.")


def show_status(name: str | None, target: str | None, as_json: bool) -> None:
    """A line for each service, or all about one. Raises TargetError for an unknown name."""
    from wizard import targets
    from wizard.run import to_data

    if name is not None:
        statuses = [targets.find(name, target).status()]
    else:
        statuses = targets.services(target)
    if as_json:
        print_json({"ok": True, "services": [to_data(status) for status in statuses]})
        return
    if not statuses:
        say("No service was released from here. Release one: sendoff up model.pkl")
        return
    wide = max(len(status.name) for status in statuses)
    for status in statuses:
        say(
            f"{status.name:<{wide}}  {_state(status):<9}  {status.url or '-'}  "
            f"{status.runtime}{_since(status)}{_memory(status)}"
        )
        for line in (status.place, status.note, *_traffic(status)):
            if line:
                say(fold(line, " " * (wide + 2), " " * (wide + 2)))
        if name is not None:
            say(f"{'':<{wide}}  revision {status.revision or 'not known'}, project {status.project}")


def _traffic(status: ServiceStatus) -> tuple[str, ...]:
    shares = ", ".join(f"{revision} {percent} %" for revision, percent in status.traffic.items())
    return (f"traffic: {shares}" if shares else "", *(f"{tag}: {url}" for tag, url in status.tags.items()))


def _state(status: ServiceStatus) -> str:
    if status.running:
        return "healthy" if status.healthy else "unhealthy"
    if status.target == "cloud_run" and status.started:
        return "not ready"  # it was looked at, and no revision of it takes requests yet
    return "not seen" if status.note else "stopped"


def _since(status: ServiceStatus) -> str:
    if not status.started:
        return ""
    seconds = max(0.0, time.time() - status.started)
    unit, size = next(
        ((u, s) for u, s in (("day", 86400), ("hour", 3600), ("minute", 60)) if seconds >= s), ("second", 1)
    )
    count = int(seconds // size)
    passed = f"{count} {unit}{'' if count == 1 else 's'}"
    return f", last changed {passed} ago" if status.target == "cloud_run" else f", for {passed}"


def _memory(status: ServiceStatus) -> str:
    return f", {status.memory / 1e6:.0f} MB" if status.memory else ""


def show_logs(name: str | None, target: str | None, follow: bool, lines: int, as_json: bool) -> None:
    """The newest lines, and with `follow` all that come."""
    for line in chosen(name, target).logs(follow=follow, tail=lines):
        if as_json:
            print_json({"line": line})
        else:
            say(line)
        if follow:
            sys.stdout.flush()


def _sample(service: ReleasedService) -> dict[str, Any]:
    """The sample request of the service's bundle. Raises TargetError where the bundle is gone."""
    path = Path(service.bundle) / "sample.json"
    try:
        sample: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise TargetError(
            f"There is no sample request for {service.name} any more.",
            f"{path} cannot be read.",
            "Give a request of your own: sendoff predict --data '{\"features\": [...]}'.",
        ) from None
    return sample


def _no_json(word: str) -> None:
    """NaN and Infinity, which Python's parser takes for JSON."""
    raise ValueError(f"{word} is no JSON; null stands for a missing value")


def _request(service: ReleasedService, data: str | None) -> dict[str, Any]:
    if data is None:
        return _sample(service)
    if data == "-":
        text, where = sys.stdin.read(), "standard input"
    elif data.startswith("@"):
        path = Path(data[1:])
        where = str(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SendoffError(
                f"The request could not be read from {path}.",
                f"{getattr(error, 'strerror', None) or error}.",
                "Check the path after @.",
            ) from None
    else:
        text, where = data, "--data"
    try:
        body = json.loads(text, parse_constant=_no_json)
    except ValueError as error:
        raise SendoffError(
            f"{where} is not JSON.",
            f"{error}.",
            "A request looks like " + json.dumps(_sample(service), ensure_ascii=False)[:300],
        ) from None
    if not isinstance(body, dict):
        raise SendoffError(
            f"{where} is JSON, but not a request.",
            f"It is a {type(body).__name__}; a request is an object.",
            "A request looks like " + json.dumps(_sample(service), ensure_ascii=False)[:300],
        )
    return body


def call(name: str | None, target: str | None, data: str | None, proba: bool, as_json: bool) -> None:
    """Send a request and show the answer; an answer that is no 200 is an error of the command too."""
    service = chosen(name, target)
    body = _request(service, data)
    reply = service.predict(body, "/predict_proba" if proba else "/predict")
    ok = reply.status == 200
    if as_json:
        print_json(
            {"ok": ok, "status": reply.status, "milliseconds": round(reply.milliseconds, 2), "answer": reply.answer}
        )
    elif ok:
        say(json.dumps(reply.answer, ensure_ascii=False, indent=2))
        if data is None:
            typer.echo(f"for the sample {json.dumps(body, ensure_ascii=False)}", err=True)
        typer.echo(f"in {reply.milliseconds:.1f} ms", err=True)
    else:
        error = reply.answer.get("error", {}) if isinstance(reply.answer, dict) else {}
        raise TargetError(
            f"The service refused the request with status {reply.status}.",
            str(error.get("message") or reply.answer),
            str(error.get("fix") or "A request that works: sendoff predict, without --data."),
        )
    if not ok:
        raise typer.Exit(1)


def take_down(name: str | None, target: str | None, images: bool, yes: bool, as_json: bool) -> None:
    """Stop and remove a service after asking, with all that goes listed."""
    service = chosen(name, target)
    going = service.what_goes(images=images)
    question = "\n".join(("This removes for good:", *(f"  - {each}" for each in going), "Go on?"))
    if not ask(question, yes, f"sendoff down {service.name}", destroys=True):
        raise typer.Exit(1)
    service.down(images=images)
    if as_json:
        print_json({"ok": True, "service": service.name, "removed": list(going)})
    else:
        say(f"{service.name} is stopped and removed.")
