"""Files that would run code if they were loaded, written byte by byte. The tests only ever inspect them.

Each payload would create the file `canary`. `hostile_files(canary)` gives name and content of every kind.
"""

import bz2
import gzip
import io
import lzma
import pickle
import struct
import zlib
from collections.abc import Callable, Iterator

import joblib
import numpy as np
from sklearn.linear_model import LinearRegression

PROTO = b"\x80\x04"
STOP = b"."


def text(value: str) -> bytes:
    raw = value.encode()
    return b"\x8c" + bytes([len(raw)]) + raw if len(raw) < 256 else b"X" + struct.pack("<I", len(raw)) + raw


def name(module: str, attribute: str) -> bytes:
    return text(module) + text(attribute) + b"\x93"


def group(*items: bytes) -> bytes:
    return b"(" + b"".join(items) + b"t"


def call(function: bytes, *arguments: bytes) -> bytes:
    return function + group(*arguments) + b"R"


def new(cls: bytes, *arguments: bytes) -> bytes:
    return cls + group(*arguments) + b"\x81"


def mapping(**entries: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in entries.items()) + b"u"


def whole(*parts: bytes) -> bytes:
    return PROTO + b"".join(parts) + STOP


class Payload:
    """Pickles to a call of `os.system`."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        import os

        return os.system, (self.command,)


def model() -> LinearRegression:
    rows = np.arange(12.0).reshape(6, 2)
    return LinearRegression().fit(rows, rows[:, 0])


def dumped(value: object, **settings: object) -> bytes:
    stream = io.BytesIO()
    joblib.dump(value, stream, **settings)
    return stream.getvalue()


def wrapper(shape: bytes, dtype: bytes) -> bytes:
    """joblib's array wrapper up to its BUILD."""
    state = mapping(subclass=name("numpy", "ndarray"), shape=shape, order=text("C"), dtype=dtype, allow_mmap=b"\x89")
    return new(name("joblib.numpy_pickle", "NumpyArrayWrapper")) + state + b"b"


def number_type(code: str, size: int = -1) -> bytes:
    state = group(
        b"K\x03", text("<"), b"N", b"N", b"N", b"J" + struct.pack("<i", size), b"J" + struct.pack("<i", -1), b"K\x00"
    )
    return call(name("numpy", "dtype"), text(code), b"\x89", b"\x88") + state + b"b"


def called(canary: str) -> Iterator[tuple[str, bytes]]:
    """A function no model needs, called with REDUCE: most have been used in the wild to get past a deny-list."""
    command, python = text(f"touch {canary}"), text(f"open({canary!r}, 'w')")
    functions = {
        "os system": ("os", "system", command),
        "posix system": ("posix", "system", command),
        "nt system": ("nt", "system", command),
        "subprocess Popen": ("subprocess", "Popen", command),
        "subprocess check_output": ("subprocess", "check_output", command),
        "builtins eval": ("builtins", "eval", python),
        "builtins exec": ("builtins", "exec", python),
        "builtins open": ("builtins", "open", text(canary)),
        "builtins import": ("builtins", "__import__", text("antigravity")),
        "io open": ("_io", "FileIO", text(canary)),
        "importlib": ("importlib", "import_module", text("antigravity")),
        "runpy": ("runpy", "run_path", text(canary)),
        "timeit": ("timeit", "timeit", python),
        "cProfile": ("cProfile", "run", python),
        "pdb": ("pdb", "run", python),
        "code": ("code", "interact", python),
        "doctest": ("doctest", "debug_script", python),
        "ctypes": ("ctypes", "CDLL", text(canary)),
        "pip": ("pip", "main", text("install")),
        "webbrowser": ("webbrowser", "open", text("http://localhost")),
        "urlopen": ("urllib.request", "urlopen", text("http://localhost")),
        "socket": ("socket", "create_connection", text("localhost")),
        "rmtree": ("shutil", "rmtree", text(canary)),
        "pty": ("pty", "spawn", command),
        "multiprocessing": ("multiprocessing.util", "spawnv_passfds", command),
        "logging config": ("logging.config", "listen", text("1")),
        "idlelib": ("idlelib.pyshell", "ModifiedInterpreter.runcommand", python),
        "pkgutil": ("pkgutil", "resolve_name", text("os:system")),
        "pydoc": ("pydoc", "pipepager", text("x"), command),
        "marshal": ("marshal", "loads", text("x")),
        "pickle loads": ("pickle", "loads", text("x")),
        "joblib load": ("joblib", "load", text(canary)),
        "joblib numpy_pickle load": ("joblib.numpy_pickle", "load", text(canary)),
        "numpy load": ("numpy", "load", text(canary)),
        "numpy runstring": ("numpy.testing._private.utils", "runstring", python, b"}"),
        "numpy f2py": ("numpy.f2py.crackfortran", "getlincoef", python, b"]"),
        "numpy memmap": ("numpy", "memmap", text(canary)),
        "pandas eval": ("pandas", "eval", python),
        "pandas read_pickle": ("pandas", "read_pickle", text(canary)),
        "torch load": ("torch", "load", text(canary)),
        "torch bytes": ("torch.storage", "_load_from_bytes", text("x")),
        "torch collect_env": ("torch.utils.collect_env", "run", command),
        "cloudpickle loads": ("cloudpickle", "loads", text("x")),
        "cloudpickle inner loads": ("cloudpickle.cloudpickle", "loads", text("x")),
        "dill loads": ("dill._dill", "loads", text("x")),
        "sklearn load_files": ("sklearn.datasets._base", "load_files", text("/")),
        "xgboost matrix": ("xgboost.core", "DMatrix", text(canary)),
        "through a library": ("sklearn.base", "os.system", command),
        "through several": ("joblib.parallel", "mp.util.os.system", command),
        "setattr": ("builtins", "setattr", text("x"), text("y"), text("z")),
        "add_extension": ("copyreg", "add_extension", text("os"), text("system"), b"K\x05"),
    }
    for title, (module, attribute, *arguments) in functions.items():
        yield title, whole(call(name(module, attribute), *arguments))


