"""Where packages come from: the person's own index settings, handed to uv, and never shown with their credentials.

uv reads its own settings (`UV_DEFAULT_INDEX`, `UV_INDEX`, a user's `uv.toml`, netrc, keyring). Where a person has none
of these but has told pip of another index, that index is used: a company's machine often reaches no other. pip's
*extra* indexes are left alone: pip merges indexes and uv does not, so the same list would mean something else.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

_USERINFO = re.compile(r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)[^/@\s'\"`]+@")

# Settings that change *what* is resolved, or would be read relative to another folder: the plan alone decides that.
_NOT_FOR_LOCKING = (
    "UV_BUILD_CONSTRAINT",
    "UV_CONSTRAINT",
    "UV_CUSTOM_COMPILE_COMMAND",
    "UV_EXCLUDE",
    "UV_NO_BINARY",
    "UV_NO_BINARY_PACKAGE",
    "UV_NO_BUILD_ISOLATION",
    "UV_OVERRIDE",
    "UV_PRERELEASE",
    "UV_PROJECT",
    "UV_PYTHON",
    "UV_REQUIRE_HASHES",
    "UV_RESOLUTION",
    "UV_SYSTEM_PYTHON",
    "UV_WORKING_DIR",
    "UV_WORKING_DIRECTORY",
)

_INDEX_SETTINGS = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_NO_INDEX",
    "UV_CONFIG_FILE",
)


def without_credentials(text: str) -> str:
    """The text with the user and password of every address replaced by stars."""
    return _USERINFO.sub(r"\g<scheme>****@", text)


def has_credentials(text: str) -> bool:
    """Whether an address in the text carries a user or a password."""
    return _USERINFO.search(text) is not None


def uv_environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment uv runs in: this process's, without what would change the answer, with pip's index where uv has none."""
    env = dict(os.environ if settings is None else settings)
    for name in _NOT_FOR_LOCKING:
        env.pop(name, None)
    # uv runs in a folder of its own: a path given relative to this one is made whole.
    for name in ("UV_CONFIG_FILE", "UV_FIND_LINKS", "UV_CACHE_DIR"):
        if (value := env.get(name)) and "://" not in value and Path(value).exists():
            env[name] = str(Path(value).absolute())
    if not any(env.get(name) for name in _INDEX_SETTINGS) and not _has_uv_configuration(env):
        index = env.get("PIP_INDEX_URL") or _pip_setting("index-url", env)
        if index:
            env["UV_DEFAULT_INDEX"] = index
    if not env.get("SSL_CERT_FILE"):
        certificates = env.get("PIP_CERT") or env.get("REQUESTS_CA_BUNDLE")
        if certificates and Path(certificates).is_file():
            env["SSL_CERT_FILE"] = certificates
    # One error, one line: the cause is recognised by its words. Two retries tell a hiccup from an absent index.
    env["UV_NO_WRAP"] = "1"
    env["NO_COLOR"] = "1"
    env.setdefault("UV_HTTP_RETRIES", "2")
    return env


def index_shown(env: Mapping[str, str]) -> str:
    """The index uv asks first, as it may be shown to a person."""
    named = env.get("UV_INDEX") or env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL") or ""
    first = named.split()[0] if named.split() else ""
    return without_credentials(first.split("=", 1)[1] if re.match(r"^[\w-]+=\w+://", first) else first)


def pip_extra_index(env: Mapping[str, str]) -> str:
    """An extra index pip knows of and uv does not, as it may be shown; empty where there is none."""
    if env.get("UV_INDEX") or env.get("UV_EXTRA_INDEX_URL"):
        return ""
    extra = (env.get("PIP_EXTRA_INDEX_URL") or _pip_setting("extra-index-url", env)).split()
    return without_credentials(extra[0]) if extra else ""


def _has_uv_configuration(env: Mapping[str, str]) -> bool:
    if sys.platform == "win32":
        places = [Path(env.get("APPDATA", "")) / "uv", Path(env.get("PROGRAMDATA", "")) / "uv"]
    else:
        places = [Path(env.get("XDG_CONFIG_HOME") or _home(env) / ".config") / "uv", Path("/etc/uv")]
    return any((place / "uv.toml").is_file() for place in places)


def _pip_setting(name: str, env: Mapping[str, str]) -> str:
    """pip's own setting, from the nearest of its files that has it; empty where none does."""
    import configparser

    for path in _pip_files(env):
        # pip allows % in values, so no interpolation; a file pip itself could not read is no matter of ours.
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            continue
        for section in ("install", "global"):
            if value := parser.get(section, name, fallback="").strip():
                return value
    return ""


def _pip_files(env: Mapping[str, str]) -> list[Path]:
    """pip's configuration files, nearest first."""
    if named := env.get("PIP_CONFIG_FILE"):
        return [] if named == os.devnull else [Path(named)]
    home = _home(env)
    if sys.platform == "win32":
        return [
            Path(sys.prefix) / "pip.ini",
            Path(env.get("APPDATA", "")) / "pip" / "pip.ini",
            home / "pip" / "pip.ini",
            Path(env.get("PROGRAMDATA", "")) / "pip" / "pip.ini",
        ]
    return [
        Path(sys.prefix) / "pip.conf",
        Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf",
        home / "Library" / "Application Support" / "pip" / "pip.conf",
        home / ".pip" / "pip.conf",
        Path("/etc/pip.conf"),
    ]


def _home(env: Mapping[str, str]) -> Path:
    return Path(env.get("HOME") or Path.home())
