"""Rows with the live model's answers, kept beside the file it was saved in: what the road holds the service to.

Whoever has the live model writes them (`write_recorded`); the road reads them (`read_recorded`, `recorded_for`) and lets them
say more about the inputs than the file does (`refined`).
"""

from wizard.recorded.recorded import Recorded, read_recorded, recorded_for, recorded_path_of, write_recorded
from wizard.recorded.refining import answers_for, recorded_beside, refined

__all__ = [
    "Recorded",
    "answers_for",
    "read_recorded",
    "recorded_beside",
    "recorded_for",
    "recorded_path_of",
    "refined",
    "write_recorded",
]
