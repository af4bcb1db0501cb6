"""The person's own module, looked for where they keep it: beside the model, or a little above."""

from __future__ import annotations

from pathlib import Path

_PARENTS = 3
_LIBRARY_FOLDERS = frozenset({"site-packages", "dist-packages"})


def beside(module: str, folder: Path, parents: int = _PARENTS) -> Path | None:
    """The module's file, or its outermost package's folder, in `folder` or up to `parents` folders above it; None where there is
    neither.
    """
    top = module.split(".")[0]
    if top.startswith("__") or not top.isidentifier():
        return None
    for candidate in (folder, *list(folder.parents)[:parents]):
        if candidate.name in _LIBRARY_FOLDERS:
            break
        for path in (candidate / f"{top}.py", candidate / top):
            if path.is_file() or (path.is_dir() and any(path.glob("*.py"))):
                return path
    return None
