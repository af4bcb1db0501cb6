"""By hand: the image run under the contract it is rehearsed against, and left running on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wizard.steps.by_hand.command import Command, StageByHand, Typed, plain, private, shell, without_secrets
from wizard.steps.by_hand.image import FOLDER, image_name

if TYPE_CHECKING:
    from wizard.plan.plan import Plan

_INSIDE = 8080
"""Port the server listens on inside its container."""
_REHEARSED = 8081
"""Another one for the rehearsal: a server that does not read PORT must not pass by luck."""
_JSON = ("-H", "Content-Type: application/json")
_PATIENTLY = ("--retry", "60", "--retry-delay", "1", "--retry-all-errors")
"""Until it is up: the connection is refused or cut before."""


def rehearse(plan: Plan) -> StageByHand:
    """Running it as the target would: no rights, no disk, hard limits."""
    if as_process(plan):
        return _rehearse_process(plan)
    name = f"{plan.service.name}-rehearsal"
    return StageByHand(
        "rehearse",
        "Rehearse the service",
        "What will go wrong in production goes wrong here first, with the log at hand. The limits are the plan's.",
        (
            Command(
                shell(
                    "docker", "run", ("--detach",), ("--name", name), *_held(plan), *_environment(plan, _REHEARSED),
                    ("--publish", f"127.0.0.1::{_REHEARSED}"), (image_name(plan),),
                ),
                "No swap, no rights, a file system that is read-only but for /tmp, and the port that PORT names."
                + without_secrets(plan.service.env),
            ),
            Command(
                shell("curl", "-sS", _PATIENTLY, (_address(name, _REHEARSED, "/health"),)),
                "Asks until it is ready: 200 only when the model is loaded.",
            ),
            Command(_predict(_address(name, _REHEARSED, "/predict")), "The sample request: what does the model say?"),
            Command(
                shell("curl", "-sS", _JSON, ("--data", "{"), (_address(name, _REHEARSED, "/predict"),)),
                "Nonsense is refused with a message, not with a crash.",
            ),
            Command(shell("docker", "stats", "--no-stream", name), "How much memory it takes, of what it may have."),
            Command(shell("docker", "logs", name), "What it wrote: a line of JSON for each thing worth saying."),
            Command(
                shell("docker", "stop", "-t", "10", name),
                "SIGTERM; a good server finishes what it is at and ends within ten seconds.",
            ),
            Command(shell("docker", "rm", name), "Nothing of the rehearsal stays."),
        ),
        "Docker Engine API POST /containers/create, /containers/ID/start",
    )  # fmt: skip


def release(plan: Plan, port: int) -> StageByHand:
    """Leaving it running on this machine. `port`: the one it is published at, 0 for any."""
    if as_process(plan):
        return _release_process(plan, port)
    name = container_name(plan)
    published = f"127.0.0.1:{port or ''}:{_INSIDE}"
    return StageByHand(
        "release",
        "Release",
        "A service on this machine, reachable from this machine only, and back after a restart of the engine.",
        (
            Command(
                shell(
                    "docker", "run", ("--detach",), ("--name", name), ("--restart", "unless-stopped"), *_held(plan),
                    *_environment(plan, _INSIDE), ("--publish", published), (image_name(plan),),
                ),
                "As in the rehearsal, and it stays." + without_secrets(plan.service.env),
            ),
            Command(
                shell("curl", "-sS", _PATIENTLY, (_address(name, _INSIDE, "/health"),)), "Asks until it is ready."
            ),
            Command(_predict(_address(name, _INSIDE, "/predict")), "Call it."),
            Command(shell("docker", "logs", "--follow", "--tail", "20", name), "Watch it; Ctrl-C ends the watching."),
        ),
        "Docker Engine API POST /containers/create, /containers/ID/start",
    )  # fmt: skip


def down(plan: Plan) -> StageByHand:
    """Taking it away."""
    if as_process(plan):
        commands = (
            Command("kill %1", "The server in this shell ends; Ctrl-C where it runs in the foreground."),
            Command(shell("rm", "-r", f"{FOLDER}/env"), "Its environment goes too."),
        )
    else:
        commands = (
            Command(
                shell("docker", "rm", "--force", container_name(plan)), "The service ends, and its container goes."
            ),
            Command(shell("docker", "image", "rm", image_name(plan)), "The image too; layers others use stay."),
        )
    return StageByHand("down", "Take it down", "What runs holds memory, and a port.", commands)


def container_name(plan: Plan) -> str:
    """Name of the container that is started by hand; Sendoff's own is called otherwise."""
    return f"{plan.service.name}-by-hand"


