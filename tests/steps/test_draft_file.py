"""The draft on disk, written in the background."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from wizard.steps.deploy.draft_file import DraftFile, draft_path_of, read_draft_file


def writers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "draft"]


def test_its_thread_ends_where_nobody_answers_and_the_next_answer_is_kept_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    plan, before = tmp_path / "sendoff.yaml", writers()
    draft = DraftFile(idle=0.05)
    draft.keep(plan, {"session": {"values": {"a": "1"}}})
    for thread in writers():
        if thread not in before:
            thread.join(20)
            assert not thread.is_alive()
    draft.keep(plan, {"session": {"values": {"a": "2"}}})
    draft.close()
    assert read_draft_file(draft_path_of(plan))["session"]["values"] == {"a": "2"}
