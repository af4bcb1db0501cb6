"""The proof of a release: the new revision, at its own address, gives the answers that the model alone gave."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.errors import TargetError
from wizard.printable import one_line
from wizard.rehearsal.parity import Asked, Unanswered, compare
from wizard.rehearsal.parity_set import OTHER_MACHINE, ParitySet
from wizard.rehearsal.rows import Row
from wizard.rehearsal.service import HEALTH, PREDICT, PROBABILITIES, wrapped

if TYPE_CHECKING:
    import httpx

    from wizard.events import Reporter

LONGEST = 60.0
"""Seconds in which a cold start may answer 429 or 503 before that counts as the answer."""
NEW_ADDRESS = 30.0
"""Seconds until a new tag's address is known everywhere: until then the front end answers 404 in the service's place."""
_PAUSE = 0.25
_TIMEOUT = 60.0


@dataclass(frozen=True)
class Prover:
    """Asks one revision, at the address of its tag, as often as it takes."""

    service: str
    revision: str
    url: str
    token: Callable[[], str]
    """An identity token for the service; "" where it needs none."""
    grant: str
    """The command that lets the caller call the service."""
    look: Callable[[], bool]
    """Asked where nothing answers: whether somebody else has finished this very release meanwhile. Raises TargetError where
    they took the service or its tag away."""
    reporter: Reporter
    say: Callable[[str], None] = field(default=lambda text: None)
    """Told how far the proof is."""

    def prove(self, expected: ParitySet | None, sample: Any, max_rows: int) -> str:
        """Ask all rows, alone and together; return what was seen, in a sentence. With no rows, one healthy answer.

        `sample` is the value of "features" in the bundle's sample request. Raises TargetError where the answers differ or none
        comes, CancelledError.
        """
        try:
            return self._prove(expected, sample, max_rows)
        except _DoneElsewhereError:
            return "Another release of the same content, at the same time, has proved it."

    def _prove(self, expected: ParitySet | None, sample: Any, max_rows: int) -> str:
        with self._client() as client:
            self.say("waiting for the first answer")
            self._first_answer(client)
            if expected is None or not expected.rows:
                return "It is healthy; its answers were not compared, for the rehearsal had none to compare with."
            started = time.perf_counter()
            asked = tuple(self._ask(client, expected, sample, max_rows))
            seconds = time.perf_counter() - started
        # Numbers may differ as between any two machines; a set that allows more says so.
        parity = compare(expected, asked, max(expected.tolerance, OTHER_MACHINE))
        if not parity.agrees:
            raise TargetError(
                f"{self.revision} does not answer what the model alone answers.",
                f"{parity.agreed} of {parity.rows} rows agreed with {expected.reference}.",
                "Compare its environment with the rehearsal's: variables, secrets, and what handler.py reads from outside the "
                "image. Then `sendoff up` goes on from the stage rehearse.",
                evidence=[one_line(line) for line in parity.differences],
            )
        return f"{parity.agreed} of {parity.rows} rows agree with {expected.reference}, asked in {seconds:.1f} s."

    def _client(self) -> httpx.Client:
        import httpx

        from wizard import __version__

        on_this_machine = self.url.startswith("http://127.")
        return httpx.Client(
            base_url=self.url,
            timeout=_TIMEOUT,
            trust_env=not on_this_machine,  # a proxy named in the environment must not be asked for an address of this machine
            verify=not on_this_machine,  # nothing is encrypted there, and reading the certificates takes a while
            headers={"User-Agent": f"sendoff/{__version__}"},
        )

    def _first_answer(self, client: httpx.Client) -> None:
        response = self._round_trip(client, "GET", HEALTH, None, patient=(404, 429, 503))
        if response.status_code in (401, 403):
            raise self._not_allowed(response)
        if response.status_code != 200:
            raise TargetError(
                f"{self.revision} is up, but not healthy.",
                f"GET {HEALTH} at its own address answered {response.status_code}.",
                f"See what it says with `sendoff logs {self.service}`.",
                evidence=[_said(response)],
            )

    def _ask(self, client: httpx.Client, expected: ParitySet, sample: Any, max_rows: int) -> Iterator[Asked]:
        proba = expected.probabilities is not None
        features = [wrapped(row, sample) for row in expected.rows]
        yield Asked(
            "alone",
            tuple(self._alone(client, PREDICT, features)),
            tuple(self._alone(client, PROBABILITIES, features)) if proba else None,
        )
        yield Asked(
            "as instances",
            tuple(self._together(client, PREDICT, features, max_rows)),
            tuple(self._together(client, PROBABILITIES, features, max_rows)) if proba else None,
        )

    def _alone(self, client: httpx.Client, path: str, features: Sequence[Row]) -> Iterator[Any]:
        for number, row in enumerate(features, 1):
            self.say(f"asking {path}, row {number} of {len(features)}")
            answer = self._round_trip(client, "POST", path, {"features": row})
            yield _taken(answer, ("prediction", "probabilities"))

    def _together(self, client: httpx.Client, path: str, features: Sequence[Row], step: int) -> Iterator[Any]:
        for start in range(0, len(features), step):
            part = features[start : start + step]
            self.say(f"asking {path}, {len(part)} rows at once")
            answer = self._round_trip(client, "POST", path, {"instances": part})
            values = _taken(answer, ("predictions", "probabilities"))
            if isinstance(values, list) and len(values) == len(part):
                yield from values
            else:
                said = values if isinstance(values, Unanswered) else Unanswered(f"no list of {len(part)} answers")
                yield from [said] * len(part)

    def _round_trip(
        self,
        client: httpx.Client,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        patient: tuple[int, ...] = (429, 503),
    ) -> httpx.Response:
        """One answer. A cold start, and a network that is cut for a moment, are waited for: asking twice changes nothing."""
        import httpx

        started = time.monotonic()
        pause = _PAUSE
        while True:
            self.reporter.check()
            waited = time.monotonic() - started
            try:
                token = self.token()
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                response = client.request(method, path, json=body, headers=headers)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if self.look():
                    raise _DoneElsewhereError from error
                if waited > NEW_ADDRESS:
                    raise TargetError(
                        f"{self.revision} did not answer at its own address.",
                        f"{type(error).__name__}: {error}".rstrip(": "),
                        "Check the network here, then run `sendoff up` again: it goes on from here.",
                        evidence=[f"{method} {self.url}{path}"],
                    ) from error
                self.say(f"no connection yet ({type(error).__name__})")
            else:
                if response.status_code == 404 and self.look():
                    raise _DoneElsewhereError
                longest = NEW_ADDRESS if response.status_code == 404 else LONGEST
                if response.status_code not in patient or waited > longest:
                    return response
                self.say(f"it answers {response.status_code}, as a cold start does")
            self.reporter.cancel.wait(pause)
            pause = min(2.0, pause * 1.5)

    def _not_allowed(self, response: httpx.Response) -> TargetError:
        return TargetError(
            f"You may not call {self.service}, so its answers cannot be proved.",
            f"It is private, and answered {response.status_code} to your identity: calling needs roles/run.invoker.",
            f"An administrator runs: {self.grant} Then run `sendoff up` again: it goes on from here.",
            evidence=[_said(response)],
        )


class _DoneElsewhereError(Exception):
    """Nothing answers here any more, because the same release was finished elsewhere."""


def _taken(response: httpx.Response, keys: Sequence[str]) -> Any:
    if response.status_code == 200:
        try:
            body = response.json()
        except ValueError:
            body = None
        if isinstance(body, Mapping):
            for key in keys:
                if key in body:
                    return body[key]
    return Unanswered(_said(response))


def _said(response: httpx.Response) -> str:
    text = one_line(response.text.strip())
    return f"{response.status_code} {text[:300]}{'…' if len(text) > 300 else ''}"
