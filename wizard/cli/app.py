"""The commands, declared. What each does lives in the module beside this one that is named for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wizard.cli.outcome import answering
from wizard.cli.workshop import app as workshop

app = typer.Typer(
    help="From a trained model file to a tested, running prediction service.",
    epilog="The wizard: sendoff model.pkl   Without questions: sendoff up model.pkl",
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON with stable keys.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Consent = Annotated[
    bool, typer.Option("--yes", "-y", help="Do not ask; make what the cloud lacks, such as the repository for images.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Set a field of the plan, e.g. service.memory=1Gi. Repeatable."),
]
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan, usually sendoff.yaml.")]
Redo = Annotated[bool, typer.Option("--redo", help="Do the stage again even where nothing has changed.")]
Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="KIND", help="Where it runs: local, cloud_run, or workshop (the local Cloud Run)."
    ),
]
GoogleProject = Annotated[str | None, typer.Option("--project", metavar="ID", help="Google Cloud project.")]
Region = Annotated[str | None, typer.Option("--region", help="Google Cloud region.")]
Where = Annotated[
    str | None,
    typer.Option("--target", metavar="local|cloud_run|PROJECT/REGION", help="Which one, where services share a name."),
]
Service = Annotated[
    str | None, typer.Argument(metavar="[SERVICE]", help="Name of the service; not needed where only one runs.")
]

DEFAULT_PLAN = Path("sendoff.yaml")


Plain = Annotated[bool, typer.Option("--plain", help="Ask and answer in plain text, without screens.")]


@app.callback(invoke_without_command=True)
def sendoff(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.", is_eager=True)] = False,
    plain: Plain = False,
) -> None:
    """From a trained model file to a tested, running prediction service.

    Alone, or with a model file or a plan, it opens the wizard.
    """
    if version:
        from wizard import __version__

        typer.echo(f"sendoff {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is not None:
        return
    from wizard.cli.opening import Terminal, open_face, terminal

    if terminal(plain) is Terminal.NONE:
        typer.echo(context.get_help())
        raise typer.Exit(2)  # as ever where a command is missing
    with answering(False):
        open_face(plain=plain)


@app.command("open", hidden=True)
def open_(
    path: Annotated[Path, typer.Argument(metavar="MODEL|PLAN", help="A model file, or a plan.")],
    plain: Plain = False,
) -> None:
    """The wizard on a model file or a plan; `sendoff MODEL` for short."""
    with answering(False):
        from wizard.cli.opening import open_face

        open_face(path, plain=plain)


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
    target: Target = None,
    project: GoogleProject = None,
    region: Region = None,
    set_: Set = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """A complete plan for a model, every value with its source."""
    with answering(json):
        from wizard.cli.destination import settings_for
        from wizard.cli.model import write_plan

        write_plan(model, output, settings_for(target, project, region, set_ or []), yes, json)


@app.command()
def preflight(plan: PlanFile = DEFAULT_PLAN, yes: Consent = False, json: Json = False) -> None:
    """Look whether the cloud is ready for the plan.

    APIs, permissions, repository, quota: what is missing is said all at once, each with the command that puts it right.
    """
    _walk(plan, "preflight", True, json, consent=yes)  # who asks for it wants to know how things are now


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
    """Run the image as the target would, and check its answers.

    They have to be those the model itself gives.
    """
    _walk(plan, "rehearse", redo, json)


@app.command()
def push(plan: PlanFile = DEFAULT_PLAN, yes: Consent = False, json: Json = False) -> None:
    """Bring the image to the cloud's registry."""
    _walk(plan, "push", False, json, consent=yes)


@app.command()
def release(plan: PlanFile = DEFAULT_PLAN, redo: Redo = False, yes: Consent = False, json: Json = False) -> None:
    """Put the rehearsed image into service."""
    _walk(plan, "release", redo, json, consent=yes)


@app.command()
def up(
    path: Annotated[Path, typer.Argument(metavar="[MODEL|PLAN]", help="A model file, or a plan.")] = DEFAULT_PLAN,
    target: Target = None,
    project: GoogleProject = None,
    region: Region = None,
    set_: Set = None,
    yes: Consent = False,
    json: Json = False,
) -> None:
    """The whole road: from a model or a plan to a running service."""
    with answering(json):
        from wizard.cli.destination import settings_for
        from wizard.cli.model import plan_for
        from wizard.cli.walk import walk

        plan = plan_for(path, settings_for(target, project, region, set_ or []), yes, json)
        walk(plan, "release", frozenset(), json, consent=yes)


