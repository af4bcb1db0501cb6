"""sendoff.yaml survives being read, written and edited; a wrong value is named with its line and the nearest right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import PlanError
from wizard.inspection.inspection import Inspection
from wizard.plan import Plan, Source, Surroundings, dump_plan, load_plan, parse_bytes, parse_plan, propose, save_plan
from wizard.plan.plan import MIB
from wizard.plan.quantities import format_bytes

HERE = Surroundings(python="3.11", project=Path("/models"), as_of="2024-12-10", as_of_why="Released then.")


@pytest.fixture
def plan(inspected: Callable[..., Inspection]) -> Plan:
    return propose(inspected(), HERE, {"service.env": {"REGION": "eu: west # one", "EMPTY": ""}})


def test_a_plan_is_the_same_after_writing_and_reading(plan: Plan) -> None:
    assert parse_plan(dump_plan(plan, "Plan for a test.")) == plan


def test_writing_twice_gives_the_same_text(plan: Plan) -> None:
    text = dump_plan(plan)
    assert dump_plan(parse_plan(text)) == text


def test_every_value_stands_below_its_reason(plan: Plan) -> None:
    text = dump_plan(plan)
    assert (
        "  # The file was saved by scikit-learn 1.5.2; another version may answer wrongly. [file]\n  version: " in text
    )


def test_a_value_changed_by_hand_becomes_the_persons_own(plan: Plan) -> None:
    edited = parse_plan(dump_plan(plan).replace("memory: 512Mi", "memory: 1Gi", 1))
    assert edited.service.memory == 1024 * MIB
    assert edited.sources["service.memory"].source is Source.PERSON
    assert edited.sources["service.cpu"].source is Source.HOUSE


def test_a_plan_written_by_hand_needs_only_what_has_no_default() -> None:
    text = "model: {path: m.pkl, framework: scikit-learn}\n"
    text += "image: {requirements: [scikit-learn==1.5.2]}\nservice: {name: housing}\n"
    plan = parse_plan(text)
    assert plan.serving.server.value == "fastapi"
    assert plan.sources["serving.server"].source is Source.HOUSE
    assert plan.sources["service.name"].source is Source.PERSON


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("memory: 512Mi", "memory: 64Mi", "service.memory", "128Mi"),
        ("memory: 512Mi", "memory: 5 potatoes", "service.memory", "512Mi"),
        ("server: fastapi", "server: flusk", "serving.server", "Did you mean flask?"),
        ("  server: fastapi", "  servr: fastapi", "serving.servr", "Did you mean server?"),
        ("serving:", "servin:", "servin", "Did you mean serving?"),
        ("concurrency: 32", "concurrency: 0", "service.concurrency", "nearest right value is 1"),
        ("concurrency: 32", "concurrency: many", "service.concurrency", "integer"),
        ("name: housing", "name: Housing_Model", "service.name", "housing-model"),
        ("batching: true", "batching: maybe", "serving.batching", "boolean"),
        ('python: "3.11"', "python: 3.11", "image.python", '"3.11"'),
        ('python: "3.11"', 'python: "3.12"', "image.python", "python:3.12-slim"),
        ("port: 0", "port: 99999", "target.port", "65535"),
        ("port: 0", "port: yes", "target.port", "integer"),
        ("kind: local", "kind: locl", "target.kind", "Did you mean local?"),
        ("  cpu: 1", "  cpu: [1, 2]", "service.cpu", "number"),
        ('REGION: "eu: west # one"', 'PORT: "80"', "service.env", "Remove it"),
        ('REGION: "eu: west # one"', "API_TOKEN: abc", "service.env", "secret store"),
        ('REGION: "eu: west # one"', '"a b": c', "service.env", "Rename"),
    ],
)
def test_a_wrong_value_names_its_field_its_line_and_the_nearest_right_one(
    plan: Plan, old: str, new: str, field: str, says: str
) -> None:
    text = dump_plan(plan)
    assert old in text
    with pytest.raises(PlanError) as caught:
        parse_plan(text.replace(old, new, 1))
    error = caught.value
    assert error.field == field
    assert "(line " in error.what
    assert says in f"{error.why} {error.fix}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a plan"),
        ("- a\n- b\n", "is not a plan"),
        ("just words", "is not a plan"),
        ("model: {path: [", "not valid YAML"),
        ("model:\n  path: a\n path: b\n", "not valid YAML"),
        ("model: {}\nmodel: {}\n", "not valid YAML"),
        ("a: &x [1]\nb: *x\n", "alias"),
        ("sendoff: 2\n", "newer Sendoff"),
        ("sendoff: 1\n", "missing"),
        ("\x00\x01", "not valid YAML"),
        ("!!python/object/apply:os.system [ls]", "is not a plan"),
    ],
)
def test_what_is_no_plan_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(text)
    assert says in caught.value.what
    assert caught.value.fix


@given(st.text(max_size=300))
def test_no_text_makes_the_reader_fail_in_another_way(text: str) -> None:
    try:
        parse_plan(text)
    except PlanError as error:
        assert error.what


@given(st.binary(max_size=200))
def test_no_file_makes_the_reader_fail_in_another_way(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("plan") / "sendoff.yaml"
    path.write_bytes(content)
    with pytest.raises(PlanError):
        load_plan(path)


def test_trust_without_the_digest_of_what_is_trusted_is_refused(plan: Plan) -> None:
    digest = f"sha256: {plan.model.sha256}"
    trusting = dump_plan(plan).replace("trusted: false", "trusted: true", 1)
    assert parse_plan(trusting).model.trusted
    with pytest.raises(PlanError) as caught:
        parse_plan(trusting.replace(digest, "sha256: null", 1))
    assert caught.value.field == "model.trusted"


def test_a_heading_cannot_break_out_of_its_comment(plan: Plan) -> None:
    assert parse_plan(dump_plan(plan, "Plan for a\nname: with\x1b[2J line ends.")) == plan


def test_a_missing_plan_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(PlanError) as caught:
        load_plan(tmp_path / "sendoff.yaml")
    assert "sendoff plan MODEL" in caught.value.fix


def test_a_model_given_as_a_plan_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_bytes(b"\x80\x04\x95\xff" * 100)
    with pytest.raises(PlanError) as caught:
        load_plan(path)
    assert "If it is a model" in caught.value.fix


def test_a_plan_that_cannot_be_written_leaves_the_old_one_whole(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "sendoff.yaml"
    save_plan(plan, path)
    before = path.read_text()
    with pytest.raises(PlanError):
        save_plan(plan, tmp_path / "nowhere" / "sendoff.yaml")
    save_plan(plan, path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


@given(st.integers(min_value=0, max_value=2**50))
def test_amounts_of_memory_survive_being_written(amount: int) -> None:
    assert parse_bytes(format_bytes(amount)) == amount


@pytest.mark.parametrize(
    ("text", "amount"), [("1.5Gi", 3 * 2**29), ("2G", 2 * 10**9), ("512 MiB", 2**29), ("100", 100), ("1k", 1000)]
)
def test_amounts_are_read_as_people_write_them(text: str, amount: int) -> None:
    assert parse_bytes(text) == amount
