"""One line to type in, drawn with as little work as a letter needs."""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widgets import Input


class OneLine(Input):
    """An Input as wide as its place, whatever is in it.

    The framework lays out the whole screen at every letter, since an Input may grow with its text, and marks it as right or
    wrong by validators of its own, which takes away the mark that the session's verdict has put there. Neither is wanted here.
    """

    virtual_size = Reactive(Size(0, 0))

    def __init__(
        self, value: str = "", placeholder: str = "", *, password: bool = False, classes: str | None = None
    ) -> None:
        super().__init__(value, placeholder=placeholder, password=password, validate_on=(), classes=classes)

    async def _on_key(self, event: events.Key) -> None:
        """The keys of the line itself, in the order they were pressed. The framework sends a bound key up to the screen and
        back, and letters overtake it there: what was typed after Ctrl-K would be taken away by it.
        """
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if await self.app.run_action(
                binding.action, self
            ):  # e.g. not Page Down: a line does not scroll, what it is in does
                event.stop()
                event.prevent_default()
                return
