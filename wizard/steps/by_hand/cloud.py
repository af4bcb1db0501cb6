"""By hand: from the image to a service on Cloud Run, its traffic, the way back, and its end. With gcloud and docker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.steps.by_hand.command import Command, StageByHand, Typed, gcloud_list, shell, without_secrets
from wizard.steps.by_hand.gcloud_deploy import deploy, remote_image, where
from wizard.steps.by_hand.image import TAG, image_name

if TYPE_CHECKING:
    from wizard.plan.cloud_run import CloudRunTarget
    from wizard.plan.plan import Plan

_CANDIDATE = "candidate"
"""Tag of a revision that is looked at before it gets traffic."""
_APIS = ("run.googleapis.com", "artifactregistry.googleapis.com")
_PRACTICE = (
    " The local Cloud Run of this plan speaks the Admin API, as Sendoff does, and not gcloud's: this is what you would type"
    " at Google."
)


def preflight(target: CloudRunTarget) -> StageByHand:
    """What must be there before anything is built."""
    apis = [*_APIS, *(["secretmanager.googleapis.com"] if _uses_secrets(target) else [])]
    return StageByHand(
        "preflight",
        "Look at the cloud",
        "Logged in, the APIs on, a place for the image: what is missing is cheaper to learn now." + _practice(target),
        (
            Command("gcloud auth login", "Once: who you are, for gcloud."),
            Command(
                shell("gcloud", "services", "enable", *apis, f"--project={target.project}"),
                "Switches the APIs on; nothing happens where they are.",
            ),
            Command(_repository(target), "A place for images. It answers ALREADY_EXISTS where there is one."),
        ),
        "artifactregistry.v1 ArtifactRegistry.GetRepository; run.v2 Services.CreateService with validate_only",
    )


def push(plan: Plan, target: CloudRunTarget) -> StageByHand:
    """To where Cloud Run can fetch it."""
    image = remote_image(plan, target)
    return StageByHand(
        "push",
        "Push the image",
        "Cloud Run fetches images from a registry. Layers that are there already are not sent again."
        + _practice(target),
        (
            Command(
                shell("gcloud", "auth", "configure-docker", image.partition("/")[0]),
                "Once: docker asks gcloud for the login at that registry.",
            ),
            Command(shell("docker", "tag", image_name(plan), image), "The same image, named for where it goes."),
            Command(shell("docker", "push", image), "Sends it."),
        ),
        "The registry's own HTTP API (OCI distribution)",
    )


def release(plan: Plan, target: CloudRunTarget) -> StageByHand:
    """The service with every setting of the plan."""
    return StageByHand(
        "release",
        "Release",
        "One command makes the service or a new revision of it. What differs from Cloud Run's defaults is said; gcloud keeps"
        " what is not said as it was, so take back by name what an earlier release had, e.g. --clear-secrets."
        + _practice(target),
        (
            Command(
                shell(*deploy(plan, target)),
                "Every setting of the plan. All requests go to the new revision as soon as it is up, unless traffic was given to"
                " revisions by name before; “traffic” shows the careful way." + without_secrets(plan.service.env),
            ),
            *_invokers(plan, target),
            *_tags(plan, target),
            Command(_call(plan, target, ""), "Call it" + (" as yourself." if target.access == "private" else ".")),
        ),
        "run.v2 Services.CreateService, later Services.UpdateService; Services.SetIamPolicy",
    )


def traffic(plan: Plan, target: CloudRunTarget) -> StageByHand:
    """A revision that is proved before it is used."""
    steps = target.traffic
    return StageByHand(
        "traffic",
        "Move the traffic",
        "A new revision first gets an address of its own and no requests. What is wrong with it is found by you and not by"
        " your callers." + _practice(target),
        (
            Command(
                shell(*deploy(plan, target), "--no-traffic", f"--tag={_CANDIDATE}"),
                "The release as above, for a service that is there already: the new revision is up, and nobody is sent to it."
                + without_secrets(plan.service.env),
            ),
            Command(_call(plan, target, _CANDIDATE), "Ask the new revision itself, at its own address."),
            *(
                Command(
                    _update_traffic(plan, target, f"--to-tags={_CANDIDATE}={step}"),
                    f"{step} % of the requests go to it."
                    + (f" Watch it for {target.traffic_wait} s before the next step." if step != steps[-1] else ""),
                )
                for step in steps
            ),
            Command(
                _update_traffic(plan, target, f"--remove-tags={_CANDIDATE}"),
                "It has proved itself and needs its own address no more.",
            ),
        ),
        "run.v2 Services.UpdateService with the field traffic",
    )


def rollback(plan: Plan, target: CloudRunTarget) -> StageByHand:
    """Back to the revision before."""
    listing = shell(
        "gcloud", "run", "revisions", "list", f"--service={plan.service.name}", where(target),
        "--sort-by=~metadata.creationTimestamp", "--limit=2", ("--format=value(metadata.name)",),
    ).replace(" \\\n    ", " ")  # fmt: skip
    return StageByHand(
        "rollback",
        "Go back",
        "Revisions stay as they were. Going back is sending the requests to the one before, which takes seconds."
        + _practice(target),
        (
            Command(
                shell("gcloud", "run", "revisions", "list", f"--service={plan.service.name}", where(target)),
                "All there are; the active ones have traffic.",
            ),
            Command(
                _update_traffic(plan, target, Typed(f'--to-revisions="$({listing} | tail -n 1)=100"')),
                "All requests go to the second newest.",
            ),
        ),
        "run.v2 Services.UpdateService with the field traffic",
    )


def down(plan: Plan, target: CloudRunTarget) -> StageByHand:
    """The service and its images."""
    image = remote_image(plan, target).removesuffix(f":{TAG}")
    return StageByHand(
        "down",
        "Take it down",
        "A service that is asked nothing costs nothing, unless instances are kept warm; images in a registry cost a little."
        + _practice(target),
        (
            Command(
                shell("gcloud", "run", "services", "delete", plan.service.name, where(target)),
                "The service with all its revisions. It asks first.",
            ),
            Command(
                shell("gcloud", "artifacts", "docker", "images", "delete", image, "--delete-tags", f"--project={target.project}"),
                "Its images. It asks first.",
            ),
        ),
        "run.v2 Services.DeleteService; artifactregistry.v1 ArtifactRegistry.DeletePackage",
    )  # fmt: skip


# --- the parts ------------------------------------------------------------------------------------------------


def _practice(target: CloudRunTarget) -> str:
    return _PRACTICE if target.endpoint else ""


def _repository(target: CloudRunTarget) -> str:
    from wizard.targets.cloud_run.repository import RepositoryName

    name = RepositoryName.of(target)
    return shell(
        "gcloud", "artifacts", "repositories", "create", name.id, "--repository-format=docker",
        f"--location={name.location}", f"--project={name.project}",
    )  # fmt: skip


def _uses_secrets(target: CloudRunTarget) -> bool:
    return bool(target.secrets) or any(volume.kind == "secret" for volume in target.volumes)


def _update_traffic(plan: Plan, target: CloudRunTarget, flag: str) -> str:
    return shell("gcloud", "run", "services", "update-traffic", plan.service.name, where(target), (flag,))


def _invokers(plan: Plan, target: CloudRunTarget) -> tuple[Command, ...]:
    return tuple(
        Command(
            shell(
                "gcloud", "run", "services", "add-iam-policy-binding", plan.service.name, where(target),
                f"--member={member}", "--role=roles/run.invoker",
            ),
            f"{member} may call it.",
        )
        for member in target.invokers
    )  # fmt: skip


def _tags(plan: Plan, target: CloudRunTarget) -> tuple[Command, ...]:
    if not target.tags:
        return ()
    tags = gcloud_list(f"{tag}=LATEST" for tag in target.tags)
    return (Command(_update_traffic(plan, target, f"--update-tags={tags}"), "Addresses of the revision's own."),)


def _call(plan: Plan, target: CloudRunTarget, tag: str) -> str:
    """The sample request, sent to the service or to the revision of that tag: its address has the tag in front."""
    url = shell("gcloud", "run", "services", "describe", plan.service.name, where(target), "--format=value(status.url)")
    url = url.replace(" \\\n    ", " ")
    if tag:
        url += f" | sed s,//,//{tag}---,"
    # Quotes hold within $(…), whatever is around it.
    token = '"Authorization: Bearer $(gcloud auth print-identity-token)"'
    return shell(
        "curl",
        "-sS",
        *([("-H", Typed(token))] if target.access == "private" else []),
        ("-H", "Content-Type: application/json"),
        ("--data", "@bundle/sample.json"),
        (Typed(f'"$({url})/predict"'),),
    )
