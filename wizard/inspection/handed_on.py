"""Names that are harmless only under the eyes of their check, found anywhere but in a call of their own.

As an attribute, an argument or a part of either, such a function would be called later, with arguments nobody judged.
"""

from __future__ import annotations

from wizard.inspection.calls import is_only_called, may_be_handed
from wizard.inspection.symbols import Array, Call, Global, Value

_PARTS = (Global, list, tuple, Array)


def handed_on(calls: list[Call]) -> list[str]:
    """Full names of all such functions, each once. What is inside other calls is looked at there."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    for call in calls:
        waiting: list[Value] = [call.state, call.items, call.pairs, call.keywords]
        if isinstance(call.arguments, tuple):
            waiting.extend(
                value
                for at, value in enumerate(call.arguments)
                if not (isinstance(value, Global) and may_be_handed(call, at, value.full))
            )
        else:
            waiting.append(call.arguments)
        while waiting:
            value = waiting.pop()
            if isinstance(value, Global):
                if value.full not in found and is_only_called(value.full):
                    found[value.full] = None
            elif isinstance(value, Array):
                waiting.append(value.content)
            elif isinstance(value, list | tuple) and id(value) not in seen:
                seen.add(id(value))
                waiting.extend(part for part in value if isinstance(part, _PARTS))
    return list(found)
