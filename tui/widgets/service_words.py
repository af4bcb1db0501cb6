"""How a service is, in the theme's colours."""

from __future__ import annotations

from textual.content import Content

from wizard.steps.service_words import state_of
from wizard.targets import ServiceStatus


def state_content(status: ServiceStatus) -> Content:
    """Mark and word in their colour."""
    mark, word, tone = state_of(status)
    return Content.styled(f"{mark} {word}", f"$text-{tone}")
