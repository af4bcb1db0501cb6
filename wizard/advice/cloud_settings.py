"""What of a service's settings Cloud Run could not use: images, networks, revisions, fields."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.advice.cause import CauseKind
from wizard.advice.cloud_scene import rule

_FIELDS = (
    ("max_instance_request_concurrency", "service.concurrency"),
    ("containerConcurrency", "service.concurrency"),
    ("max_instance_count", "target.max_instances"),
    ("min_instance_count", "target.min_instances"),
    ("timeout", "service.timeout"),
    ("memory", "service.memory"),
    ("cpu", "service.cpu"),
    ("resources", "service.cpu and service.memory"),
    ("startup_probe", "target.startup_probe"),
    ("liveness_probe", "target.liveness_probe"),
    ("service_account", "target.service_account"),
    ("encryption_key", "target.encryption_key"),
    ("vpc_access", "target.vpc"),
    ("volume", "target.volumes"),
    ("secret", "target.secrets"),
    ("labels", "target.labels"),
    ("env", "service.env"),
    ("ports", "target.port"),
    ("traffic", "target.tags"),
    ("image", "target.repository"),
    ("node_selector", "target.gpu"),
)
"""Part of the API's field path → the plan's field behind it; the first that fits."""

_PLACE = re.compile(r"(?P<region>[a-z0-9-]+)-docker\.pkg\.dev/(?P<project>[^/]+)/(?P<repository>[^/]+)/")


def _field(words: Mapping[str, str]) -> Mapping[str, str]:
    path = words["path"].lower()
    plain = path.replace("_", "")
    ours = next((field for part, field in _FIELDS if part.lower().replace("_", "") in plain), "")
    return {
        "place": f"{ours} in sendoff.yaml" if ours else "the setting it names in sendoff.yaml",
        "said": words["said"].strip(),
    }


def _image(words: Mapping[str, str]) -> Mapping[str, str]:
    name = words["name"] or words["image"]
    place = _PLACE.match(name)
    return {"name": name, **(place.groupdict() if place else {})}


SETTINGS = (
    rule(
        CauseKind.IMAGE_MISSING,
        r"Image '(?P<name>[^']+)' not found",
        title="Cloud Run finds no image {name}.",
        why="It was not pushed, was deleted since, or is in another repository than the plan says.",
        fix="Run `sendoff up` again: it pushes what is missing. What is there: gcloud artifacts docker images list"
        " {region}-docker.pkg.dev/{project}/{repository} --include-tags",
        reasons=("CONTAINER_MISSING",),
        fill=_image,
    ),
    rule(
        CauseKind.NETWORK_MISSING,
        r"(?:VPC|network|connector|subnet)\S* ?['\"]?(?P<name>[\w/.-]*)['\"]?[^.]{0,40}(?:not found|does not exist|not ready)",
        title="The private network {name} cannot be used.",
        why="It does not exist in the region and project, or is not ready.",
        fix="Correct target.vpc. What there is: gcloud compute networks subnets list --project={project}"
        " --filter=region:{region}",
        reasons=("VPC_NETWORK_NOT_FOUND",),
        fill=lambda words: {"name": words["name"] or "that target.vpc names"},
    ),
    rule(
        CauseKind.REVISION_GONE,
        r"Revision '(?P<revision>[^']+)' does not exist or is deleted",
        title="The revision {revision}, which should get traffic, does not exist any more.",
        why="It was deleted by somebody, or by Cloud Run, which keeps only so many without traffic.",
        fix="Choose one that is there: gcloud run revisions list --service={service} --region={region} --project={project}",
    ),
    rule(
        CauseKind.REVISION_SERVES,
        r"Revision \"?(?P<revision>[\w-]+)\"? cannot be directly deleted because it is actively serving",
        title="The revision {revision} has traffic, so it cannot be deleted.",
        why="Cloud Run removes only what nobody is sent to.",
        fix="Move its traffic to another revision first: `sendoff traffic REVISION=100`.",
    ),
    rule(
        CauseKind.NAME_TAKEN,
        r"Revision named '(?P<revision>[^']+)' with different configuration already exists",
        title="There is another revision called {revision}.",
        why="A revision never changes: another configuration needs another name.",
        fix="Run `sendoff up` again: it takes the next free name.",
    ),
    rule(
        CauseKind.NAME_TAKEN,
        r"Resource '(?P<name>[^']+)' already exists",
        title="{name} exists already.",
        why="It was made before, or by somebody else in the meantime.",
        fix="Run `sendoff up` again: what exists is updated.",
        reasons=("ALREADY_EXISTS",),
        fill=lambda words: {"name": words["name"] or words["service"]},
    ),
    rule(
        CauseKind.NOT_FOUND,
        r"Resource '(?P<name>[^']+)' of kind '\w+' in region '(?P<region>[^']+)' in project '(?P<project>[^']+)' does not exist",
        title="There is no {name} in {region} of the project {project}.",
        why="It was never made there, or was deleted.",
        fix="What there is: gcloud run services list --project={project}",
        reasons=("NOT_FOUND",),
        fill=lambda words: {"name": words["name"] or words["service"]},
    ),
    rule(
        CauseKind.CHANGED_MEANWHILE,
        r"concurrent policy changes|etag|conflict for resource",
        title="Somebody else changed the service at the same moment.",
        why="The change was refused, so that it undoes nobody's work.",
        fix="Run the same command again: it starts from what is there now.",
        reasons=("ABORTED",),
    ),
    rule(
        CauseKind.SETTING_REFUSED,
        r"Violation in \w+\.(?P<path>[\w.\[\]]+): (?P<said>.*)",
        title="Cloud Run refuses a setting: {said}",
        why="It is about {path}.",
        fix="Correct {place}.",
        fill=_field,
    ),
    rule(
        CauseKind.SETTING_REFUSED,
        r"(?P<path>(?:spec|template|service)\.[\w.\[\]]+): (?P<said>.*)",
        title="Cloud Run refuses a setting: {said}",
        why="It is about {path}.",
        fix="Correct {place}.",
        fill=_field,
    ),
    rule(
        CauseKind.SETTING_REFUSED,
        "",
        title="Cloud Run refuses a setting.",
        why="Its own words are below.",
        fix="Correct what they name in sendoff.yaml.",
        reasons=("INVALID_ARGUMENT",),
    ),
    rule(
        CauseKind.PLATFORM_FAILING,
        r"internal error|service is currently unavailable|please try again|backend error",
        title="Cloud Run itself failed.",
        why="Nothing in the message speaks of the service or its settings.",
        fix="Run the same command again: it goes on from what is there. https://status.cloud.google.com shows known trouble.",
        reasons=("INTERNAL", "UNAVAILABLE", "IMMEDIATE_RETRY", "POSTPONED_RETRY"),
    ),
)
"""Particular ones before general ones."""
