"""Which revision gets the next request."""

from __future__ import annotations

import random
from collections.abc import Sequence

from wizard.workshop.gateway_table import Share

_GOLDEN = 0.6180339887498949


class Split:
    """Shares requests out by percentages.

    The golden ratio's multiples, taken modulo 1, are as even as numbers get however many are taken, and never fall into
    step with callers that take turns: 10,000 requests are within a tenth of a point of any split.
    """

    def __init__(self) -> None:
        self._at = random.random()

    def choose(self, traffic: Sequence[Share]) -> Share | None:
        """The share whose turn it is; None where there is no traffic."""
        if len(traffic) == 1:
            return traffic[0]
        self._at = (self._at + _GOLDEN) % 1.0
        mark = self._at * sum(share.percent for share in traffic)
        for share in traffic:
            mark -= share.percent
            if mark < 0:
                return share
        return traffic[-1] if traffic else None
