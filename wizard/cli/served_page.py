"""The process behind one page of `sendoff serve`: the screens, opened where this folder was left."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from tui.opening import Opening


def main() -> None:
    """Until the page is closed, or the server is gone."""
    import tui
    from wizard.cli.opening import find_workshop

    _end_with(os.getppid())
    sys.exit(tui.run(_opening(), find_workshop=find_workshop))


def _opening() -> Opening:
    from wizard.cli.resume import opening_at
    from wizard.run.left import left_at
    from wizard.run.project import PLAN_NAME

    left = left_at(Path(PLAN_NAME))
    return Opening() if left is None or left.at_work else opening_at(left)


def _end_with(parent: int) -> None:
    """A server that is killed cannot end its pages, and what is behind them does not notice."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="server-watch", daemon=True).start()


if __name__ == "__main__":
    main()