def hidden(canary: str) -> Iterator[tuple[str, bytes]]:
    """The same call by other opcodes, in other places, or built from names that are harmless one by one."""
    shell = f"touch {canary}"
    command = text(shell)
    system = name("os", "system")
    yield "GLOBAL line", b"cos\nsystem\n(S'%b'\ntR." % shell.encode()
    yield "INST", b"(S'%b'\nios\nsystem\n." % shell.encode()
    yield "OBJ", whole(b"(", system, command, b"o")
    yield "NEWOBJ", whole(new(name("subprocess", "Popen"), command))
    yield "NEWOBJ_EX", whole(name("subprocess", "Popen"), group(command), b"}", b"\x92")
    yield "Python 2 name", b"\x80\x02c__builtin__\neval\n(U\x01xtR."
    yield "Python 2 module", b"ccommands\ngetoutput\n(S'%b'\ntR." % shell.encode()
    yield "popped", whole(call(system, command), b"0", b"}")
    yield "in a key", whole(b"}", call(system, command), b"K\x01s")
    yield "from the memo", whole(system, b"\x94", b"0", b"h\x00", group(command), b"R")
    yield "POP_MARK", whole(b"(", call(system, command), b"1", b"N")
    yield (
        "computed name",
        whole(call(name("_codecs", "encode"), text("os")), text("system"), b"\x93", group(command), b"R"),
    )
    yield "extension code", whole(b"\x82\x05", group(command), b"R")
    yield (
        "setstate of its own",
        whole(
            new(name("collections", "UserDict")), mapping(__setstate__=name("builtins", "print")), b"b", command, b"b"
        ),
    )
    yield (
        "state of a class",
        whole(name("collections", "UserDict"), group(b"N", mapping(get=name("builtins", "len"))), b"b"),
    )
    yield "result called", whole(call(call(name("functools", "partial"), name("numpy", "mean")), b"]"))
    yield "partial", whole(call(name("functools", "partial"), system, command))
    yield "default factory", whole(call(name("collections", "defaultdict"), system))
    yield "map", whole(call(name("builtins", "map"), system, b"]" + command + b"a"))
    yield "getattr", whole(call(name("builtins", "getattr"), name("collections", "OrderedDict"), text("__init__")))
    yield "attrgetter", whole(call(name("operator", "attrgetter"), text("__globals__")))
    yield "methodcaller", whole(call(name("operator", "methodcaller"), text("system"), command))
    yield "reduce", whole(call(name("functools", "reduce"), system, b"]" + command + b"a"))
    yield "ufunc", whole(call(name("numpy.core", "_ufunc_reconstruct"), text("os"), text("system")))
    yield "random generator", whole(call(name("numpy.random._pickle", "__generator_ctor"), command, system))
    yield "pandas index", whole(call(name("pandas.core.indexes.base", "_new_Index"), name("subprocess", "Popen"), b"}"))
    yield "new type", whole(call(name("builtins", "type"), text("X"), b")", b"}"))
    yield "function type", whole(call(call(name("types", "FunctionType"), name("types", "CodeType"), b"}")))
    distribution = new(name("scipy.stats._continuous_distns", "uniform_gen"))
    yield "scipy text", whole(distribution, mapping(_parse_arg_template=text(f"open({canary!r}, 'w')")), b"b")
    yield "scipy pairs", whole(distribution, b"]", group(text("_parse_arg_template"), text("import os")), b"a", b"b")
    yield "second pickle", pickle.dumps(model()) + whole(call(system, command))
    yield "trailing bytes", pickle.dumps(model()) + b"not a pickle"
    for protocol in range(6):
        yield f"beside a model, protocol {protocol}", pickle.dumps([model(), Payload(shell)], protocol)


