"""Image in the engine in, image in a registry out, named by its digest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wizard.errors import SendoffError
from wizard.events import Reporter, silent
from wizard.images import artifact_names, engine_errors, push_causes, store
from wizard.images.engine import Engine
from wizard.images.exchange import exchange
from wizard.images.image import Image, Layer
from wizard.images.push_stream import PushStream
from wizard.images.registry_login import Login

__all__ = ["Login", "Pushed", "push"]

_SHORT_ID = 12
"""Characters of a layer's digest by which the engine speaks of it."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """An image in a registry."""

    name: str
    """REGISTRY/PATH, with neither tag nor digest."""
    digest: str
    """"sha256:…" of its manifest: names the content whatever the tags say."""
    tags: tuple[str, ...]
    size: int
    """Bytes unpacked."""
    sent: int = 0
    """Bytes this push sent, as they are unpacked; 0 where the registry had everything."""

    @property
    def reference(self) -> str:
        """What to deploy: name@digest."""
        return f"{self.name}@{self.digest}"


def push(
    engine: Engine, image: Image, name: str, tags: tuple[str, ...], login: Login | None, reporter: Reporter
) -> Pushed:
    """Bring the image to the registry under `name` (REGISTRY/PATH, no tag), once for each of the `tags` (at least one).

    Layers that the registry has are not sent again, so a push that was stopped or failed goes on where it was. The engine
    needs the name for as long as it pushes; it is taken away again afterwards, whatever happens.

    Raises PushError (name or tag illegal, image gone from the engine, registry unreachable, login wrong, right to push
    missing, repository missing …), EngineError, CancelledError. After an error the registry holds no tag that is half
    there: a tag is set once all it stands for has arrived.
    """
    if why := artifact_names.trouble(name):
        raise push_causes.illegal_name(name, why, artifact_names.nearest_name(name))
    for tag in tags or ("",):
        if not artifact_names.legal_tag(tag):
            raise push_causes.illegal_tag(tag)
    reporter.check()
    description = store.inspect(engine, image.id)
    if description is None:
        raise push_causes.image_gone(name, tags[0], image.reference)
    layers = _layers_by_id(image, description)
    digest, sent = "", 0
    for number, tag in enumerate(tags):
        with _named(engine, image, description, name, tag):
            # After the first tag every layer is there, and saying so again would only hide what was told of the first.
            stream = PushStream(silent() if number else reporter, layers)
            digest = _push_tag(engine, name, tag, login, reporter, stream)
        sent += stream.sent
        reporter.log(f"{name}:{tag} is {digest}")
    return Pushed(name, digest, tags, image.size, sent)


def _push_tag(engine: Engine, name: str, tag: str, login: Login | None, reporter: Reporter, stream: PushStream) -> str:
    """Push one tag; gives the digest."""
    from docker.errors import APIError

    # An empty login, and not None: for None the SDK would look for one of its own.
    header = login.as_header() if login else {}
    with exchange(engine, reporter, "pushing") as api:
        try:
            for message in api.push(name, tag=tag, stream=True, decode=True, auth_config=header):
                reporter.check()
                stream.feed(message)
        except APIError as error:
            stream.error = str(error.explanation or error)
    reporter.check()
    if stream.error:
        raise push_causes.failure(name, tag, stream.error)
    if digest := stream.digest or _digest_in_engine(engine, name, f"{name}:{tag}"):
        return digest
    raise engine_errors.gone(engine.facts.endpoint, "pushing", "Its answer ended before the push did.")


@contextlib.contextmanager
def _named(engine: Engine, image: Image, description: Mapping[str, Any], name: str, tag: str) -> Iterator[None]:
    """Inside, the engine knows the image by the registry's name; afterwards what bore that name before does so again."""
    reference = f"{name}:{tag}"
    before = store.image_id(engine, reference)
    _name(engine, image.id, name, tag, image.reference)
    try:
        yield
    finally:
        with contextlib.suppress(SendoffError):  # an engine that went away takes no name off; the error is told already
            if before and before != image.id:
                _name(engine, before, name, tag, reference)
            if description.get("RepoTags"):  # else its only name is this one, and it would be gone with it
                known = _references(description, name, tag)
                for new in _references(store.inspect(engine, image.id), name, tag) - known:
                    store.remove(engine, new)


def _references(description: Mapping[str, Any] | None, name: str, tag: str) -> set[str]:
    """What an image is called under that name: by the tag, and by the digest that the engine notes with a push."""
    known = description or {}
    every = (str(one) for one in (*(known.get("RepoTags") or ()), *(known.get("RepoDigests") or ())))
    return {one for one in every if one == f"{name}:{tag}" or one.startswith(f"{name}@")}


def _name(engine: Engine, image: str, name: str, tag: str, reference: str) -> None:
    from docker.errors import ImageNotFound

    with engine.guarding("naming the image"):
        try:
            engine.api.tag(image, name, tag)
        except ImageNotFound:
            raise push_causes.image_gone(name, tag, reference) from None


def _layers_by_id(image: Image, description: Mapping[str, Any]) -> dict[str, Layer]:
    """The image's layers by the engine's short id; {} where they cannot be told apart (a layer of no bytes has no size)."""
    ids = [str(one).removeprefix("sha256:")[:_SHORT_ID] for one in description["RootFS"].get("Layers") or ()]
    return dict(zip(ids, image.layers, strict=True)) if len(set(ids)) == len(image.layers) == len(ids) else {}


def _digest_in_engine(engine: Engine, name: str, reference: str) -> str:
    """The digest the engine has noted for that name; "" where it has none."""
    for entry in (store.inspect(engine, reference) or {}).get("RepoDigests") or ():
        repository, _, digest = str(entry).partition("@")
        if repository == name:
            return digest
    return ""
