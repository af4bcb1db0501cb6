"""What follows from what was seen: causes of a failed start, and how large things get."""

from wizard.advice.causes import Cause, CauseKind, Evidence, Facts, Listener, recognise
from wizard.advice.sizes import ImageEstimate, estimate_image

__all__ = ["Cause", "CauseKind", "Evidence", "Facts", "ImageEstimate", "Listener", "estimate_image", "recognise"]
