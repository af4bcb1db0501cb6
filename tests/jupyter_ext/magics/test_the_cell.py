"""`%%sendoff` with a plan in YAML: what it says is chosen, what it leaves out is proposed, all of it goes into sendoff.yaml."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.jupyter_ext.magics.shell import Shell
from wizard.plan import Source, load_plan

MEMORY = "service:\n  memory: 1Gi"


def test_what_it_says_is_chosen_and_the_rest_is_proposed(shell: Shell, folder: Path) -> None:
    ran = shell.run(f"%%sendoff --sample rows\nmodel:\n  path: {{house}}\n{MEMORY}\n  env:\n    LOG: debug\n")
    assert ran.error is None, ran.text
    plan = load_plan(folder / "house" / "sendoff.yaml")
    assert (plan.service.memory, plan.service.env, plan.service.name) == (1024**3, {"LOG": "debug"}, "house")
    origins = {path: plan.sources[path].source for path in ("service.memory", "service.cpu", "image.requirements")}
    assert origins == {
        "service.memory": Source.PERSON,
        "service.cpu": Source.HOUSE,
        "image.requirements": Source.FILE,
    }
    assert ran.result.deploy.session.view().step.name == "review"
    assert ran.result.deploy.overwrites is None


@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("house", ""),
        ("", "model:\n  path: {house}\n"),
        ("", 'model:\n  path: "{house}"\n'),
        ("", "model: {path: {house}}\n"),
        ("", "model:\n  path: rent/rent.pkl\n"),
        ("rent/rent.pkl", ""),
    ],
)
def test_the_model_is_a_variable_or_a_file_named_in_the_line_or_in_the_plan(
    shell: Shell, folder: Path, line: str, model: str
) -> None:
    (folder / "rent").mkdir()
    shutil.copy(EXAMPLES / "housing" / "model.pkl", folder / "rent" / "rent.pkl")
    ran = shell.run(f"%%sendoff {line}\n{model}{MEMORY}\n")
    assert ran.error is None, ran.text
    name = "rent" if "rent" in line + model else "house"
    assert load_plan(folder / name / "sendoff.yaml").model.path == f"{name}.pkl"


def test_options_go_before_the_plan(shell: Shell, folder: Path) -> None:
    shell.run(f"%%sendoff house --folder out --set service.memory=2Gi\n{MEMORY}\n")
    assert load_plan(folder / "out" / "sendoff.yaml").service.memory == 2 * 1024**3


def test_run_again_the_cell_is_what_counts(shell: Shell, folder: Path) -> None:
    path = folder / "house" / "sendoff.yaml"
    shell.run(f"%%sendoff house --sample rows\n{MEMORY}\n  cpu: 2\n")
    first = path.stat().st_mtime_ns
    shell.run(f"%%sendoff house --sample rows\n{MEMORY}\n  cpu: 2\n")
    assert path.stat().st_mtime_ns == first
    shell.run("%%sendoff house --sample rows\nservice:\n  cpu: 2\n")
    plan = load_plan(path)
    assert (plan.service.memory, plan.service.cpu) == (512 * 1024**2, 2)


def test_a_plan_that_was_pasted_stays_what_it_was(shell: Shell, folder: Path) -> None:
    shell.run("%%sendoff house --sample rows\nservice:\n  cpu: 2\n")
    path = folder / "house" / "sendoff.yaml"
    before = load_plan(path)
    pasted = path.read_text().replace("path: house.pkl", "path: {house}")
    ran = shell.run(f"%%sendoff\n{pasted}")
    assert ran.error is None, ran.text
    after = load_plan(path)
    assert after.values() == before.values()
    assert after.sources["image.requirements"].source is Source.FILE
    assert after.sources["service.cpu"].source is Source.PERSON


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (
            "house\nservice:\n  memry: 1Gi\n",
            ["no field service.memry (line 3 of the cell)", "Did you mean service.memory?"],
        ),
        ("house\nservice:\n  memory: 1\n", ["service.memory cannot be 1 (line 3 of the cell)", "128Mi"]),
        ("house\nservce:\n  memory: 1Gi\n", ["no field servce.memory (line 3 of the cell)"]),
        ("house\nservice: 3\n", ["no field service (line 2 of the cell)"]),
        ("house\nservice: {memory: 1Gi\n", ["The cell is not valid YAML"]),
        ("house\njust words\n", ["The cell is not a plan."]),
        ("house\ntarget:\n  kind: clod_run\n", ["target.kind cannot be 'clod_run'", "Did you mean cloud_run?"]),
        ("house\ntarget:\n  kind: cloud_run\n", ["target.project is missing"]),
        ("house\nmodel:\n  path: {house}\n", ["The cell names two models."]),
        ("\nservice:\n  memory: 1Gi\n", ["The cell names no model."]),
        ("\nmodel:\n  path: {huose}\n", ["There is no variable huose.", "Did you mean house?"]),
        ("\nmodel:\n  path: nowhere.pkl\n", ["There is no file", "nowhere.pkl"]),
        ("\nmodel:\n  path: {unfitted}\n", ["unfitted is not fitted."]),
        ("house --smaple rows\nservice:\n  cpu: 1\n", ["no option --smaple"]),
        ("house --target workshop\nservice:\n  cpu: 1\n", ["No local Cloud Run is up."]),
    ],
)
def test_what_is_wrong_in_it_is_said_with_its_line(shell: Shell, folder: Path, cell: str, told: list[str]) -> None:
    ran = shell.run(f"%%sendoff {cell}")
    assert ran.error is None and ran.result is None
    for words in told:
        assert words in ran.text, ran.text
    assert "Traceback" not in ran.text
    assert not list(folder.glob("**/sendoff.yaml"))


def test_another_models_plan_is_replaced_only_where_that_was_said(shell: Shell, folder: Path) -> None:
    shell.run(f"%%sendoff house --folder out --name one.pkl\n{MEMORY}\n")
    path = folder / "out" / "sendoff.yaml"
    before = path.read_text()
    ran = shell.run(f"%%sendoff house --folder out --name two.pkl\n{MEMORY}\n")
    assert "is the plan of another model" in ran.text
    assert path.read_text() == before
    shell.run(f"%%sendoff house --folder out --name two.pkl --overwrite\n{MEMORY}\n")
    assert load_plan(path).model.path == "two.pkl"


def test_an_empty_cell_is_the_line_alone(shell: Shell, folder: Path) -> None:
    ran = shell.run("%%sendoff house\n\n")
    assert ran.result.deploy.session.view().step.name == "model"
