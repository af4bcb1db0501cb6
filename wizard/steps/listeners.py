"""Those who want to know of changes: told in order, one event at a time, and never from within a lock."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from wizard.steps.views import FieldsChanged, SessionEvent

Listener = Callable[[SessionEvent], None]


class Listeners:
    """Events are noted with `note` and told with `tell`.

    Whoever tells first tells for all: an event that another thread, or a listener itself, notes meanwhile is told by the
    one who is at it, so that no listener sees two events at once or in the wrong order.
    """

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._listeners: tuple[Listener, ...] = ()
        self._events: deque[SessionEvent] = deque()
        self._teller: int | None = None

    def add(self, listener: Listener) -> Callable[[], None]:
        """Returns what ends it."""
        with self._lock:
            self._listeners += (listener,)
        return lambda: self._remove(listener)

    def _remove(self, listener: Listener) -> None:
        with self._lock:
            self._listeners = tuple(one for one in self._listeners if one is not listener)

    def clear(self) -> None:
        with self._lock:
            self._listeners = ()
            self._events.clear()

    def note(self, event: SessionEvent) -> None:
        with self._lock:
            if isinstance(event, FieldsChanged) and self._events and self._events[-1] == event:
                return
            self._events.append(event)

    def tell(self) -> None:
        me = threading.get_ident()
        with self._lock:
            if self._teller is not None:
                return
            self._teller = me
        try:
            while self._tell_one():
                pass
        except BaseException:  # Ctrl-C, in the middle of a listener: the next one to tell goes on
            with self._lock:
                self._teller = None
                self._lock.notify_all()
            raise

    def _tell_one(self) -> bool:
        """Whether there was one."""
        with self._lock:
            if not self._events:
                self._teller = None
                self._lock.notify_all()
                return False
            event, listeners = self._events.popleft(), self._listeners
        for listener in listeners:
            try:
                listener(event)
            except Exception:
                logging.getLogger("wizard.steps").exception("a listener failed at %r", event)
        return True

    def told(self, timeout: float | None) -> bool:
        """Waits until all that was noted has been told; a listener that asks this is not waited for."""
        with self._lock:
            if self._teller == threading.get_ident():
                return True
            return self._lock.wait_for(lambda: not self._events and self._teller is None, timeout)
