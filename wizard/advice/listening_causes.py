"""A service that runs and cannot be reached: where it listens instead, or that it does not."""

from __future__ import annotations

from wizard.advice.cause import Cause, CauseKind, Evidence
from wizard.advice.scene import Scene


def wrong_address(scene: Scene) -> Cause | None:
    """It listens on loopback only."""
    port, listening = scene.facts.port, scene.facts.listening or ()
    if port is None or any(one.port == port and not one.loopback for one in listening):
        return None
    if (here := next((one for one in listening if one.port == port and one.loopback), None)) is None:
        return None
    return Cause(
        CauseKind.WRONG_ADDRESS,
        f"The service listens on {here}, where nobody outside its container can reach it.",
        "127.0.0.1 inside a container is the container itself. The platform's requests come from outside.",
        _mentions(scene, str(port)),
        f"Listen on 0.0.0.0:{port}: for uvicorn --host 0.0.0.0, for gunicorn --bind 0.0.0.0:$PORT, for Flask's app.run "
        'host="0.0.0.0".',
    )


def wrong_port(scene: Scene) -> Cause | None:
    """It listens on another port than it was told."""
    port, listening = scene.facts.port, scene.facts.listening or ()
    if port is None or not listening or any(one.port == port for one in listening):
        return None
    other = next((one for one in listening if not one.loopback), listening[0])
    also = ", and on loopback only" if other.loopback else ""
    return Cause(
        CauseKind.WRONG_PORT,
        f"The service listens on port {other.port}{also}; it was told PORT={port}.",
        "The platform chooses the port and says so in the environment variable PORT; nobody asks at a port written into "
        "the code.",
        _mentions(scene, str(other.port)),
        'Read the port from the environment: int(os.environ["PORT"]), and listen on 0.0.0.0.',
    )


def slow_load(scene: Scene) -> Cause | None:
    """It was still busy when its time was over."""
    if not scene.facts.loading:
        return None
    waited = scene.facts.waited
    return Cause(
        CauseKind.SLOW_LOAD,
        f"The service was still loading after {waited:.0f} s."
        if waited
        else "The service was still loading when its time was over.",
        "It was busy and had not become ready: the model is large, is compressed, or is fetched from elsewhere.",
        scene.lines[-2:],
        "Give it more CPU while it starts, save the model uncompressed (joblib.dump(model, path, compress=0)), or allow a "
        "longer startup probe.",
    )


def not_listening(scene: Scene) -> Cause | None:
    """It runs and does not listen."""
    port, waited = scene.facts.port, scene.facts.waited
    if port is None:
        return None
    said = f" within {waited:.0f} s" if waited else ""
    return Cause(
        CauseKind.NOT_LISTENING,
        f"The service runs but never listened on port {port}{said}.",
        "It opened no port at all." if scene.facts.listening == () else "No connection to the port succeeded.",
        scene.lines[-3:],
        "See that the server is really started (the last log lines show how far it came), on 0.0.0.0:$PORT.",
    )


def _mentions(scene: Scene, text: str) -> tuple[Evidence, ...]:
    return tuple(line for line in scene.lines if text in line.text)[-1:]
