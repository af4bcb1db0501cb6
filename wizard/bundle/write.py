"""The stage: plan, inspection and lock become the bundle's folder, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.bundle.bundle import Bundle, BundleFile
from wizard.bundle.contents import generated_files
from wizard.bundle.folder import MARKER, Previous, digest, previous, replacing, write_file
from wizard.bundle.model_file import place_model
from wizard.bundle.modules import module_files
from wizard.errors import BundleError
from wizard.events import Reporter

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.locking.lock import Lock
    from wizard.plan.plan import Plan

YOURS = frozenset({"handler.py", "routes.py"})
"""Generated once, edited by people: an edited one is kept."""


def write_bundle(
    plan: Plan,
    inspection: Inspection,
    lock: Lock,
    folder: Path,
    reporter: Reporter,
    *,
    project: Path,
    base_reference: str | None = None,
    overwrite: bool = False,
) -> Bundle:
    """Write the bundle into `folder`, in place of the one that lies there.

    `project` is the folder of the plan, which the model's path is relative to. `base_reference` is the base image with
    its digest, where it could be read. Files the person added stay, and so does an edited handler.py or routes.py;
    other edited files are an error unless `overwrite`. The same inputs give the same files.

    Raises BundleError where the model or a module is missing or has changed, where the folder is no bundle, or where it
    cannot be written; the previous bundle is then as it was.
    """
    folder = folder.absolute()
    try:
        before = previous(folder)
        modules = module_files(plan, inspection, project)
        yours = before.added | modules.keys()
        generated = generated_files(plan, inspection, lock, base_reference or plan.image.base, yours)
        _refuse_clashes(modules, generated)
        model = f"model/{Path(plan.model.path).name}"
        digests = {path: hashlib.sha256(content).hexdigest() for path, content in generated.items()}
        digests |= {path: digest(file) for path, file in modules.items()} | {model: inspection.sha256}
        kept = _kept(before, digests, overwrite)
        with replacing(folder) as fresh:
            for path, content in generated.items():
                write_file(fresh / path, content)
            for path, file in modules.items():
                write_file(fresh / path, file.read_bytes())
            (fresh / model).parent.mkdir()
            place_model(project / plan.model.path, fresh / model, inspection.sha256, reporter)
            write_file(fresh / MARKER, _marker(digests))
            for path in kept:
                write_file(fresh / path, (folder / path).read_bytes())
            reporter.check()
            now = digests | {path: before.present[path] for path in kept}
            files = tuple(BundleFile(path, now[path], (fresh / path).stat().st_size) for path in sorted(now))
    except OSError as error:
        raise _unwritable(folder, error) from error
    edited = tuple(path for path in kept if path in digests)
    for path in edited:
        reporter.notice(f"{path} is kept as you edited it. Delete it to get the generated one again.")
    return Bundle(str(folder), files, edited)


def _kept(before: Previous, digests: Mapping[str, str], overwrite: bool) -> list[str]:
    """Paths of the previous bundle that stay as they are. Raises BundleError for edits that would be lost."""
    changed = {path for path in before.edited | before.added if digests.get(path) != before.present[path]}
    kept = {path for path in changed if path in (YOURS if path in digests else before.added)}
    if (lost := sorted(changed - kept)) and not overwrite:
        raise BundleError(
            f"{_listed(lost)} in the bundle {'was' if len(lost) == 1 else 'were'} edited, and would be written anew.",
            "Only handler.py and routes.py are yours to edit, and files you add.",
            "Move the change there or into the plan, or write the bundle with overwrite to lose it.",
        )
    return sorted(kept)


def _refuse_clashes(modules: Mapping[str, Path], generated: Mapping[str, bytes]) -> None:
    tops = {path.partition("/")[0].removesuffix(".py"): source for path, source in modules.items()}
    taken = {path.partition("/")[0].removesuffix(".py") for path in generated} | {"model"}
    for name in sorted(tops.keys() & taken):
        raise BundleError(
            f"Your module {name} has the name of a part of the server.",
            f"The bundle holds a {name} of its own, and Python would find only one of them.",
            "Rename the module and save the model again, so that it refers to the new name.",
        )


def _marker(digests: Mapping[str, str]) -> bytes:
    return json.dumps({"sendoff": 1, "files": dict(sorted(digests.items()))}, indent=2).encode() + b"\n"


def _listed(paths: list[str]) -> str:
    return ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")


def _unwritable(folder: Path, error: OSError) -> BundleError:
    """What the operating system said, in words."""
    what = f"The bundle could not be written to {folder}."
    why = f"{error.strerror or error}: {error.filename or folder}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        free = shutil.disk_usage(next(parent for parent in folder.parents if parent.exists())).free
        return BundleError(
            what, f"The disk is full: {free:,} bytes are free.", "Make room, then run the same command again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return BundleError(what, why, "Choose a folder you may write to.")
    return BundleError(what, why, "Choose another folder, or repair this one.")
