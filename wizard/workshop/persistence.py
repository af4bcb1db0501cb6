"""What is kept over a restart: rows of bytes in one SQLite file, so that each write is atomic, also under kill -9."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

FILE: Final = "state.sqlite"


class Shelf:
    """Bytes by kind and key, in order of their first writing. Thread-safe; a write is on disk when the call returns."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        # Secrets of the class are in it: nobody else on this machine may read it, from the first byte on.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        self._lock = threading.Lock()
        self._open = True
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A crash of this process loses nothing; a power cut may lose the last moments, never the file.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS state (number INTEGER PRIMARY KEY, kind TEXT, key TEXT, data BLOB, "
            "UNIQUE (kind, key))"
        )

    def put(self, kind: str, key: str, data: bytes) -> None:
        self.change([(kind, key, data)])

    def remove(self, kind: str, key: str) -> None:
        self.change([(kind, key, None)])

    def change(self, rows: Iterable[tuple[str, str, bytes | None]]) -> None:
        """Write and remove (None) rows, all or none."""
        with self._lock:
            if not self._open:
                return  # a worker that outlived the close; what it did is done again after the restart
            self._connection.execute("BEGIN")
            try:
                for kind, key, data in rows:
                    self._write(kind, key, data)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _write(self, kind: str, key: str, data: bytes | None) -> None:
        if data is None:
            self._connection.execute("DELETE FROM state WHERE kind = ? AND key = ?", (kind, key))
            return
        self._connection.execute(
            "INSERT INTO state (kind, key, data) VALUES (?, ?, ?) "
            "ON CONFLICT (kind, key) DO UPDATE SET data = excluded.data",
            (kind, key, data),
        )

    def rows(self, kind: str) -> list[tuple[str, bytes]]:
        """(key, data) of that kind, oldest first."""
        with self._lock:
            found = self._connection.execute("SELECT key, data FROM state WHERE kind = ? ORDER BY number", (kind,))
            return [(str(key), bytes(data)) for key, data in found]

    def close(self) -> None:
        with self._lock:
            if self._open:
                self._open = False
                self._connection.close()
