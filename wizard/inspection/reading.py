"""What one file gave when it was read through."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.inspection.compression import Compression
from wizard.inspection.symbols import Value
from wizard.inspection.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Reading:
    """The root object, the transcript, and how the bytes came."""

    root: Value
    transcript: Transcript
    compression: Compression
    kept: int
    """Bytes of the stream that were read rather than skipped."""
