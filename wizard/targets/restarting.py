"""Whether the engine brings a container back when it ends."""

from __future__ import annotations

from wizard.runtimes.runtime import Instance


def let_it_end(instance: Instance) -> None:
    """A container that crashes stays ended: one that the engine starts again and again never says that it failed.

    Does nothing for a process. Raises EngineError.
    """
    _set_policy(instance, "no")


def bring_it_back(instance: Instance) -> None:
    """From now on the engine starts it again when it crashes, or when the engine itself was restarted.

    Does nothing for a process, which nobody watches over. Raises EngineError.
    """
    _set_policy(instance, "unless-stopped")


def _set_policy(instance: Instance, policy: str) -> None:
    if instance.runtime != "container":
        return
    from docker.errors import NotFound

    from wizard.images.engine import connect

    engine = connect()
    try:
        with engine.guarding("setting when a container comes back"):
            try:
                engine.api.update_container(instance.handle, restart_policy={"Name": policy})
            except NotFound:
                pass  # whoever removed it will be noticed by the next question after it
    finally:
        engine.close()
