"""What this machine has for the road, and how to get what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from wizard.errors import SendoffError


class Verdict(StrEnum):
    """OK, MISSING (the road goes on without it, with less) or BROKEN (the road cannot be walked)."""

    OK = "ok"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked for: what was found, and what to do where it is not right."""

    name: str
    verdict: Verdict
    found: str
    fix: str = ""


def check_up(folder: Path) -> tuple[Finding, ...]:
    """All findings, looked for side by side; takes about a second and changes nothing."""
    checks: tuple[Callable[[], Finding], ...] = (
        _python,
        _uv,
        _engine,
        _registry,
        _cloud,
        lambda: _space(folder),
    )
    with ThreadPoolExecutor(len(checks)) as pool:
        return tuple(pool.map(lambda check: check(), checks))


def _python() -> Finding:
    found = f"{platform.python_version()} ({sys.implementation.name}, {platform.system()} {platform.machine()})"
    return Finding("python", Verdict.OK, found)


def _uv() -> Finding:
    try:
        from wizard.locking.uv_command import find_uv

        binary = find_uv()
        answer = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (SendoffError, OSError, subprocess.SubprocessError) as error:
        return Finding(
            "uv", Verdict.BROKEN, f"it does not answer: {error}", "Install it beside Sendoff: pip install --upgrade uv"
        )
    return Finding("uv", Verdict.OK, answer.stdout.strip())


def _engine() -> Finding:
    from wizard.images import probe

    try:
        facts = probe()
    except SendoffError as error:
        return Finding(
            "engine",
            Verdict.MISSING,
            f"{error.what} {error.why}".strip(),
            error.fix,
        )
    return Finding("engine", Verdict.OK, str(facts))


def _registry() -> Finding:
    """Logins docker keeps; only names of registries are read, never what opens them."""
    import json

    config = Path(os.environ.get("DOCKER_CONFIG", Path.home() / ".docker")) / "config.json"
    try:
        data = json.loads(config.read_text(encoding="utf-8"))
        names = sorted({*data.get("auths", {}), *data.get("credHelpers", {})})
        if data.get("credsStore"):
            names.append(f"the {data['credsStore']} credential store")
    except FileNotFoundError:
        names = []
    except (OSError, ValueError, AttributeError, TypeError) as error:
        return Finding(
            "registry login", Verdict.MISSING, f"{config} cannot be read: {error}", "Correct or remove that file."
        )
    if names:
        return Finding("registry login", Verdict.OK, ", ".join(names))
    return Finding(
        "registry login",
        Verdict.MISSING,
        "docker is logged in nowhere",
        "Not needed to run here. For Google's: gcloud auth configure-docker REGION-docker.pkg.dev",
    )


def _cloud() -> Finding:
    """Where Google's libraries would find credentials; their content is not read."""
    from wizard.targets.cloud_run.whereabouts import how_to_log_in, look_around, where

    name, signs = "cloud credentials", look_around()
    if signs.key_file:
        if Path(signs.key_file).is_file():
            return Finding(name, Verdict.OK, f"GOOGLE_APPLICATION_CREDENTIALS names {signs.key_file}")
        return Finding(
            name,
            Verdict.MISSING,
            f"GOOGLE_APPLICATION_CREDENTIALS names {signs.key_file}, and no file is there",
            "Correct or unset that variable.",
        )
    if signs.login_file.is_file():
        return Finding(name, Verdict.OK, f"application default credentials in {signs.login_file}")
    tool = "gcloud is installed" if signs.gcloud else "gcloud is not installed"
    way = how_to_log_in(where(signs), "PROJECT", gcloud=bool(signs.gcloud))
    return Finding(
        name,
        Verdict.MISSING,
        f"no application default credentials; {tool}",
        f"Only needed for Google Cloud. {way}",
    )


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    found = f"{free / 1e9:.0f} GB free in {folder}"
    if free < 3e9:
        return Finding("disk", Verdict.MISSING, found, "An image and its layers take 1 to 3 GB: free some space.")
    return Finding("disk", Verdict.OK, found)
