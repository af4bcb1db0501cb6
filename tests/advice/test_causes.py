"""One message, many causes: what was seen tells them apart, and each gets its own fix."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.advice.causes import Cause, CauseKind, Facts, Listener, recognise

MIB = 1024**2

IMPORT_CRASH = """\
Traceback (most recent call last):
  File "/app/server.py", line 12, in <module>
    import handler
  File "/app/handler.py", line 3, in <module>
    import imblearn
ModuleNotFoundError: No module named 'imblearn'
"""
MAIN_CLASS = """\
Traceback (most recent call last):
  File "/app/server.py", line 40, in load
    return joblib.load("model/model.joblib")
  File "/opt/venv/lib/python3.11/site-packages/joblib/numpy_pickle.py", line 658, in load
    obj = _unpickle(fobj, filename, mmap_mode)
AttributeError: Can't get attribute 'LogPrices' on <module '__main__' from '/app/server.py'>
"""
TREE_DTYPE = """\
/opt/venv/lib/python3.11/site-packages/sklearn/base.py:348: InconsistentVersionWarning: Trying to unpickle estimator \
DecisionTreeRegressor from version 1.2.2 when using version 1.5.2.
Traceback (most recent call last):
  File "sklearn/tree/_tree.pyx", line 1571, in sklearn.tree._tree._check_node_ndarray
ValueError: node array from the pickle has an incompatible dtype:
"""
OLD_MODEL = """\
/opt/venv/lib/python3.11/site-packages/sklearn/base.py:348: InconsistentVersionWarning: Trying to unpickle estimator \
DecisionTreeClassifier from version 1.2.2 when using version 1.5.2.
Traceback (most recent call last):
  File "/app/handler.py", line 20, in predict
    return model.predict(rows)
AttributeError: 'DecisionTreeClassifier' object has no attribute 'monotonic_cst'
"""
NUMPY_CORE = """\
Traceback (most recent call last):
  File "/app/loading.py", line 20, in load
ModuleNotFoundError: No module named 'numpy._core'
"""
LIBGOMP = """\
Traceback (most recent call last):
  File "/opt/venv/lib/python3.11/site-packages/lightgbm/libpath.py", line 49, in <module>
OSError: libgomp.so.1: cannot open shared object file: No such file or directory
"""
ORDINARY_CRASH = """\
Traceback (most recent call last):
  File "/app/handler.py", line 7, in load
    table = json.loads(text)
  File "/usr/local/lib/python3.11/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)
