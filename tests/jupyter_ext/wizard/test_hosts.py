from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_ext.hosts import Host, host, may_ask

FROM_A_PAGE = "3f0e4c1e-8a1c-4a57-9f43-0a0b6d2d6f11"
FROM_PYTHON = "8c9d2f31-5a6ee0d5a8d2f2bb2a1c0c6e_4711_12"


def shell(request: str, names: dict[str, Any] | None = None, allow_stdin: bool = True) -> Any:
    parent = {"header": {"msg_id": request}}
    kernel = SimpleNamespace(get_parent=lambda _channel: parent, _allow_stdin=allow_stdin)
    return SimpleNamespace(kernel=kernel, user_ns=names or {})


@pytest.mark.parametrize(
    ("request_id", "names", "environment", "expected"),
    [
        (FROM_A_PAGE, {}, {"JPY_SESSION_NAME": "/home/ada/lesson.ipynb"}, Host.JUPYTER),
        (FROM_A_PAGE, {}, {}, Host.JUPYTER),
        (
            FROM_PYTHON,
            {},
            {"JPY_SESSION_NAME": "/home/ada/lesson.ipynb"},
            Host.JUPYTER,
        ),  # the server runs the cells itself
        (FROM_PYTHON, {}, {"JPY_PARENT_PID": "4711"}, Host.HEADLESS),
        (FROM_A_PAGE, {"__vsc_ipynb_file__": "/home/ada/lesson.ipynb"}, {}, Host.VSCODE),
        (FROM_A_PAGE, {}, {"VSCODE_PID": "1"}, Host.VSCODE),
        (FROM_A_PAGE, {}, {"VSCODE_PID": "1", "JPY_SESSION_NAME": "a.ipynb"}, Host.JUPYTER),  # begun in its terminal
        (FROM_A_PAGE, {}, {"COLAB_RELEASE_TAG": "release-colab"}, Host.COLAB),
    ],
)
def test_the_host_is_told_by_what_it_leaves_in_the_kernel(
    request_id: str, names: dict[str, Any], environment: dict[str, str], expected: Host
) -> None:
    assert host(shell(request_id, names), environment) is expected


def test_without_a_kernel_it_is_a_terminal() -> None:
    assert host(None, {}) is Host.TERMINAL
    assert host(SimpleNamespace(user_ns={}), {}) is Host.TERMINAL


def test_nobody_is_asked_where_the_kernel_may_not() -> None:
    assert may_ask(shell(FROM_A_PAGE))
    assert not may_ask(shell(FROM_PYTHON, allow_stdin=False))
