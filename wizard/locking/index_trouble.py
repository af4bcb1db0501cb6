"""Trouble with the package index itself: it cannot be reached, refuses us, or answers nonsense.

The error names the index, without its credentials, and what to check.
"""

from __future__ import annotations

import re

from wizard.errors import LockError
from wizard.locking.problem import Problem
from wizard.locking.uv_command import Outcome

_CONNECT = re.compile(
    r"dns error|tcp connect error|Connection re(?:fused|set)|os error 111|tunnel|proxy|client error \(Connect\)", re.I
)
_SLOW = re.compile(r"timed? ?out|deadline", re.I)
_TLS = re.compile(r"certificate|InvalidContentType|HandshakeFailure|UnknownIssuer|\btls\b", re.I)
_STATUS = re.compile(r"HTTP status (?:server|client) error \((\d{3}[^)]*)\)")
_REFUSED = re.compile(
    r"An index(?: URL)? \((?P<index>\S+?)\) (?:could not be queried|returned a).*?(?P<status>401|403)"
)


def out_of_reach(outcome: Outcome) -> bool:
    """Whether nobody answered, so that uv's cache may stand in. A wrong certificate is no such case: somebody answered."""
    said = outcome.said
    if "Failed to fetch" not in said or _TLS.search(said):
        return False
    status = _STATUS.search(said)
    return status[1].startswith("5") if status else bool(_CONNECT.search(said) or _SLOW.search(said))


def index_trouble(outcome: Outcome) -> LockError | None:
    """The error where uv's explanation speaks of the index itself; None where it speaks of packages."""
    said = outcome.said
    if refused := _REFUSED.search(said):
        return _refused(refused["index"], refused["status"], outcome)
    if "network was disabled" in said or "not found in the cache" in said:
        return LockError(
            "The packages cannot be looked up offline.",
            "uv is told to stay off the network (UV_OFFLINE), and its cache does not hold all that is needed.",
            "Unset UV_OFFLINE and run it once with a connection; afterwards the cache has them.",
            kind=Problem.INDEX,
            evidence=outcome.evidence,
        )
    if "Failed to fetch" not in said and "error sending request" not in said:
        return None
    address = re.search(r"Failed to fetch:? `?([a-z]+://[^\s`]+)", said)
    where = _index_of(address[1]) if address else ""
    if (status := _STATUS.search(said)) and status[1][:3] in {"401", "403", "407"}:
        return _refused(where, status[1][:3], outcome)
    why, fix = _cause(said)
    return LockError(
        f"The package index {where} cannot be used.".replace("  ", " "),
        why,
        fix,
        kind=Problem.INDEX,
        evidence=outcome.evidence,
    )


def nonsense(index: str, evidence: tuple[str, ...]) -> LockError:
    """The error for an index that answers and yet has no packages, not even those that every index has."""
    return LockError(
        f"The package index {index} answers, but lists no packages.".replace("  ", " "),
        "Not even pip is on it, so the address is hardly that of a package index: a login page, a proxy's page or a wrong path.",
        "Check the address in UV_DEFAULT_INDEX or UV_INDEX; it mostly ends in /simple.",
        kind=Problem.INDEX,
        evidence=evidence,
    )


def _cause(said: str) -> tuple[str, str]:
    """Why nothing came of it, and what to check."""
    if _TLS.search(said):
        return (
            "The connection is not trusted: the certificate is not one this machine knows, or it is no TLS at all.",
            "Behind a company's proxy: SSL_CERT_FILE=<its CA bundle>, or UV_SYSTEM_CERTS=1 for the system's own certificates. "
            "Else check whether the address should begin with http or https.",
        )
    if status := _STATUS.search(said):
        return (
            f"It answered {status[1]}.",
            "The fault is on its side: try again later, or name another index in UV_DEFAULT_INDEX.",
        )
    if "dns error" in said or "lookup address" in said:
        return (
            "Its name cannot be looked up.",
            "Check the connection and, behind a proxy, HTTPS_PROXY; and the address in UV_DEFAULT_INDEX if you set one.",
        )
    if _SLOW.search(said):
        return "It did not answer in time.", "Check the connection and HTTPS_PROXY; UV_HTTP_TIMEOUT=120 waits longer."
    if "Connection refused" in said or "os error 111" in said:
        return (
            "Nothing listens at that address.",
            "Check the address in UV_DEFAULT_INDEX or UV_INDEX, and that the index is up.",
        )
    return "The connection failed.", "Check the connection and, behind a proxy, HTTPS_PROXY."


def _refused(index: str, status: str, outcome: Outcome) -> LockError:
    if status == "401":
        what, why = (
            f"The package index {index} asks for a user and password.",
            "It answered 401: none were given, or wrong ones.",
        )
    else:
        what, why = (
            f"The package index {index} refuses to serve you.",
            f"It answered {status}: the credentials do not allow it, or it blocks that package.",
        )
    return LockError(
        what,
        why,
        "Keep the credentials where uv finds them and the plan does not: ~/.netrc, a keyring (UV_KEYRING_PROVIDER=subprocess), "
        "or UV_INDEX_<NAME>_USERNAME and _PASSWORD.",
        kind=Problem.INDEX,
        evidence=outcome.evidence,
    )


def _index_of(address: str) -> str:
    """The index an address belongs to: that of a package's page without the package."""
    address = address.rstrip("`,.")
    return address.rstrip("/").rpartition("/")[0] if address.endswith("/") else address