def judged_too_late_or_by_the_wrong_name(canary: str) -> Iterator[tuple[str, bytes]]:
    """Trusted names only: what runs is hidden in how an object is made, in when its state is set, or in computed keys."""
    evil = text(f"open({canary!r}, 'w').close()")
    kept = text("_parse_arg_template")
    genuine = text(
        "\ndef _parse_args(self, a,  loc=0, scale=1):\n    return (a,), loc, scale\n\n"
        "def _parse_args_rvs(self, a,  loc=0, scale=1, size=None):\n"
        "    return self._argcheck_rvs(a,  loc, scale, size=size)\n\n"
        "def _parse_args_stats(self, a,  loc=0, scale=1, moments='mv'):\n    return (a,), loc, scale, moments\n"
    )
    alpha, thing = name("scipy.stats._continuous_distns", "alpha_gen"), name("builtins", "object")
    state = b"}" + kept + evil + b"sb"
    keep, recall = b"r\x88\x13\x00\x00", b"j\x88\x13\x00\x00"
    behind = pickle.dumps(model(), protocol=4)[11:-1]  # the model's opcodes, without header and STOP

    def computed(key: str) -> bytes:
        return call(name("builtins", "str"), text(key))

    def beside(*parts: bytes) -> bytes:
        return whole(behind, *parts, b"0")

    yield "distribution by _reconstructor", beside(call(name("copyreg", "_reconstructor"), alpha, thing, b"N"), state)
    yield (
        "second distribution by _reconstructor",
        beside(
            call(name("copyreg", "_reconstructor"), alpha, thing, b"N"),
            b"}" + kept + genuine + b"sb0",
            call(name("copyreg", "_reconstructor"), alpha, thing, b"N"),
            state,
        ),
    )
    yield "distribution by __newobj__", beside(call(name("copyreg", "__newobj__"), alpha), state)
    yield "distribution by __newobj_ex__", beside(call(name("copyreg", "__newobj_ex__"), alpha, b")", b"}"), state)
    for module, cls in (
        ("_continuous_distns", "rv_histogram"),
        ("_distn_infrastructure", "rv_sample"),
        ("_distn_infrastructure", "rv_discrete"),
        ("_distn_infrastructure", "rv_continuous"),
    ):
        yield f"scipy {cls}", beside(new(name(f"scipy.stats.{module}", cls)), state)
    yield "distribution called", beside(call(alpha, b"N", b"N"))
    late = [b"}", keep, kept, evil, b"s0", new(alpha), recall, b"b0", recall, kept, genuine, b"s"]
    yield "state changed afterwards", beside(*late)
    yield (
        "template under a computed key",
        beside(new(alpha), b"}", kept, genuine, b"s", computed("_parse_arg_template"), evil, b"sb"),
    )
    yield (
        "computed setstate",
        beside(new(name("types", "SimpleNamespace")), b"}", computed("__setstate__"), thing, b"sb"),
    )
    yield "computed class", beside(new(name("types", "SimpleNamespace")), b"}", computed("__class__"), alpha, b"sb")
    ordered = call(name("collections", "OrderedDict")) + text("__setstate__") + thing + b"s"
    yield "state in a dict that is called", beside(new(name("types", "SimpleNamespace")), ordered, b"b")
    yield "slots in a dict that is called", beside(new(name("types", "SimpleNamespace")), b"N", ordered, b"\x86b")
    partial = call(name("functools", "partial"), name("numpy._core", "_ufunc_reconstruct"), text("antigravity"))
    namespace = call(name("types", "SimpleNamespace"))
    for method in ("append", "extend", "add"):
        yield f"{method} of its own", beside(namespace, mapping(**{method: partial}), b"b", text("x"), b"a")
        mean = name("numpy", "mean")
        yield f"{method} of its own, a plain function", beside(namespace, mapping(**{method: mean}), b"b")
    bunch = call(name("sklearn.utils._bunch", "Bunch"))
    yield "append among the keys", beside(bunch, text("append"), name("numpy", "mean"), b"s", text("x"), b"a")
    yield "partial of getattr", beside(call(name("functools", "partial"), name("builtins", "getattr")))
    yield "getattr as a value", beside(namespace, mapping(function=b"]" + name("builtins", "getattr") + b"a"), b"b")
    frozen = name("scipy.stats._distn_infrastructure", "rv_frozen")
    yield "frozen distribution called", beside(call(frozen, namespace))


