"""The commands, declared. What each does lives in the module beside this one that is named for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wizard.cli.outcome import answering

app = typer.Typer(
    help="From a trained model file to a tested, running prediction service.",
    epilog="A first go: sendoff up model.pkl",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON with stable keys.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Set a field of the plan, e.g. service.memory=1Gi. Repeatable."),
]
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan, usually sendoff.yaml.")]
Redo = Annotated[bool, typer.Option("--redo", help="Do the stage again even where nothing has changed.")]
Service = Annotated[
    str | None, typer.Argument(metavar="[SERVICE]", help="Name of the service; not needed where only one runs.")
]

DEFAULT_PLAN = Path("sendoff.yaml")


@app.callback(invoke_without_command=True)
def sendoff(
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
) -> None:
    """From a trained model file to a tested, running prediction service."""
    if version:
        from wizard import __version__

        typer.echo(f"sendoff {__version__}")
        raise typer.Exit


@app.command()
def inspect(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model file.")],
    json: Json = False,
) -> None:
    """What a model file is, without running it."""
    with answering(json):
        from wizard.cli.model import show_inspection

        show_inspection(model, json)


@app.command()
def plan(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model file.")],
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Where to write it; - prints it. [sendoff.yaml beside the model]"
        ),
    ] = None,
    set_: Set = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """A complete plan for a model, every value with its source."""
    with answering(json):
        from wizard.cli.model import write_plan

        write_plan(model, output, set_ or [], yes, json)


@app.command()
def lock(plan: PlanFile = DEFAULT_PLAN, redo: Redo = False, json: Json = False) -> None:
    """Pin every package the service needs."""
    _walk(plan, "lock", redo, json)


@app.command()
def bundle(plan: PlanFile = DEFAULT_PLAN, redo: Redo = False, json: Json = False) -> None:
    """Write the folder that plain `docker build` accepts."""
    _walk(plan, "bundle", redo, json)


@app.command()
def build(plan: PlanFile = DEFAULT_PLAN, redo: Redo = False, json: Json = False) -> None:
    """Build the image."""
    _walk(plan, "build", redo, json)


@app.command()
def rehearse(plan: PlanFile = DEFAULT_PLAN, redo: Redo = False, json: Json = False) -> None:
    """Run the image as the target would, and check that it predicts what the model predicts."""
    _walk(plan, "rehearse", redo, json)


@app.command()
def release(plan: PlanFile = DEFAULT_PLAN, redo: Redo = False, json: Json = False) -> None:
    """Put the rehearsed image into service."""
    _walk(plan, "release", redo, json)


@app.command()
def up(
    path: Annotated[Path, typer.Argument(metavar="[MODEL|PLAN]", help="A model file, or a plan.")] = DEFAULT_PLAN,
    set_: Set = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """The whole road: from a model or a plan to a running service."""
    with answering(json):
        from wizard.cli.model import plan_for
        from wizard.cli.walk import walk

        walk(plan_for(path, set_ or [], yes, json), "release", frozenset(), json)


@app.command()
def status(service: Service = None, json: Json = False) -> None:
    """The services that run here."""
    with answering(json):
        from wizard.cli.service import show_status

        show_status(service, json)


@app.command()
def logs(
    service: Service = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines come.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the newest lines.")] = 100,
    json: Json = False,
) -> None:
    """What a service has written."""
    with answering(json):
        from wizard.cli.service import show_logs

        show_logs(service, follow, lines, json)


@app.command()
def predict(
    service: Service = None,
    data: Annotated[
        str | None, typer.Option("-d", "--data", metavar="JSON|@FILE|-", help="The request. [the sample of the bundle]")
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", help="Ask for class probabilities.")] = False,
    json: Json = False,
) -> None:
    """Call a running service."""
    with answering(json):
        from wizard.cli.service import call

        call(service, data, proba, json)


@app.command()
def down(service: Service = None, yes: Yes = False, json: Json = False) -> None:
    """Stop a service and remove it. Image and bundle stay."""
    with answering(json):
        from wizard.cli.service import take_down

        take_down(service, yes, json)


@app.command()
def doctor(json: Json = False) -> None:
    """What this machine has, what is missing, and how to get it."""
    with answering(json):
        from wizard.cli.machine import show_checkup

        show_checkup(json)


def _walk(plan: Path, until: str, redo: bool, json: bool) -> None:
    with answering(json):
        from wizard.cli.walk import walk

        walk(plan, until, frozenset({until} if redo else ()), json)
