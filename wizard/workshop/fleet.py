"""The running instances: started before routes lead to them, retired when none do any more."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from wizard.workshop.api_error import Code
from wizard.workshop.container_faults import fail_image, fail_start
from wizard.workshop.deploy_errors import DeployError, image_error, platform_lines, start_error
from wizard.workshop.faults import Fault, Faults
from wizard.workshop.gateway_table import Gateway, Routes, Share
from wizard.workshop.instances import instance_of
from wizard.workshop.logs import Logs
from wizard.workshop.messages import (
    CommonReason,
    ConditionState,
    Message,
    RevisionMessage,
    RevisionReason,
    serving_container,
    set_condition,
)
from wizard.workshop.place import Place
from wizard.workshop.resource_names import last, project_of
from wizard.workshop.runtime import Backend, Instance, Runtime, StartError
from wizard.workshop.secret_store import SecretStore
from wizard.workshop.state import Entry, State

GRACE: Final = 10.0
"""Seconds between SIGTERM and SIGKILL, as on Cloud Run."""
_RETIRING: Final = 8
"""Revisions that are retired at the same time."""
_log = logging.getLogger(__name__)
NOBODY: Final = Backend("127.0.0.1", 0, "")
"""Stands for an instance that could not be brought back: calls to it are refused."""


class Fleet:
    """Knows which revision runs where. Thread-safe."""

    def __init__(
        self,
        state: State,
        runtime: Runtime,
        gateway: Gateway,
        faults: Faults,
        logs: Logs,
        secrets: SecretStore,
        place: Place,
        closing: threading.Event,
    ) -> None:
        self._state = state
        self._runtime = runtime
        self._gateway = gateway
        self._faults = faults
        self._logs = logs
        self._secrets = secrets
        self._place = place
        self._closing = closing
        self._retiring = ThreadPoolExecutor(_RETIRING, thread_name_prefix="workshop-retire")

    def import_image(self, revision: RevisionMessage) -> None:
        """Find the image and write its digest into the revision. Raises DeployError."""
        container = serving_container(revision)
        assert container is not None, "a revision without a container was never accepted"
        try:
            fail_image(self._faults)
            found = self._runtime.resolve(container.image)
        except StartError as error:
            failure = image_error(error, container.image, self._place)
            self._logs.write(revision.name, failure.message, "system")
            raise failure from error
        with self._state.lock:
            container.image = found

    def provision(self, revision: RevisionMessage) -> Instance:
        """All that the instance needs before it starts: secrets, GPUs. Raises DeployError."""
        if self._faults.take(Fault.GPU_QUOTA):
            raise DeployError(
                "Quota exceeded for total allowable count of GPUs per project per region.",
                condition="ResourcesAvailable",
                reason=CommonReason.UNKNOWN,
                code=Code.RESOURCE_EXHAUSTED,
            )
        return self.provision_again(revision)

    def provision_again(self, revision: RevisionMessage) -> Instance:
        """The same for a revision that has run before. Raises DeployError."""
        return instance_of(revision, lambda name, version: self._secrets.value_for(revision, name, version))

    def start(self, entry: Entry, revision: RevisionMessage, instance: Instance, cancelled: Callable[[], bool]) -> None:
        """Have it run, and return when its startup probe has passed. Raises DeployError."""
        short = last(revision.name)
        with self._state.lock:
            entry.wanted.add(short)
            while short in entry.stopping:
                self._state.changed.wait()
            if short in entry.running:
                return
        try:
            fail_start(self._faults, instance, self._logs.writer(revision.name))
            backend = self._runtime.start(instance, self._logs.writer(revision.name), cancelled)
        except StartError as error:
            with self._state.lock:
                entry.wanted.discard(short)
            for line in platform_lines(error, instance):
                self._logs.write(revision.name, line, "system")
            raise start_error(error, instance, self._place) from error
        with self._state.lock:
            entry.running[short] = backend

    def routes(self, entry: Entry, statuses: Iterable[Message]) -> Routes:
        """The gateway's table for these TrafficTargetStatuses. Hold the lock."""
        name = entry.service.name
        traffic: dict[str, Share] = {}
        tags: dict[str, Share] = {}
        for status in statuses:
            share = self._share(entry, status.revision, status.percent)
            if status.percent:
                before = traffic.get(share.revision)
                percent = share.percent + (before.percent if before else 0)
                traffic[share.revision] = self._share(entry, last(share.revision), percent)
            if status.tag:
                tags[status.tag] = self._share(entry, last(share.revision), 100)
        return Routes(name, tuple(traffic.values()), tags, project_of(name))

    def retire_unwanted(self, entry: Entry) -> None:
        """Begin to retire what runs and is not wanted. Hold the lock."""
        for short in set(entry.running) - entry.wanted:
            self._later(self._retire, entry, entry.revisions[short])

    def discard(self, entry: Entry, revision: RevisionMessage) -> None:
        """End what still runs of a revision that nothing leads to, in the background. Hold the lock."""
        entry.running.pop(last(revision.name), None)
        if not self._closing.is_set():
            entry.stopping.add(last(revision.name))  # another one of that name starts after it
            self._later(self._stop, entry, revision)

    def stop_all(self, entry: Entry) -> None:
        """End every instance of a service, now."""
        with self._state.lock:
            entry.wanted.clear()
            running = [entry.revisions[short] for short in entry.running]
            entry.running.clear()
        for revision in running:
            self._gateway.drain(revision.name, GRACE)
            self._runtime.stop(revision.name, GRACE)
        with self._state.lock:
            while entry.stopping:
                self._state.changed.wait()

    def close(self) -> None:
        """Let what is being retired end; call it after `closing` is set."""
        self._retiring.shutdown(wait=True, cancel_futures=True)

    def _later(self, work: Callable[..., None], *arguments: object) -> None:
        if not self._closing.is_set():
            self._retiring.submit(work, *arguments)

    def _retire(self, entry: Entry, revision: RevisionMessage) -> None:
        short = last(revision.name)
        deadline = time.monotonic() + (revision.timeout.seconds or 300)
        while not self._gateway.drain(revision.name, 0.5) and time.monotonic() < deadline:
            if self._closing.is_set() or short in entry.wanted:
                return
        with self._state.lock:
            if short in entry.wanted or short not in entry.running:
                return  # wanted again, or another turn has it
            del entry.running[short]
            entry.stopping.add(short)
        self._stop(entry, revision)

    def _stop(self, entry: Entry, revision: RevisionMessage) -> None:
        short = last(revision.name)
        try:
            self._runtime.stop(revision.name, GRACE)
        except Exception:
            _log.exception("%s could not be ended.", revision.name)
        with self._state.lock:
            entry.stopping.discard(short)
            if self._state.entries.get(entry.service.name) is entry and entry.revisions.get(short) is revision:
                mark_active(revision, active=False)
                self._state.keep(entry)
            self._state.changed.notify_all()

    def _share(self, entry: Entry, short: str, percent: int) -> Share:
        revision = entry.revisions[short]
        return Share(
            revision=revision.name,
            percent=percent,
            backend=entry.running.get(short, NOBODY),
            timeout=revision.timeout.seconds or 300,
            concurrency=revision.max_instance_request_concurrency or 80,
        )


def mark_active(revision: RevisionMessage, *, active: bool) -> None:
    """Write the revision's Active condition. Hold the lock."""
    if active:
        set_condition(revision.conditions, "Active", ConditionState.CONDITION_SUCCEEDED)
    else:
        set_condition(
            revision.conditions,
            "Active",
            ConditionState.CONDITION_FAILED,
            "Revision retired.",
            revision_reason=RevisionReason.RETIRED,
            informs_only=True,
        )
