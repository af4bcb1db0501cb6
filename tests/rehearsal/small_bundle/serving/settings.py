"""What service.json says, as far as this small bundle needs it."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Settings:
    model: Path


def read():
    here = Path(__file__).resolve().parent.parent
    return Settings(here / json.loads((here / "service.json").read_text())["model"]["file"])
