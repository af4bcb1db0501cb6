"""What the kernel does while the notebook's run panel is measured: a run whose build floods (see `tests.bench.flood`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.bench.flood import Flood, stage
from wizard.run import Run


class FloodedRun:
    """The run, not yet started, and what its build saw."""

    def __init__(self, folder: Path, seconds: float) -> None:
        import wizard.plan.plan  # noqa: F401  # what reads a plan is in memory before a run begins, as with the form

        self.folder = folder
        self.flood = Flood(seconds)
        self.run = Run(folder / "sendoff.yaml", until="build", stages=[stage(self.flood)])

    def panel(self) -> Any:
        """The product's own panel on it."""
        from jupyter_ext.run_panel import RunPanel

        return RunPanel(
            self.run, plan_path=self.run.project.plan_path, ahead=lambda _path: [("build", "Build the image")]
        )

    def finish(self) -> None:
        """Wait for its end; what it cost goes to cost.json."""
        self.run.wait()
        (self.folder / "cost.json").write_text(json.dumps({"cpu": self.flood.cpu, "began": self.flood.began}))
