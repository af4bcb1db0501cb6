"""The build context is the bundle's files, the same bytes on every machine, and never in memory as a whole."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.images.watching import MakeBundle, Watcher
from wizard.bundle.bundle import Bundle, BundleFile
from wizard.errors import BundleError, CancelledError
from wizard.events import silent
from wizard.images.context import Context

NAMES = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda name: name not in (".", "..") and len(name.encode()) <= 200
)


def stream(bundle: Bundle) -> bytes:
    return b"".join(Context(bundle, silent()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(NAMES, st.binary(max_size=3000), min_size=1, max_size=6))
def test_what_comes_out_of_the_tar_is_what_is_in_the_folder(tmp_path: Path, files: dict[str, bytes]) -> None:
    folder = tmp_path / "many"
    folder.mkdir(exist_ok=True)
    described = []
    for name, content in sorted(files.items()):
        (folder / name).write_bytes(content)
        described.append(BundleFile(name, hashlib.sha256(content).hexdigest(), len(content)))
    bundle = Bundle(str(folder), tuple(described))
    data = stream(bundle)
    assert len(data) == Context(bundle, silent()).size
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = {entry.name: archive.extractfile(entry).read() for entry in archive if entry.isfile()}
    assert found == files


def test_the_same_files_give_the_same_bytes_whatever_their_times_and_owner(make_bundle: MakeBundle) -> None:
    files = {"Dockerfile": "FROM scratch\n", "model/model.pkl": b"\x80"}
    first, second = make_bundle(files, "first"), make_bundle(files, "second")
    os.utime(Path(second.folder) / "Dockerfile", (1, 1))
    (Path(second.folder) / "Dockerfile").chmod(0o600)
    assert stream(first) == stream(second)
    with tarfile.open(fileobj=io.BytesIO(stream(first))) as archive:
        entries = archive.getmembers()
    assert [entry.name for entry in entries] == ["model", "Dockerfile", "model/model.pkl"]
    assert {(entry.uid, entry.gid, entry.uname, entry.mtime) for entry in entries} == {(0, 0, "", 315_532_800)}


def test_an_executable_file_stays_executable(make_bundle: MakeBundle) -> None:
    bundle = make_bundle({"Dockerfile": "", "start": "#!/bin/sh\n"})
    (Path(bundle.folder) / "start").chmod(0o744)
    with tarfile.open(fileobj=io.BytesIO(stream(bundle))) as archive:
        assert {entry.name: entry.mode for entry in archive} == {"Dockerfile": 0o644, "start": 0o755}


def test_files_that_are_not_the_bundles_are_not_sent(make_bundle: MakeBundle) -> None:
    bundle = make_bundle({"Dockerfile": ""})
    (Path(bundle.folder) / "secret.txt").write_text("mine")
    assert b"secret" not in stream(bundle)


@pytest.mark.parametrize("size", [0, 99, 101, 5_000_000])
def test_a_file_that_changed_since_stops_the_build(make_bundle: MakeBundle, size: int) -> None:
    bundle = make_bundle({"Dockerfile": "", "model.pkl": bytes(100)})
    (Path(bundle.folder) / "model.pkl").write_bytes(bytes(size))
    with pytest.raises(BundleError, match=r"model\.pkl is not what it was"):
        stream(bundle)


def test_a_file_that_is_gone_stops_the_build(make_bundle: MakeBundle) -> None:
    bundle = make_bundle({"Dockerfile": "", "model.pkl": b"x"})
    (Path(bundle.folder) / "model.pkl").unlink()
    with pytest.raises(BundleError, match=r"model\.pkl is not what it was"):
        stream(bundle)


def test_sending_counts_bytes_up_to_the_whole(make_bundle: MakeBundle, watcher: Watcher) -> None:
    context = Context(make_bundle({"Dockerfile": "", "model.pkl": bytes(5_000_000)}), watcher.reporter)
    assert sum(map(len, context)) == context.size
    said = watcher.progress("bytes")
    assert (said[-1].done, said[-1].total) == (context.size, context.size)
    assert [event.done for event in said] == sorted(event.done for event in said)


def test_sending_stops_when_asked_to(make_bundle: MakeBundle, watcher: Watcher) -> None:
    pieces = iter(Context(make_bundle({"Dockerfile": "", "model.pkl": bytes(5_000_000)}), watcher.reporter))
    next(pieces)
    watcher.cancel.set()
    with pytest.raises(CancelledError):
        next(pieces)
