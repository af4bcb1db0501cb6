"""Models saved with joblib or pickle, compressed or not."""

from __future__ import annotations

import re
from pathlib import Path
from time import monotonic, perf_counter

from wizard.errors import InspectionError
from wizard.events import Reporter
from wizard.inspection.compression import Compression, InflatedStream, compression_of
from wizard.inspection.describe import described
from wizard.inspection.digest import Digest
from wizard.inspection.format_foreign import FORMATS as FOREIGN
from wizard.inspection.formats import Format
from wizard.inspection.inspection import Inspection, Severity
from wizard.inspection.limits import FaultyFileError, Limits, TruncatedFileError
from wizard.inspection.machine import read_pickle
from wizard.inspection.model_file import ModelFile, opened
from wizard.inspection.policy import findings_of
from wizard.inspection.reading import Reading
from wizard.inspection.source import Source
from wizard.inspection.transcript import Transcript

LIMITS = Limits()
_NEWEST = 5
_PROGRESS_STEPS = 200
"""How often at most progress is told."""
_OLD_PROTOCOLS = re.compile(
    rb"c[\w.]+\n[\w.]+\n"
    rb"|\((?:[dlt]p\d+\n|[ci][\w.]+\n[\w.]+\n|\([dl]|[]}][qr]|[dl][qr]|S['\"])"
    rb"|[]}][qr(]"
)
"""How pickles of protocol 0 and 1 start; they have no mark."""


def _recognise(_path: Path, head: bytes) -> bool:
    return _is_pickle(head) or compression_of(head) is not Compression.NONE


def _is_pickle(head: bytes) -> bool:
    return (head[:1] == b"\x80" and head[1:2] <= bytes([_NEWEST]) and len(head) > 2) or bool(_OLD_PROTOCOLS.match(head))


def _read(path: Path, reporter: Reporter) -> Inspection:
    started = perf_counter()
    with opened(path) as file:
        digest = Digest(file)
        try:
            reading = read_through(file, reporter)
            sha256 = digest.result(reporter)
            file.ensure_unchanged()
        finally:
            digest.stop()
        try:
            return described(file, sha256, reading, started)
        except RecursionError:
            fault = FaultyFileError("its objects hold each other too deep to describe", file.size)
            raise _as_error(file, fault, reading.compression, reading.transcript) from None


def read_through(file: ModelFile, reporter: Reporter, limits: Limits = LIMITS) -> Reading:
    """Run the file through the symbolic machine, and look at what follows its end."""
    compression = compression_of(file.head)
    reporter.progress(0, file.size, unit="bytes", what="reading")

    told = 0

    def tick() -> None:
        nonlocal told
        reporter.check()
        done = file.stream.tell()
        if done - told > file.size / _PROGRESS_STEPS:
            told = done
            reporter.progress(done, file.size, unit="bytes", what="reading")

    if compression is Compression.NONE:
        source = Source(file.stream, seekable=file.stream, size=file.size, tick=tick)
    else:
        source = Source(InflatedStream(file.stream, compression, limits), tick=tick)
    transcript = Transcript()
    deadline = monotonic() + limits.seconds + limits.seconds_per_megabyte * (file.size >> 20)
    try:
        start = source.peek(512)
        if compression is not Compression.NONE and not _is_pickle(start):
            raise _no_pickle_inside(file, compression, start)
        root = read_pickle(source, limits, transcript, deadline=deadline)
        _look_behind(source, transcript)
    except FaultyFileError as fault:
        raise _as_error(file, fault, compression, transcript) from None
    except RecursionError:
        raise _as_error(
            file, FaultyFileError("it is nested too deep", source.tell()), compression, transcript
        ) from None
    except OSError as error:
        raise InspectionError(f"{file.path} cannot be read to its end.", str(error), "Check the disk.") from None
    return Reading(root, transcript, compression, source.tell() - source.skipped)


def _look_behind(source: Source, transcript: Transcript) -> None:
    """A pickle ends at its STOP opcode; anything behind it was put there by hand."""
    at = source.tell()
    if source.at_end():
        return
    what = "a second pickle follows the first" if _is_pickle(source.peek(512)) else "bytes follow the end of the pickle"
    transcript.odd(what, at)


def _no_pickle_inside(file: ModelFile, compression: Compression, start: bytes) -> InspectionError:
    inside = next((one.name for one in FOREIGN if start and one.recognise(file.path, start)), "no model Sendoff knows")
    return InspectionError(
        f"{file.path.name} is compressed with {compression}, but what is inside is no pickle.",
        f"Inside is {inside}; it starts with the bytes {start[:8].hex(' ')}.",
        "Name the file that joblib.dump or pickle.dump wrote.",
    )


def _as_error(
    file: ModelFile, fault: FaultyFileError, compression: Compression, transcript: Transcript
) -> InspectionError:
    where = f"byte {fault.at:,}" + (" after inflating" if compression is not Compression.NONE else "")
    dangers = [finding.what for finding in findings_of(transcript) if finding.severity is Severity.DANGEROUS]
    if isinstance(fault, TruncatedFileError):
        return InspectionError(
            f"{file.path.name} is cut short at {where}.",
            f"{_sentence(fault.reason)} Was the download or copy interrupted? The file has {file.size:,} bytes.",
            "Copy or save it again.",
            evidence=dangers,
        )
    return InspectionError(
        f"{file.path.name} cannot be read past {where}.",
        f"{_sentence(fault.reason)} The file is damaged, or was not written by joblib or pickle.",
        "Save the model again with joblib.dump(model, path).",
        evidence=dangers,
    )


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


FORMATS = (Format("joblib or pickle", _recognise, _read, order=90),)
