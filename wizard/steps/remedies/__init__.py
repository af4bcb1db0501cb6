"""What a key can put right after a run that failed: settings of the plan that let it go on."""

from wizard.steps.remedies.remedies import apply, remedies, where_to_change
from wizard.steps.remedies.remedy import Remedy

__all__ = ["Remedy", "apply", "remedies", "where_to_change"]
