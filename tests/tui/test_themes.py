"""The colours can be told apart by everybody: contrast as WCAG 2 counts it, from what the themes really resolve to."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from tui.themes import THEMES

LEAST = 4.5
BACKGROUNDS = ("background", "surface", "panel", "field", "field-focus")
TEXTS = (
    "foreground",
    "text-muted",
    "text-disabled",
    "text-primary",
    "text-warning",
    "text-error",
    "text-success",
    "footer-key-foreground",
)
PAIRS = [
    *((text, background) for text in TEXTS for background in BACKGROUNDS),
    ("on-primary", "primary"),
    ("on-error", "error"),
    ("background", "foreground"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ("input-selection-foreground", "input-selection-background"),
    ("input-cursor-foreground", "input-cursor-background"),
]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "background"), PAIRS)
def test_every_text_can_be_read_on_every_background_it_stands_on(theme: Theme, text: str, background: str) -> None:
    colours = {**theme.to_color_system().generate(), **theme.variables}
    ratio = contrast(Color.parse(colours[text]), Color.parse(colours[background]))
    assert ratio >= LEAST, f"{text} on {background}: {ratio:.1f}"


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    assert colour.a == 1
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
