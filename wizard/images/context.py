"""The build context: the bundle's files as one tar stream, made while it is sent and never held in memory.

The same files give the same bytes on every machine: one time, one owner, two modes. What the engine has in its cache
then stays valid whoever builds.
"""

from __future__ import annotations

import tarfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wizard.errors import BundleError
from wizard.events import Reporter

if TYPE_CHECKING:
    from wizard.bundle.bundle import Bundle, BundleFile

_TIME = 315_532_800
"""1 January 1980: the earliest day that zip files can hold, for whoever zips what the image holds."""
_PIECE = 1 << 20
_REPORT_EVERY = 0.1


class Context:
    """An iterable of the tar's bytes. Raises BundleError where a file is no longer what the bundle says, CancelledError
    between two pieces."""

    def __init__(self, bundle: Bundle, reporter: Reporter) -> None:
        self._folder = Path(bundle.folder)
        self._bundle = bundle
        self._reporter = reporter
        self._headers = [(_folder_header(name), None) for name in _folders(bundle)]
        self._entries: list[tuple[bytes, BundleFile | None]] = [
            *self._headers,
            *((self._file_header(file), file) for file in bundle.files),
        ]
        self.size = sum(len(header) + _padded(file.size if file else 0) for header, file in self._entries) + 2 * 512
        """Bytes of the whole stream."""

    def __iter__(self) -> Iterator[bytes]:
        sent = 0
        said = 0.0
        for piece in self._pieces():
            self._reporter.check()
            yield piece
            sent += len(piece)
            if (now := time.monotonic()) - said > _REPORT_EVERY or sent == self.size:
                said = now
                self._reporter.progress(sent, self.size, unit="bytes", what="sending the bundle to the engine")

    def _pieces(self) -> Iterator[bytes]:
        for header, file in self._entries:
            yield header
            if file is not None:
                yield from self._content(file)
        yield bytes(2 * 512)

    def _content(self, file: BundleFile) -> Iterator[bytes]:
        left = file.size
        try:
            with (self._folder / file.path).open("rb") as source:
                while left and (piece := source.read(min(left, _PIECE))):
                    left -= len(piece)
                    yield piece
                if left or source.read(1):
                    raise self._changed(file, f"It is no longer {file.size} bytes long.")
        except OSError as error:
            raise self._changed(file, f"{error.strerror or error}.") from error
        yield bytes(_padded(file.size) - file.size)

    def _file_header(self, file: BundleFile) -> bytes:
        try:
            executable = (self._folder / file.path).stat().st_mode & 0o100
        except OSError as error:
            raise self._changed(file, f"{error.strerror or error}.") from error
        entry = tarfile.TarInfo(file.path)
        entry.size = file.size
        entry.mode = 0o755 if executable else 0o644
        return _header(entry)

    def _changed(self, file: BundleFile, why: str) -> BundleError:
        return BundleError(
            f"The bundle's {file.path} is not what it was when the bundle was made.", why,
            "Make the bundle again with `sendoff bundle`, and leave it alone while it is built.",
            evidence=[str(self._folder / file.path)],
        )  # fmt: skip


def _folders(bundle: Bundle) -> list[str]:
    found = {str(parent) for file in bundle.files for parent in PurePosixPath(file.path).parents}
    return sorted(found - {"."})


def _folder_header(name: str) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.type = tarfile.DIRTYPE
    entry.mode = 0o755
    return _header(entry)


def _header(entry: tarfile.TarInfo) -> bytes:
    entry.mtime = _TIME
    return entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _padded(size: int) -> int:
    return -(-size // 512) * 512
