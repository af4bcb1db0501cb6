"""Three themes. Every pair of text and background used on the screens has a contrast of at least 4.5 to 1 (a test holds it).

Texts in colour are given as colours of their own, and not left to the framework's mixing: its `auto 60%` is unreadable on
some backgrounds.
"""

from __future__ import annotations

from textual.theme import Theme


def _texts(
    *, muted: str, faint: str, on_primary: str, on_error: str, primary: str, warning: str, error: str, success: str
) -> dict[str, str]:
    """The variables for text. `faint` is for placeholders and what is switched off: weaker than `muted`, still readable."""
    return {
        "text-muted": muted,
        "text-disabled": faint,
        "text-primary": primary,
        "text-secondary": primary,
        "text-accent": primary,
        "text-warning": warning,
        "text-error": error,
        "text-success": success,
        "foreground-muted": muted,
        "foreground-disabled": faint,
        "on-primary": on_primary,
        "on-error": on_error,
        "button-color-foreground": on_primary,
        "button-focus-text-style": "bold",
        "block-cursor-foreground": on_primary,
        "block-cursor-text-style": "bold",
        "footer-key-foreground": primary,
    }


DARK = Theme(
    name="sendoff-dark",
    dark=True,
    primary="#7cb7ff",
    secondary="#9fb4cc",
    accent="#7cb7ff",
    foreground="#e3e8ee",
    background="#12161c",
    surface="#1c222b",
    panel="#262e39",
    warning="#e8b75a",
    error="#ff8f8a",
    success="#7fd19a",
    variables={
        **_texts(
            muted="#a3afbe",
            faint="#97a3b2",
            on_primary="#0c1016",
            on_error="#1a0706",
            primary="#8cc0ff",
            warning="#edc06b",
            error="#ff9d98",
            success="#8fd9a8",
        ),
        "border": "#7cb7ff",
        "border-blurred": "#3a4553",
        "rule": "#333d4a",
        "field": "#1f2732",
        "field-focus": "#2a3442",
        "input-selection-background": "#2f5a8c",
        "input-selection-foreground": "#ffffff",
        "input-cursor-background": "#e3e8ee",
        "input-cursor-foreground": "#12161c",
        "block-cursor-blurred-background": "#2f4058",
        "block-cursor-blurred-foreground": "#e3e8ee",
        "scrollbar": "#3a4553",
        "scrollbar-hover": "#4b586a",
        "scrollbar-active": "#7cb7ff",
        "scrollbar-background": "#12161c",
    },
)

LIGHT = Theme(
    name="sendoff-light",
    dark=False,
    primary="#0f56a6",
    secondary="#3b5570",
    accent="#0f56a6",
    foreground="#1b232d",
    background="#fcfcfa",
    surface="#f2f3f0",
    panel="#e6e9e6",
    warning="#8a5200",
    error="#b0261c",
    success="#17693a",
    variables={
        **_texts(
            muted="#4d5967",
            faint="#5c6875",
            on_primary="#ffffff",
            on_error="#ffffff",
            primary="#0d4d96",
            warning="#7a4900",
            error="#a12018",
            success="#125c32",
        ),
        "border": "#0f56a6",
        "border-blurred": "#b9c0c6",
        "rule": "#cfd5d8",
        "field": "#eceeec",
        "field-focus": "#dde6f1",
        "input-selection-background": "#b5d2f2",
        "input-selection-foreground": "#0b1520",
        "input-cursor-background": "#1b232d",
        "input-cursor-foreground": "#fcfcfa",
        "block-cursor-blurred-background": "#d3dfec",
        "block-cursor-blurred-foreground": "#1b232d",
        "scrollbar": "#b9c0c6",
        "scrollbar-hover": "#97a1aa",
        "scrollbar-active": "#0f56a6",
        "scrollbar-background": "#fcfcfa",
    },
)

CONTRAST = Theme(
    name="sendoff-contrast",
    dark=True,
    primary="#ffe14d",
    secondary="#ffffff",
    accent="#ffe14d",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    warning="#ffcf70",
    error="#ffb0ab",
    success="#8dffb0",
    variables={
        **_texts(
            muted="#e0e0e0",
            faint="#c4c4c4",
            on_primary="#000000",
            on_error="#000000",
            primary="#ffe14d",
            warning="#ffcf70",
            error="#ffb0ab",
            success="#8dffb0",
        ),
        "border": "#ffe14d",
        "border-blurred": "#ffffff",
        "rule": "#ffffff",
        "field": "#1c1c1c",
        "field-focus": "#333300",
        "input-selection-background": "#ffe14d",
        "input-selection-foreground": "#000000",
        "input-cursor-background": "#ffffff",
        "input-cursor-foreground": "#000000",
        "block-cursor-blurred-background": "#404040",
        "block-cursor-blurred-foreground": "#ffffff",
        "scrollbar": "#bbbbbb",
        "scrollbar-hover": "#ffffff",
        "scrollbar-active": "#ffe14d",
        "scrollbar-background": "#000000",
    },
)

THEMES = (DARK, LIGHT, CONTRAST)
