"""A service on Cloud Run that was released from here: looked at, logged, called, split, rolled back, taken down."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from wizard.errors import SendoffError, TargetError
from wizard.events import Reporter, silent
from wizard.targets.calling import Reply, call
from wizard.targets.cloud_run import records
from wizard.targets.cloud_run.place import Place
from wizard.targets.cloud_run.records import CloudRecord
from wizard.targets.status import Moved, Revision, ServiceStatus

if TYPE_CHECKING:
    from google.cloud import run_v2

    from wizard.targets.cloud_run.cloud import Cloud
    from wizard.targets.cloud_run.removal import Belongings
    from wizard.targets.cloud_run.work import Site

_EVERY = 2.0
"""Seconds between two questions for new log lines to Google, which allows one a second for a whole project."""
_EVERY_LOCAL = 0.3
_TAIL = 100
_PATIENCE = 5.0
"""Seconds for an answer about how a service is."""


@dataclass(frozen=True)
class CloudService:
    """One service at one place. Google's libraries are imported by its methods."""

    record: CloudRecord
    reporter: Reporter = field(default_factory=silent)

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def target(self) -> Literal["cloud_run"]:
        return "cloud_run"

    @property
    def url(self) -> str:
        return self.record.url

    @property
    def bundle(self) -> str:
        return self.record.bundle

    @cached_property
    def cloud(self) -> Cloud:
        from wizard.targets.cloud_run.cloud import Cloud

        return Cloud.at(Place(self.record.project, self.record.region, self.record.endpoint))

    def close(self) -> None:
        """Let go of the connections, if there are any; the next question opens new ones."""
        if "cloud" in self.__dict__:
            self.cloud.close()

    @property
    def _site(self) -> Site:
        from wizard.targets.cloud_run.work import Site

        return Site(self.cloud, self.name, self.reporter)

    def status(self) -> ServiceStatus:
        """How Cloud Run says it is. One that cannot be asked is a note, not an error."""
        from wizard.targets.cloud_run.api_errors import CloudError, explain
        from wizard.targets.cloud_run.api_trouble import Trouble, is_api_error

        try:
            # Asked once: a list of services does not wait for one whose cloud is away.
            name = self.cloud.place.service(self.name)
            return self._described(self.cloud.services.get_service(name=name, retry=None, timeout=_PATIENCE))
        except SendoffError as error:
            return self._unknown(f"{error.what} {error.why}".strip())
        except Exception as error:
            if not is_api_error(error):
                raise
            trouble: CloudError = explain(error, f"read the service {self.name}", project=self.record.project)
        if trouble.kind is Trouble.MISSING:
            return self._unknown(f"It is gone: something else deleted it. Forget it with `sendoff down {self.name}`.")
        return self._unknown(f"{trouble.what} {trouble.why}".strip())

    def _described(self, service: run_v2.Service) -> ServiceStatus:
        from wizard.targets.cloud_run.service_state import main_revision, serving, tag_urls

        split = serving(service)
        return ServiceStatus(
            name=self.name,
            url=service.uri or self.url,
            runtime="cloud run",
            running=bool(split),
            healthy=bool(split),
            started=service.update_time.timestamp() if service.update_time else 0.0,
            memory=0,
            revision=main_revision(split),
            project=self.record.folder,
            note=_note(service),
            target="cloud_run",
            place=self.record.place,
            traffic=split,
            tags=tag_urls(service),
        )

    def _unknown(self, note: str) -> ServiceStatus:
        return ServiceStatus(
            name=self.name,
            url=self.url,
            runtime="cloud run",
            running=False,
            healthy=False,
            started=0.0,
            memory=0,
            revision="",
            project=self.record.folder,
            note=note,
            target="cloud_run",
            place=self.record.place,
        )

    def logs(self, follow: bool = False, tail: int | None = None) -> Iterator[str]:
        """What its containers write, all revisions together; structured lines as text. Raises CloudError."""
        from wizard.targets.cloud_run.logs import ServiceLog

        log = ServiceLog(self.cloud, self.name, reporter=self.reporter)
        for line in log.newest(_TAIL if tail is None else tail):
            yield from line.text.splitlines() or [""]
        while follow:
            for line in log.new():
                yield from line.text.splitlines() or [""]
            time.sleep(_EVERY_LOCAL if self.record.endpoint else _EVERY)

    def predict(self, body: Mapping[str, Any], path: str = "/predict") -> Reply:
        """POST `body` to it as whoever is logged in. Raises TargetError where no answer comes, or you may not call it."""
        from wizard.targets.cloud_run.access import grant_command

        service = self._site.standing()
        if not service.uri:
            raise TargetError(
                f"The service {self.name} has no address yet.",
                "No revision of it has become ready.",
                "Put right what the last `sendoff up` said, and run it again.",
            )
        token, untold = "", ""
        if not service.invoker_iam_disabled:
            try:
                token = self.cloud.identity_token(service.uri)
            except TargetError as error:
                untold = f" {error.what} {error.fix}"  # a public service answers without
        reply = call(
            self.name, service.uri, path, body, float(service.template.timeout.seconds or 300) + 5, token=token
        )
        if reply.status in (401, 403) and not isinstance(reply.answer, dict):
            raise TargetError(
                f"You may not call {self.name}.",
                f"It is private: callers need the role roles/run.invoker.{untold}",
                f"An administrator runs: {grant_command(self.cloud, self.name)} "
                "Or write the caller under target.invokers in sendoff.yaml, and run `sendoff up`.",
                evidence=[f"{reply.status} {str(reply.answer)[:200]}"],
            )
        return reply

    def revisions(self) -> tuple[Revision, ...]:
        """Newest first. Raises TargetError, CloudError."""
        from wizard.targets.cloud_run.revisions import revisions

        return revisions(self._site)

    def set_traffic(self, shares: Mapping[str, int]) -> Moved:
        """Move the traffic, and return when it is moved. Raises TargetError, CloudError."""
        from wizard.targets.cloud_run.revisions import split_by_hand

        return split_by_hand(self._site, shares)

    def way_back(self) -> Moved:
        """What a rollback would do. Raises TargetError where there is nothing to go back to, CloudError."""
        from wizard.targets.cloud_run.revisions import way_back

        return way_back(self._site)

    def rollback(self) -> Moved:
        """Go back to what served before, and return when that serves. Raises TargetError, CloudError."""
        from wizard.targets.cloud_run.revisions import roll_back

        return roll_back(self._site)

    def what_goes(self, images: bool = True) -> tuple[str, ...]:
        """Service, images and secrets that `down` deletes, a line each. Raises CloudError."""
        found = self._belongings(images)
        return found.in_words() if found is not None else (f"the note that {self.name} was released here",)

    def down(self, images: bool = True) -> None:
        """Delete them, and forget the service. Raises CloudError; then it is still known."""
        from wizard.targets.cloud_run.removal import remove

        found = self._belongings(images)
        if found is not None:
            remove(self._site, found)
        records.forget(self.record)

    def _belongings(self, images: bool) -> Belongings | None:
        from wizard.targets.cloud_run.removal import belongings

        site = self._site
        return belongings(site, images=images) if site.service() is not None else None


def _note(service: run_v2.Service) -> str:
    """What is to be known beside who serves; empty where all is well."""
    from wizard.targets.cloud_run.service_state import failed, short

    if service.reconciling:
        return "Cloud Run is at work on a change."
    newest = short(service.latest_created_revision)
    if newest != short(service.latest_ready_revision):
        return f"Its newest revision, {newest}, did not become ready."
    if failed(service):
        said = service.terminal_condition.message.splitlines()
        return f"Its last change failed: {said[0] if said else 'Cloud Run does not say why.'}"
    return ""
