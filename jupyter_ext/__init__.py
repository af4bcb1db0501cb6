"""The notebook's face of Sendoff: from a fitted model in a running kernel to a tested, running prediction service.

    %load_ext jupyter_ext
    %sendoff model --sample X_test

    from jupyter_ext import Wizard

Nothing heavy is imported here: `%load_ext jupyter_ext` must not cost a person seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.late_names import late_names

if TYPE_CHECKING:
    from jupyter_ext.result import NotDeployedError, Result
    from jupyter_ext.wizard import Wizard

__all__ = ["NotDeployedError", "Result", "Wizard", "load_ipython_extension", "unload_ipython_extension"]

__getattr__ = late_names(__name__, {"wizard": ("Wizard",), "result": ("NotDeployedError", "Result")})


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext jupyter_ext`: the magic `%sendoff`, and what completes it."""
    from jupyter_ext.magics.magics import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """`%unload_ext jupyter_ext`: as if it had not been loaded. Wizards that are open stay."""
    from jupyter_ext.magics.magics import unload

    unload(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the launcher's card when the package is installed for development."""
    return [{"src": "labextension", "dest": "sendoff"}]
