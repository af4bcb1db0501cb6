"""The workshop as a program of its own: `python -m wizard.workshop.daemon FOLDER`, started by `sendoff workshop up`.

It runs until SIGTERM or SIGINT. What runs revisions is left running: whoever ends the workshop for good ends that too.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from wizard.errors import SendoffError, own_fault
from wizard.runtimes.process_record import Record, write_record
from wizard.runtimes.process_table import started
from wizard.workshop.folder import Ports
from wizard.workshop.running import DAEMON
from wizard.workshop.workshop import Workshop

ERROR = "error.json"
"""Why it did not come up, as `SendoffError.as_dict`."""
NOTICES = "notices.json"
"""What a person should know about how it came up."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to end; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m wizard.workshop.daemon", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runtime", default="auto", choices=("auto", "engine", "process", "fake"))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--project", default="demo-project")
    parser.add_argument("--region", default="us-central1")
    given = parser.parse_args(arguments)
    os.umask(0o077)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    own = given.folder / DAEMON
    workshop = Workshop(
        given.folder,
        given.runtime,
        registry=True,
        project=given.project,
        region=given.region,
        ports=Ports(http=given.port),
    )
    try:
        addresses = workshop.start()
        own.mkdir(exist_ok=True)
        (own / NOTICES).write_text(json.dumps(workshop.notices), encoding="utf-8")
        port = int(addresses.endpoint.rpartition(":")[2])
        write_record(own, Record("workshop", os.getpid(), started(os.getpid()), port))
    except Exception as error:
        said = error if isinstance(error, SendoffError) else own_fault(error)
        if own.is_dir():
            (own / ERROR).write_text(json.dumps(said.as_dict()), encoding="utf-8")
        print(said, file=sys.stderr)  # noqa: T201  (its log)
        return 1
    end.wait()
    workshop.stop(keep_running=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
