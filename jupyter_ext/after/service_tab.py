"""One tab of a service's box. What takes time is asked in a thread; what goes wrong is said here, with a button that asks
again; what was known before stays in sight meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import ipywidgets

from jupyter_ext.after.slow_calls import Answer, SlowCalls
from jupyter_ext.looks import error_html, text_html
from wizard.errors import SendoffError, own_fault

if TYPE_CHECKING:
    from wizard.targets import ReleasedService, ServiceStatus


class ServiceTab:
    """`come` tells it that it is in sight, the first time with the service to show; `box` is its widget.

    The page's messages may be handled in any thread and several at once: everything that draws runs under `lock`, which all
    tabs of one service share, and every callback of a widget is made with `on`.
    """

    TITLE: ClassVar[str]
    REFRESHES: ClassVar[bool] = True
    """Whether it can be asked again how it is."""

    service: ReleasedService
    status: ServiceStatus

    def __init__(self, lock: threading.RLock, gone: Callable[[], None]) -> None:
        """`gone` is called where the service was taken down here."""
        self.lock = lock
        self._gone = gone
        self._calls = SlowCalls(lock, self._take)
        self._asked: dict[str, tuple[str, Callable[[], Any]]] = {}
        """Question → (what is waited for, the call), of those without an answer yet."""
        self._again: Callable[[], None] | None = None
        """Does once more what failed."""
        self._closed = False
        self.started = False
        self._error = ipywidgets.HTML()
        self._state = ipywidgets.HTML()
        self._again_button = ipywidgets.Button(description="Try again")
        self._again_button.on_click(self.on(lambda: self._again() if self._again is not None else None))
        refresh = ipywidgets.Button(description="Refresh", tooltip="Ask again how it is")
        refresh.on_click(self.on(self.refresh))
        self._content = ipywidgets.VBox()
        foot = ipywidgets.HBox([self._again_button, *([refresh] if self.REFRESHES else []), self._state])
        foot.add_class("sendoff-buttons")
        self.box = ipywidgets.VBox([self._error, self._content, foot])
        self.box.add_class("sendoff-tab")
        self._content.children = tuple(self.content())
        show(self._content, False)
        self.fail(None)

    def come(self, service: ReleasedService, status: ServiceStatus) -> None:
        """It is in sight now."""
        self.service, self.status = service, status
        if not self.started:
            self.started = True
            self.load()

    # What a tab says for itself

    def content(self) -> Sequence[ipywidgets.Widget]:
        """Its widgets."""
        raise NotImplementedError

    def load(self) -> None:
        """Ask for what it shows."""
        raise NotImplementedError

    def answered(self, question: str, value: Any) -> None:
        """A question that was asked has its answer."""
        raise NotImplementedError

    def leave(self) -> None:
        """It goes out of sight."""

    def close(self) -> None:
        """End what is at work for it."""
        self._closed = True
        self._calls.close()

    # What it has for that

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._asked)

    def on(self, do: Callable[[], object]) -> Callable[[object], None]:
        """As the callback of a widget: one at a time, and what goes wrong is said, not raised."""

        def call(_told: object) -> None:
            with self.lock:
                if not self._closed:
                    self._do(do)

        return call

    def ask(self, question: str, doing: str, call: Callable[[], Any]) -> None:
        """Make the call in a thread; `doing` says what is waited for. `answered` gets what comes of it."""
        self._asked[question] = (doing, call)
        self.fail(None)
        self._calls.ask(question, call)

    def fail(self, error: SendoffError | None, again: Callable[[], None] | None = None) -> None:
        """Say what went wrong, with a button that does it `again`; None takes it away."""
        self._again = again
        self._error.value = error_html(error) if error is not None else ""
        show(self._error, error is not None)
        self._draw_foot()

    def say(self, text: str) -> None:
        """A word at the foot of the tab, while nothing is waited for."""
        self._draw_foot(text)

    def show_content(self) -> None:
        """There is something to be seen."""
        show(self._content, True)

    def gone(self) -> None:
        """The service is no more."""
        self._gone()

    def refresh(self) -> None:
        if self.started and not self.busy:
            self.load()

    def _take(self, answer: Answer) -> None:
        asked = self._asked.pop(answer.question)
        if answer.error is not None:
            self.fail(answer.error, partial(self.ask, answer.question, *asked))
            return
        self._draw_foot(time.strftime("As of %H:%M:%S"))
        self._do(partial(self._show, answer))

    def _show(self, answer: Answer) -> None:
        self.answered(answer.question, answer.value)
        self.show_content()

    def _do(self, do: Callable[[], object]) -> None:
        """ipywidgets would write what is raised into a log that nobody sees."""
        try:
            do()
        except SendoffError as error:
            self.fail(error)
        except Exception as fault:
            self.fail(own_fault(fault))

    def _draw_foot(self, said: str = "") -> None:
        waiting = f"{next(reversed(self._asked.values()))[0]} …" if self._asked else said
        self._state.value = f'<div role="status">{text_html(waiting, "quiet")}</div>'
        show(self._again_button, self._again is not None)


def show(widget: ipywidgets.Widget, yes: bool) -> None:
    """Let it be seen, or take no room."""
    widget.layout.display = None if yes else "none"
