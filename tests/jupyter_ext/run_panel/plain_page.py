"""A real browser page with nothing on it but views of one panel; a small model of its own carries the messages."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page

from tests.jupyter_ext.run_panel.staged import WAIT, HeardPanel

_ADDRESS = "https://panel.test/"
"""Never asked for: the page is answered here. Its scheme makes the page a secure one, which has a clipboard."""

_PAGE = """<!doctype html><html lang="en"><title>A panel</title><style>
:root { --jp-layout-color0: #fff; --jp-layout-color1: #fff; --jp-ui-font-color0: #000; --jp-ui-font-color1: rgba(0, 0, 0, 0.87);
    --jp-brand-color1: #1976d2; --jp-error-color1: #d32f2f; --jp-warn-color1: #f57c00; --jp-success-color1: #388e3c; }
@media (prefers-color-scheme: dark) { :root { --jp-layout-color0: #111; --jp-layout-color1: #212121; --jp-ui-font-color0: #fff;
    --jp-ui-font-color1: rgba(255, 255, 255, 0.87); --jp-brand-color1: #2196f3; color-scheme: dark; } }
body { background: var(--jp-layout-color0); }
</style><body><main></main></body></html>"""
"""With the colours that JupyterLab's two themes give."""

_BEGIN = """async ([code, style]) => {
    document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
    const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    const widget = module.default(), handlers = new Map();
    window.outbox = [];
    window.complaints = [];
    window.model = {
        on: (name, handler) => handlers.set(name, [...(handlers.get(name) ?? []), handler]),
        off: (name, handler) => handlers.set(name, (handlers.get(name) ?? []).filter((one) => one !== handler)),
        send: (message) => window.outbox.push(structuredClone(message)),
        get: () => undefined,
    };
    window.trigger = (name, ...what) => { for (const handler of handlers.get(name) ?? []) handler(...what); };
    window.exchange = (messages) => {
        for (const message of messages) window.trigger("msg:custom", message);
        return window.outbox.splice(0);
    };
    window.addView = () => {
        const el = document.createElement("div");
        document.querySelector("main").append(el);
        return widget.render({ model: window.model, el });
    };
    widget.initialize({ model: window.model });
    window.removeView = window.addView();
}"""


class PlainPage:
    """`exchange` carries what both sides have said; everything that waits does so by itself."""

    def __init__(self, browser: Browser, panel: HeardPanel, *, width: int = 900, dark: bool = False) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT * 1000)
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/*", lambda route: route.fulfill(body=_PAGE, content_type="text/html"))
        self.panel = panel
        self.carries = True
        """Whether what the page says reaches the kernel: it does not while a cell is running."""
        self.hears = True
        """Whether what the kernel says reaches the page: nothing does that is still on its way when the kernel goes."""
        self.held: list[dict[str, Any]] = []
        self.load()

    def load(self) -> None:
        """Open the page, or load it anew."""
        self.page.goto(_ADDRESS)
        self.page.evaluate(_BEGIN, [self.panel._esm, self.panel._css])

    def exchange(self) -> None:
        messages: list[dict[str, Any]] = []
        while True:
            try:
                messages.append(json.loads(json.dumps(self.panel.said.get_nowait())))
            except queue.Empty:
                break
        self.held += self.page.evaluate("messages => window.exchange(messages)", messages if self.hears else [])
        if self.carries:
            for message in self.held:
                self.panel._handle_msg({"content": {"data": {"method": "custom", "content": message}}, "buffers": []})
            self.held = []

    def until(self, holds: Callable[[], Any]) -> Any:
        """Carry messages until something holds; returns it."""
        end = time.monotonic() + WAIT
        while True:
            self.exchange()
            if found := holds():
                return found
            assert time.monotonic() < end, f"not in time; in sight:\n{self.text}"
            self.page.wait_for_timeout(15)

    def until_said(self, *texts: str) -> None:
        self.until(lambda: all(text in self.text for text in texts))

    def drawn(self) -> None:
        """Wait until what was pressed is drawn."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    @property
    def text(self) -> str:
        return str(self.page.locator("main").inner_text())

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.exchange()

    def rows(self) -> list[str]:
        """The lines of the log that are drawn."""
        found: list[str] = self.page.evaluate(
            "() => [...document.querySelectorAll('.sendoff-run-row')].map(row => row.textContent)"
        )
        return found

    def rows_in_sight(self) -> list[str]:
        found: list[str] = self.page.evaluate(
            """() => {
                const box = document.querySelector('.sendoff-run-log').getBoundingClientRect();
                return [...document.querySelectorAll('.sendoff-run-row')].filter(row => {
                    const at = row.getBoundingClientRect();
                    return at.top >= box.top - 1 && at.bottom <= box.bottom + 1;
                }).map(row => row.textContent);
            }"""
        )
        return found

    def clipboard(self) -> str:
        return str(self.page.evaluate("() => navigator.clipboard.readText()"))

    def close(self) -> None:
        self.context.close()
