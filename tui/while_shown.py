"""For what comes late to a widget: a timer, an answer, a callback after the next paint, the end of its own mounting."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from textual.css.query import NoMatches

if TYPE_CHECKING:
    from textual.widget import Widget

Method = TypeVar("Method", bound=Callable[..., Any])


def while_shown(method: Method) -> Method:
    """The method does nothing once its widget is being taken away: the parts that it would draw on go before the widget."""
    if inspect.iscoroutinefunction(method):

        @functools.wraps(method)
        async def waiting(widget: Widget, *rest: Any) -> Any:
            try:
                return await method(widget, *rest) if _there(widget) else None
            except NoMatches:
                if _there(widget):  # else it was taken away in between
                    raise

        return waiting  # type: ignore[return-value]  # the same signature, by functools.wraps

    @functools.wraps(method)
    def plain(widget: Widget, *rest: Any) -> Any:
        return method(widget, *rest) if _there(widget) else None

    return plain  # type: ignore[return-value]  # the same signature, by functools.wraps


def _there(widget: Widget) -> bool:
    return widget.is_attached and not widget._pruning  # nothing public says the second
