"""What speaks against a file, by allow-list: what is not known to be harmless is said so.

A pass is no proof: a trusted class with hostile numbers remains. That is why the service also loads the file through an
unpickler that admits only the names listed here, and runs without rights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

from wizard.inspection.calls import Verdict, carries_code, is_trusted, judge_call, repeats
from wizard.inspection.dangerous_names import danger_of, danger_of_path
from wizard.inspection.distributions import distribution_of
from wizard.inspection.handed_on import handed_on
from wizard.inspection.inspection import Finding, LocalModule, Severity
from wizard.inspection.symbols import Blob, Call, Global, How, Mapping, Value
from wizard.inspection.transcript import Transcript

_MOST_FINDINGS = 200
_SHOWN_NAMES = 3
_HARMLESS_ATTRIBUTES = frozenset(
    {"__doc__", "__module__", "__name__", "__qualname__", "__wrapped__", "__annotations__"}
)

_CALLED_BY_PICKLE = frozenset({"append", "extend", "add"})
"""Attributes pickle itself calls to fill an object."""
_DICTS = frozenset(
    {
        "builtins.dict",
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.Counter",
        "sklearn.utils.Bunch",
        "sklearn.utils._bunch.Bunch",
    }
)
"""Makers of dicts, which would be taken for an object's attributes."""
_ATTRIBUTES_AND_SLOTS = 2
"""Length of a state that is two dicts."""


def findings_of(transcript: Transcript, local: Sequence[LocalModule] = ()) -> list[Finding]:
    """Everything that speaks against a file, the gravest first, each thing once. `local`: the person's own modules it names."""
    found: dict[tuple[str, str], Finding] = {}

    def add(severity: Severity, subject: str, what: str, why: str) -> None:
        if len(found) < _MOST_FINDINGS:
            found.setdefault((subject, what), Finding(severity, subject, what, why))

    for finding in _judge_names(list(transcript.globals.values()), local):
        found.setdefault((finding.subject, finding.what), finding)
    for subject, (severity, what, why) in _judge_calls(transcript.calls):
        add(severity, subject, _sentence(what), why)
    for subject, (severity, what, why) in _judge_states(transcript.calls):
        add(severity, subject, _sentence(what), why)
    for full in handed_on(transcript.calls):
        why = "It is harmless or not by its arguments, and a model only ever calls it at once."
        add(Severity.DANGEROUS, full, f"{full} is handed on instead of called.", why)
    for what, count in Counter(oddity.what for oddity in transcript.oddities).items():
        times = f" ({count} times)" if count > 1 else ""
        add(
            Severity.DANGEROUS,
            "the file",
            _sentence(what + times),
            "No pickler writes that: the file was made by hand.",
        )
    order = list(Severity)
    return sorted(found.values(), key=lambda finding: order.index(finding.severity))


