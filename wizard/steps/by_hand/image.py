"""By hand: from the model file to an image. Nothing here runs the model but the last stage, which runs it in a container."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard.steps.by_hand.command import Command, StageByHand, shell

if TYPE_CHECKING:
    from wizard.locking.uv_command import Question
    from wizard.plan.plan import Plan

FOLDER = "by-hand"
"""Folder in the project for what is made by hand, so that it stays apart from what Sendoff makes."""
TAG = "by-hand"
_A_LINE_EACH = r"%s\n"


def image_name(plan: Plan) -> str:
    """Name and tag of the image that is built by hand."""
    return f"{plan.service.name}:{TAG}"


def inspect(plan: Plan, plan_path: Path) -> StageByHand:
    """Looking into the file without loading it."""
    model = plan.model.path
    return StageByHand(
        "inspect",
        "Look into the model",
        "A pickle is a program: loading it runs what is in it. So it is read as text first, and never loaded here.",
        (
            Command(shell("cd", str(plan_path.absolute().parent)), "All commands below are typed in this folder."),
            Command(shell("sha256sum", model), _digest(plan)),
            Command(
                _disassemble(plan_path.absolute().parent / model, model) + f" 2>/dev/null | {_NAMES}",
                "The texts in the file, among them the modules, classes and functions that loading would import and call. This"
                " tool gets no further than the first array of a joblib file, which is raw numbers.",
            ),
            Command(
                shell("sendoff", "inspect", model),
                "All of the file, and what it means: columns, versions, and what is not known to be harmless.",
            ),
        ),
    )


_NAMES = r"""grep -oE "(GLOBAL|UNICODE) +'[^']*'" | sort -u"""


def _digest(plan: Plan) -> str:
    wanted = plan.model.sha256
    return f"Which file it is: {wanted[:12]}… as in the plan." if wanted else "Which file it is, whatever its name."


_OPENERS = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ", "lzma"),
    (b"]\x00\x00", "lzma"),
    (b"x", "zlib"),
)
"""First bytes of a compressed file → the module of the standard library that opens it."""


def _disassemble(path: Path, name: str) -> str:
    """The pickle's instructions as text, opened first where it is compressed."""
    try:
        with path.open("rb") as file:
            first = file.read(8)
    except OSError:
        first = b""
    module = next((module for magic, module in _OPENERS if first.startswith(magic)), "")
    if not module:
        return shell("python", "-m", "pickletools", name)
    program = f"import pickletools, sys, {module}; pickletools.dis({module}.decompress(open(sys.argv[1], 'rb').read()))"
    return shell("python", "-c", program, name)


def lock(plan: Plan) -> StageByHand:
    """Two resolutions, as the lock makes them: the model's packages of its day, then the server's of today."""
    from wizard.bundle import server_requirements
    from wizard.locking.asked import HANDLER, MODEL, SERVER
    from wizard.locking.resolve import PLATFORM
    from wizard.locking.uv_command import CONSTRAINTS, Question, Target

    target = Target(plan.image.python, PLATFORM)
    files = {
        MODEL: plan.image.requirements,
        SERVER: server_requirements(plan.serving.server),
        HANDLER: plan.image.extra_requirements,
    }
    files = {name: lines for name, lines in files.items() if lines}
    side = Question({MODEL: files[MODEL]}, target, as_of=plan.model.as_of) if MODEL in files else None
    together = Question(files, target, (CONSTRAINTS,) if side else (), options=("--generate-hashes",))
    commands = [Command(shell("mkdir", "-p", FOLDER), "What is made by hand stays apart from what Sendoff makes.")]
    owners = {MODEL: "the model", SERVER: "the server", HANDLER: "your handler.py"}
    commands += [
        Command(
            f"{shell('printf', _A_LINE_EACH, *lines)} > {FOLDER}/{name}",
            f"What {owners[name]} needs, one a line.",
        )
        for name, lines in files.items()
    ]
    if side:
        when = f" as of {plan.model.as_of}" if plan.model.as_of else ""
        commands.append(
            Command(
                _uv(side, CONSTRAINTS),
                f"The model's packages{when}, for Python {target.python} on Linux: old models need the packages of their time.",
            )
        )
    commands.append(
        Command(
            _uv(together, "requirements.txt"),
            "Everything together, exact versions with hashes, wheels only: what is installed is what was resolved.",
        )
    )
    return StageByHand(
        "lock",
        "Pin the dependencies",
        "A requirement like numpy means another thing every week. A lock means the same packages, byte for byte, for ever.",
        tuple(commands),
    )


def _uv(question: Question, output: str) -> str:
    words = question.arguments()
    # Options begin their own lines, with their values.
    groups: list[str | tuple[str, ...]] = ["uv", "--quiet", "--directory", FOLDER]
    for word in [*words, "-o", output]:
        last = groups[-1]
        if isinstance(last, tuple) and len(last) == 1 and not word.startswith("-"):
            groups[-1] = (*last, word)
        elif word.startswith("-"):
            groups.append((word,))
        else:
            groups.append(word)
    return shell(*groups)


def bundle(plan_path: Path) -> StageByHand:
    """Sendoff's own part: the server is written from templates."""
    return StageByHand(
        "bundle",
        "Write the bundle",
        "A plain folder: a server, your handler, the lock, a Dockerfile and the model. It needs Sendoff no more, and you can"
        " read it in five minutes.",
        (
            Command(shell("sendoff", "bundle", plan_path.name), "Writes it from the plan. Your handler.py is kept."),
            Command("ls -R bundle && cat bundle/Dockerfile", "All there is to it."),
        ),
    )


def build(plan: Plan) -> StageByHand:
    """The image, with the engine's own builder."""
    name = image_name(plan)
    return StageByHand(
        "build",
        "Build the image",
        "The image holds everything the service needs, so that it runs the same anywhere.",
        (
            Command(
                shell("docker", "build", ("--platform", "linux/amd64"), ("--tag", name), "bundle"),
                "Follows the Dockerfile step by step. A second time only what changed is done again.",
            ),
            Command(shell("docker", "image", "ls", plan.service.name), "It is there, and so large."),
            Command(shell("docker", "history", name), "Which step made which part of it."),
        ),
        "Docker Engine API POST /build",
    )