"""
CLOUD_MEMORY = "Memory limit of 512 MiB exceeded with 523 MiB used. Consider increasing the memory limit."


def cause(logs: str = "", exit_code: int | None = None, oom: bool = False, **facts: object) -> Cause:
    found = recognise(logs.splitlines(), exit_code, oom, Facts(**facts))  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("logs", "exit_code", "kind", "title", "fix"),
    [
        ("exec /usr/local/bin/python: exec format error", 1, CauseKind.WRONG_ARCHITECTURE, "processor", "--platform linux/amd64"),
        (CLOUD_MEMORY, None, CauseKind.OUT_OF_MEMORY, "memory", "service.memory"),
        ("MemoryError", 1, CauseKind.OUT_OF_MEMORY, "memory", "service.memory"),
        (
            "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 4.00 GiB for an array with shape (2,)",
            1,
            CauseKind.OUT_OF_MEMORY,
            "memory",
            "service.memory",
        ),
        (MAIN_CLASS, 1, CauseKind.NOTEBOOK_CLASS, "LogPrices", "image.modules"),
        (TREE_DTYPE, 1, CauseKind.VERSION_MISMATCH, "other versions", "model.version"),
        (OLD_MODEL, 1, CauseKind.VERSION_MISMATCH, "other versions", "model.version"),
        (NUMPY_CORE, 1, CauseKind.VERSION_MISMATCH, "other versions", "model.version"),
        (IMPORT_CRASH, 1, CauseKind.MISSING_MODULE, "imblearn", "image.extra_requirements"),
        (LIBGOMP, 1, CauseKind.MISSING_LIBRARY, "libgomp.so.1", "install -y --no-install-recommends libgomp1"),
        (
            "python: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found",
            1,
            CauseKind.MISSING_LIBRARY,
            "GLIBC_2.38",
            "image.base",
        ),
        (
            "OSError: [Errno 30] Read-only file system: '/app/cache.json'",
            1,
            CauseKind.READ_ONLY,
            "/app/cache.json",
            "/tmp",
        ),
        (
            "PermissionError: [Errno 13] Permission denied: '/app/model/model.joblib'",
            1,
            CauseKind.PERMISSION_DENIED,
            "/app/model/model.joblib",
            "--chown",
        ),
        ("", 126, CauseKind.PERMISSION_DENIED, "may not use", "chmod"),
        (
            "OSError: [Errno 98] error while attempting to bind on address ('0.0.0.0', 80): address already in use",
            1,
            CauseKind.PORT_TAKEN,
            "in use",
            "another port",
        ),
        ("", 127, CauseKind.NO_COMMAND, "does not exist", "CMD"),
        (ORDINARY_CRASH, 1, CauseKind.CRASH, "Expecting value", "traceback"),
        ("bye", 3, CauseKind.EXITED, "exit code 3", "by hand"),
        ("bye", 0, CauseKind.EXITED, "exit code 0", "foreground"),
        ("", 139, CauseKind.EXITED, "signal 11", "by hand"),
        ("", -15, CauseKind.EXITED, "signal 15", "by hand"),
    ],
)  # fmt: skip
def test_a_cause_is_recognised_by_what_it_leaves(
    logs: str, exit_code: int | None, kind: CauseKind, title: str, fix: str
) -> None:
    found = cause(logs, exit_code)
    assert found.kind is kind
    assert title in found.title
    assert fix in found.fix
    assert found.why.endswith((".", "!"))


@pytest.mark.parametrize("exit_code", [137, -9])
def test_a_kill_without_the_kernels_word_is_memory_too_and_says_how_it_is_known(exit_code: int) -> None:
    found = cause("", exit_code, memory_limit=256 * MIB)
    assert found.kind is CauseKind.OUT_OF_MEMORY
    assert "signal 9" in found.why and "256 MiB" in found.why
    assert "512 MiB instead of 256 MiB" in found.fix


def test_the_kernels_word_on_memory_outweighs_what_the_log_says() -> None:
    assert cause(IMPORT_CRASH, 1, oom=True).kind is CauseKind.OUT_OF_MEMORY


def test_listening_on_loopback_is_told_from_not_listening() -> None:
    found = cause("Uvicorn running on http://127.0.0.1:8081", port=8081, listening=(Listener("127.0.0.1", 8081),))
    assert found.kind is CauseKind.WRONG_ADDRESS
    assert "127.0.0.1:8081" in found.title and "0.0.0.0:8081" in found.fix
    assert found.evidence[0].line == 1


def test_the_ipv6_loopback_is_loopback() -> None:
    assert cause(port=8081, listening=(Listener("::1", 8081),)).title.startswith("The service listens on [::1]:8081")


def test_listening_on_another_port_names_both_ports() -> None:
    found = cause(port=8081, listening=(Listener("0.0.0.0", 5000),))
    assert found.kind is CauseKind.WRONG_PORT
    assert "5000" in found.title and "PORT=8081" in found.title and "os.environ" in found.fix


def test_the_right_socket_among_others_is_no_wrong_port() -> None:
    seen = (Listener("0.0.0.0", 9090), Listener("::", 8081))
    assert cause(port=8081, listening=seen, waited=240).kind is CauseKind.NOT_LISTENING


def test_what_a_running_service_listens_on_outweighs_old_log_lines() -> None:
    assert (
        cause(IMPORT_CRASH, None, port=8081, listening=(Listener("127.0.0.1", 8081),)).kind is CauseKind.WRONG_ADDRESS
    )


def test_a_server_whose_workers_crash_is_explained_by_their_log() -> None:
    assert cause(IMPORT_CRASH, None, port=8081, listening=()).kind is CauseKind.MISSING_MODULE


def test_still_busy_when_time_is_over_is_a_slow_load() -> None:
    found = cause("loading model", port=8081, listening=(), waited=240.0, loading=True)
    assert found.kind is CauseKind.SLOW_LOAD and "240 s" in found.title


def test_idle_and_deaf_is_not_listening() -> None:
    found = cause("ready", port=8081, listening=(), waited=240.0)
    assert found.kind is CauseKind.NOT_LISTENING and "8081" in found.title and "no port at all" in found.why


def test_an_image_for_another_processor_is_known_even_without_a_log() -> None:
    found = cause("", 1, image_platform="linux/arm64/v8", host_platform="linux/amd64")
    assert found.kind is CauseKind.WRONG_ARCHITECTURE and "linux/arm64/v8" in found.why


def test_a_variant_of_the_same_processor_is_not_another_one() -> None:
    assert cause("", 1, image_platform="linux/amd64/v2", host_platform="linux/amd64").kind is CauseKind.EXITED


def test_a_version_warning_alone_explains_no_exit() -> None:
    assert cause(OLD_MODEL.splitlines()[0], 1).kind is CauseKind.EXITED


def test_the_persons_own_file_is_named_rather_than_the_library_it_failed_in() -> None:
    found = cause(ORDINARY_CRASH, 1)
    assert "handler.py, line 7" in found.why
    assert [one.line for one in found.evidence] == [2, 6]


def test_a_traceback_inside_a_json_log_line_is_read() -> None:
    line = json.dumps({"severity": "CRITICAL", "message": "the model could not be loaded", "exception": MAIN_CLASS})
    found = recognise(["{}", line], 1, False)
    assert found is not None and found.kind is CauseKind.NOTEBOOK_CLASS
    assert found.evidence[0].line == 2 and "LogPrices" in str(found.evidence[0])


def test_a_server_that_gives_up_in_one_critical_line_is_quoted() -> None:
    message = "Could not predict the example: ValueError: could not convert string to float: 'x'"
    where = "ValueError in /app/handler.py:20"
    found = cause(json.dumps({"severity": "CRITICAL", "message": message, "where": where}), 1)
    assert found.kind is CauseKind.CRASH
    assert message in found.title and where in found.title


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (
            "AttributeError: Can't get attribute 'LogPrices' on <module '__main__' from 'server.py'>",
            CauseKind.NOTEBOOK_CLASS,
        ),
        ("ModuleNotFoundError: No module named 'imblearn'", CauseKind.MISSING_MODULE),
        ("OSError: libgomp.so.1: cannot open shared object file: No such file or directory", CauseKind.MISSING_LIBRARY),
        ("ValueError: node array from the pickle has an incompatible dtype:", CauseKind.VERSION_MISMATCH),
    ],
)
def test_the_cause_inside_a_critical_line_is_recognised(error: str, kind: CauseKind) -> None:
    line = json.dumps({"severity": "CRITICAL", "message": f"Could not load model.joblib: {error}"})
    assert cause(line, 1).kind is kind


def test_nothing_seen_is_nothing_known() -> None:
    assert recognise([], None, False) is None


@given(
    logs=st.lists(
        st.one_of(
            st.text(), st.sampled_from([*MAIN_CLASS.splitlines(), *OLD_MODEL.splitlines(), "{", '{"message": 1}'])
        )
    ),
    exit_code=st.none() | st.integers(-64, 255),
    oom=st.booleans(),
)
def test_any_log_is_survived_and_every_exit_explained(logs: list[str], exit_code: int | None, oom: bool) -> None:
    found = recognise(logs, exit_code, oom, Facts(port=8081, listening=(), waited=1.0))
    assert found is not None and found.title and found.why and found.fix
    assert all(1 <= one.line <= len(logs) for one in found.evidence)