def in_joblib(canary: str) -> Iterator[tuple[str, bytes]]:
    """Between and inside the arrays of joblib."""
    shell = f"touch {canary}"
    evil = call(name("os", "system"), text(shell))
    yield "after the first array", dumped({"a": np.arange(3.0), "b": Payload(shell), "c": np.arange(3.0)})
    yield "after a large array", dumped([np.zeros(100_000), Payload(shell)])
    yield "in an object array", dumped(np.array([1, Payload(shell)], dtype=object))
    yield "in a model's object array", dumped([model(), np.array([[Payload(shell)]], dtype=object)])
    yield "second pickle in joblib", dumped(model()) + dumped(Payload(shell))
    for method in ("zlib", "gzip", "bz2", "lzma", "xz", "lz4"):
        yield f"joblib {method}", dumped([np.arange(3.0), Payload(shell)], compress=(method, 3))
    plain = whole(evil)
    yield "gzip pickle", gzip.compress(plain)
    yield "two gzip members", gzip.compress(plain[:5]) + gzip.compress(plain[5:])
    yield "second gzip member", gzip.compress(pickle.dumps(model())) + gzip.compress(plain)
    yield "bz2 pickle", bz2.compress(plain)
    yield "xz pickle", lzma.compress(plain)
    yield "zlib pickle", zlib.compress(plain)
    # Places where joblib and a careless reader part: one of them would take the payload for array bytes.
    body = wrapper(group(b"K\x01"), number_type("f8")) + b"0" + evil + STOP
    yield "array inside a frame", PROTO + b"\x95" + struct.pack("<Q", len(body)) + body + bytes(8)
    yield (
        "size that numpy ignores",
        PROTO + wrapper(group(b"K\x01"), number_type("f8", 200)) + bytes(8) + b"0" + evil + STOP,
    )
    short = wrapper(group(b"J" + struct.pack("<i", len(evil) + 1)), number_type("i1", 0))
    yield "size of nothing", PROTO + short + b"0" + evil + STOP
    many = b"\x8a\x09" + (1 << 62).to_bytes(9, "little")
    yield "size beyond 64 bits", PROTO + wrapper(group(many, b"K\x04"), number_type("i1")) + b"0" + evil + STOP
    array = wrapper(group(b"K\x01"), number_type("i1")) + b"\x00"
    yield "state of a finished array", PROTO + array + b"}b" + evil + STOP
    # The data type joblib takes is the last one: a second key that is no text, or the same text twice.
    numbers = wrapper(group(b"K\x01"), number_type("f8"))[:-1]
    for title, key in (("computed", call(name("builtins", "str"), text("dtype"))), ("repeated", text("dtype"))):
        yield f"data type under a {title} key", PROTO + numbers + key + number_type("O8") + b"sb" + plain + b"0N" + STOP
    alias = new(name("joblib.numpy_pickle", "NumpyArrayWrapper"))
    made = call(name("sklearn.neighbors._kd_tree", "newObj"), name("joblib.numpy_pickle", "NumpyArrayWrapper"))
    yield "wrapper made elsewhere", PROTO + made + b"}b" + bytes(8) + evil + STOP
    yield "wrapper in a wrapper", whole(alias, group(alias, b"}"), b"b", evil)
    nested = number_type("O8")
    yield (
        "array wrapper in a nested pickle",
        (
            PROTO
            + wrapper(group(b"K\x01"), nested)
            + PROTO
            + wrapper(group(b"K\x28"), number_type("i1"))
            + b"0"
            + evil
            + STOP
        ),
    )


def hostile_files(canary: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of every hostile file."""
    yield from judged_too_late_or_by_the_wrong_name(canary)
    yield from called(canary)
    yield from hidden(canary)
    yield from in_joblib(canary)
