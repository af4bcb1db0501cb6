"""Exact requirements for the image: `lock` resolves them, `ensure_environment` installs them on this machine."""

from wizard.locking.environment import Environment, ensure_environment
from wizard.locking.lock import Lock, Package
from wizard.locking.problem import Problem
from wizard.locking.release_dates import release_date
from wizard.locking.resolve import PLATFORM, lock

__all__ = ["PLATFORM", "Environment", "Lock", "Package", "Problem", "ensure_environment", "lock", "release_date"]
