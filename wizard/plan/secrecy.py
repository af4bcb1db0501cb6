"""Tells a secret that strayed into a plan, so that it is refused and never repeated.

It goes by names, and by the shapes of keys that their issuers made recognisable on purpose. What looks like an ordinary
word passes: this guards against slips.
"""

from __future__ import annotations

import re
from itertools import pairwise

_NAME = re.compile(r"SECRET|PASSW|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
_ISSUED = re.compile(
    r"-----BEGIN"  # PEM
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{12}"  # AWS
    r"|\bAIza[\w-]{20}|\bya29\.|\bGOCSPX-|\b1//0[\w-]{20}"  # Google
    r"|\bgh[pousr]_\w{16}|\bgithub_pat_|\bglpat-"  # GitHub, GitLab
    r"|\bsk-[\w-]{12}|\b[sr]k_(?:live|test)_|\bxox[abeoprs]-|\bhf_\w{16}|\bnpm_\w{16}|\bpypi-\w{16}|\bdapi[0-9a-f]{16}"
    r"|\bSG\.[\w-]{10}|\beyJ[\w-]{10}"  # SendGrid, JSON web tokens
    r"|\w://[^/\s:@]+:[^/\s@]+@"  # a password in an address
)
_RUN = re.compile(r"[A-Za-z0-9+/=]{24,}")


def names_a_secret(name: str) -> bool:
    """Whether a variable of this name usually holds a secret."""
    return _NAME.search(name) is not None


def looks_secret(text: str) -> bool:
    """Whether the text has the shape of a key that somebody issued."""
    return _ISSUED.search(text) is not None


def looks_random(text: str) -> bool:
    """Whether the text holds a long run of mixed letters and digits, as keys do and names do not."""
    return any(sum(one.isdigit() != other.isdigit() for one, other in pairwise(run)) >= 4 for run in _RUN.findall(text))
