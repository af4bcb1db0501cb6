"""Revisions as plain processes, for machines without an engine: no walls, no limits, else the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from wizard.errors import TargetError
from wizard.runtimes import Limits, ProcessInstance, ProcessRuntime, Spec
from wizard.workshop.runtime import Backend, Failure, Instance, StartError
from wizard.workshop.runtimes.catalogue import Catalogue
from wizard.workshop.runtimes.log_pumps import LogPumps
from wizard.workshop.runtimes.not_up import why_not_up
from wizard.workshop.runtimes.probing import wait_until_up

REVISION: Final = "sendoff.workshop.revision"


class BundleRuntime:
    """Stands behind `Runtime`. Images are those of the catalogue in `folder`; `folder` also holds what runs."""

    name = "process"

    def __init__(self, folder: Path) -> None:
        self.catalogue = Catalogue(folder)
        self._state = folder / "processes"
        self._pumps = LogPumps()

    def resolve(self, image: str) -> str:
        """See `Runtime.resolve`."""
        if self.catalogue.find(image) is None:
            raise StartError(
                Failure.IMAGE_MISSING, f"{image} is not in the catalogue of the local Cloud Run (POST /images adds it)."
            )
        return image

    def start(self, instance: Instance, log: Callable[[str], None], cancelled: Callable[[], bool]) -> Backend:
        """See `Runtime.start`. Memory is not limited; `command` and `args` are the image's business."""
        for process in self._of(instance.revision):
            if process.running():
                self._pumps.follow(instance.revision, process.logs(follow=True, tail=0), log)
                break
            process.remove()
        else:
            process = self._make(instance)
            self._pumps.follow(instance.revision, process.logs(follow=True), log)
        backend = _backend(process)
        try:
            # It listens where it was told to; a probe of the container's port means that one.
            if not wait_until_up(
                instance.probe, (backend.host, backend.port), lambda: process.running() and not cancelled()
            ):
                raise why_not_up(process, cancelled)
        except BaseException:
            process.stop(0)
            self._pumps.finish(instance.revision)
            process.remove()
            raise
        return backend

    def stop(self, revision: str, grace: float) -> None:
        """See `Runtime.stop`."""
        processes = self._of(revision)
        for process in processes:
            process.stop(grace)
        self._pumps.finish(revision)
        for process in processes:
            process.remove()

    def close(self, *, stop_all: bool) -> None:
        """See `Runtime.close`."""
        if stop_all and (running := self._records().labelled({})):
            with ThreadPoolExecutor(8) as side_by_side:
                list(side_by_side.map(lambda process: self.stop(process.labels.get(REVISION, ""), 10), running))
        self._pumps.stop_all()

    def _make(self, instance: Instance) -> ProcessInstance:
        image = self.catalogue.find(instance.image)
        if image is None:
            raise StartError(Failure.IMAGE_MISSING, f"{instance.image} is not in the catalogue of the local Cloud Run.")
        spec = Spec(
            name=_name(instance.revision),
            port=instance.port,
            limits=Limits(instance.memory, instance.cpu),
            env=instance.env,
            labels={REVISION: instance.revision},
            publish=0,
            detached=True,
        )
        try:
            return ProcessRuntime(image.bundle, image.python, self._state).start(spec)
        except TargetError as error:
            raise StartError(Failure.NO_COMMAND, str(error)) from error

    def _of(self, revision: str) -> tuple[ProcessInstance, ...]:
        return self._records().labelled({REVISION: revision})

    def _records(self) -> ProcessRuntime:
        return ProcessRuntime("", "", self._state)  # to look only: nothing is started with it


def _backend(process: ProcessInstance) -> Backend:
    url = urlsplit(process.url)
    return Backend(str(url.hostname), int(url.port or 0), process.handle)


def _name(revision: str) -> str:
    short = revision.rpartition("/")[2]
    return f"{short}-{hashlib.sha256(revision.encode()).hexdigest()[:8]}"
