"""What a file would call while it is loaded, judged call by call.

A trusted name is trusted for what a model does with it. Some would do anything if they were handed the right arguments
(`getattr`, numpy's ufunc constructor, scipy's distributions, which run a text of their state): those are looked at with theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from wizard.inspection.inspection import Severity
from wizard.inspection.known import known
from wizard.inspection.symbols import Blob, Call, Global, How, Mapping, Value
from wizard.inspection.trusted_names import MAKERS, is_trusted_value

Verdict = tuple[Severity, str, str]
"""Severity, what is done, why it matters."""

CODE_MODULES = ("cloudpickle.cloudpickle.", "cloudpickle.cloudpickle_fast.", "dill._dill.", "dill.dill.")
_CODE_PACKAGES = frozenset({"cloudpickle", "dill"})
_CODE_TYPES = frozenset(
    {f"types.{name}" for name in ("CodeType", "FunctionType", "CellType", "MethodType", "ModuleType")}
)
_LOADERS = ("load", "loads", "Unpickler")
_CLASS_BUILDERS = ("_make_skeleton_class", "_make_skeleton_enum", "_create_type", "_builtin_type", "_load_type")
"""cloudpickle's and dill's functions whose results are classes, and so are called."""
_DATA_TYPES = frozenset(
    f"builtins.{name}"
    for name in ["str", "bytes", "bytearray", "dict", "list", "tuple", "set", "frozenset", "int", "float"]
)
_SMALL = 1 << 24
_LATIN = frozenset({"latin1", "latin-1", "iso-8859-1", "iso8859-1", "ascii", "utf-8", "utf8"})
_PARSE_ARGUMENTS = re.compile(
    r"\ndef _parse_args\(self, (?P<shape>(?:[a-zA-Z_]\w*, )*) (?P<given>loc=0(?:, scale=1)?)\):\n"
    r"    return \((?P=shape)\), (?P<taken>loc, (?:scale|1))\n\n"
    r"def _parse_args_rvs\(self, (?P=shape) (?P=given), size=None\):\n"
    r"    return self\._argcheck_rvs\((?P=shape) (?P=taken), size=size\)\n\n"
    r"def _parse_args_stats\(self, (?P=shape) (?P=given), moments='mv'\):\n"
    r"    return \((?P=shape)\), (?P=taken), moments\n",
    re.ASCII,
)
"""The text scipy.stats makes for a distribution, and runs when one is loaded."""
_DISTRIBUTION = re.compile(r"scipy\.stats\._(continuous|discrete)_distns\.\w+_gen")
_FROZEN = re.compile(r"scipy\.stats\._distn_infrastructure\.rv_(continuous_|discrete_|)frozen")
_RUNS_STATE = re.compile(
    rf"{_DISTRIBUTION.pattern}|scipy\.stats\.((_distn_infrastructure|_continuous_distns|_discrete_distns|distributions)\.)?"
    r"rv_(generic|continuous|discrete|sample|histogram)"
)
"""Everything of scipy.stats that runs a text of its state, also what a model has no use for."""
_CONSTRUCTORS = frozenset({"copyreg._reconstructor", "copyreg.__newobj__", "copyreg.__newobj_ex__"})


def carries_code(full: str) -> bool:
    """A name by which cloudpickle, dill or the standard library put functions and classes themselves into a file."""
    if full in _CODE_TYPES:
        return True
    if full == "__builtin__.__main__":  # how dill names the module a function was defined in
        return True
    return full.split(".")[0] in _CODE_PACKAGES and full.rpartition(".")[2] not in _LOADERS


def is_trusted(full: str) -> bool:
    """A name that says nothing against a file; what is done with it may still."""
    return (
        full in MAKERS
        or known().find_class(full) is not None
        or known().is_function(full)
        or is_trusted_value(full)
        or _DISTRIBUTION.fullmatch(full) is not None
        or _FROZEN.fullmatch(full) is not None
    )


def judge_call(call: Call) -> Verdict | None:
    """What speaks against a call, if its name does not already; None where nothing does."""
    function = call.function
    if isinstance(function, Call):
        return _judge_result_called(function)
    if not isinstance(function, Global):
        return (Severity.DANGEROUS, "something that is no function is called", "No model needs that.")
    full = function.full
    check = _CHECKS.get(full) or _check_by_name(full)
    if check is not None:
        made = _check_by_name(call.type) if full in _CONSTRUCTORS else None
        return check(call) or (made(call) if made is not None else None)
    if _FROZEN.fullmatch(full) and call.how is How.CALL:
        return _dangerous(f"{full} is called while loading", "It would call methods of whatever it is handed.")
    if not is_trusted(full) or full in MAKERS:
        return None
    recognised = known().find_class(full)
    if recognised is None and not (_DISTRIBUTION.fullmatch(full) or _FROZEN.fullmatch(full)):
        severity = Severity.DANGEROUS if full.startswith("builtins.") else Severity.UNKNOWN
        return (severity, f"{full} is called while loading", "Models refer to this function and do not call it.")
    if call.how is How.CALL and recognised is not None and not recognised.called:
        why = "Models create this class without running its constructor; here the file chooses the arguments."
        return (Severity.UNKNOWN, f"{full} is called while loading", why)
    return None


def repeats(call: Call) -> tuple[str, How] | None:
    """A key under which a verdict holds for other calls too; None where it depends on the arguments."""
    function = call.function
    if not isinstance(function, Global) or any(_is_checked(full) for full in (function.full, call.type)):
        return None
    return function.full, call.how


def is_only_called(full: str) -> bool:
    """A name whose arguments decide whether it is harmless: it must be called at once, nowhere handed on."""
    return _is_checked(full) and full not in _HANDED_ON


def may_be_handed(call: Call, at: int, full: str) -> bool:
    """Whether the check of this very call judges such a name as its argument `at`."""
    if call.type.startswith("numpy.random."):
        return full.startswith("numpy.random.")
    function = call.function
    constructed = isinstance(function, Global) and function.full in _CONSTRUCTORS
    return at == 0 and constructed and _RUNS_STATE.fullmatch(full) is not None


def _is_checked(full: str) -> bool:
    return full in _CHECKS or _check_by_name(full) is not None


def _judge_result_called(inner: Call) -> Verdict | None:
    name = inner.type
    if name.startswith(CODE_MODULES) and name.endswith(_CLASS_BUILDERS):
        return None
    shown = name or "a computed function"
    return (Severity.DANGEROUS, f"the result of {shown} is called", "That is how a file hides what it runs.")


def _dangerous(what: str, why: str) -> Verdict:
    return (Severity.DANGEROUS, what, why)


def _arguments(call: Call) -> tuple[Value, ...]:
    return call.arguments if isinstance(call.arguments, tuple) else ()


def _check_getattr(call: Call) -> Verdict | None:
    match _arguments(call):
        case (Global() as base, str(name)) if base.full in _DATA_TYPES and not name.startswith("_"):
            return None
    return _dangerous("an attribute is looked up by name", "That reaches any function from a harmless one.")


def _check_ufunc(call: Call) -> Verdict | None:
    match _arguments(call):
        case (str(module), str(name)) if known().is_function(f"{module}.{name}"):
            return None
    return _dangerous("a function is looked up by name", "That reaches any function of any module.")


def _check_encode(call: Call) -> Verdict | None:
    match _arguments(call):
        case (str() | Blob(), str(codec)) if codec.lower() in _LATIN:
            return None
        case (str() | Blob(),):
            return None
    return _dangerous("text is passed through a codec", "Models only ever hold bytes as latin-1 text.")


def _check_bytes(call: Call) -> Verdict | None:
    match _arguments(call):
        case () | (bytes() | Blob() | list(),) | (str() | Blob(), str(), *_):
            return None
        case (int(size),) if 0 <= size <= _SMALL:
            return None
        case (Call() as inner,) if inner.type == "_codecs.encode":
            return None
    return (Severity.UNKNOWN, f"{call.type} is called with something odd", "It may only be meant to use up memory.")


def _check_container(call: Call) -> Verdict | None:
    match _arguments(call):
        case (Call() as inner,) if inner.type == "builtins.range":
            return (Severity.UNKNOWN, "a range is spelled out", "It may only be meant to use up memory.")
    return None


def _check_reconstructor(call: Call) -> Verdict | None:
    cls, base = (*_arguments(call), None, None)[:2]
    if not isinstance(cls, Global) and not _is_file_class(cls):
        return _dangerous("an object of a computed class is made", "That is how a file hides what it makes.")
    if not call.type or not isinstance(call.function, Global) or not call.function.full.endswith("_reconstructor"):
        return None
    if isinstance(base, Global) and base.full in _DATA_TYPES | {"builtins.object"}:
        return None
    why = "Models create their objects without running a constructor; here the file chooses one."
    return (Severity.UNKNOWN, f"{call.type} is made in an unusual way", why)


def _check_random(call: Call) -> Verdict | None:
    for argument in _arguments(call):
        trusted = isinstance(argument, Global) and argument.full.startswith("numpy.random.") and argument.full in MAKERS
        nested = isinstance(argument, Call) and argument.type.startswith("numpy.random.")
        if not (isinstance(argument, str) or trusted or nested):
            return _dangerous("numpy's random generator is handed a function", "It would call whatever it is handed.")
    return None


def _check_index(call: Call) -> Verdict | None:
    match _arguments(call):
        case (Global() as cls, Mapping()) if cls.full.startswith("pandas.") and cls.full in MAKERS:
            return None
    return _dangerous("pandas is asked for an index of another class", "It would create whatever it is handed.")


def _check_new_object(call: Call) -> Verdict | None:
    match _arguments(call):
        case (Global() as cls,) if cls.full.startswith("sklearn.") and known().find_class(cls.full) is not None:
            return None
    return _dangerous("scikit-learn is asked for an object of another class", "It would create whatever it is handed.")


def _check_held_function(call: Call) -> Verdict | None:
    arguments = _arguments(call)
    if not arguments or arguments[0] is None or isinstance(arguments[0], Global):
        return None
    return (Severity.UNKNOWN, f"{call.type} holds a computed function", "What it will do cannot be read from the file.")


def _check_partial(call: Call) -> Verdict | None:
    match _arguments(call), call.state:
        case (Global(), *_), None:
            return None
        case (Global() as function, *_), (Global() as restored, *_) if restored is function:
            return None
    why = "What it will do cannot be read from the file."
    return (Severity.UNKNOWN, f"{call.type} holds a function it was not made with", why)


def _check_namespace(call: Call) -> Verdict | None:
    if _arguments(call) or call.keywords is not None:
        return (Severity.UNKNOWN, f"{call.type} is handed its attributes", "Models set them as its state.")
    return None


def _check_array(call: Call) -> Verdict | None:
    match _arguments(call):
        case (Global(), (0,), _):
            return None
    return (Severity.UNKNOWN, "an array is made in an unusual way", "It may only be meant to use up memory.")


def _check_distribution(call: Call) -> Verdict | None:
    if (
        call.how is How.CALL
        and isinstance(call.function, Global)
        and call.function.full == call.type
        and call.arguments
    ):
        return _dangerous(f"{call.type} is called while loading", "It makes code from its arguments and runs it.")
    state = call.state
    template = state.get("_parse_arg_template") if isinstance(state, Mapping) else None
    if state is None or (isinstance(template, str) and _PARSE_ARGUMENTS.fullmatch(template)):
        return None
    why = "scipy runs this text as code when the distribution is loaded, and it is not the text scipy writes."
    if isinstance(state, Mapping) and template is None:
        return (Severity.UNKNOWN, f"{call.type} comes in an unusual form", why)
    return _dangerous(f"{call.type} holds text to be run", why)


def _is_file_class(value: Value) -> bool:
    return isinstance(value, Call) and value.type.startswith(CODE_MODULES) and value.type.endswith(_CLASS_BUILDERS)


def _check_by_name(full: str) -> Callable[[Call], Verdict | None] | None:
    """The check for families of names."""
    if full.startswith("scipy.stats.") and _RUNS_STATE.fullmatch(full):
        return _check_distribution
    if full.startswith("sklearn.") and full.endswith(".newObj"):
        return _check_new_object
    return None


_CHECKS: dict[str, Callable[[Call], Verdict | None]] = {
    "builtins.getattr": _check_getattr,
    "numpy.core._ufunc_reconstruct": _check_ufunc,
    "numpy._core._ufunc_reconstruct": _check_ufunc,
    "_codecs.encode": _check_encode,
    "builtins.bytes": _check_bytes,
    "builtins.bytearray": _check_bytes,
    **dict.fromkeys(("builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset"), _check_container),
    **dict.fromkeys(_CONSTRUCTORS, _check_reconstructor),
    **dict.fromkeys(
        (f"numpy.random._pickle.{name}" for name in ("__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor")),
        _check_random,
    ),
    "numpy.random.mtrand.__randomstate_ctor": _check_random,
    "pandas.core.indexes.base._new_Index": _check_index,
    "functools.partial": _check_partial,
    "types.SimpleNamespace": _check_namespace,
    "collections.defaultdict": _check_held_function,
    "numpy.core.multiarray._reconstruct": _check_array,
    "numpy._core.multiarray._reconstruct": _check_array,
}
"""Names that are judged with their arguments."""
_HANDED_ON = _DATA_TYPES | {"collections.defaultdict"}
"""Checked names a model may also refer to: what they make of odd arguments is odd, not code."""
