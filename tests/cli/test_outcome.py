"""How commands end: three-part errors, true exit statuses, JSON with stable keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Sendoff = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize(
    ("arguments", "says", "fix"),
    [
        (["inspect", "nowhere.pkl"], "nowhere.pkl", "→"),
        (["inspect", "."], "folder", "→"),
        (["inspect", "notes.txt"], "notes.txt", "→"),
        (["inspect", "empty.pkl"], "empty", "→"),
        (["plan", "notes.txt"], "notes.txt", "→"),
        (["up", "nowhere.pkl"], "nowhere.pkl", "→"),
        (["up", "nowhere.yaml"], "no plan", "sendoff plan MODEL"),
        (["bundle", "notes.txt"], "notes.txt", "→"),
        (["build", "broken.yaml"], "not valid YAML", "→"),
        (["status", "nobody"], "no service 'nobody'", "sendoff up"),
        (["logs", "nobody"], "no service 'nobody'", "sendoff up"),
        (["predict", "nobody"], "no service 'nobody'", "sendoff up"),
        (["predict"], "No service was released from here", "sendoff up"),
        (["down", "nobody", "--yes"], "no service 'nobody'", "sendoff up"),
        (["plan", "notes.txt", "--set", "service.memry=1Gi"], "no field service.memry", "service.memory"),
        (["plan", "notes.txt", "--set", "service.memory"], "sets nothing", "service.memory=VALUE"),
    ],
)
def test_bad_input_gives_what_and_fix_and_never_a_traceback(
    sendoff: Sendoff, tmp_path: Path, arguments: list[str], says: str, fix: str
) -> None:
    (tmp_path / "notes.txt").write_text("These are my notes.\n" * 3)
    (tmp_path / "empty.pkl").write_bytes(b"")
    (tmp_path / "broken.yaml").write_text("model: [\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    answer = sendoff(*arguments)
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert says in " ".join(answer.stderr.split())
    assert fix in answer.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name not in {"home", ".sendoff"}) == before


@pytest.mark.parametrize("arguments", [["inspect", "nowhere.pkl"], ["up", "nowhere.yaml"], ["predict", "nobody"]])
def test_with_json_an_error_is_a_document_on_standard_output(sendoff: Sendoff, arguments: list[str]) -> None:
    answer = sendoff(*arguments, "--json")
    assert answer.returncode == 1
    document = json.loads(answer.stdout.splitlines()[-1])
    assert document["ok"] is False
    assert set(document["error"]) >= {"code", "what", "why", "fix", "evidence", "stage"}


def test_an_unknown_command_is_answered_with_the_nearest_one(sendoff: Sendoff) -> None:
    answer = sendoff("inspct")
    assert answer.returncode == 2
    assert "Did you mean 'inspect'?" in answer.stderr


def test_status_of_a_machine_without_services_says_how_to_start_one(sendoff: Sendoff) -> None:
    answer = sendoff("status")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "sendoff up model.pkl" in answer.stdout
    assert json.loads(sendoff("status", "--json").stdout) == {"ok": True, "services": []}


def test_the_doctor_has_a_fix_for_whatever_is_missing(sendoff: Sendoff) -> None:
    answer = sendoff("doctor", "--json")
    findings = json.loads(answer.stdout)["findings"]
    assert {finding["name"] for finding in findings} == {
        "python",
        "uv",
        "engine",
        "registry login",
        "cloud credentials",
        "disk",
    }
    assert all(finding["fix"] for finding in findings if finding["verdict"] != "ok")
    assert answer.returncode == 0


def test_help_and_version_answer(sendoff: Sendoff) -> None:
    assert "inspect" in sendoff("--help").stdout
    assert sendoff("--version").stdout.startswith("sendoff 0.")
