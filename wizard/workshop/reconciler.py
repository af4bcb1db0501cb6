"""Makes accepted changes true: for each service one after the other, over all services side by side in a few threads."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from wizard.workshop.api_error import ApiError, Code
from wizard.workshop.deploy_errors import DeployError
from wizard.workshop.deploying import Deploy, GoingDownError
from wizard.workshop.faults import Fault, Faults
from wizard.workshop.fleet import Fleet
from wizard.workshop.gateway_table import Gateway
from wizard.workshop.logs import Logs
from wizard.workshop.messages import is_ready
from wizard.workshop.operations import Operations
from wizard.workshop.policies import Policies
from wizard.workshop.state import Entry, Job, State, Task
from wizard.workshop.traffic import reachable

WORKERS: Final = 32
"""Services that are worked on at the same time; the others wait their turn without a thread."""

_log = logging.getLogger(__name__)


class Reconciler:
    def __init__(
        self,
        state: State,
        operations: Operations,
        fleet: Fleet,
        gateway: Gateway,
        policies: Policies,
        faults: Faults,
        logs: Logs,
        closing: threading.Event,
    ) -> None:
        self._state = state
        self._operations = operations
        self._fleet = fleet
        self._gateway = gateway
        self._policies = policies
        self._faults = faults
        self._logs = logs
        self._closing = closing
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="workshop-deploy")
        self._to_restore: set[str] = set()
        self._parked: set[str] = set()
        """Operations that a planted fault keeps from ever ending."""
        faults.on_change = self._unpark

    def start(self) -> None:
        """Bring back what served before a restart, and take up again what was under way."""
        with self._state.lock:
            for name, entry in self._state.entries.items():
                self._to_restore.add(name)
                self._wake(entry)

    def enqueue(self, entry: Entry, job: Job) -> None:
        """Have the change made true after those before it. Hold the lock."""
        entry.jobs.append(job)
        if job.task is Task.DELETE:
            entry.deleting = True
            self._parked.difference_update(each.operation for each in entry.jobs)
        self._state.keep(entry, begun=job)
        self._wake(entry)

    def close(self) -> None:
        """Wait until no worker is at work; call it after `closing` is set."""
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _wake(self, entry: Entry) -> None:
        if not entry.at_work and not self._closing.is_set():
            entry.at_work = True
            self._workers.submit(self._work, entry)

    def _unpark(self) -> None:
        if self._faults.stands(Fault.NEVER_DONE) is None:
            with self._state.lock:
                self._parked.clear()
                for entry in self._state.entries.values():
                    if entry.jobs:
                        self._wake(entry)

    def _work(self, entry: Entry) -> None:
        try:
            with self._state.lock:
                restore = entry.service.name in self._to_restore
                self._to_restore.discard(entry.service.name)
            if restore:
                self._restore(entry)
            while (job := self._next(entry)) is not None:
                self._do(entry, job)
                with self._state.lock:
                    entry.jobs.popleft()
                    self._state.changed.notify_all()
        except GoingDownError:  # the job stays on disk
            with self._state.lock:
                self._rest(entry)
        except Exception:
            _log.exception("A worker of the local Cloud Run failed.")
            with self._state.lock:
                self._rest(entry)

    def _rest(self, entry: Entry) -> None:
        """No worker has the service any more. Hold the lock."""
        entry.at_work = False
        self._state.changed.notify_all()

    def _next(self, entry: Entry) -> Job | None:
        with self._state.lock:
            if self._closing.is_set() or not entry.jobs:
                self._rest(entry)
                return None
            job = entry.jobs[0]
            if not entry.deleting and (job.operation in self._parked or self._faults.take(Fault.NEVER_DONE)):
                self._parked.add(job.operation)
                self._rest(entry)
                return None
            return job

    def _do(self, entry: Entry, job: Job) -> None:
        if job.task is Task.DELETE:
            try:
                self._delete(entry, job)
            except Exception as error:
                self._keep_undeleted(entry, job, error)
            return
        slow = self._faults.take(Fault.SLOW) if not entry.deleting else None
        deploy = Deploy(
            self._state, self._operations, self._fleet, self._gateway, entry, job,
            pause=float(slow.details.get("seconds", "1")) if slow is not None else 0.0, closing=self._closing,
        )  # fmt: skip
        if entry.deleting:
            deploy.abandon(ApiError(Code.CANCELLED, "The service was deleted before this change was made."))
            return
        try:
            deploy.run()
        except GoingDownError:
            raise
        except Exception as error:  # a fault of ours must still end the operation, or its caller waits for ever
            if self._closing.is_set():
                raise GoingDownError from error
            _log.exception("The local Cloud Run failed in %s.", job.operation)
            deploy.abandon(ApiError(Code.INTERNAL, f"The local Cloud Run itself failed: {error}"))

    def _delete(self, entry: Entry, job: Job) -> None:
        name = entry.service.name
        self._gateway.withdraw(name)
        self._fleet.stop_all(entry)
        with self._state.lock:
            entry.service.reconciling = False
            self._operations.finish(job.operation, response=entry.service, metadata=entry.service)
            self._state.forget(name)
            self._policies.forget(name)
            self._logs.forget(name)

    def _keep_undeleted(self, entry: Entry, job: Job, error: Exception) -> None:
        """What could not be ended is still there, and may be deleted again."""
        if self._closing.is_set():
            raise GoingDownError from error
        _log.exception("The local Cloud Run failed in %s.", job.operation)
        with self._state.lock:
            entry.deleting = entry.service.reconciling = False
            entry.service.ClearField("delete_time")
            entry.service.ClearField("expire_time")
            self._state.touch(entry)
            failure = ApiError(Code.INTERNAL, f"The local Cloud Run itself failed: {error}")
            self._operations.finish(job.operation, error=failure, metadata=entry.service)
            self._state.keep(entry, ended=job)

    def _restore(self, entry: Entry) -> None:
        """The service as it was before the restart: the same instances or new ones, behind the same ports."""
        with self._state.lock:
            serving = reachable(entry.service.traffic_statuses) & set(entry.revisions)
            entry.wanted = set(serving)
            at_work = {job.revision for job in entry.jobs}
            # What was being retired when the local Cloud Run went down may still run.
            idle = [
                each
                for short, each in entry.revisions.items()
                if is_ready(each) and short not in serving and short not in at_work
            ]
            for revision in idle:
                self._fleet.discard(entry, revision)
        if entry.deleting or not serving:
            return
        for short in sorted(serving):
            revision = entry.revisions[short]
            try:
                instance = self._fleet.provision_again(revision)
                self._fleet.start(entry, revision, instance, self._closing.is_set)
            except Exception as failure:  # its address still comes back, and says that nothing runs behind it
                if not isinstance(failure, DeployError):
                    _log.exception("%s could not be brought back.", revision.name)
                self._logs.write(revision.name, f"The revision could not be brought back: {failure}", "system")
        if self._closing.is_set():
            raise GoingDownError
        with self._state.lock:
            routes = self._fleet.routes(entry, entry.service.traffic_statuses)
            ports = dict(entry.ports)
        published = self._gateway.publish(routes, ports)
        with self._state.lock:
            entry.ports.update(published)
            service = entry.service
            service.uri = service.urls[0] = f"http://127.0.0.1:{published['']}"
            for status in service.traffic_statuses:
                if status.tag:
                    status.uri = f"http://127.0.0.1:{published[status.tag]}"
            self._state.keep(entry)
            self._state.changed.notify_all()
