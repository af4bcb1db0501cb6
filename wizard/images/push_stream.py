"""What the engine says while it pushes, made into one count of bytes, a line for each layer, and a digest or an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wizard.events import Reporter
from wizard.images.build_stream import clean
from wizard.images.image import Layer

_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")
_THERE = ("Layer already exists", "Mounted from ")
"""The registry has the layer, in this repository or in another one of its own."""


class PushStream:
    """Fed with the engine's messages one by one; its attributes say where the push stands.

    `layers` are the image's by the short id the engine speaks of them, where that could be told: the sum to push is then
    known before the first byte is.
    """

    def __init__(self, reporter: Reporter, layers: Mapping[str, Layer]) -> None:
        self._reporter = reporter
        self._layers = layers
        self._sent: dict[str, int] = {}
        self._sizes = {layer: known.size for layer, known in layers.items()}
        self._unsettled: set[str] = set()
        self._there: set[str] = set()
        self._said: set[tuple[str, str]] = set()
        self.digest = ""
        """Of the manifest, once the registry has it."""
        self.error = ""
        """The message where the push failed."""

    @property
    def sent(self) -> int:
        """Bytes sent, as they are unpacked: what was there already is not among them."""
        return sum(self._sent.values())

    @property
    def there(self) -> int:
        """Number of layers the registry had."""
        return len(self._there)

    def feed(self, message: Mapping[str, Any]) -> None:
        """Take one message."""
        if "error" in message or "errorDetail" in message:
            detail = message.get("errorDetail") or {}
            self.error = clean(str(detail.get("message") or message.get("error")))
            return
        if "aux" in message:
            self.digest = str((message["aux"] or {}).get("Digest") or self.digest)
            return
        status, layer = str(message.get("status", "")), str(message.get("id", ""))
        if not layer:
            if found := _DIGEST.search(status):
                self.digest = self.digest or found[1]
            return
        self._layer(layer, status, message.get("progressDetail") or {})

    def _layer(self, layer: str, status: str, detail: Mapping[str, Any]) -> None:
        if status in ("Preparing", "Waiting"):
            self._unsettled.add(layer)
            return
        if status == "Pushing":
            self._unsettled.discard(layer)
            size = self._sizes.setdefault(layer, int(detail.get("total") or 0))
            # What is sent includes a little of the layer's packing, so it can come to more than the layer.
            self._sent[layer] = max(self._sent.get(layer, 0), min(int(detail.get("current") or 0), size))
        elif status == "Pushed":
            self._unsettled.discard(layer)
            self._sent[layer] = self._sizes.setdefault(layer, self._sent.get(layer, 0))
            self._say(layer, "pushed")
        elif status.startswith(_THERE):
            self._unsettled.discard(layer)
            self._there.add(layer)
            self._sizes[layer] = self._sent.get(layer, 0)
            self._say(layer, "is there already")
        else:
            self._say(layer, clean(status))  # "Retrying in 5 seconds", and what engines yet to come may say
            return
        self._progress()

    def _progress(self) -> None:
        whole = bool(self._layers) or not self._unsettled
        total = sum(self._sizes.values()) if whole else None
        self._reporter.progress(self.sent, total, unit="bytes", what="pushing the image")

    def _say(self, layer: str, what: str) -> None:
        if (layer, what) in self._said:
            return
        self._said.add((layer, what))
        known = self._layers.get(layer)
        size = known.size if known else self._sizes.get(layer)
        amount = f" ({_megabytes(size)})" if size else ""
        made = f": {known.command[:100]}" if known and known.command else ""
        self._reporter.log(f"layer {layer}{amount} {what}{made}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 50_000 else f"{size / 1e3:.1f} kB"
