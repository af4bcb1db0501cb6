"""Bundle in, image out. A builder is anything with `build`; this one lets the container engine do it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from wizard.errors import BuildError, BundleError, CancelledError, SendoffError
from wizard.events import Reporter
from wizard.images import build_causes, engine_errors, store
from wizard.images.build_stream import BuildStream
from wizard.images.context import Context
from wizard.images.dockerfile import final_base
from wizard.images.engine import Engine
from wizard.images.exchange import exchange
from wizard.images.image import Image

if TYPE_CHECKING:
    from docker import APIClient

    from wizard.bundle.bundle import Bundle

PLATFORM = "linux/amd64"
"""What a prediction service runs on, here and in the clouds."""
CREATED = "org.opencontainers.image.created"
BUNDLE = "dev.sendoff.bundle.sha256"
_GONE_WITHIN = 15.0
_ROOM = 2_000_000_000
"""Bytes that a base image, the dependencies and their install take, beside the bundle and its copy in the image."""


class Builder(Protocol):
    """Makes an image of a bundle."""

    def build(self, bundle: Bundle, *, tag: str, labels: Mapping[str, str], reporter: Reporter) -> Image:
        """The image of the bundle, named `tag`, with those labels and those of the builder's own.

        Raises BuildError where the bundle does not build, EngineError where what builds it fails, BundleError where its
        files have changed, CancelledError. After an error nothing is left but what makes the next build faster.
        """
        ...


class DockerBuilder:
    """Builds with the engine's own builder, through the Docker SDK."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def build(self, bundle: Bundle, *, tag: str, labels: Mapping[str, str], reporter: Reporter) -> Image:
        """See `Builder.build`. Labels come last in the image, so that none of them makes a layer anew."""
        reporter.check()
        base = final_base(_dockerfile(bundle))
        if self._engine.facts.emulates:
            reporter.notice(
                f"This engine runs {self._engine.facts.platform}, the service {PLATFORM}: it is built by emulation, slowly."
            )
        context = Context(bundle, reporter)
        free = self._engine.facts.free
        if free is not None and free < 2 * context.size + _ROOM:
            reporter.notice(
                f"The engine's disk has {free / 1e9:.1f} GB left, which may not do: `docker system prune` frees some."
            )
        stream = BuildStream(reporter)
        try:
            self._run(context, stream, tag, self._labels(bundle, labels, base), reporter)
        except CancelledError:
            self._await_end(stream.container)
            raise
        image = store.describe(self._engine, tag, stream.image or tag, base)
        if image.platform != PLATFORM:
            store.remove(self._engine, tag)
            raise BuildError(
                f"The image is {image.platform}, and the service must be {PLATFORM}.",
                f"The base image {base} that the engine has is of that kind.",
                f"Pull the right one with `docker pull --platform {PLATFORM} {base}`, then build again.",
            )
        return image

    def _run(
        self, context: Context, stream: BuildStream, tag: str, labels: Mapping[str, str], reporter: Reporter
    ) -> None:
        from docker.errors import APIError

        with exchange(self._engine, reporter, "building") as api:  # the build ends when its connection does
            try:
                for message in self._messages(api, context, tag, labels, reporter):
                    reporter.check()
                    stream.feed(message)
            except APIError as error:
                stream.error = str(error.explanation or error)
        stream.close()
        reporter.check()
        if stream.error:
            raise _failure(stream)
        if not stream.finished:
            raise engine_errors.gone(self._engine.facts.endpoint, "building", "Its answer ended before the build did.")

    def _messages(
        self, api: APIClient, context: Context, tag: str, labels: Mapping[str, str], reporter: Reporter
    ) -> Iterator[Mapping[str, Any]]:
        from docker.errors import APIError, DockerException

        def ask() -> Iterator[Mapping[str, Any]]:
            messages: Iterator[Mapping[str, Any]] = api.build(
                fileobj=context,
                custom_context=True,
                decode=True,
                platform=PLATFORM,
                rm=True,
                forcerm=True,
                tag=tag,
                labels=dict(labels),
            )
            return messages

        try:
            return ask()
        except APIError:
            raise
        except DockerException as error:
            if "credentials store error" not in str(error).lower():
                raise
            # Docker's own client goes on without credentials: most base images are public.
            reporter.notice(f"Docker's credential helper fails, so the base image is pulled without a login. ({error})")
            api._set_auth_headers = lambda headers: None
            return ask()

    def _labels(self, bundle: Bundle, labels: Mapping[str, str], base: str) -> dict[str, str]:
        """The caller's, the bundle's digest, and when this content was first built here.

        A new time at each build would make a new image of the same content: a time that an image with these very labels
        on this very base bears already is kept.
        """
        wanted = {BUNDLE: bundle.sha256, **labels}
        if CREATED in wanted:
            return wanted
        foundation = store.inspect(self._engine, base)
        with self._engine.guarding("looking for earlier images"):
            filters = {"label": [f"{name}={value}" for name, value in wanted.items()]}
            for earlier in self._engine.api.images(filters=filters) if foundation else ():
                created = str((earlier.get("Labels") or {}).get(CREATED, ""))
                description = store.inspect(self._engine, earlier["Id"]) if created else None
                if description and foundation and store.stands_on(description, foundation):
                    return {**wanted, CREATED: created}
        return {**wanted, CREATED: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}

    def _await_end(self, container: str) -> None:
        """Wait until the engine has removed the container of a step that was cut; end it where it does not."""
        from docker.errors import APIError

        deadline = time.monotonic() + _GONE_WITHIN
        with contextlib.suppress(SendoffError), self._engine.guarding("ending the build"):
            while container:
                try:
                    if time.monotonic() > deadline:
                        self._engine.api.remove_container(container, force=True)
                    self._engine.api.inspect_container(container)
                except APIError:
                    return
                time.sleep(0.05)


def _failure(stream: BuildStream) -> SendoffError:
    lines = tuple(stream.lines)
    if full := [line for line in (*lines, stream.error) if engine_errors.is_disk_full(line)]:
        return engine_errors.disk_full(full[-1])
    cause = build_causes.recognise(stream.instruction, stream.error, stream.code, lines)
    where = f" at step {stream.step} of {stream.steps}: {stream.instruction}" if stream.step else ""
    evidence = (*lines, *(() if stream.error in lines else (stream.error,)))
    return BuildError(f"The image could not be built{where or '.'}", cause.why, cause.fix, evidence=evidence)


def _dockerfile(bundle: Bundle) -> str:
    try:
        return (Path(bundle.folder) / "Dockerfile").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BundleError(
            "The bundle has no Dockerfile that can be read.", f"{error}", "Make the bundle again with `sendoff bundle`."
        ) from error
