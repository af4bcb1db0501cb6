"""Tab after the magic: options, fitted models, files, targets, settings; wherever the magic stands in the line."""

from pathlib import Path

import pytest

from tests.jupyter_ext.magics.shell import Shell


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("%sendoff hou", ["%sendoff house"]),
        ("w = %sendoff hou", ["w = %sendoff house"]),
        ("%%sendoff hou", ["%%sendoff house"]),
        ("%sendoff house --sa", ["%sendoff house --sample"]),
        ("%sendoff house --sample ro", ["%sendoff house --sample rows"]),
        ("%sendoff house --target w", ["%sendoff house --target workshop"]),
        ("%sendoff house --set service.mem", ["%sendoff house --set service.memory="]),
        ("%sendoff pric", ["%sendoff prices/"]),
        ("%sendoff prices/", ["%sendoff prices/rent.pkl", "%sendoff prices/sendoff.yaml"]),
        ("%sendoff house --folder pri", ["%sendoff house --folder prices/"]),
        ("%sendoff unfi", []),
    ],
)
def test_what_is_begun_can_be_finished(shell: Shell, folder: Path, line: str, offered: list[str]) -> None:
    (folder / "prices").mkdir()
    for name in ("rent.pkl", "sendoff.yaml", "notes.txt", ".hidden.pkl"):
        (folder / "prices" / name).touch()
    assert shell.completed(line) == offered


def test_after_the_magic_models_come_first_then_files_then_options(shell: Shell, folder: Path) -> None:
    (folder / "rent.pkl").touch()
    offered = [line.removeprefix("%sendoff ") for line in shell.completed("%sendoff ")]
    assert offered[:3] == ["house", "rent.pkl", "--sample"]
    assert "unfitted" not in offered and "rows" not in offered


def test_an_option_that_was_said_is_not_offered_again_but_for_set(shell: Shell) -> None:
    offered = shell.completed("%sendoff house --wait --set a.b=c --")
    assert not any(line.endswith("--wait") for line in offered)
    assert any(line.endswith("--set") for line in offered)


def test_settings_of_the_cloud_are_offered_where_the_target_is_not_this_machine(shell: Shell) -> None:
    assert shell.completed("%sendoff house --target cloud_run --set target.proj")
    assert not shell.completed("%sendoff house --target local --set target.proj")


def test_other_lines_are_left_to_the_shell(shell: Shell) -> None:
    assert "house" in shell.completed("hou")
    assert shell.completed("sendoff_like = hou") == ["sendoff_like = house"]
