"""What becomes of a stage's half-done work when the person stops the run in it, in words."""

from __future__ import annotations

_UNDONE = {
    "inspect": "The model is only read; nothing has been changed.",
    "plan": "The plan is only read; nothing has been changed.",
    "preflight": "The cloud is only looked at, unless you agreed that a repository is made: one that is there by then stays.",
    "lock": "The search for versions is given up. Nothing but the cache of packages has been changed.",
    "bundle": "The folder of the bundle is written anew by the next run.",
    "build": "The build is broken off. No image is made; the layers that are done stay in the cache, so the next build is quicker.",
    "rehearse": "The container of the rehearsal is stopped and removed. The image stays.",
    "push": "The upload is broken off. Layers that have arrived stay in the registry, and are not sent again.",
    "release": "What was started for the new revision is removed. The revision before it, if there is one, keeps the traffic.",
}


def undone_by_stopping(stage: str) -> str:
    """What is undone, and what stays, where a run is stopped in this stage. One or two sentences."""
    return _UNDONE.get(stage, "What is half done is undone; stages that are done stay done.")
