"""`sendoff workshop …`: the local Cloud Run, its commands declared and done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wizard.cli.outcome import answering, ask, fold, print_json, say
from wizard.errors import SendoffError, TargetError

if TYPE_CHECKING:
    from wizard.workshop.running import Running

app = typer.Typer(
    help="A Cloud Run on this machine, to practise on without account.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
fault = typer.Typer(
    help="Make it fail on purpose, to see what that looks like.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(fault, name="fault")

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON with stable keys.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

DEFAULT_PORT = 8790
_NEXT = "sendoff up model.pkl --target workshop"


@app.command()
def up(
    runtime: Annotated[
        str,
        typer.Option("--runtime", metavar="KIND", help="What runs the containers: auto, engine, process or fake."),
    ] = "auto",
    port: Annotated[
        int | None,
        typer.Option("--port", min=1, max=65535, help=f"Port of its endpoint. [the one it had, else {DEFAULT_PORT}]"),
    ] = None,
    project: Annotated[str, typer.Option("--project", help="The project it pretends to hold.")] = "demo-project",
    region: Annotated[str, typer.Option("--region", help="The region it proposes.")] = "us-central1",
    json: Json = False,
) -> None:
    """Start it; what served before serves again."""
    with answering(json):
        from wizard.workshop.launching import launch
        from wizard.workshop.running import default_folder, find_running

        folder = default_folder()
        notices: tuple[str, ...] = ()
        running = find_running(folder)
        was_up = running is not None
        if running is None:
            notices, running = launch(
                folder, runtime, port, DEFAULT_PORT, project, region, say=(lambda _: None) if json else say
            )
        elif port is not None and not running.endpoint.endswith(f":{port}"):
            raise SendoffError(
                f"The local Cloud Run is up already, at {running.endpoint}.",
                "It keeps its port while it is up.",
                f"sendoff workshop down --keep, then sendoff workshop up --port {port}.",
            )
        if json:
            print_json({"ok": True, "was_up": was_up, "notices": list(notices), **_data(running)})
            return
        for notice in notices:
            say(fold(notice, "  note: ", "        "))
        say(f"The local Cloud Run {'was up already' if was_up else 'is up'} at {running.endpoint}")
        _describe(running)
        say(f"Next: {_NEXT}")
        say("      or, to read the plan first: sendoff plan model.pkl --target workshop")


@app.command()
def down(
    keep: Annotated[bool, typer.Option("--keep", help="Leave its containers running for the next `up`.")] = False,
    json: Json = False,
) -> None:
    """Stop it and its containers. Its services come back with the next `up`."""
    with answering(json):
        from wizard.workshop.launching import end
        from wizard.workshop.running import default_folder

        was_up = end(default_folder(), keep)
        if json:
            print_json({"ok": True, "was_up": was_up})
        else:
            say("The local Cloud Run is down." if was_up else "No local Cloud Run was up.")


@app.command()
def reset(yes: Yes = False, json: Json = False) -> None:
    """Stop it and forget everything.

    Services, images pushed to it, secrets, its ports.
    """
    with answering(json):
        from wizard.workshop.launching import wipe
        from wizard.workshop.running import default_folder

        folder = default_folder()
        question = f"Forget all services, images and secrets of the local Cloud Run in {folder}?"
        if not ask(question, yes, "sendoff workshop reset", destroys=True):
            raise typer.Exit(1)
        wipe(folder)
        if json:
            print_json({"ok": True})
        else:
            say("The local Cloud Run is as it was before its first `up`.")


@app.command()
def status(json: Json = False) -> None:
    """Whether it is up, and where."""
    with answering(json):
        from wizard.workshop.running import default_folder, find_running

        running = find_running(default_folder())
        if json:
            print_json({"ok": True, "up": running is not None, **({} if running is None else _data(running))})
        elif running is None:
            say("No local Cloud Run is up. Start it: sendoff workshop up")
        else:
            say(f"The local Cloud Run is up at {running.endpoint}")
            _describe(running)


@fault.command("list")
def list_faults(json: Json = False) -> None:
    """What can be made to fail, and what is going to."""
    with answering(json):
        told = _door("GET", "/faults")
        if json:
            print_json({"ok": True, **told})
            return
        wide = max(len(name) for name in told["known"])
        for name, about in told["known"].items():
            say(fold(about, f"  {name:<{wide}}  ", " " * (wide + 4)))
        for each in told["planted"]:
            details = "".join(f", {key} {value}" for key, value in each["details"].items())
            say(f"planted: {each['fault']}, {each['count']} more time{'s' if each['count'] > 1 else ''}{details}")


@fault.command()
def plant(
    name: Annotated[str, typer.Argument(metavar="FAULT", help="One of `sendoff workshop fault list`.")],
    count: Annotated[int, typer.Option("--count", min=1, help="How many times it happens.")] = 1,
    details: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="KEY=VALUE", help="A detail, e.g. permission=run.services.create. Repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Make the next matching thing fail."""
    with answering(json):
        body: dict[str, Any] = {"fault": name, "count": count}
        for detail in details or []:
            key, equals, value = detail.partition("=")
            if not equals or not key or key in body:
                raise SendoffError(
                    f"{detail!r} is no detail.", "A detail is a key, = and a value.", "e.g. --with seconds=3"
                )
            body[key] = value
        _door("POST", "/faults", body)
        if json:
            print_json({"ok": True, **body})
        else:
            say(f"{name} happens {'once' if count == 1 else f'{count} times'}, the next time it can.")


@fault.command()
def clear(json: Json = False) -> None:
    """Forget every planted fault."""
    with answering(json):
        _door("DELETE", "/faults")
        if json:
            print_json({"ok": True})
        else:
            say("Nothing fails on purpose any more.")


def running_workshop() -> Running:
    """The workshop of this account that is up. Raises TargetError where there is none."""
    from wizard.workshop.running import default_folder, find_running

    running = find_running(default_folder())
    if running is None:
        raise TargetError("No local Cloud Run is up.", "", "Start it: sendoff workshop up")
    return running


def _data(running: Running) -> dict[str, Any]:
    return {
        "endpoint": running.endpoint,
        "grpc": running.grpc,
        "registry": running.registry,
        "project": running.project,
        "region": running.region,
        "runtime": running.runtime,
        "pid": running.pid,
        "folder": str(Path(running.folder)),
    }


def _describe(running: Running) -> None:
    runs = {
        "engine": "containers in the local engine",
        "process": "plain processes, without limits",
        "fake": "nothing: services answer, but run no image",
    }[running.runtime]
    say(f"  project    {running.project}, region {running.region}")
    say(f"  runs       {runs}")
    say(f"  registry   {running.registry or 'none: images cannot be pushed'}")
    say(f"  Admin API  {running.grpc} (gRPC)")
    say(f"  state      {running.folder}")


def _door(method: str, path: str, body: object = None) -> dict[str, Any]:
    """What the HTTP door of the running workshop answers. Raises its refusal as an error."""
    import http.client
    import json

    from wizard.workshop.running import ask as ask_door

    running = running_workshop()
    try:
        status, data = ask_door(running.endpoint, method, path, body)
        told: dict[str, Any] = json.loads(data)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise TargetError(
            "The local Cloud Run does not answer.", f"{error}.", "See `sendoff workshop status`."
        ) from error
    if status != 200:
        refused = told.get("error", {})
        raise TargetError(
            str(refused.get("what", f"It answered {status}.")), refused.get("why", ""), refused.get("fix", "")
        )
    return told
