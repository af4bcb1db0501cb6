"""A handler that stops in `predict` until the test lets it go on, and says how many rows each batch has.

At first it takes 5 ms a prediction, so that the server counts it among the slow models, which get a thread.

So a test decides what waits while one batch is predicted, with no sleeping and no guessing.
"""

from __future__ import annotations

import os
from pathlib import Path

HANDLER = """
import logging
import os
import time


def load(settings):
    return None


def preprocess(rows, settings):
    return rows


def predict(model, rows):
    logging.info("batch of %d", len(rows))
    if os.path.exists("gate"):
        open("gate", "rb").read()  # a pipe: blocks until somebody opens and closes its other end
    else:
        time.sleep(0.005)
    for row in rows:
        if row[0] == 13:
            raise ValueError("13 brings bad luck")
    return [row[0] * 2 for row in rows]


def postprocess(result):
    return result
"""


class Gate:
    """While it stands, every call of the model waits at it. Make it once the server is ready."""

    def __init__(self, bundle: Path) -> None:
        self.path = bundle / "gate"
        os.mkfifo(self.path)

    def wait_for_the_model(self) -> int:
        """Block until the model waits at the gate; what it returns lets it go on."""
        return os.open(self.path, os.O_WRONLY)

    def open_for_good(self, waiting: int) -> None:
        """Let the model go on, now and from now on."""
        self.path.unlink()
        os.close(waiting)
