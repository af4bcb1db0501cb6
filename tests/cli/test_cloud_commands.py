"""What a person sees on the way to a cloud: the plan's summary, plans met again, the question about the repository, the bill."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from wizard.cli.model import plan_for
from wizard.cli.outcome import fold
from wizard.cli.walk import only_lacks_repository, walk
from wizard.errors import PlanError
from wizard.plan import load_plan
from wizard.targets.cloud_run.preflight import PreflightError
from wizard.targets.cloud_run.preflight_finding import REPOSITORY, Finding, Verdict

Sendoff = Callable[..., CompletedProcess[str]]

CLOUD = ["target.kind=cloud_run", "target.project=my-project"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.pkl"
    joblib.dump(LinearRegression().fit(np.array([[0.0], [1.0]]), np.array([1.0, 3.0])), path)
    return path


def test_the_summary_of_a_plan_for_a_cloud_says_where_it_goes_and_who_may_call(sendoff: Sendoff, model: Path) -> None:
    answer = sendoff("plan", model.name, "--target", "cloud_run", "--project", "my-project", "--region", "europe-west1")
    assert answer.returncode == 0, answer.stderr
    rows = dict(re.findall(r"^  (\S+\.\S+) {2,}(\S.*)$", answer.stdout, re.MULTILINE))
    assert rows["target.project"] == "my-project"
    assert rows["target.region"] == "europe-west1"
    assert rows["target.access"] == "private"
    assert rows["target.max_instances"].isdecimal()
    assert rows["serving.batching"] in {"true", "false"}  # as the plan's file has it
    assert "target.endpoint" not in rows
    assert "Written to sendoff.yaml. Next: sendoff up sendoff.yaml" in answer.stdout


def test_the_same_command_again_follows_the_plan_it_wrote(model: Path) -> None:
    path = plan_for(model, [*CLOUD, "service.memory=1Gi"], yes=True, as_json=True)
    path.write_text(path.read_text().replace("concurrency: 32", "concurrency: 16"))  # a change by hand
    assert plan_for(model, [*CLOUD, "service.memory=1Gi"], yes=False, as_json=True) == path
    assert plan_for(model, [], yes=False, as_json=True) == path
    assert load_plan(path).service.concurrency == 16


def test_another_plan_is_not_replaced_unasked_and_the_difference_is_named(model: Path) -> None:
    path = plan_for(model, [], yes=True, as_json=True)
    before = path.read_text()
    with pytest.raises(PlanError) as refused:
        plan_for(model, CLOUD, yes=False, as_json=True)
    assert "target.kind: local, not cloud_run" in refused.value.why
    assert "--yes" in refused.value.fix
    assert path.read_text() == before


def test_options_that_a_written_plan_would_not_heed_are_refused_by_name(model: Path) -> None:
    path = plan_for(model, [], yes=True, as_json=True)
    with pytest.raises(PlanError, match="--target") as refused:
        plan_for(path, CLOUD, yes=False, as_json=True)
    assert "sendoff plan MODEL" in refused.value.fix


def test_options_for_a_plan_that_is_not_there_are_answered_with_how_to_make_one(sendoff: Sendoff) -> None:
    answer = sendoff("up", "--target", "cloud_run", "--project", "my-project")
    assert answer.returncode == 1
    assert "no plan" in answer.stderr
    assert "sendoff plan MODEL" in answer.stderr


def test_the_bill_fits_the_screen_and_a_short_time_is_told_in_milliseconds(sendoff: Sendoff, model: Path) -> None:
    plan_for(model, CLOUD, yes=True, as_json=True)
    shown = sendoff("cost", "--seconds", "0.000081").stdout
    assert "A request takes 0.081 ms (as given)." in shown
    assert max(map(len, shown.splitlines())) <= 100
    here = re.search(r"a month +(\S+) USD", shown)
    assert here is not None
    others = re.findall(r"^ +(\d+\.\d\d) USD  \w", shown, re.MULTILINE)
    assert others  # what costs the same is no other way
    assert here[1] not in others


def test_a_command_in_an_error_stays_on_one_line_and_sentences_are_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    command = (
        "gcloud projects add-iam-policy-binding my-project --member=user:ada@example.com --role=roles/run.developer"
    )
    lines = fold(f"{command}\nThen {'go on ' * 20}.", "  → ", "    ").splitlines()
    assert lines[0] == f"  → {command}"
    assert all(len(line) < 60 for line in lines[1:])


@pytest.mark.parametrize("group", [[], ["workshop"], ["workshop", "fault"]])
def test_no_sentence_of_the_help_is_cut_on_a_narrow_terminal(sendoff: Sendoff, group: list[str]) -> None:
    shown = sendoff(*group, "--help").stdout.partition("Options:")[2]
    assert "..." not in shown


@pytest.mark.engine
def test_the_local_cloud_run_gets_its_repository_without_asking(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from wizard.workshop.workshop import Workshop

    with Workshop(model.parent / "workshop") as workshop:
        plan = plan_for(
            model,
            ["target.kind=cloud_run", "target.project=demo-project", f"target.endpoint={workshop.addresses.endpoint}"],
            yes=True,
            as_json=True,
        )
        walk(plan, "preflight", frozenset(), as_json=False)
    shown = capsys.readouterr().out
    assert "It was made just now." in shown
    assert shown.count("It was made just now.") == 1  # nothing is said twice


def test_it_is_asked_about_the_repository_only_where_nothing_else_stands_in_the_way() -> None:
    repository = Finding(REPOSITORY, Verdict.MISSING, "There is no repository sendoff in europe-west1.")
    api = Finding("APIs", Verdict.MISSING, "run.googleapis.com is not enabled.")
    assert only_lacks_repository(PreflightError([repository], [repository])) == repository.found
    assert only_lacks_repository(PreflightError([api, repository], [api, repository])) == ""
    assert only_lacks_repository(PlanError("Something else.")) == ""
    assert only_lacks_repository(None) == ""