def _judge_names(names: list[Global], local: Sequence[LocalModule]) -> list[Finding]:
    """What is said of the names alone. Those of one package Sendoff does not know are one finding."""
    beside = {module.module: PurePath(module.path).name for module in local if module.path is not None}
    found: list[Finding] = []
    by_package: dict[str, list[str]] = {}
    packers: set[str] = set()
    for name in names:
        full = name.full
        if is_trusted(full):
            continue
        danger = danger_of(full) or danger_of_path(name.name)
        distribution = distribution_of(name.module)
        if carries_code(full):
            packers.add(full.split(".")[0])
        elif danger is not None:
            found.append(
                Finding(Severity.DANGEROUS, full, f"The file asks for {full}.", f"No model needs it: {danger}.")
            )
        elif name.module.split(".")[0] == "__main__":
            what = f"{name.name} was defined in the notebook or script that saved the model."
            why = "This is your own code: it must be shipped with the service, or the model cannot be loaded."
            found.append(Finding(Severity.UNKNOWN, full, what, why))
        elif distribution is not None:
            by_package.setdefault(distribution, []).append(full)
        elif (file := beside.get(name.module.partition(".")[0])) is not None:
            what = f"The file asks for {full}, which is in {file}, found beside the model."
            why = (
                "It is shipped with the service and runs when the model is loaded: look at it if you did not write it."
            )
            found.append(Finding(Severity.UNKNOWN, full, what, why))
        else:
            what = f"The file asks for {full}, which belongs to no package Sendoff knows."
            found.append(
                Finding(Severity.UNKNOWN, full, what, "If it is your own code, it must be shipped with the service.")
            )
    packer = ", ".join(sorted(packers & {"cloudpickle", "dill"})) or ", ".join(sorted(packers))
    if packers:
        what = f"The file was saved with {packer}, which puts functions and classes themselves into it."
        why = "Code inside the file cannot be judged by reading it, and runs only under the Python it was made with."
        found.append(Finding(Severity.UNKNOWN, packer, what, why))
    for distribution, wanted in by_package.items():
        shown = ", ".join(wanted[:_SHOWN_NAMES]) + (
            f" and {len(wanted) - _SHOWN_NAMES} more" if len(wanted) > _SHOWN_NAMES else ""
        )
        what = f"The file asks for {shown} of {distribution}."
        why = "Sendoff does not know these to be harmless; look at them if you did not save the file yourself."
        found.append(Finding(Severity.UNKNOWN, wanted[0] if len(wanted) == 1 else distribution, what, why))
    return found


def _judge_calls(calls: list[Call]) -> list[tuple[str, Verdict]]:
    found: list[tuple[str, Verdict]] = []
    judged: set[tuple[str, How]] = set()
    for call in calls:
        key = repeats(call)
        if key is not None:
            if key in judged:
                continue
            judged.add(key)
        verdict = judge_call(call)
        if verdict is not None and len(found) < _MOST_FINDINGS:
            function = call.function
            found.append((function.full if isinstance(function, Global) else "the file", verdict))
    return found


def _judge_states(calls: list[Call]) -> list[tuple[str, Verdict]]:
    """Objects given attributes that Python or pickle itself calls, or attributes that cannot be told from the file."""
    found: list[tuple[str, Verdict]] = []
    seen: set[int] = set()
    for call in calls:
        subject = call.type or "the file"
        shown = call.type or "an object"
        if isinstance(call.state, Call) and not _is_dict(call.state):
            what = f"{shown} is given a computed state"
            found.append((subject, (Severity.UNKNOWN, what, "Its attributes cannot be read from the file.")))
        for state in call.state if isinstance(call.state, tuple) else (call.state,):
            if isinstance(state, Call) and (state is call.state or len(call.state) == _ATTRIBUTES_AND_SLOTS):
                if _is_dict(state):
                    what = f"{shown} is given computed attributes"
                    why = "Their names cannot be read from the file, and some are called."
                    found.append((subject, (Severity.DANGEROUS, what, why)))
                continue
            if not isinstance(state, Mapping) or id(state) in seen:
                continue
            seen.add(id(state))
            for key, value in state.pairs():
                if isinstance(key, Call | Blob):
                    why = "It could stand for any attribute, one that is called included."
                    found.append(
                        (subject, (Severity.DANGEROUS, f"{shown} is given an attribute of a computed name", why))
                    )
                elif _is_special(key, value):
                    why = "Such attributes are looked up and called by Python and pickle themselves."
                    what = f"{shown} is given an attribute {key} of its own"
                    found.append((subject, (Severity.DANGEROUS, what, why)))
    return found[:_MOST_FINDINGS]


def _is_dict(state: Call) -> bool:
    return state.pairs is not None or state.type in _DICTS


def _is_special(key: Value, value: Value) -> bool:
    if not isinstance(key, str):
        return False
    if key in _CALLED_BY_PICKLE:
        return isinstance(value, Global | Call)
    return key[:2] == "__" and key[-2:] == "__" and key not in _HARMLESS_ATTRIBUTES


def _sentence(text: str) -> str:
    """A sentence from its words; a name at its start keeps its spelling."""
    first = text.split(" ", 1)[0]
    return f"{text}." if "." in first else f"{text[:1].upper()}{text[1:]}."
