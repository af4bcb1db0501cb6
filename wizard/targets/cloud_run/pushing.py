"""The image goes to the project's repository, under names people recognise; it is deployed by its digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from wizard.errors import TargetError
from wizard.events import Reporter
from wizard.images.engine import Engine
from wizard.images.image import Image

if TYPE_CHECKING:
    from wizard.bundle.bundle import Bundle
    from wizard.images.push import Pushed
    from wizard.locking.environment import Environment
    from wizard.plan.plan import Plan
    from wizard.targets.cloud_run.cloud import Cloud


def push_image(
    plan: Plan, image: Image, engine: Engine, reporter: Reporter, *, cloud: Cloud, repository: str = ""
) -> Pushed:
    """Push the image to the plan's repository. Layers that are there already are not sent again.

    `repository`: where images are pushed, as a preflight found it; Artifact Registry is asked where it is empty.
    Raises PushError where the repository is missing or refuses, TargetError, EngineError, CancelledError.
    """
    from wizard.images.artifact_names import host_of
    from wizard.images.push import push
    from wizard.images.registry_login import find_login
    from wizard.targets.cloud_run.repository import image_name

    name = f"{repository}/{plan.service.name}" if repository else image_name(plan, cloud)
    if cloud.place.is_local and not host_of(name).startswith("127.0.0.1:"):
        raise TargetError(
            "The local Cloud Run has no registry on this machine.",
            "An image for practice is pushed nowhere else.",
            "Install docker-registry (Debian's package of that name) and run `sendoff workshop down`, then `sendoff workshop up`.",
            evidence=[f"its repository is {name}"],
        )
    login = None if cloud.place.is_local else find_login(host_of(name), cloud.access_token())
    return push(engine, image, name, image_tags(plan, image), login, reporter)


def hand_over_bundle(plan: Plan, bundle: Bundle, environment: Environment, cloud: Cloud) -> Pushed:
    """What a push is where neither an engine nor a registry is: a local Cloud Run that runs processes learns which bundle
    and environment an image's name stands for. Raises TargetError.
    """
    from wizard.images.push import Pushed
    from wizard.targets.cloud_run.door import hand_over
    from wizard.targets.cloud_run.repository import image_name

    content = hashlib.sha256(f"{bundle.sha256} {environment.python}".encode()).hexdigest()
    pushed = Pushed(image_name(plan, cloud), f"sha256:{content}", (), 0)
    hand_over(cloud.place.endpoint, pushed.reference, bundle.folder, environment.python)
    return pushed


def image_tags(plan: Plan, image: Image) -> tuple[str, ...]:
    """The model file's digest and the image's own: names for people, who look for "the image of that model file"."""
    model, content = (plan.model.sha256 or "")[:12], image.id.removeprefix("sha256:")[:12]
    return tuple(tag for tag in (f"model-{model}" if model else "", f"image-{content}") if tag)
