"""Where this machine's Chromium is. Debian's is meant; no browser is downloaded."""

import os
import shutil


def chromium_path() -> str | None:
    """The browser's program; None where there is none. SENDOFF_CHROMIUM names one that is not on the path."""
    return os.environ.get("SENDOFF_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
