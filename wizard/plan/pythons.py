"""Which Pythons a release of scikit-learn has wheels for, so that the plan starts with one that works.

Source: the wheel lists of each release on the package index, November 2026. The lock has the last word; this table only
spares the person a detour.
"""

from __future__ import annotations

_WHEELS: tuple[tuple[tuple[int, int, int], int, int], ...] = (
    # from this release on, oldest and newest minor version of Python 3
    ((0, 22, 0), 5, 8),
    ((0, 23, 0), 6, 8),
    ((0, 24, 0), 6, 9),
    ((1, 0, 0), 7, 10),
    ((1, 1, 0), 8, 10),
    ((1, 1, 3), 8, 11),
    ((1, 3, 0), 8, 11),
    ((1, 3, 1), 8, 12),
    ((1, 4, 0), 9, 12),
    ((1, 5, 2), 9, 13),
    ((1, 7, 0), 10, 13),
    ((1, 7, 2), 10, 14),
    ((1, 8, 0), 11, 14),
)


def supported_pythons(scikit_learn: str | None) -> tuple[int, int] | None:
    """Oldest and newest minor version of Python 3 with wheels for this scikit-learn; None where unknown."""
    if scikit_learn is None:
        return None
    numbers = [int(part) if part.isdigit() else 0 for part in scikit_learn.split(".")[:3]]
    release = tuple(numbers + [0] * (3 - len(numbers)))
    found = None
    for since, oldest, newest in _WHEELS:
        if release >= since:
            found = (oldest, newest)
    return found


def choose_python(scikit_learn: str | None, running: str, required: str | None) -> tuple[str, str, str]:
    """The image's Python: (version, source, why).

    `running` is the minor version of the interpreter the person uses, `required` the one that code inside the file needs.
    `source` is the name of a `Source`.
    """
    if required is not None:
        return required, "file", f"The file holds bytecode of Python {required}: any other would crash on it."
    minor = int(running.split(".")[1])
    wheels = supported_pythons(scikit_learn)
    if wheels is None:
        return running, "environment", "The Python you run here."
    oldest, newest = wheels
    if minor > newest:
        return (
            f"3.{newest}",
            "file",
            f"The newest Python that scikit-learn {scikit_learn} has builds for; you run {running}.",
        )
    if minor < oldest:
        return (
            f"3.{oldest}",
            "file",
            f"The oldest Python that scikit-learn {scikit_learn} has builds for; you run {running}.",
        )
    return running, "environment", f"The Python you run here, and scikit-learn {scikit_learn} has builds for it."
