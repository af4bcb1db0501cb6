"""What the callables of fields and facts read: the answers so far, and the facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from wizard.errors import SendoffError


class Pending(Exception):  # noqa: N818  # a state, not an error
    """What was read is still being found out. Let it pass: the session asks again as soon as it is known.

    `title` says what is being done: "reading the model".
    """

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title


class FactFailed(Exception):  # noqa: N818  # says what happened, the error is in it
    """What was read cannot be found out; `error` says why. Let it pass, or catch it where there is another way."""

    def __init__(self, error: SendoffError) -> None:
        super().__init__(error.what)
        self.error = error


class Reading(Protocol):
    """Where answers come from: one state of the session, which does not change any more."""

    def value(self, name: str) -> Any:
        """Raises KeyError where the field is not visible, LookupError where there is no such field, Pending, FactFailed."""

    def names(self) -> tuple[str, ...]: ...
    def fact(self, name: str) -> Any:
        """Raises Pending, FactFailed, and LookupError where there is no such fact."""

    def given(self) -> Mapping[str, Any]: ...
    def overtaken(self) -> bool: ...


class Answers(Mapping[str, Any]):
    """The values in force of the visible fields, by the field's name: what the person gave, else the default.

    A visible field without a value, or with one that cannot be parsed, is None. A field that is not visible is not in here:
    use `get` for fields that come and go. Reading a field whose default is still being found out raises Pending, as
    reading a fact does; one whose default cannot be found out raises FactFailed. Both may pass through any callable of a
    field, a fact or a step.

    Everything read in a `find` or a `probe` is noted: the result stays valid until one of these has changed. So read
    what is needed by name, not all of it.
    """

    __slots__ = ("_reading",)

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def __getitem__(self, name: str) -> Any:
        return self._reading.value(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._reading.names())

    def __len__(self) -> int:
        return len(self._reading.names())

    def fact(self, name: str) -> Any:
        """The fact's value. Raises Pending while it is being found out, which this starts; FactFailed where it cannot be."""
        return self._reading.fact(name)

    @property
    def given(self) -> Mapping[str, Any]:
        """What the person gave, parsed, by the field's name: visible fields only, and without what cannot be parsed.

        An optional field that the person emptied is None (a list: empty).
        """
        return self._reading.given()

    @property
    def overtaken(self) -> bool:
        """In a `find` or `probe`: whether an edit has made its result useless, so that it may stop early."""
        return self._reading.overtaken()
