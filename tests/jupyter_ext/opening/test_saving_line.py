"""The line that says how far a big model is: for whoever waits longer than a moment, and for nobody else."""

import pytest

from jupyter_ext.hosts import Host
from jupyter_ext.opening.saving_line import SavingLine, saving_shown
from wizard.events import Reporter


class Watch:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_said_of_what_is_saved_in_a_moment() -> None:
    said: list[str] = []
    line = SavingLine(said.append, Watch())
    Reporter("capture", line.heard).progress(800, 1000, unit="bytes", what="saving")
    line.saved()
    assert said == []


def test_bytes_and_seconds_are_told_as_they_grow_but_not_at_every_word() -> None:
    said: list[str] = []
    watch = Watch()
    line = SavingLine(said.append, watch)
    reporter = Reporter("capture", line.heard)
    for done in range(1, 201):
        watch.now = done / 10
        reporter.progress(done * 10**7, 2 * 10**9, unit="bytes", what="saving")
    assert "Saving the model: 1.0 GB of 2.0 GB · 10 s" in said
    assert len(said) < 80
    watch.now = 22.0
    reporter.progress(5 * 10**8, 2 * 10**9, unit="bytes", what="checksum")
    watch.now = 24.0
    reporter.progress(0, 64, unit="rows", what="asking the live model")
    line.saved()
    assert said[-3:] == [
        "Reading the saved model back: 500 MB of 2.0 GB · 22 s",
        "Asking the model for its answers · 24 s",
        "The model was saved: 2.0 GB in 24 s.",
    ]


def test_the_line_is_gone_where_an_error_is_said_instead() -> None:
    said: list[str] = []
    watch = Watch()
    line = SavingLine(said.append, watch)
    watch.now = 3.0
    Reporter("capture", line.heard).progress(1, 2, unit="bytes", what="saving")
    line.gone()
    assert said[-1] == ""


def test_a_script_whose_errors_go_to_a_file_gets_no_line_in_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_ext.opening.saving_line.QUIET", 0.0)
    with saving_shown(Host.TERMINAL) as reporter:
        reporter.progress(1, 2, unit="bytes", what="saving")
    assert capsys.readouterr() == ("", "")
