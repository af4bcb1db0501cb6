"""The person's own modules and packages that a model needs, taken along to where the road will look for them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from jupyter_ext.capture.placing import unwritable
from jupyter_ext.capture.rescue_imports import own_file
from wizard.bundle.folder import files_in
from wizard.in_words import bytes_in_words
from wizard.inspection.beside import beside
from wizard.inspection.inspection import LocalModule
from wizard.inspection.own_code import own_code

_MOST_BYTES = 100_000_000
"""A package with more holds data; what of it the model needs is the person's to say."""


def take_along(named: Sequence[LocalModule], aside: Path, folder: Path) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The person's modules that the model needs, with a word on those that cannot be had. `named`: by the file in `aside`.

    One that lies where the road would not look (beside the notebook, with the model saved elsewhere), or where it would find
    another of that name, is copied into `aside`: a package whole, as far as a bundle would ship it. Raises CaptureError where
    the disk refuses.
    """
    aside = aside.resolve()
    asked = [_found(module, aside) for module in named if module.names and module.module != "__main__"]
    paths: list[Path] = []
    notices: list[str] = []
    for module in (*asked, *own_code(asked, aside / "model", _live).modules):
        if module.path is None:
            notices.append(_not_found(module.module))
            continue
        source = Path(module.path)
        if source.is_relative_to(aside):
            paths.append(folder / source.name)  # it came out of the notebook
        elif _lies_beside(module.module, source, folder):
            paths.append(source)
        elif source.is_dir() and (size := _size(source)) > _MOST_BYTES:
            notices.append(
                f"The model needs the package {source.name} in {source.parent}, which holds {bytes_in_words(size)}: copy "
                "what the model needs of it beside the model."
            )
        else:
            _copy(source, aside, folder)
            paths.append(folder / source.name)
    return tuple(dict.fromkeys(paths)), tuple(notices)


def _found(module: LocalModule, aside: Path) -> LocalModule:
    """The module at the place the live session has it from; where it has none, at the place the inspection found.

    What was just written aside is no longer that of the session: an older one of that name may lie on its path.
    """
    if module.path is not None and Path(module.path).is_relative_to(aside):
        return module
    live = _live(module.module)
    return module if live is None else LocalModule(module.module, module.names, str(live))


def _live(top: str) -> Path | None:
    """Where the live session has a module of the person's own from: its file, or the folder of a package.

    A folder without `__init__.py` is none: it may be anything, a home folder for one.
    """
    path = own_file(top)
    return path if path is not None and (path.is_file() or (path / "__init__.py").is_file()) else None


def _not_found(top: str) -> str:
    path = own_file(top)
    if path is None:
        return f"The model needs the module {top}, and no file of it was found to ship with it."
    return f"The model needs the folder {top} in {path.parent}, which has no __init__.py: copy it beside the model."


def _lies_beside(module: str, source: Path, folder: Path) -> bool:
    """Whether the road finds this very file for a model in `folder`."""
    path = beside(module, folder.resolve())
    return path is not None and path.samefile(source)


def _size(folder: Path) -> int:
    return sum((folder / name).stat().st_size for name in files_in(folder))


def _copy(source: Path, aside: Path, folder: Path) -> None:
    names = [f"{source.name}/{name}" for name in files_in(source)] if source.is_dir() else [source.name]
    try:
        for name in names:
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.parent / name, aside / name)
    except OSError as error:
        raise unwritable(folder, error) from None
