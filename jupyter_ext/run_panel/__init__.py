"""A run in a notebook's page: its stages, its log and how it ended, live while other cells run.

One widget, and nothing of the run in its traits: a thread reads the run's feed ten times a second and sends what is new to the
page, which keeps the newest lines and draws those in sight. A page that comes later, or comes back, asks for what it lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.late_names import late_names

if TYPE_CHECKING:
    from jupyter_ext.run_panel.actions import RunActions
    from jupyter_ext.run_panel.panel import RunPanel

__all__ = ["RunActions", "RunPanel"]

__getattr__ = late_names(__name__, {"actions": ("RunActions",), "panel": ("RunPanel",)})
