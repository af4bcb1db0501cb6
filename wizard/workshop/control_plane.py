"""The local Cloud Run without its doors: every API's calls, over one state."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from wizard.workshop.accounts import Accounts, Projects
from wizard.workshop.apis import Apis
from wizard.workshop.faults import Faults
from wizard.workshop.fleet import Fleet
from wizard.workshop.gateway_table import Gateway
from wizard.workshop.log_entries import LogEntries
from wizard.workshop.logs import Logs
from wizard.workshop.operations import Operations
from wizard.workshop.persistence import Shelf
from wizard.workshop.place import Place
from wizard.workshop.policies import Policies
from wizard.workshop.quotas import Quotas
from wizard.workshop.reconciler import Reconciler
from wizard.workshop.repositories import Repositories
from wizard.workshop.revisions import Revisions
from wizard.workshop.runtime import Runtime
from wizard.workshop.secret_store import SecretStore
from wizard.workshop.services import Services
from wizard.workshop.state import State
from wizard.workshop.tokens import Authority

PROJECT_NUMBER = "123456789012"


class ControlPlane:
    """Holds the parts and lets doors call them: each call takes a raw request and the caller's address, answers with a raw
    message, or raises ApiError. Implements `gateway.Access` for the gateway."""

    def __init__(
        self,
        folder: Path,
        runtime: Runtime,
        gateway: Gateway,
        authority: Authority,
        *,
        quotas: Quotas | None = None,
        faults: Faults | None = None,
        project: str = "demo-project",
        project_number: str = PROJECT_NUMBER,
    ) -> None:
        """State is read from and kept in `folder`. `faults` is shared with whoever plants them."""
        self.authority = authority
        self.runtime = runtime
        self.faults = faults or Faults()
        self.place = Place(project, project_number)
        self._closing = threading.Event()
        self._shelf = Shelf(folder)
        self._state = State(self._shelf)
        self.logs = Logs()
        self.operations = Operations(self._state)
        self.policies = Policies(self._state, self.faults, (project, project_number))
        self.secrets = SecretStore(self._state, self.policies, self.faults, self.place)
        self.apis = Apis(self.operations, self.policies, self.faults, self.place)
        self.projects = Projects(self.policies, self.place)
        self.accounts = Accounts(self.policies, self.place)
        self.repositories = Repositories(self._state, self.operations, self.policies)
        self.log_entries = LogEntries(self.logs, self.policies)
        self._fleet = Fleet(
            self._state, runtime, gateway, self.faults, self.logs, self.secrets, self.place, self._closing
        )
        self._reconciler = Reconciler(
            self._state, self.operations, self._fleet, gateway, self.policies, self.faults, self.logs, self._closing
        )
        self.revisions = Revisions(self._state, self.operations, self.policies, self._fleet.discard)
        self.services = Services(
            self._state, self.operations, self._reconciler, self.policies, self.faults, quotas or Quotas(), self.place
        )

    def start(self) -> None:
        """Bring back what served before, and take up again what was under way; both in the background."""
        self._reconciler.start()

    def settle(self, timeout: float) -> bool:
        """Wait until nothing is under way any more; False where `timeout` seconds did not do."""
        deadline = time.monotonic() + timeout
        with self._state.lock:
            while self._state.busy() and (left := deadline - time.monotonic()) > 0:
                self._state.changed.wait(left)
            return not self._state.busy()

    def close(self, *, stop_all: bool = False) -> None:
        """Stop working; what runs goes on where its runtime can, unless `stop_all`. The state stays on disk."""
        self._closing.set()
        with self._state.lock:
            self._state.changed.notify_all()
        self._reconciler.close()
        self._fleet.close()
        self.runtime.close(stop_all=stop_all)
        self._shelf.close()

    def may_invoke(self, service: str, email: str | None) -> bool:
        """Whether that principal may call the service; None is anybody."""
        return self.policies.may_invoke(service, email)

    def audiences(self, service: str) -> set[str]:
        """What ID tokens of the service's callers may be made for."""
        with self._state.lock:
            entry = self._state.entries.get(service)
            if entry is None:
                return set()
            tags = {each.uri for each in entry.service.traffic_statuses if each.uri}
            return {*entry.service.urls, *tags, *entry.service.custom_audiences}

    @property
    def closing(self) -> bool:
        return self._closing.is_set()
