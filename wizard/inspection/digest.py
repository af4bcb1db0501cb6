"""The SHA-256 of a file, taken in a thread beside the reading."""

from __future__ import annotations

import hashlib
import os
import threading

from wizard.errors import InspectionError
from wizard.events import Reporter
from wizard.inspection.model_file import ModelFile

_PIECE = 1 << 20


class Digest:
    """A running SHA-256. hashlib lets go of the interpreter's lock, so it takes the second core."""

    def __init__(self, file: ModelFile) -> None:
        self._file = file
        self._done = 0
        self._hex = ""
        self._failure: OSError | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sha256", daemon=True)
        self._thread.start()

    def result(self, reporter: Reporter) -> str:
        """Wait for the end, saying how far it is; the digest in hexadecimal."""
        while self._thread.is_alive():
            self._thread.join(0.1)
            if self._thread.is_alive():
                reporter.progress(self._done, self._file.size, unit="bytes", what="checksum")
                reporter.check()
        if self._failure is not None:
            raise InspectionError(
                f"{self._file.path} cannot be read to its end.", str(self._failure), "Check the disk."
            )
        return self._hex

    def stop(self) -> None:
        """Give up."""
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        digest = hashlib.sha256()
        piece = bytearray(_PIECE)
        view = memoryview(piece)
        try:
            with self._file.path.open("rb", buffering=0) as stream:
                if not os.path.sameopenfile(stream.fileno(), self._file.stream.fileno()):
                    raise OSError("Another file took its place while it was read.")
                while not self._stopped.is_set() and (length := stream.readinto(piece)):
                    digest.update(view[:length])
                    self._done += length
        except OSError as error:
            self._failure = error
        self._hex = digest.hexdigest()