def _held(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """The limits and the rights, as the rehearsal sets them."""
    memory = _docker_bytes(plan.service.memory)
    # An engine refuses more CPUs than its machine has.
    cpus = min(plan.service.cpu, float(os.cpu_count() or 1))
    return (
        ("--memory", memory, "--memory-swap", memory),
        ("--cpus", f"{cpus:g}", "--pids-limit", "1024"),
        ("--read-only", "--tmpfs", "/tmp:rw,exec,nosuid,nodev,mode=1777"),
        ("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
    )


def _docker_bytes(amount: int) -> str:
    """An exact amount as docker reads it: its k, m and g are powers of 1024."""
    for unit, size in (("g", 1024**3), ("m", 1024**2), ("k", 1024)):
        if amount % size == 0:
            return f"{amount // size}{unit}"
    return str(amount)


def _environment(plan: Plan, port: int) -> tuple[tuple[str, ...], ...]:
    """The variables. One without a value is taken from the shell, which is where a secret stays."""
    env = plan.service.env
    return (
        ("--env", f"PORT={port}"),
        *(("--env", f"{name}={value}") for name, value in plain(env).items()),
        *(("--env", name) for name in private(env)),
    )


def _address(container: str, port: int, path: str) -> Typed:
    """Where it is reached: the engine is asked for the port when the command runs."""
    return Typed(f'"http://$({shell("docker", "port", container, str(port))}){path}"')


def _predict(address: Typed) -> str:
    return shell("curl", "-sS", _JSON, ("--data", "@bundle/sample.json"), (address,))


# --- without an engine ----------------------------------------------------------------------------------------


def as_process(plan: Plan) -> bool:
    return plan.target.kind == "local" and plan.target.runtime == "process"


def _rehearse_process(plan: Plan) -> StageByHand:
    python = f"{FOLDER}/env/bin/python"
    return StageByHand(
        "rehearse",
        "Rehearse the service",
        "Without an engine the same server runs as a plain process, in an environment made of the lock.",
        (
            Command(
                shell("uv", "venv", ("--python", plan.image.python), (f"{FOLDER}/env",)), "An environment of its own."
            ),
            Command(
                shell("uv", "pip", "sync", ("--python", python), ("--require-hashes",), ("bundle/requirements.txt",)),
                "Exactly the locked packages, each checked against its hash.",
            ),
            *_serve_process(plan, _REHEARSED),
            Command("kill %1 && wait %1", "SIGTERM; a good server finishes what it is at and ends."),
        ),
    )


def _release_process(plan: Plan, port: int) -> StageByHand:
    return StageByHand(
        "release",
        "Release",
        "The server, left running in this shell. A process is not held to its limits, and does not come back by itself.",
        _serve_process(plan, port or _INSIDE),
    )


def _serve_process(plan: Plan, port: int) -> tuple[Command, ...]:
    env = plan.service.env
    variables = ["HOST=127.0.0.1", f"PORT={port}", *(f"{name}={value}" for name, value in plain(env).items())]
    return (
        Command(
            f"(cd bundle && exec env {shell(*variables)} ../{FOLDER}/env/bin/python server.py) &",
            f"The server, in the background, at port {port} of this machine alone." + without_secrets(env),
        ),
        Command(shell("curl", "-sS", _PATIENTLY, (f"http://127.0.0.1:{port}/health",)), "Asks until it is ready."),
        Command(_predict(Typed(f"http://127.0.0.1:{port}/predict")), "Call it."),
    )
