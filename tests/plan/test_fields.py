"""The fields of a plan are read off its sections, for one kind of target at a time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from wizard.errors import PlanError
from wizard.plan import TARGET_KINDS, Plan, field_defaults, field_paths, parse_settings


def test_there_is_a_target_of_every_kind() -> None:
    assert TARGET_KINDS == ("local", "cloud_run")


@pytest.mark.parametrize("kind", TARGET_KINDS)
def test_every_field_has_a_description_and_most_a_default(kind: str) -> None:
    assert all(field_paths(kind).values())
    assert set(field_defaults(kind)) < set(field_paths(kind))


def test_fields_of_another_target_are_not_among_them() -> None:
    assert "target.runtime" in field_paths() and "target.project" not in field_paths()
    assert "target.project" in field_paths("cloud_run") and "target.runtime" not in field_paths("cloud_run")


def test_a_plans_values_are_its_fields_in_their_order(planned: Callable[..., Plan]) -> None:
    assert list(planned().values()) == list(field_paths("cloud_run"))


def test_defaults_are_plain_data(planned: Callable[..., Plan]) -> None:
    values, defaults = planned().values(), field_defaults("cloud_run")
    assert defaults["target.startup_probe"]["failures"] == 48
    same = [path for path in defaults if path.startswith("target.") and path != "target.kind"]
    assert all(values[path] == defaults[path] for path in same)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("service.cpu=0.5", 0.5),
        ("service.memory=1Gi", "1Gi"),
        ("serving.batching=no", False),
        ("serving.server=flask", "flask"),
        ("service.env=A:1,B:x:y", {"A": "1", "B": "x:y"}),
        ("service.env.A=a=b,c", "a=b,c"),
        ("image.requirements=a==1, b", ["a==1", "b"]),
        ("model.version=1.5.2", "1.5.2"),
        ("model.version=none", None),
        ("target.traffic=10,100", ["10", "100"]),
        ("target.startup_probe.period=7", 7),
        ("target.startup_probe={period: 7, kind: tcp}", {"period": 7, "kind": "tcp"}),
        ("target.liveness_probe=none", None),
        (
            "target.volumes=[{kind: bucket, path: /data, bucket: b}]",
            [{"kind": "bucket", "path": "/data", "bucket": "b"}],
        ),
        ("target.secrets=KEY:key:3", {"KEY": "key:3"}),
        ("target.min_instances=many", "many"),
    ],
)
def test_a_setting_is_read_by_the_type_of_its_field(text: str, value: object) -> None:
    path = text.partition("=")[0]
    assert parse_settings(["target.kind=cloud_run", text])[path] == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("service.cpu", "sets nothing"),
        ("service.cpus=1", "Did you mean service.cpu?"),
        ("target.project=p", "Set target.kind to cloud_run"),
        ("service.env={A: ", "cannot be read"),
        ("target.kind=moon", "Allowed: local, cloud_run"),
        ("service.cpu.x=1", "Did you mean service.cpu?"),
    ],
)
def test_a_setting_that_sets_nothing_is_refused(text: str, says: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_settings([text])
    assert says in str(caught.value)