@app.command()
def resume(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PLAN]", help="The plan, or its folder. [here, or where it was last]")
    ] = None,
    plain: Plain = False,
) -> None:
    """Go on with what was left.

    Answers not yet written into a plan, or a run that was cut off.
    """
    with answering(False):
        from wizard.cli.resume import resume as take_up

        take_up(path, plain=plain)


@app.command()
def status(service: Service = None, target: Where = None, json: Json = False) -> None:
    """The services released from here."""
    with answering(json):
        from wizard.cli.service import show_status

        show_status(service, target, json)


@app.command()
def revisions(service: Service = None, target: Where = None, json: Json = False) -> None:
    """What a service has run, and which of it gets requests."""
    with answering(json):
        from wizard.cli.traffic import show_revisions

        show_revisions(service, target, json)


@app.command()
def traffic(
    shares: Annotated[
        list[str],
        typer.Argument(
            metavar="[SERVICE] REVISION=PERCENT …",
            help="Revisions by the beginning of their names, and their shares. What is left of 100 stays where it is now.",
        ),
    ],
    target: Where = None,
    json: Json = False,
) -> None:
    """Divide a service's requests among its revisions."""
    with answering(json):
        from wizard.cli.traffic import divide

        divide(shares, target, json)


@app.command()
def rollback(service: Service = None, target: Where = None, yes: Yes = False, json: Json = False) -> None:
    """Give all requests back to the revision that had them before."""
    with answering(json):
        from wizard.cli.traffic import roll_back

        roll_back(service, target, yes, json)


@app.command()
def cost(
    plan: PlanFile = DEFAULT_PLAN,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0, help="Seconds a request takes. [as the rehearsal measured]")
    ] = None,
    json: Json = False,
) -> None:
    """What the service costs in a month, and what would cost less."""
    with answering(json):
        from wizard.cli.cost import show_cost

        show_cost(plan, seconds, json)


@app.command()
def logs(
    service: Service = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines come.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many of the newest lines.")] = 100,
    target: Where = None,
    json: Json = False,
) -> None:
    """What a service has written."""
    with answering(json):
        from wizard.cli.service import show_logs

        show_logs(service, target, follow, lines, json)


@app.command()
def predict(
    service: Service = None,
    data: Annotated[
        str | None, typer.Option("-d", "--data", metavar="JSON|@FILE|-", help="The request. [the sample of the bundle]")
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", help="Ask for class probabilities.")] = False,
    target: Where = None,
    json: Json = False,
) -> None:
    """Call a running service."""
    with answering(json):
        from wizard.cli.service import call

        call(service, target, data, proba, json)


@app.command()
def down(
    service: Service = None,
    target: Where = None,
    keep_images: Annotated[
        bool, typer.Option("--keep-images", help="Leave its images in the cloud's registry.")
    ] = False,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Stop a service and remove it.

    In a cloud, its images and secrets there too: all that goes is listed first. The bundle stays, and the image on this machine.
    """
    with answering(json):
        from wizard.cli.service import take_down

        take_down(service, target, not keep_images, yes, json)


@app.command()
def serve(
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1. [8791]")] = None,
) -> None:
    """The wizard in a browser on this machine.

    At an address with a token in it.
    """
    with answering(False):
        from wizard.cli.serve import serve as serve_pages

        serve_pages(port)


@app.command()
def doctor(json: Json = False) -> None:
    """What this machine has, what is missing, and how to get it."""
    with answering(json):
        from wizard.cli.machine import show_checkup

        show_checkup(json)


def _walk(plan: Path, until: str, redo: bool, json: bool, *, consent: bool = False) -> None:
    with answering(json):
        from wizard.cli.walk import walk

        walk(plan, until, frozenset({until} if redo else ()), json, consent=consent)


app.add_typer(workshop, name="workshop")


def spelled_out(words: list[str]) -> list[str]:
    """`sendoff MODEL` and `sendoff PLAN` open the wizard: a first word that is no command, and may be a file, is one."""
    commands = {str(one.name or one.callback.__name__) for one in app.registered_commands if one.callback is not None}
    commands |= {str(group.name) for group in app.registered_groups}
    first = next((number for number, word in enumerate(words) if not word.startswith("-")), None)
    if first is None or words[first] in commands:
        return words
    may_be_a_file = (
        Path(words[first]).suffix or "/" in words[first] or "\\" in words[first] or Path(words[first]).exists()
    )
    return ["open", *words] if may_be_a_file else words
