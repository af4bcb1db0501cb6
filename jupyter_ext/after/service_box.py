"""One service that was released: tried, called, watched, divided, priced, taken down."""

from __future__ import annotations

import threading
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

import ipywidgets

from jupyter_ext.after.call_tab import CallTab
from jupyter_ext.after.cost_tab import CostTab
from jupyter_ext.after.down_tab import DownTab
from jupyter_ext.after.logs_tab import LogsTab
from jupyter_ext.after.service_head import head_html
from jupyter_ext.after.service_tab import ServiceTab, show
from jupyter_ext.after.slow_calls import Answer, SlowCalls
from jupyter_ext.after.traffic_tab import TrafficTab
from jupyter_ext.after.try_tab import TryTab
from jupyter_ext.closing import close_within
from jupyter_ext.looks import error_html, notice_html, style_html, text_html

if TYPE_CHECKING:
    from wizard.targets import ReleasedService, ServiceStatus

_TABS: tuple[type[ServiceTab], ...] = (TryTab, CallTab, TrafficTab, LogsTab, CostTab, DownTab)


class ServiceBox(ipywidgets.VBox):
    """A head that says how the service is, and a tab for each thing that can be done with it, loaded when first in sight.

    It draws itself; nothing is waited for. Safe to be used from any thread.
    """

    def __init__(self, name: str, target: str | None = None) -> None:
        """`target` as in `wizard.targets.find`."""
        self.service: ReleasedService | None = None
        self.status: ServiceStatus | None = None
        self.tabs: tuple[ServiceTab, ...] = ()
        self._name, self._target = name, target
        self._lock = threading.RLock()
        self._closed = False
        self._calls = SlowCalls(self._lock, self._take)
        self._head = ipywidgets.HTML(text_html(f"Looking how {name} is …", "quiet"))
        self._again = ipywidgets.Button(description="Try again")
        self._again.on_click(lambda _button: self._find())
        # Not ipywidgets.Tab: in Notebook 7 its tabs cannot be come to with the keyboard.
        self._row = ipywidgets.ToggleButtons()
        self._row.add_class("sendoff-tabs")
        self._row.observe(lambda _change: self._turn(), "value")
        self._said = ipywidgets.HTML()
        self._said.add_class("sendoff-unseen")
        self._panes = ipywidgets.VBox()
        again = ipywidgets.HBox([self._again])
        again.add_class("sendoff-buttons")
        own = files("jupyter_ext.after").joinpath("service.css").read_text(encoding="utf-8")
        style = ipywidgets.HTML(f"{style_html()}<style>{own}</style>")
        style.layout.display = "none"
        super().__init__([style, self._head, again, self._row, self._said, self._panes])
        self.add_class("sendoff").add_class("sendoff-service")
        show(self._again, False)
        show(self._row, False)
        self._find()

    def __repr__(self) -> str:
        return f"ServiceBox({self._name!r})"

    @property
    def tab(self) -> ServiceTab | None:
        """The one in sight."""
        return next((tab for tab in self.tabs if self._row.value == tab.TITLE), None)

    def turn_to(self, title: str) -> None:
        """Bring another tab into sight. Raises LookupError where there is none with that title."""
        with self._lock:
            if all(title != tab.TITLE for tab in self.tabs):
                raise LookupError(f"no tab is called {title!r}")
            self._row.value = title

    def close(self) -> None:
        """End what is at work for it, and let go of its connections."""
        if self.__dict__.get("_closed", True):  # closed before, or not whole yet
            return
        with self._lock:
            self._closed = True
            self._calls.close()
            for tab in self.tabs:
                tab.close()
        if self.service is not None:
            self.service.close()
        close_within(self)
        super().close()

    def _find(self) -> None:
        show(self._again, False)
        self._calls.ask("service", partial(_find, self._name, self._target))

    def _take(self, answer: Answer) -> None:
        if answer.error is not None:
            self._head.value = text_html(self._name, "title") + error_html(answer.error)
            show(self._again, True)
            return
        self.service, self.status = answer.value
        self._head.value = head_html(self.status)
        self.tabs = tuple(
            kind(self._lock, self._gone) for kind in _TABS if kind is not CostTab or self.service.target != "local"
        )
        self._panes.children = tuple(tab.box for tab in self.tabs)
        self._row.options = tuple(tab.TITLE for tab in self.tabs)
        self._row.value = self.tabs[0].TITLE
        show(self._row, True)
        self._turn()

    def _turn(self) -> None:
        """Another tab is in sight."""
        with self._lock:
            here = self.tab
            if self._closed or here is None or self.service is None or self.status is None:
                return
            for tab in self.tabs:
                show(tab.box, tab is here)
                if tab is not here:
                    tab.leave()
            self._said.value = f'<div role="status">{text_html(f"{here.TITLE} is in sight.")}</div>'
            here.come(self.service, self.status)

    def _gone(self) -> None:
        for tab in self.tabs:
            tab.close()
        show(self._row, False)
        show(self._panes, False)
        self._said.value = ""
        self._head.value = text_html(self._name, "title") + notice_html(f"{self._name} is stopped and removed.")


def _find(name: str, target: str | None) -> tuple[ReleasedService, ServiceStatus]:
    """Called in a thread. Raises TargetError where there is none."""
    from wizard import targets

    service = targets.find(name, target)
    return service, service.status()
