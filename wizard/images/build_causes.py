"""Why a build failed: the causes known behind the engine's and the installers' messages, each with what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause and its remedy, one sentence or two each."""

    why: str
    fix: str


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    why: str
    fix: str
    pulling: bool | None = None
    """True: only of a FROM; False: only of another instruction; None: of any."""


def _rule(pattern: str, why: str, fix: str, pulling: bool | None = None) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE), why, fix, pulling)


_PROXY = (
    "If this machine goes through a proxy, put it under `proxies` in ~/.docker/config.json: builds take it from there."
)

# The first that matches wins, so the particular stands before the general: pip, for one, ends a lost network with
# "no matching distribution" as well. {0} is the pattern's group.
_RULES = (
    _rule(
        r"the (--\w+ option) requires BuildKit",
        "The Dockerfile uses {0}, which needs BuildKit; the Docker API that Sendoff speaks builds without it.",
        "Take it out of the Dockerfile, or build the folder yourself with `docker build`.",
    ),
    _rule(
        r"dockerfile parse error.*|unknown instruction.*|failed to parse dockerfile.*|no build stage in current context",
        "The Dockerfile cannot be read: {match}.",
        "Correct that line, or make the bundle again with `sendoff bundle`.",
    ),
    _rule(
        r"does not match the (?:specified|requested) platform|no match(?:ing)? (?:manifest )?for (?:platform|linux/)"
        r"|exec format error",
        "The image or a program in it is made for another processor: a prediction service here is linux/amd64.",
        "Pull the base for it with `docker pull --platform linux/amd64 IMAGE`; on a machine that is not x86-64 the engine"
        " also needs emulation: `docker run --privileged --rm tonistiigi/binfmt --install amd64`.",
    ),
    _rule(
        r"manifest unknown|manifest for (\S+) not found|not found: manifest",
        "The registry has no such image or tag.",
        "Correct image.base in sendoff.yaml; the tags of an image are listed on its registry's page.",
        pulling=True,
    ),
    _rule(
        r"pull access denied for ([^\s,]+)|repository does not exist|unauthorized|access to the resource is denied",
        "The base image does not exist, or may not be pulled without a login.",
        "Check image.base in sendoff.yaml for a misspelling; if it is private, run `docker login` for its registry.",
        pulling=True,
    ),
    _rule(
        r"toomanyrequests|rate limit",
        "The registry has given this address its share of pulls for now.",
        "Log in with `docker login`, wait an hour, or name a mirror of the image as image.base in sendoff.yaml.",
        pulling=True,
    ),
    _rule(
        r"x509|certificate",
        "The engine does not trust the registry's certificate: something between (a company's proxy) answers in its place.",
        "Give the engine that authority's certificate: /etc/docker/certs.d/REGISTRY/ca.crt.",
        pulling=True,
    ),
    _rule(
        r"no such host|dial tcp|i/o timeout|tls handshake timeout|connection refused|network is unreachable|eof$"
        r"|context deadline exceeded|client\.timeout",
        "The engine cannot reach the registry of the base image.",
        "Check the engine's network with `docker pull` of that image, or load it from elsewhere with `docker load`.",
        pulling=True,
    ),
    _rule(
        r"do not match the hashes|hash mismatch for|hashes are required",
        "A package that was downloaded is not the one that was locked: it was replaced on the index, or by a proxy.",
        "Lock again with `sendoff lock`; if it happens again, ask who runs the index between you and the packages.",
        pulling=False,
    ),
    _rule(
        r"certificate_verify_failed|invalid peer certificate|self.signed certificate|unknownissuer",
        "The build does not trust the package index's certificate: something between (a company's proxy) answers in its place.",
        "Use as image.base an image that holds that authority's certificate.",
        pulling=False,
    ),
    _rule(
        r"temporary failure in name resolution|name or service not known|network is unreachable|no route to host"
        r"|failed to establish a new connection|could not resolve|connection refused|connect timeout|read timed out"
        r"|error sending request|dns error|failed to lookup address|connection timed out",
        "The build has no way to the network it needs: the package index was not reached.",
        "Check it with `docker run --rm IMAGE python -c 'import socket; socket.getaddrinfo(\"example.com\", 443)'`. "
        + _PROXY,
        pulling=False,
    ),
    _rule(
        r"no matching distribution found for ([^\s(]+)|because (\S+) has no wheels|no solution found when resolving",
        "The package index has nothing that fits {0} for this Python on linux/amd64.",
        "Lock again with `sendoff lock`; a requirement of your own may need another version or another image.python.",
        pulling=False,
    ),
    _rule(
        r"(?:copy|add) failed: (?:file not found in build context[^:]*: stat |stat )?([^\s:]+)",
        "The Dockerfile copies {0}, and the bundle has no such file (or its .dockerignore leaves it out).",
        "Make the bundle again with `sendoff bundle`, or correct that line.",
    ),
    _rule(
        r"returned a non-zero code: 127|: not found$|command not found",
        "A program the step calls is not in the image.",
        "Use a base image that has it (python:3.11-slim has a shell, Python and pip), or install it in a step before.",
        pulling=False,
    ),
)
_OUT_OF_MEMORY = Cause(
    "The step was killed, most likely for want of memory.",
    "Give the engine more memory (Docker Desktop: Settings, Resources), or end what else uses it.",
)


def recognise(instruction: str, message: str, code: int | None, lines: tuple[str, ...]) -> Cause:
    """The cause behind a failed instruction: `message` is the engine's, `code` the command's, `lines` its last output."""
    pulling = instruction.upper().startswith("FROM") or not instruction
    text = "\n".join((*lines, message))
    for rule in _RULES:
        if (rule.pulling is None or rule.pulling is pulling or not instruction) and (
            match := rule.pattern.search(text)
        ):
            return Cause(_fill(rule.why, match), rule.fix)
    if code == 137:
        return _OUT_OF_MEMORY
    if code is not None:
        return Cause(
            f"Its command ended with exit code {code}; what it said last is below.", "Correct what that names."
        )
    return Cause("The engine's message is below.", "Correct what it names.")


def _fill(sentence: str, match: re.Match[str]) -> str:
    named: Callable[[], str] = lambda: next((group for group in match.groups() if group), "what is locked")  # noqa: E731
    return sentence.format(named(), match=match[0].strip())
