"""Images for machines without an engine: a name for a bundle's folder and the environment it runs in."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wizard.runtimes.process_bundle import copy_bundle
from wizard.workshop.faults import WorkshopError

_FILE = "catalogue.json"
_IMAGES = "images"


@dataclass(frozen=True, slots=True)
class CataloguedImage:
    bundle: str
    """The catalogue's own copy: an image does not change with the folder it was made from."""
    python: str
    """Interpreter of the locked environment."""


class Catalogue:
    """Kept in a folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def find(self, image: str) -> CataloguedImage | None:
        """The image of that very name."""
        found = self._read().get(image)
        return None if found is None else CataloguedImage(**found)

    def register(self, told: Mapping[str, Any]) -> None:
        """Take over what `POST /images` was sent: {"image": NAME, "bundle": FOLDER, "python": INTERPRETER}.

        An image of the same name is replaced. Raises WorkshopError where a part is missing or not there.
        """
        image, bundle, python = (str(told.get(part) or "") for part in ("image", "bundle", "python"))
        if not image or not (Path(bundle) / "server.py").is_file() or not Path(python).is_file():
            raise WorkshopError(
                "The image could not be registered.",
                f"An image needs a name (sent: {image!r}), a bundle's folder with its server.py (sent: {bundle!r}) and an "
                f"environment's interpreter (sent: {python!r}), both on this machine.",
                "Make them with `sendoff rehearse` and send their paths.",
            )
        own = self._folder / _IMAGES / hashlib.sha256(image.encode()).hexdigest()[:20]
        with self._lock:
            shutil.rmtree(own, ignore_errors=True)
            own.parent.mkdir(parents=True, exist_ok=True)
            copy_bundle(Path(bundle), own)
            images = {**self._read(), image: asdict(CataloguedImage(str(own), str(Path(python).absolute())))}
            part = self._folder / f"{_FILE}.part"
            part.write_text(json.dumps(images, indent=2), encoding="utf-8")
            part.replace(self._folder / _FILE)

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            images: dict[str, dict[str, str]] = json.loads((self._folder / _FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return images
