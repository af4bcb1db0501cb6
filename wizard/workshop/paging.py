"""Lists in pages, the same way for every kind of resource."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from wizard.workshop.api_error import ApiError, Code

T = TypeVar("T")
LARGEST = 1000


def page(items: Sequence[T], size: int, token: str, *, default: int = 100) -> tuple[list[T], str]:
    """That part of the items, and the token of the next one ("" at the end)."""
    if size < 0:
        raise ApiError(Code.INVALID_ARGUMENT, "page_size must not be negative.")
    try:
        start = int(base64.urlsafe_b64decode(token.encode())) if token else 0
    except (ValueError, binascii.Error):
        raise ApiError(Code.INVALID_ARGUMENT, "Invalid page_token.") from None
    end = start + min(size or default, LARGEST)
    following = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(items) else ""
    return list(items[start:end]), following
