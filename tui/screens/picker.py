"""Choosing a model file: the folder's files, the inspection of the one under the cursor, and one line to type in.

What is typed narrows the list; a path, typed or pasted, leads there. So there is nothing to switch between.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, HorizontalGroup, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from tui.slow_call import Answered, SlowCalls
from tui.while_shown import while_shown
from tui.widgets.error_panel import ErrorPanel
from tui.widgets.file_list import FileList
from tui.widgets.file_preview import FilePreview
from tui.widgets.folder_contents import (
    LONGEST_PATH,
    Entry,
    EntryKind,
    folder_meant,
    in_words,
    matching,
    pasted_path,
    read_folder,
)
from tui.widgets.key_bar import KeyBar
from wizard.errors import SendoffError


class PathInput(Input):
    """One line for a path or a part of a name. What is pasted is taken as a path; a megabyte is none, and is not taken."""

    class Refused(Input.Changed):
        """Something was pasted that is no path."""

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = pasted_path(event.text)
        if len(text) > LONGEST_PATH:
            self.post_message(self.Refused(self, f"What was pasted is no path: it has {len(text):,} characters."))
        elif text.startswith(("/", "~")):
            self.value = text
            self.cursor_position = len(text)
        else:
            self.insert_text_at_cursor(text)


@dataclass(frozen=True, slots=True)
class _Found:
    """A folder that was looked into."""

    folder: Path
    name: str
    """Where the cursor goes."""
    typed: str
    """What led here, where it was typed."""
    entries: tuple[Entry, ...] = ()
    error: SendoffError | None = None


def _look(folder: Path, name: str, typed: str) -> _Found:
    """Called in a thread. For a file it is its folder, with the cursor on it."""
    try:
        if not name and folder.is_file():
            folder, name = folder.parent, folder.name
        return _Found(folder, name, typed, read_folder(folder))
    except OSError:  # is_file asks the disk
        return _Found(folder, name, typed, error=SendoffError(f"{in_words(folder)} cannot be read."))
    except SendoffError as error:
        return _Found(folder, name, typed, error=error)


def _hidden_label(shown: bool) -> Content:
    return Content("[x] Hidden" if shown else "[ ] Hidden")


class PickerScreen(ModalScreen[Path | None]):
    """Ends in the file that was chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "Choose"),
        Binding("escape", "leave", "Cancel"),
        Binding("alt+up", "parent", "Parent folder", key_display="alt+↑"),
        Binding("f6,alt+home", "home", "Home folder"),
        Binding("f7,alt+h", "hidden", "Hidden files"),
        Binding("up", "move('move', -1)", "Up", show=False),
        Binding("down", "move('move', 1)", "Down", show=False),
        Binding("pageup", "move('page', -1)", "Page up", show=False),
        Binding("pagedown", "move('page', 1)", "Page down", show=False),
        Binding("ctrl+home", "move('first')", "First file", show=False),
        Binding("ctrl+end", "move('last')", "Last file", show=False),
    ]

    def __init__(self, folder: Path, *, title: str = "Choose a model", plans: bool = False) -> None:
        """Opens in `folder`, or with the cursor on it where it is a file. With `plans`, a plan may be chosen, too."""
        super().__init__()
        self._plans = plans
        self._title = title
        start = folder.expanduser().absolute()
        self._start = start
        self.folder = start
        """Whose contents are in sight."""
        self._entries: tuple[Entry, ...] = ()
        self._calls = SlowCalls(self)
        self._hidden = False
        self._wanted: Path | None = None
        """Enter was pressed on it before it was known what it is."""

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield Static(self._title, id="picker-title", markup=False)
            yield Static(id="picker-folder", markup=False)
            yield PathInput(placeholder="Type a part of the name, or a path", id="picker-path")
            yield Static(id="picker-note", markup=False)
            with Horizontal(id="picker-panes"):
                with Vertical(id="picker-left"):
                    yield FileList(id="picker-files")
                    yield Static("", id="picker-empty", markup=False)
                    yield ErrorPanel(id="picker-error")
                yield FilePreview(plans=self._plans, id="picker-preview")
            with HorizontalGroup(id="picker-buttons"):
                yield Button("Up", id="parent")
                yield Button("Home", id="home")
                yield Button(_hidden_label(False), id="hidden")
                yield Static(id="picker-gap")
                yield Button("Cancel", id="leave")
                yield Button("Choose", id="choose", variant="primary")
        yield KeyBar()

    @while_shown
    def on_mount(self) -> None:
        for quiet in ("#picker-note", "#picker-empty"):
            self.query_one(quiet).display = False
        self.query_one(PathInput).focus()
        self._go(self._start)

    # Where to go

    def _go(self, folder: Path, name: str = "", typed: str = "") -> None:
        """Look into a folder. The cursor goes to `name`; where it was `typed`, that stays unless it leads somewhere."""
        self._calls.ask("folder", partial(_look, folder, name, typed))

    @on(Answered)
    def _arrived(self, answer: Answered) -> None:
        answer.stop()
        if not self._calls.is_newest(answer):
            return
        found: _Found = answer.value
        if found.error is not None and found.typed:
            self._say(found.error.what)
            return
        self.folder, self._entries, self._wanted = found.folder, found.entries, None
        self.query_one("#picker-folder", Static).update(in_words(found.folder))
        line = self.query_one(PathInput)
        rest = found.typed.rpartition("/")[2]
        if found.typed or not found.name:
            with line.prevent(Input.Changed):
                line.value = rest
                line.cursor_position = len(rest)
        self.query_one("#picker-error", ErrorPanel).show(found.error)
        self._filter(found.name)

    def _filter(self, name: str = "") -> None:
        """Show what matches; the cursor goes to `name`, else to the first match, else to the first model."""
        text = self.query_one(PathInput).value
        shown = matching(self._entries, text, self._hidden)
        at = next((number for number, entry in enumerate(shown) if entry.name == name), None)
        if at is None and not text:
            at = next((number for number, entry in enumerate(shown) if entry.kind is EntryKind.MODEL), 0)
        broken = self.query_one("#picker-error", ErrorPanel).error is not None
        empty = self.query_one("#picker-empty", Static)
        empty.display = not shown and not broken
        empty.update(self._nothing(text))
        files = self.query_one(FileList)
        files.display = bool(shown)
        files.show(shown, at or 0)
        self._say("")

    def _nothing(self, text: str) -> str:
        if text:
            return "Nothing here has this in its name."
        hidden = sum(entry.hidden for entry in self._entries)
        if hidden:
            return f"Nothing here but {hidden:,} hidden {'file' if hidden == 1 else 'files'}."
        return "This folder is empty."

    def _say(self, text: str) -> None:
        note = self.query_one("#picker-note", Static)
        note.display = bool(text)
        note.update(text)

    @on(PathInput.Refused)
    def _refused(self, message: PathInput.Refused) -> None:
        message.stop()
        self._say(message.value)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        if isinstance(message, PathInput.Refused):
            return
        typed = message.value
        if "/" in typed:
            head, _, name = typed.rpartition("/")
            self._go(folder_meant(f"{head}/", self.folder), name, typed)
        elif typed in ("~", ".."):
            self._say("Go on with / to go there.")
        else:
            self._calls.forget("folder")
            self._filter()

    def on_key(self, event: events.Key) -> None:
        """Typing anywhere is typing in the line; backspace in an empty one goes up."""
        line = self.query_one(PathInput)
        if event.key == "backspace" and not line.value and isinstance(self.focused, PathInput | FileList):
            event.stop()
            event.prevent_default()
            self.action_parent()
        elif event.is_printable and event.character and isinstance(self.focused, FileList | FilePreview):
            event.stop()
            self.set_focus(line)
            line.insert_text_at_cursor(event.character)

    # What is under the cursor

    @on(FileList.Moved)
    def _moved(self, message: FileList.Moved) -> None:
        message.stop()
        self._wanted = None
        self.query_one(FilePreview).show(self.folder, self.query_one(FileList).current)

    @on(FilePreview.Known)
    def _known(self, message: FilePreview.Known) -> None:
        message.stop()
        if message.path == self._wanted:
            self._wanted = None
            self.action_choose()

    @on(FileList.Chosen)
    @on(Input.Submitted)
    def _chosen(self) -> None:
        self.action_choose()

    @on(Button.Pressed)
    async def _pressed(self, message: Button.Pressed) -> None:
        message.stop()
        await self.run_action(f"screen.{message.button.id}")

    # What can be done

    def action_choose(self) -> None:
        """Go into a folder; take a file, unless it is known to be no model."""
        entry = self.query_one(FileList).current
        if entry is None or not self.query_one(FileList).display:
            return
        path = self.folder / entry.name
        outcome = self.query_one(FilePreview).outcome
        if entry.kind is EntryKind.FOLDER:
            self._go(path)
        elif isinstance(outcome, SendoffError):
            self._say("That cannot be deployed; its panel says why.")
            self.app.bell()
        elif outcome is None and self._wanted != path:
            self._wanted = path
            self._say("Reading it first. Enter again takes it unread.")
        else:
            self.dismiss(path)

    def action_leave(self) -> None:
        """Clear what was typed; with nothing typed, leave without a file."""
        line = self.query_one(PathInput)
        if line.value:
            line.value = ""
        else:
            self.dismiss(None)

    def action_parent(self) -> None:
        if self.folder.parent != self.folder:
            self._go(self.folder.parent, self.folder.name)
            self.query_one(PathInput).clear()

    def action_home(self) -> None:
        self._go(Path.home())

    def action_hidden(self) -> None:
        self._hidden = not self._hidden
        self.query_one("#hidden", Button).label = _hidden_label(self._hidden)
        current = self.query_one(FileList).current
        self._filter(current.name if current else "")

    def action_move(self, what: str, amount: int | None = None) -> None:
        files = self.query_one(FileList)
        getattr(files, f"action_{what}")(*(() if amount is None else (amount,)))
