"""Headers between a caller and a container, as Cloud Run's front end passes them on. All names are lower case."""

from __future__ import annotations

import random
import re

Headers = list[tuple[bytes, bytes]]

_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te", b"trailer",
        b"transfer-encoding", b"upgrade",
    }
)  # fmt: skip
"""About one connection, not about the request: RFC 9110, section 7.6.1."""
_WRITTEN_HERE = frozenset(
    {
        b"content-length",
        b"expect",
        b"x-forwarded-for",
        b"x-forwarded-proto",
        b"forwarded",
        b"x-serverless-authorization",
    }
)
_TRACE = re.compile(rb"([0-9a-f]{32})(?:/(\d{1,20}))?(?:;o=(\d))?", re.IGNORECASE)
_PARENT = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


def value(headers: Headers, name: bytes) -> bytes | None:
    """The first value of a header; None where there is none."""
    for key, found in headers:
        if key == name:
            return found
    return None


def for_container(headers: Headers, caller: bytes, authorization: bytes | None) -> Headers:
    """A request's headers as the container gets them; framing (content-length, transfer-encoding) is left to add.

    `authorization` stands in for what the caller sent; None leaves that as it is.
    """
    named = _named_by_connection(headers)
    kept: Headers = []
    chain = []
    for name, text in headers:
        if name == b"x-forwarded-for":
            chain.append(text)
        elif name == b"authorization" and authorization is not None:
            kept.append((name, authorization))
        elif name not in _HOP and name not in _WRITTEN_HERE and name not in named:
            kept.append((name, text))
    kept += [
        (b"x-forwarded-for", b",".join([*chain, caller])),
        (b"x-forwarded-proto", b"http"),  # what the caller spoke: links the container makes from it work here
        (b"forwarded", b'for="' + caller + b'";proto=http'),
    ]
    return kept + _trace(kept)


def for_caller(headers: Headers) -> Headers:
    """An answer's headers as the caller gets them; framing is left to add."""
    named = _named_by_connection(headers)
    return [
        (name, text) for name, text in headers if name not in _HOP and name != b"content-length" and name not in named
    ]


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    listed = [text for name, text in headers if name == b"connection" and text not in (b"keep-alive", b"close")]
    return frozenset(part.strip().lower() for text in listed for part in text.split(b","))


def _trace(headers: Headers) -> Headers:
    """What is missing of the two headers that say which trace a request belongs to; those given are kept."""
    cloud, parent = value(headers, b"x-cloud-trace-context"), value(headers, b"traceparent")
    if cloud is not None and parent is not None:
        return []
    if parent is not None and (match := _PARENT.fullmatch(parent)):
        span, sampled = int(match[2], 16), int(match[3], 16) & 1
        return [(b"x-cloud-trace-context", b"%s/%d;o=%d" % (match[1], span, sampled))]
    if cloud is not None and (match := _TRACE.fullmatch(cloud)):
        span = int(match[2] or b"0") & (2**64 - 1) or random.getrandbits(63) | 1
        return [(b"traceparent", b"00-%s-%016x-%02d" % (match[1].lower(), span, int(match[3] or b"0") & 1))]
    number, span = random.getrandbits(128) | 1, random.getrandbits(63) | 1
    made: Headers = []
    if cloud is None:
        made.append((b"x-cloud-trace-context", b"%032x/%d;o=0" % (number, span)))
    if parent is None:
        made.append((b"traceparent", b"00-%032x-%016x-00" % (number, span)))
    return made
