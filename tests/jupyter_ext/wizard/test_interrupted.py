from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_ext.record.interrupted import interrupted
from jupyter_ext.result import NotDeployedError

MAY_ASK: Any = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=True))
MAY_NOT: Any = SimpleNamespace(kernel=SimpleNamespace(_allow_stdin=False))


class Run:
    def __init__(self, cancelling: bool = False) -> None:
        self.cancelling = cancelling

    def cancel(self) -> None:
        self.cancelling = True


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    def answer_with(reply: Any) -> None:
        def typed(_question: str) -> str:
            if isinstance(reply, str):
                return reply
            raise reply

        monkeypatch.setattr("builtins.input", typed)

    return answer_with


@pytest.mark.parametrize("reply", ["y", " Yes ", "stop", KeyboardInterrupt()])
def test_yes_and_a_second_interrupt_stop_the_run(reply: Any, answer: Callable[[Any], None]) -> None:
    answer(reply)
    run: Any = Run()
    interrupted(run, MAY_ASK)
    assert run.cancelling


@pytest.mark.parametrize("reply", ["n", "", "perhaps", EOFError(), NotImplementedError()])
def test_anything_else_lets_it_go_on_and_says_how_it_is_stopped(reply: Any, answer: Callable[[Any], None]) -> None:
    answer(reply)
    run: Any = Run()
    with pytest.raises(NotDeployedError, match="in the background") as caught:
        interrupted(run, MAY_ASK)
    assert "w.cancel()" in caught.value.fix
    assert not run.cancelling


def test_where_nobody_can_be_asked_nobody_is(answer: Callable[[Any], None]) -> None:
    answer(AssertionError("asked"))
    with pytest.raises(NotDeployedError):
        interrupted(Run(), MAY_NOT)  # type: ignore[arg-type]  # all of a run that is looked at


def test_a_run_that_is_stopping_is_not_asked_about_again(answer: Callable[[Any], None]) -> None:
    answer(AssertionError("asked"))
    with pytest.raises(NotDeployedError, match="being stopped"):
        interrupted(Run(cancelling=True), MAY_ASK)  # type: ignore[arg-type]  # all of a run that is looked at
