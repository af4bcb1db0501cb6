"""Taking a service away, with what was made for it: its images, and secrets that bear our label."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wizard.errors import TargetError
from wizard.images.artifact_names import GCR
from wizard.targets.cloud_run.api_errors import CloudError, retrying
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.desired import MANAGED_BY
from wizard.targets.cloud_run.keeping import made_here
from wizard.targets.cloud_run.permissions import command
from wizard.targets.cloud_run.repository import RepositoryName
from wizard.targets.cloud_run.work import Site
from wizard.targets.cloud_run.writing import TIMEOUT

if TYPE_CHECKING:
    from google.cloud import run_v2

_HOST = re.compile(r"(?P<location>[a-z0-9-]+)-docker\.pkg\.dev/(?P<project>[^/]+)/(?P<repository>[^/]+)/(?P<image>.+)")
_LOCAL = re.compile(r"127\.0\.0\.1:\d+/(?P<project>[^/]+)/(?P<repository>[^/]+)/(?P<image>.+)")
_OLD = re.compile(r"(?P<repository>(?:\w+\.)?gcr\.io)/(?P<project>[^/]+)/(?P<image>.+)")


@dataclass(frozen=True, slots=True)
class Belongings:
    """What goes with a service. Names are full resource names."""

    service: str
    url: str
    package: str = ""
    """Its images in the repository; "" where they are not there, or not only its own."""
    versions: int = 0
    secrets: tuple[str, ...] = ()

    def in_words(self) -> tuple[str, ...]:
        lines = [
            f"the service {self.service.rpartition('/')[2]} at {self.url or 'no address yet'}, with all its revisions"
        ]
        if self.package:
            count = f"{self.versions} image{'' if self.versions == 1 else 's'}"
            lines.append(f"{count} in the repository: {self.package.replace('%2F', '/')}")
        lines += [f"the secret {secret}, with all its versions" for secret in self.secrets]
        return tuple(lines)


def belongings(site: Site, *, images: bool) -> Belongings:
    """Look for what goes. Raises TargetError where the service is not there or was not made by Sendoff, CloudError."""
    service, place = site.standing(), site.cloud.place
    if not made_here(service):
        raise TargetError(
            f"The service {site.name} was not made by Sendoff, so Sendoff does not delete it.",
            f"It lacks the label {'='.join(*MANAGED_BY.items())}: it was there before the first release from here, or somebody "
            "has made it anew.",
            "To delete it all the same: "
            + command("gcloud run services delete", site.name, region=place.region, project=place.project),
        )
    package, versions = _package(site, service) if images else ("", 0)
    return Belongings(service.name, service.uri, package, versions, _secrets(site, service))


def remove(site: Site, what: Belongings) -> None:
    """Delete the service and wait until it is gone, then the rest. What is gone already is no error. Raises CloudError."""
    _deleted(site, lambda: site.cloud.services.delete_service(name=what.service, timeout=TIMEOUT), "the service")
    waiting = site.waiting()
    while site.service() is not None:
        waiting.pause()
    if what.package:
        _deleted(site, lambda: site.cloud.artifacts.delete_package(name=what.package, timeout=TIMEOUT), "the images")
    for secret in what.secrets:
        _deleted(site, lambda name=secret: site.cloud.secrets.delete_secret(name=name, timeout=TIMEOUT), "a secret")


def _deleted(site: Site, call: Any, what: str) -> None:
    try:
        retrying(
            call,
            site.reporter,
            f"delete {what} of {site.name}",
            safe=True,
            member=site.cloud.member,
            project=site.cloud.place.project,
        )
    except CloudError as error:
        if error.kind is not Trouble.MISSING:
            raise


def image_package(image: str, region: str) -> tuple[RepositoryName, str] | None:
    """Repository and package of an image's name; None for one that is in no Artifact Registry."""
    name = image.partition("@")[0]
    if match := _HOST.fullmatch(name):
        location = match["location"]
    elif match := _LOCAL.fullmatch(name):
        location = region
    elif match := _OLD.fullmatch(name):
        location = GCR.get(match["repository"], "us")
    else:
        return None
    package = match["image"].partition(":")[0]
    return RepositoryName(match["project"], location, match["repository"]), package


def _package(site: Site, service: run_v2.Service) -> tuple[str, int]:
    """The service's own images: those that bear its name, as `sendoff up` pushes them."""
    image = service.template.containers[0].image if service.template.containers else ""
    found = image_package(image, site.cloud.place.region)
    if found is None or found[1].rpartition("/")[2] != site.name:
        return "", 0
    repository, package = found
    prefix = f"/{package}@"
    try:
        listed = retrying(
            lambda: list(
                site.cloud.artifacts.list_docker_images(parent=repository.resource, retry=None, timeout=TIMEOUT)
            ),
            site.reporter,
            f"list the images of {site.name}",
            safe=True,
            member=site.cloud.member,
            project=repository.project,
        )
    except CloudError as error:
        if error.kind is Trouble.MISSING:
            return "", 0
        raise
    count = sum(prefix in one.uri for one in listed)
    return (f"{repository.resource}/packages/{package.replace('/', '%2F')}", count) if count else ("", 0)


def _secrets(site: Site, service: run_v2.Service) -> tuple[str, ...]:
    """Secrets the service reads that bear our label. Those that were there before us do not, and stay."""
    names = {
        one.value_source.secret_key_ref.secret
        for container in service.template.containers
        for one in container.env
        if one.value_source.secret_key_ref.secret
    } | {volume.secret.secret for volume in service.template.volumes if volume.secret.secret}
    ours = []
    for name in sorted(names):
        full = name if "/" in name else f"{site.cloud.place.project_name}/secrets/{name}"
        try:
            secret = retrying(
                lambda full=full: site.cloud.secrets.get_secret(name=full, retry=None, timeout=TIMEOUT),  # type: ignore[misc]  # a default cannot be typed in a lambda
                site.reporter,
                f"read the secret {name}",
                safe=True,
            )
        except TargetError:
            continue  # gone, or not ours to see: then it is not ours to delete
        if MANAGED_BY.items() <= dict(secret.labels).items():
            ours.append(full)
    return tuple(ours)
