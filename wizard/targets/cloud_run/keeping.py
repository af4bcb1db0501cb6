"""What others have set on a service, and a release leaves as it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from wizard.targets.cloud_run.desired import MANAGED_BY, cloud_run_target, desired_template
from wizard.targets.cloud_run.fingerprint import fingerprint

if TYPE_CHECKING:
    from google.cloud import run_v2

    from wizard.plan.plan import Plan

OUR_LABELS = "dev.sendoff.labels"
"""Annotation that names the labels that came from a plan: of those, one that left the plan leaves the service too."""
_SETTINGS = ("service_mesh", "encryption_key_revocation_action", "encryption_key_shutdown_duration")
"""Settings of a template that no plan speaks of."""


def template_for(plan: Plan, image: str, current: run_v2.Service | None) -> tuple[run_v2.RevisionTemplate, str]:
    """The new revision's template, with sidecars and settings that others gave the service; and its fingerprint.

    Labels and annotations of others are kept and do not count: tools change them with every deploy.
    """
    template = desired_template(plan, image)
    if current is None:
        return template, fingerprint(template)
    standing = current.template
    _keep_sidecars(template, standing)
    for name in _SETTINGS:
        if value := getattr(standing, name):
            setattr(template, name, value)
    digest = fingerprint(template)
    keep_labels(template.labels, standing.labels, current.annotations)
    template.annotations.update(standing.annotations)
    return template, digest


def service_labels(plan: Plan, standing: run_v2.Service) -> dict[str, str]:
    """The labels of a service that is there: the plan's, and those of others. Whether it was made here stays as it is."""
    labels = dict(cloud_run_target(plan).labels)
    keep_labels(labels, standing.labels, standing.annotations)
    return labels


def made_here(service: run_v2.Service) -> bool:
    """Sendoff created it, so that it may delete it."""
    return MANAGED_BY.items() <= dict(service.labels).items()


def keep_labels(wanted: MutableMapping[str, str], standing: Mapping[str, str], annotations: Mapping[str, str]) -> None:
    """Add the labels that stand there and never came from a plan."""
    ours = frozenset(annotations.get(OUR_LABELS, "").split(","))
    wanted.update({key: value for key, value in standing.items() if key not in ours and key not in wanted})


def _keep_sidecars(template: run_v2.RevisionTemplate, standing: run_v2.RevisionTemplate) -> None:
    sidecars = [one for one in standing.containers if not one.ports] if len(standing.containers) > 1 else []
    if not sidecars:
        return
    main = next((one for one in standing.containers if one.ports), None)
    if main is not None:  # sidecars wait for each other by name
        template.containers[0].name = main.name
        template.containers[0].depends_on = list(main.depends_on)
    template.containers.extend(sidecars)
    mounted = {mount.name for one in sidecars for mount in one.volume_mounts}
    have = {volume.name for volume in template.volumes}
    template.volumes.extend(one for one in standing.volumes if one.name in mounted - have)
