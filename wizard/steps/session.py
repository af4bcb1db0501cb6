"""One person's way through the steps: what they gave, what is wrong with it, what is being found out, forth and back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from wizard.steps.answers import FactFailed, Pending
from wizard.steps.draft import make_draft, read_draft
from wizard.steps.fields import Fact, Field, Kind, Step
from wizard.steps.late import Key
from wizard.steps.listeners import Listeners
from wizard.steps.lookups import Lookups, Started
from wizard.steps.parsing import TYPED, Parsed, is_empty, parse, raw_form
from wizard.steps.resolution import Resolution
from wizard.steps.seeing import field_view
from wizard.steps.views import (
    FactView,
    FieldsChanged,
    FieldView,
    SessionEvent,
    StepMark,
    StepView,
)
from wizard.steps.way import Way, maybe_visible


class Session:
    """A wizard without a screen. A front end draws `view()` and `trail()`, calls `set`, `next`, `back` and `go`, and draws anew
    when a listener is told of a change. It may be used from any thread, by several front ends at once.

    Nothing here waits for what is slow but `settled`: facts and probes are found out in a pool of threads, meanwhile their
    fields are `busy`, and an event tells that they are there. Nothing is started before the session is first looked at.
    Nothing a person types raises: it is an error at its field. `LookupError` and `TypeError` are mistakes of the caller.
    """

    def __init__(
        self, steps: Sequence[Step], facts: Sequence[Fact] = (), *, debounce: float = 0.3, pool: Executor | None = None
    ) -> None:
        """`debounce`: seconds the typing must have paused before anything slow is started. `pool`: where slow things are
        found out; without one the session has its own, of daemon threads. Raises ValueError where names are given twice.
        """
        self._steps = {step.name: step for step in steps}
        self._fields = {field.name: field for step in steps for field in step.fields}
        self._step_of = {field.name: step.name for step in steps for field in step.fields}
        self._facts = {fact.name: fact for fact in facts}
        if not steps or len(self._steps) != len(steps):
            raise ValueError("a session needs steps, each with a name of its own")
        if len(self._fields) != sum(len(step.fields) for step in steps) or len(self._facts) != len(facts):
            raise ValueError("each field and each fact needs a name of its own")
        self._debounce = debounce
        self._lock = threading.RLock()
        self._change = threading.Condition(self._lock)
        self._listeners = Listeners()
        self._lookups = Lookups(self._fields, self._facts, self._lock, pool, found=self._found, again=self._go_on)
        self._typed: dict[str, Parsed] = {}
        self._way = Way(self._steps, self._tell)
        self._asked: set[str] = set()
        self._closed = False
        self._state: Resolution | None = None
        self._views: dict[str, StepView] = {}

    # -- what the person does -----------------------------------------------------------------------------------------

    def subscribe(self, listener: Callable[[SessionEvent], None]) -> Callable[[], None]:
        """Have `listener` called at every change, from whatever thread made it; returns what ends that.

        A listener is told one event at a time, in order. It should only pass the event on to the thread that draws, but it
        may call anything here. An exception in it is logged, and harms neither the session nor other listeners.
        """
        return self._listeners.add(listener)

    def set(self, name: str, raw: Any) -> None:
        """What the control of a field holds now, in the raw form of its kind (see `Kind`); close forms are taken as well: a
        list for a tuple, a text of several lines for rows, a number or Path for a text, "yes" for a BOOL.

        Withdraws a `next` that waits. Raises TypeError for a form that no control of that kind has.
        """
        field = self._field(name)
        raw = raw_form(field.kind, raw)
        with self._lock:
            before = self._typed.get(name)
            if before is not None and before.raw == raw and not before.refused:
                return
            self._typed[name] = parse(field, raw)
            self._edited(field)
            typing = self._lookups.await_pause()
        if (
            typing
        ):  # a letter waits for nothing: what follows from it is worked out when somebody looks, or at the pause
            self._listeners.tell()
        else:
            self._go_on()

    def clear(self, name: str) -> None:
        """Back to the default."""
        field = self._field(name)
        with self._lock:
            if self._typed.pop(name, None) is None:
                return
            self._edited(field)
        self._go_on()

    def next(self) -> bool:
        """Go on, if everything in the step is right; on the last step: finish, if everything in all steps is. Whether it did.

        What is wrong is shown at its fields from now on; what failed is tried again. If something is still being found out
        or checked, the session goes on by itself when it turns out right (`StepView.waiting`); an edit, `back` and `go` withdraw
        that. On the last step, if an earlier one has become wrong: goes there.
        """
        with self._lock:
            self._try_again()
            journey = self._way.set_out(None)
        self._go_on()
        return journey.arrived

    def back(self) -> None:
        """To the step before; on the first, only withdraws a `next` that waits."""
        with self._lock:
            self._way.back(self._resolution())
        self._go_on()

    def go(self, step: str) -> bool:
        """To any step: back at once, forward through each step between as `next` does, stopping at the first that is not
        right. Whether it is there; False also where the step is not visible.
        """
        self._step(step)
        journey = None
        with self._lock:
            if not maybe_visible(step, self._resolution()):
                return False
            if self._way.place(step) > self._way.place(self._way.here):
                self._try_again()
                journey = self._way.set_out(step)
            else:
                self._way.move(step)
        self._go_on()
        return journey is None or journey.arrived

    # -- what there is to see -----------------------------------------------------------------------------------------

    def view(self, step: str | None = None) -> StepView:
        """The step in sight, or another. Quick: while nothing changes it is the same object."""
        if step is not None:
            self._step(step)
        with self._lock:
            seen = self._views.get(step or self._way.here)
        if seen is None:
            self._go_on()
            with self._lock:
                seen = self._look(step or self._way.here)
                new = not self._closed and bool(self._resolution().wanted - self._started_facts())
            if new:  # a step that is not in sight has fields that read what nothing else has read
                self._go_on()
                with self._lock:
                    seen = self._look(step or self._way.here)
        return seen

    def field(self, name: str) -> FieldView:
        """One field, of any step."""
        field = self._field(name)
        return next(view for view in self.view(self._step_of[name]).fields if view.field is field)

    def trail(self) -> tuple[StepMark, ...]:
        """The visible steps in order, each with how it stands."""
        self._go_on_if_new()
        with self._lock:
            now = self._resolution()
            return tuple(StepMark(self._steps[name], self._way.state(name, now)) for name in self._way.visible(now))

    def answers(self) -> Mapping[str, Any]:
        """The values in force of visible fields, by name, without those that are still being found out."""
        self._go_on_if_new()
        with self._lock:
            resolution = self._resolution()
            values: dict[str, Any] = {}
            for name in self._fields:
                try:
                    values[name] = resolution.value(name)
                except (KeyError, Pending, FactFailed):
                    continue
            return values

    def given(self) -> dict[str, Any]:
        """What the person gave, parsed, by name: without what is not visible or cannot be parsed."""
        with self._lock:
            resolution = self._resolution()
            given: dict[str, Any] = {}
            for name, parsed in self._typed.items():
                try:
                    visible = resolution.visible(name)
                except (Pending, FactFailed):
                    visible = True  # nothing says that it is not
                if visible and not parsed.problems and not (self._fields[name].required and is_empty(parsed.value)):
                    given[name] = parsed.value
            return given

    def fact(self, name: str) -> FactView:
        """A fact, which is found out from now on if nothing has read it yet."""
        if name not in self._facts:
            raise LookupError(f"no fact is called {name!r}")
        with self._lock:
            new = name not in self._asked
            self._asked.add(name)
        if new:
            self._go_on()
        with self._lock:
            try:
                return FactView(self._facts[name], self._resolution().fact(name))
            except Pending:
                return FactView(self._facts[name], busy=True)
            except FactFailed as failed:
                return FactView(self._facts[name], error=failed.error)

    @property
    def finished(self) -> bool:
        """Next was pressed on the last step with everything right, and nothing has been changed since."""
        return self._way.finished

    @property
    def can_finish(self) -> bool:
        """Everything in all steps is right, and nothing is still being found out or checked."""
        with self._lock:
            way, now = self._way, self._resolution()
            return not any(way.wrong(name, now) or way.busy(name, now) for name in way.visible(now))

    def settled(self, timeout: float | None = None) -> bool:
        """Waits until nothing is being found out or checked and all listeners have been told; does not wait for the typing to
        pause. Whether it came to that within `timeout` seconds. For plain prompts and tests, not for the thread of a screen.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._lock:
            self._lookups.wait_for_pause(0)
        self._go_on()
        with self._lock:
            while not self._closed and self._needed():
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                self._change.wait(left)
            if self._closed:
                return False
        return self._listeners.told(None if deadline is None else max(0.0, deadline - time.monotonic()))

    # -- keeping ------------------------------------------------------------------------------------------------------

    def draft(self) -> dict[str, Any]:
        """What the person gave and where they are, as plain data for JSON. No secret is in it: no SECRET field, and nothing
        that looks like a key.
        """
        with self._lock:
            here, left, typed = self._way.here, set(self._way.left), dict(self._typed)
        return make_draft(here, left, typed, self._fields)

    def restore(self, draft: Any) -> None:
        """Take up a draft in place of what was given so far; secrets stay. Never raises: what does not fit is dropped, piece by
        piece.
        """
        restored = read_draft(draft, self._steps.values(), self._fields)
        with self._lock:
            secrets = {name: one for name, one in self._typed.items() if self._fields[name].kind is Kind.SECRET}
            self._typed = secrets | restored.typed
            self._way.visited, self._way.left = set(self._typed), set(restored.left)
            self._lookups.wait_for_pause(0)
            self._changed()
            self._way.move(restored.step or next(iter(self._steps)))
        self._go_on()

    def close(self) -> None:
        """Ends: nothing is found out any more and nobody told. What is under way is not waited for, and cannot keep the
        program alive. A pool that was handed in stays open.
        """
        with self._lock:
            self._closed = True
            self._lookups.close()
            self._change.notify_all()
        self._listeners.clear()

    # -- inside: the state --------------------------------------------------------------------------------------------

    def _field(self, name: str) -> Field:
        if name not in self._fields:
            raise LookupError(f"no field is called {name!r}")
        return self._fields[name]

    def _step(self, name: str) -> Step:
        if name not in self._steps:
            raise LookupError(f"no step is called {name!r}")
        return self._steps[name]

    def _resolution(self) -> Resolution:
        if self._state is None:
            self._state = Resolution(tuple(self._steps.values()), self._facts, self._typed, self._lookups.lates)
        return self._state

    def _tell(self, event: SessionEvent) -> None:
        self._views.clear()
        self._listeners.note(event)

    def _changed(self) -> None:
        self._state = None
        self._tell(FieldsChanged())

    def _edited(self, field: Field) -> None:
        self._way.visited.add(field.name)
        self._way.withdraw()
        if field.kind in TYPED:
            self._lookups.wait_for_pause(self._debounce)
        self._changed()

    def _look(self, name: str) -> StepView:
        if name not in self._views:
            resolution, way = self._resolution(), self._way
            visible = way.visible(resolution)
            index = sum(1 for one in visible if way.place(one) < way.place(name))
            self._views[name] = StepView(
                step=self._steps[name],
                index=index,
                count=len(visible),
                fields=tuple(
                    field_view(field, self._typed.get(field.name), field.name in way.visited, resolution)
                    for field in self._steps[name].fields
                ),
                can_back=index > 0,
                waiting=name == way.here and way.journey is not None,
            )
        return self._views[name]

    # -- inside: what happens after a change --------------------------------------------------------------------------

    def _go_on(self) -> None:
        """Goes on to where the person wants to be, starts what is to be found out, tells the listeners."""
        with self._lock:
            started = [] if self._closed else self._turn()
        self._lookups.submit(started)
        self._listeners.tell()

    def _go_on_if_new(self) -> None:
        with self._lock:
            new = self._state is None
        if new:
            self._go_on()

    def _turn(self) -> list[Started]:
        self._way.keep_in_sight(self._resolution())
        self._way.advance(self._resolution())
        needed = self._needed()
        if not needed:
            self._change.notify_all()
        return self._lookups.start(needed, self._resolution())

    def _needed(self) -> list[Key]:
        """The late values that have to be found out: facts that were read, probes of the step in sight and of those passed."""
        resolution = self._resolution()
        resolution.all_values()
        for name in self._asked:
            resolution.now(("fact", name))
        probes: list[Key] = []
        for name, step in self._steps.items():
            if name == self._way.here or name in self._way.left:
                probes += [("probe", field.name) for field in step.fields if resolution.judged(field.name).probe]
        facts: list[Key] = [("fact", name) for name in self._facts if name in resolution.wanted]
        return facts + probes

    def _started_facts(self) -> frozenset[str]:
        return frozenset(name for (kind, name), late in self._lookups.lates.items() if kind == "fact" and late.job)

    def _found(self, take_over: Callable[[], bool]) -> None:
        """In the pool: a late value has come."""
        with self._lock:
            if not take_over():
                return
            self._changed()
            started = self._turn()
        self._lookups.submit(started)
        self._listeners.tell()

    def _try_again(self) -> None:
        """What failed, was found wrong by a probe, or holds no more is looked at anew: the person may have mended it elsewhere."""
        resolution = self._resolution()
        wrong = [one.name for one in self._steps[self._way.here].fields if resolution.judged(one.name).wrong]
        facts = resolution.failed | self._lookups.stale()
        self._lookups.forget([("fact", name) for name in facts] + [("probe", name) for name in wrong])
        self._lookups.wait_for_pause(0)
        self._changed()
