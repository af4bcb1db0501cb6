"""The same thing done by hand: the commands and API calls behind each step and stage, ready to be typed."""

from wizard.steps.by_hand.command import Command, StageByHand
from wizard.steps.by_hand.stages import by_hand, by_hand_step

__all__ = ["Command", "StageByHand", "by_hand", "by_hand_step"]
