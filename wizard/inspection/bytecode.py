"""The Python that functions inside a file were compiled for.

A function of one Python minor version that runs under another does not raise: the interpreter crashes. So where a file
holds code objects, this very version is needed.
"""

from __future__ import annotations

from wizard.inspection.calls import CODE_MODULES
from wizard.inspection.symbols import Call, Value

_RESUME_3_11, _RESUME_3_13, _RESUME_3_14 = 151, 149, 128
"""Number of the RESUME opcode, which stands near the start of every function since 3.11 (3.12 kept 3.11's)."""
_PRECALL = 166
"""Only 3.11 has it, in every function that calls."""
_RETURN_CONST = 121
"""Only 3.12 and 3.13 have it."""
_HEAD = 6
_OLD_ARGUMENTS, _NEW_ARGUMENTS = 16, 18
"""Arguments of `types.CodeType`: 16 from 3.8 to 3.10, 18 since 3.11."""


def python_of(calls: list[Call]) -> str | None:
    """The Python minor version that code in the file needs, as "3.11"; None where there is none or it cannot be told."""
    hints = [_hint(call.arguments) for call in calls if _makes_code(call)]
    exact = {hint for hint in hints if len(hint) == 1}
    if exact:
        return max(version for hint in exact for version in hint)
    loose = [hint for hint in hints if hint]
    return min(frozenset.intersection(*loose), default=None, key=_order) if loose else None


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _makes_code(call: Call) -> bool:
    if call.type == "types.CodeType" or call.type in ("dill._dill._create_code", "dill.dill._create_code"):
        return True
    inner = call.function
    if not isinstance(inner, Call) or not inner.type.startswith(CODE_MODULES):
        return False
    return inner.type.endswith(("._builtin_type", "._load_type")) and inner.arguments == ("CodeType",)


def _hint(arguments: Value) -> frozenset[str]:
    """The versions a code object's arguments fit."""
    if not isinstance(arguments, tuple):
        return frozenset()
    parts = list(arguments)
    if parts and isinstance(parts[0], str | bytes) and len(parts) in (_OLD_ARGUMENTS + 1, _NEW_ARGUMENTS + 1):
        parts = parts[1:]  # dill puts the line table first
    if len(parts) == _OLD_ARGUMENTS:
        return frozenset({"3.8", "3.9", "3.10"})
    if len(parts) < _NEW_ARGUMENTS:
        return frozenset()
    bytecode = next((part for part in parts if isinstance(part, bytes)), b"")
    opcodes = bytecode[::2]
    head = opcodes[:_HEAD]
    if _RESUME_3_11 in head:
        if _PRECALL in opcodes:
            return frozenset({"3.11"})
        return frozenset({"3.12"}) if _RETURN_CONST in opcodes else frozenset({"3.11", "3.12"})
    if _RESUME_3_13 in head:
        return frozenset({"3.13"})
    if _RESUME_3_14 in head:
        return frozenset({"3.14"})
    return frozenset({"3.11", "3.12", "3.13", "3.14"})
