"""The contract a service is rehearsed against, line by line: Cloud Run's container contract and Sendoff's own promises."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.rehearsal.report import Check, Outcome


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the contract. `fix` is what usually helps; a check that knows better says its own."""

    name: str
    title: str
    fix: str

    def passed(self, evidence: str) -> Check:
        return Check(self.name, self.title, Outcome.PASSED, evidence)

    def failed(self, evidence: str, fix: str = "", cause: str = "") -> Check:
        """`evidence`: its first line says what was seen, further lines quote it. `cause`: a value of `CauseKind`."""
        return Check(self.name, self.title, Outcome.FAILED, evidence, fix or self.fix, str(cause))

    def not_covered(self, evidence: str) -> Check:
        """`evidence` says why this machine cannot check it."""
        return Check(self.name, self.title, Outcome.NOT_COVERED, evidence)


_GENERATED = "server.py as generated does this; if you changed it, take your change back or generate the bundle again."

LISTENS = Line(
    "listens-on-port",
    "It listens on 0.0.0.0:$PORT before the startup probe gives up.",
    "Listen on 0.0.0.0 and on the port named by the environment variable PORT.",
)
READY = Line(
    "ready-means-ready",
    "GET /health answers 200 only when the model is loaded.",
    "Load the model and predict once before the port is opened or /health answers 200.",
)
PREDICTS = Line(
    "predicts-sample", "It predicts the sample request.", "Correct handler.py: the sample is sample.json in the bundle."
)
DOCUMENTS = Line("documents-itself", "/, /docs and /openapi.json describe it.", _GENERATED)
STATELESS = Line(
    "stateless",
    "The same request twice gets the same answer.",
    "Keep nothing from one request for the next in handler.py.",
)
MALFORMED = Line("refuses-malformed-json", "Malformed JSON is refused with a message.", _GENERATED)
SHAPE = Line("refuses-wrong-shape", "A row of the wrong length or nesting is refused with a message.", _GENERATED)
COLUMN = Line("refuses-unknown-column", "An unknown column is refused by its name.", _GENERATED)
MISSING = Line("refuses-missing-value", "A missing column or value is refused by its name.", _GENERATED)
NAN = Line("refuses-nan", "NaN and Infinity are refused with a message.", _GENERATED)
TEXT = Line("refuses-text-for-number", "Text where a number is due is refused by the column's name.", _GENERATED)
LARGE = Line("refuses-large-body", "A body over the limit is refused with 413.", _GENERATED)
PARITY = Line(
    "answers-as-the-model",
    "The service answers what the model alone answers.",
    "Compare preprocess, predict and postprocess in handler.py with what the model was trained on. If the difference is "
    "meant, rehearse with a parity set of the answers you expect.",
)
BATCHING = Line(
    "batching-changes-nothing",
    "Requests predicted together get the answers they get alone.",
    "Keep rows apart in handler.py: no column mean, rank or shared state over a batch. Or set serving.batching to false.",
)
LOAD = Line(
    "answers-under-load",
    "Every request is answered while as many callers as planned ask at once.",
    "Lower service.concurrency, or raise serving.max_queue, service.cpu and service.memory.",
)
HEALTHY = Line(
    "health-under-load",
    "GET /health answers while a long request runs.",
    "Predict in a thread, not in the event loop, and lower serving.max_rows.",
)
MEMORY = Line(
    "memory-headroom", "Its peak stays below nine tenths of its memory limit.", "Raise service.memory in the plan."
)
NON_ROOT = Line("non-root", "It does not run as root.", "Keep the USER line in the Dockerfile.")
READ_ONLY = Line(
    "read-only",
    "It writes nowhere but to /tmp.",
    "Write to /tmp, or not at all: elsewhere is memory on Cloud Run, and lost.",
)
LOGS = Line(
    "logs-json",
    "Each log line is one line of JSON with a severity.",
    "Log through the logging module, which server.py sets up; print() and warnings written to stderr are not JSON.",
)
FINISHES = Line("finishes-requests", "A request under way when SIGTERM comes is still answered.", _GENERATED)
STOPS = Line(
    "stops-in-time",
    "It exits within 10 s of SIGTERM.",
    "Let the server be the container's first process (exec form of CMD) and handle SIGTERM.",
)
