"""The person's own Python code that the model needs: found, named as the model file names it, and shipped beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from wizard.bundle.folder import files_in
from wizard.errors import BundleError

if TYPE_CHECKING:
    from wizard.inspection.inspection import Inspection
    from wizard.plan.plan import Plan


def module_files(plan: Plan, inspection: Inspection, project: Path) -> dict[str, Path]:
    """Path in the bundle → file, for every module the plan names.

    A module goes where its import finds it: `src/features.py`, which the model file calls `features`, to `features.py`.
    """
    found: dict[str, Path] = {}
    dotted = {Path(local.path).name: local.module for local in inspection.local_modules if local.path is not None}
    for module in plan.image.modules:
        source = project / module
        if not source.exists():
            raise BundleError(
                f"The module {module} is not there.",
                f"image.modules names it; {source} does not exist.",
                "Put it back, or correct image.modules in the plan.",
            )
        name = dotted.get(source.name, "__main__")
        place = (
            PurePosixPath(source.name)
            if name == "__main__"
            else PurePosixPath(*name.split(".")).with_suffix(source.suffix)
        )
        found.update((str(place / path), file) for path, file in _tree(source)) if source.is_dir() else found.update(
            {str(place): source}
        )
    return found


def _tree(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in files_in(folder):
        yield path, folder / path
