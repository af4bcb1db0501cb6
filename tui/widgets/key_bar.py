"""The keys of the screen in sight, at its foot: as many as fit whole. All others are in the command palette, named last."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Static


class KeyBar(Static):
    """Draws the shown bindings of the screen in their order. A key can be clicked."""

    ALLOW_SELECT = False
    auto_links = False  # it has colours of its own

    _drawn: tuple[tuple[str, str, str], ...] = ()

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self._draw()

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def on_resize(self, _event: Resize) -> None:
        self._draw()

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self._draw()

    def _draw(self) -> None:
        room = self.size.width
        if room == 0:
            return
        palette = self.app.COMMAND_PALETTE_BINDING
        last = ("^p", "All actions", palette)
        shown: list[tuple[str, str, str]] = []
        left = room - _width(last)
        for one in self._keys():
            if _width(one) > left:
                break
            left -= _width(one)
            shown.append(one)
        keys = (*shown, last)
        if keys != self._drawn:
            self._drawn = keys
            self.update(Content("  ").join(_key(*one) for one in keys), layout=False)

    def _keys(self) -> Iterable[tuple[str, str, str]]:
        seen: set[str] = set()
        for _node, binding, enabled, _tooltip in self.screen.active_bindings.values():
            if binding.show and enabled and binding.action not in seen and binding.key != "ctrl+p":
                seen.add(binding.action)
                yield self.app.get_key_display(binding), binding.description, binding.key


def _width(key: tuple[str, str, str]) -> int:
    return len(key[0]) + 1 + len(key[1]) + 2


def _key(display: str, description: str, key: str) -> Content:
    click = f"@click=app.simulate_key('{key}')"
    return Content.from_markup(
        f"[{click}][bold $text-primary]$key[/] [$foreground]$what[/][/]", key=display, what=description
    )
