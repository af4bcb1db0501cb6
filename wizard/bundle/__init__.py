"""From a plan and a lock to a plain folder that builds into the image, and that a person can read in five minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.late_names import late_names

if TYPE_CHECKING:
    from wizard.bundle.bundle import Bundle, BundleFile
    from wizard.bundle.sample import sample_request
    from wizard.bundle.schema import input_schema
    from wizard.bundle.sources import server_requirements
    from wizard.bundle.write import write_bundle

__all__ = [
    "Bundle",
    "BundleFile",
    "input_schema",
    "sample_request",
    "server_requirements",
    "write_bundle",
]

# Whoever reads what was bundled need not import what bundling takes.
__getattr__ = late_names(
    __name__,
    {
        "bundle": ("Bundle", "BundleFile"),
        "sample": ("sample_request",),
        "schema": ("input_schema",),
        "sources": ("server_requirements",),
        "write": ("write_bundle",),
    },
)
