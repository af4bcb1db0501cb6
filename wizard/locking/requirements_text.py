"""requirements.txt: read from what uv prints, written in our own form, the same text for the same packages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
_ADDRESS = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])? @ (?P<url>\S+)")
_HASH = re.compile(r"--hash=(\S+)")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a resolution. `asked_by` holds file names (`model.in`) and package names."""

    name: str
    version: str
    spelled: str
    """The requirement itself: `numpy==1.26.4`, or `name @ https://…`."""
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]


def canonical(name: str) -> str:
    """A distribution's name in its one normal spelling: `Scikit_Learn` → `scikit-learn`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(text: str) -> tuple[Pin, ...]:
    """The packages in a requirements.txt as uv prints it, sorted by name."""
    pins: list[Pin] = []
    spelled, version, hashes, asked = "", "", [], []  # type: tuple[str, str, list[str], list[str]]

    def close() -> None:
        if spelled:
            name = canonical(re.split(r"[\[=@ ]", spelled, maxsplit=1)[0])
            pins.append(Pin(name, version, spelled, tuple(sorted(hashes)), tuple(sorted(asked))))

    for line in text.splitlines():
        if found := _PIN.match(line):
            close()
            spelled, version, hashes, asked = f"{found['name']}=={found['version']}", found["version"], [], []
        elif found := _ADDRESS.match(line):
            close()
            spelled, version, hashes, asked = found[0], _version_in(found["url"]), [], []
        elif line.startswith("    #"):
            said = line.strip(" #").removeprefix("via").strip()
            if said.startswith("-r "):
                asked.append(said.removeprefix("-r ").strip())
            elif said and not said.startswith("-c "):
                asked.append(canonical(said))
        hashes.extend(_HASH.findall(line))
    close()
    return tuple(sorted(pins, key=lambda pin: pin.name))


def read_wheels(text: str) -> dict[str, tuple[int | None, str | None]]:
    """For each package of a pylock.toml: the size of its largest wheel in bytes, and the day (YYYY-MM-DD) it came out."""
    import datetime
    import tomllib

    wheels: dict[str, tuple[int | None, str | None]] = {}
    for package in tomllib.loads(text).get("packages", []):
        files = package.get("wheels", [])
        sizes = [file["size"] for file in files if isinstance(file.get("size"), int)]
        times = [file["upload-time"] for file in files if isinstance(file.get("upload-time"), datetime.datetime)]
        wheels[canonical(package["name"])] = (
            max(sizes, default=None),
            min(times).date().isoformat() if times else None,
        )
    return wheels


def write_requirements(pins: Iterable[Pin], whys: Mapping[str, str], header: Sequence[str]) -> str:
    """The text of requirements.txt: who asked stands above each package, hashes below, wheels only."""
    lines = [f"# {line}".rstrip() for line in header]
    lines += ["--only-binary :all:", ""]
    for pin in pins:
        lines.append(f"# for {whys[pin.name]}")
        lines.append(" \\\n    ".join([pin.spelled, *(f"--hash={each}" for each in pin.hashes)]))
    return "\n".join(lines) + "\n"


def _version_in(url: str) -> str:
    """The version a wheel's address names; empty where it names none."""
    parts = url.split("#")[0].split("?")[0].rpartition("/")[2].split("-")
    return parts[1] if len(parts) > 2 else ""
