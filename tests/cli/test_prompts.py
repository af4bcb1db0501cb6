"""The wizard at plain prompts, typed into a real terminal that understands text alone."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import SENDOFF

MODEL = Path(__file__).parents[2] / "examples" / "housing" / "model.pkl"
PROMPT = r"(?:^|\n)> $"
QUESTION = r": $"

pytestmark = pytest.mark.index  # the wizard asks it when the model's packages came out


class Typist:
    """`sendoff` on a terminal, and somebody who types."""

    def __init__(self, folder: Path, *arguments: str, term: str = "dumb", **environment: str) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if name != "CI"}
        self.terminal = pexpect.spawn(
            SENDOFF,
            list(arguments),
            cwd=folder,
            env={**kept, "TERM": term, "SENDOFF_HOME": str(folder / "home"), **environment},
            encoding="utf-8",
            dimensions=(50, 100),
            timeout=120,
            # Who runs the tests under nohup has SIGHUP ignored in every child; a person's shell has not.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        self.seen = ""

    def until(self, pattern: str) -> str:
        """What came up to the pattern."""
        self.terminal.expect(pattern)
        new = str(self.terminal.before) + str(self.terminal.after)
        self.seen += new
        return new.replace("\r\n", "\n")

    def type(self, text: str = "", then: str = PROMPT) -> str:
        self.terminal.sendline(text)
        return self.until(then)

    def end(self) -> int:
        """Its exit status, once it has ended."""
        self.terminal.expect(pexpect.EOF)
        self.seen += str(self.terminal.before)
        self.terminal.close()
        return int(self.terminal.exitstatus if self.terminal.exitstatus is not None else -self.terminal.signalstatus)

    def stop(self) -> None:
        self.terminal.close(force=True)


SitDown = Callable[..., Typist]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = tmp_path / "houses"
    project.mkdir()
    shutil.copy(MODEL, project)
    return project


@pytest.fixture
def typists(folder: Path) -> Iterator[list[Typist]]:
    open_ones: list[Typist] = []
    yield open_ones
    for typist in open_ones:
        typist.stop()


@pytest.fixture
def sit_down(folder: Path, typists: list[Typist]) -> SitDown:
    """Starts the command and hands back who sits before it."""

    def start(*arguments: str, **options: str) -> Typist:
        typists.append(Typist(folder, *arguments, **options))
        return typists[-1]

    return start


def steps_of(text: str) -> list[str]:
    return re.findall(r"== (\w[\w ]*) \(\d of \d\)", text)


def test_the_whole_wizard_to_a_written_plan_forth_and_back_with_wrong_answers(folder: Path, sit_down: SitDown) -> None:
    me = sit_down()
    assert "Ctrl-D" in me.until(QUESTION)
    wrong = me.type("nothing.pkl", QUESTION)
    assert "There is no file" in wrong
    assert "→" in wrong
    assert "scikit-learn" in me.type("model.pkl")
    assert steps_of(me.type()) == ["Serving"]
    assert steps_of(me.type()) == ["Image"]
    assert steps_of(me.type()) == ["Where to"]
    assert steps_of(me.type("b")) == ["Image"]
    assert steps_of(me.type()) == ["Where to"]
    assert "local" in me.type("1", QUESTION)
    me.type("local")
    me.type("2", QUESTION)
    assert "nowhere" in me.type("nowhere", QUESTION)
    assert "process" in me.type("process")
    settings = me.type()
    assert steps_of(settings) == ["Settings"]
    number = re.search(r"(\d+)  Memory", settings)
    assert number is not None
    assert "512Mi" in me.type(number[1], QUESTION)
    refused = me.type("lots", QUESTION)
    assert "✗" in refused
    assert "→" in refused
    assert "1Gi" in me.type("1Gi")
    review = me.type()
    assert steps_of(review) == ["Review"]
    assert "1Gi [person]" in review
    assert "What will be done" in review
    assert "pip compile" in me.type("h")
    assert "sendoff.yaml" in me.type("w", r"The plan is in \S+")
    assert me.end() == 0
    written = (folder / "sendoff.yaml").read_text()
    assert "memory: 1Gi" in written
    assert "runtime: process" in written
    assert "\x1b" not in me.seen
    assert not (folder / ".sendoff" / "draft.json").exists()


def test_a_question_mark_explains_and_h_tells_what_one_would_type(sit_down: SitDown) -> None:
    me = sit_down("model.pkl")
    assert steps_of(me.until(PROMPT)) == ["Model"]
    me.type()
    assert "FastAPI answers fastest" in me.type("?")
    me.type("1", QUESTION)
    assert "Enter leaves it as it is" in me.type("?", QUESTION)
    me.type("<")
    assert steps_of(me.type()) == ["Image"]
    assert "docker" in me.type("h")
    few = me.type("a")
    assert "As of" in few or "rarely" not in few


def test_what_was_typed_wrong_at_the_list_is_said_and_nothing_happens(sit_down: SitDown) -> None:
    me = sit_down("model.pkl")
    me.until(PROMPT)
    for nonsense in ("99", "0", "-1", "no such thing", "é\u0301"):
        assert "Type a number" in me.type(nonsense)
    me.terminal.send(b"\xff\xfe\n".decode("latin-1"))
    assert "Type a number" in me.until(PROMPT)


@pytest.mark.parametrize("how", ["end of input", "Ctrl-C", "q", "closed terminal"])
def test_who_leaves_finds_the_answers_again(folder: Path, sit_down: SitDown, how: str) -> None:
    me = sit_down("model.pkl")
    me.until(PROMPT)
    me.type()
    me.type("3", QUESTION)
    me.type("32")
    match how:
        case "end of input":
            me.terminal.sendeof()
        case "Ctrl-C":
            me.terminal.sendintr()
        case "q":
            me.terminal.sendline("q")
        case "closed terminal":
            draft = folder / ".sendoff" / "draft.json"
            me.terminal.sendline()  # the answers are written behind one's back: at the next step they surely are
            me.until("Image")
            assert '"32"' in draft.read_text()
            me.terminal.close(force=False)
    if how != "closed terminal":
        assert me.end() == (130 if how == "Ctrl-C" else 0)
        assert "sendoff resume goes on here" in me.seen
        assert "\x1b" not in me.seen
    again = sit_down("resume")
    taken_up = again.until(PROMPT)
    if how == "closed terminal":
        assert steps_of(taken_up) == ["Image"]
        taken_up = again.type("b")
    assert steps_of(taken_up) == ["Serving"]
    assert re.search(r"Rows predicted together +32", taken_up)


def test_a_draft_is_taken_up_from_another_folder_too(folder: Path, tmp_path: Path, sit_down: SitDown) -> None:
    me = sit_down("model.pkl", SENDOFF_HOME=str(tmp_path / "home"))
    me.until(PROMPT)
    me.type()
    me.terminal.sendeof()
    assert me.end() == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    there = Typist(elsewhere, "resume", SENDOFF_HOME=str(tmp_path / "home"))
    try:
        assert steps_of(there.until(PROMPT)) == ["Serving"]
    finally:
        there.stop()


def test_who_leaves_before_a_model_is_chosen_leaves_nothing_behind(folder: Path, sit_down: SitDown) -> None:
    me = sit_down()
    me.until(QUESTION)
    me.terminal.sendeof()
    assert me.end() == 0
    assert "resume" not in me.seen
    assert not (folder / ".sendoff").exists()


def test_a_plan_opens_at_its_review_and_what_is_there_is_kept_unasked(folder: Path, sit_down: SitDown) -> None:
    subprocess.run([SENDOFF, "plan", "model.pkl", "--set", "service.memory=2Gi"], cwd=folder, check=True)
    me = sit_down("sendoff.yaml")
    review = me.until(PROMPT)
    assert steps_of(review) == ["Review"]
    assert "2Gi [person]" in review
    me.type("3")
    me.terminal.sendline("q")
    assert me.end() == 0
    assert "2Gi" in (folder / "sendoff.yaml").read_text()


def test_another_plan_is_replaced_only_with_a_yes(folder: Path, sit_down: SitDown) -> None:
    (folder / "sendoff.yaml").write_text("precious: true\n")
    me = sit_down("model.pkl")
    screen = me.until(PROMPT)
    while "What will be done" not in screen:
        screen = me.type()
    assert "y or n" in me.type("w", QUESTION)
    me.type("")
    assert (folder / "sendoff.yaml").read_text() == "precious: true\n"
    me.type("w", QUESTION)
    me.type("y", r"The plan is in \S+")
    assert me.end() == 0
    assert "precious" not in (folder / "sendoff.yaml").read_text()


@pytest.mark.parametrize(
    ("term", "environment", "arguments"),
    [("", {}, ()), ("xterm-256color", {"CI": "1"}, ()), ("xterm-256color", {}, ("--plain",))],
)
def test_plain_prompts_come_where_screens_would_not_do(
    sit_down: SitDown,
    term: str,
    environment: dict[str, str],
    arguments: tuple[str, ...],
) -> None:
    me = sit_down(*arguments, "model.pkl", term=term, **environment)
    assert steps_of(me.until(PROMPT)) == ["Model"]
    me.terminal.sendeof()
    me.end()
    assert "\x1b" not in me.seen


def test_errors_have_no_escape_sequence_either(sit_down: SitDown) -> None:
    (me := sit_down("resume")).end()
    assert "✗ Nothing was left to take up." in me.seen
    assert "\x1b" not in me.seen


def test_without_a_terminal_nothing_is_asked_and_the_command_that_does_not_is_named(folder: Path) -> None:
    environment = {**os.environ, "SENDOFF_HOME": str(folder / "home")}
    for arguments in (["model.pkl"], ["model.pkl", "--plain"]):
        answer = subprocess.run(
            [SENDOFF, *arguments], cwd=folder, env=environment, input="", capture_output=True, text=True, timeout=120
        )
        assert answer.returncode == 1
        assert "sendoff up model.pkl --yes" in answer.stderr
        assert "\x1b" not in answer.stdout + answer.stderr


def test_a_run_whose_terminal_is_closed_is_taken_up(folder: Path, sit_down: SitDown) -> None:
    name = "closed-terminal"
    settings = ["--set", "target.runtime=process", "--set", f"service.name={name}"]
    subprocess.run([SENDOFF, "plan", "model.pkl", *settings], cwd=folder, check=True, capture_output=True)
    me = sit_down("sendoff.yaml")
    me.until(PROMPT)
    me.type("", "==> Write the bundle")
    os.kill(me.terminal.pid, signal.SIGHUP)  # as the system does when the terminal's window is closed
    assert me.end() == -signal.SIGHUP
    assert "\x1b" not in me.seen
    try:
        again = sit_down("resume")
        again.until("is cut off|was cut off")
        again.until(rf"{name} answers at http://127\.0\.0\.1:\d+")
        assert again.end() == 0
        assert "unchanged" in again.seen
        assert "\x1b" not in again.seen
        nothing = sit_down("resume")
        nothing.end()
        assert "Nothing was left to take up" in nothing.seen
    finally:
        environment = {**os.environ, "SENDOFF_HOME": str(folder / "home")}
        subprocess.run([SENDOFF, "down", name, "--yes"], cwd=folder, env=environment, check=True, capture_output=True)
