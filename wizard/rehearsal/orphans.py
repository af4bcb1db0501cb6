"""Rehearsals that outlived the program that started them: it was killed before it could remove them."""

from __future__ import annotations

from wizard.images.engine import Engine
from wizard.rehearsal.rehearsing import LABEL
from wizard.runtimes import owner


def remove_orphans(engine: Engine) -> int:
    """Remove every container of a rehearsal whose program runs no more; how many. Raises EngineError.

    Rehearsals that are under way, in this or another program, are left alone.
    """
    from docker.errors import APIError

    removed = 0
    with engine.guarding("looking for left rehearsals"):
        for container in engine.api.containers(all=True, filters={"label": LABEL}):
            if not owner.is_gone(container["Labels"].get(owner.LABEL, "")):
                continue
            try:
                engine.api.remove_container(container["Id"], force=True, v=True)
                removed += 1
            except APIError as error:
                if error.status_code not in (404, 409):  # gone, or going already
                    raise
    return removed
