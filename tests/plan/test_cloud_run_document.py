"""A plan that leads to Cloud Run survives being written, read and edited, sections within sections and all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wizard.errors import PlanError
from wizard.plan import Plan, Source, dump_plan, parse_plan, problems
from wizard.plan.plan import MIB

Planned = Callable[..., Plan]

words = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
variables = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
probes = st.integers(1, 240).flatmap(
    lambda period: st.fixed_dictionaries(
        {
            "kind": st.just("http"),
            "path": st.from_regex(r"/[a-z/?=&%#:-]{0,10}", fullmatch=True),
            "initial_delay": st.integers(0, 240),
            "period": st.just(period),
            "timeout": st.integers(1, period),
            "failures": st.integers(1, 240 // period),
        }
    )
)
options = st.lists(st.from_regex(r"[a-z][a-z-]{0,8}(=[a-z0-9:,'\"#]{1,5})?", fullmatch=True), max_size=2)
volumes = st.tuples(
    st.fixed_dictionaries(
        {"kind": st.just("secret"), "path": st.just("/secrets"), "secret": words, "version": st.just("7")}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("memory"), "path": st.just("/scratch"), "size": st.integers(MIB, 100 * MIB)}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("bucket"),
            "path": st.just("/data"),
            "bucket": st.from_regex(r"[a-z0-9]{3,9}", fullmatch=True),
            "options": options,
        }
    ),
    st.fixed_dictionaries(
        {"kind": st.just("cloud-sql"), "instances": st.lists(words.map("my-project:us-central1:{}".format), min_size=1)}
    ),
).flatmap(lambda made: st.permutations(made).flatmap(lambda some: st.integers(0, 4).map(lambda count: some[:count])))
plans = st.fixed_dictionaries(
    {},
    optional={
        "env": st.dictionaries(variables, st.text(max_size=20), max_size=4),
        "secrets": st.dictionaries(variables, words, max_size=3),
        "labels": st.dictionaries(words, words | st.just(""), max_size=3),
        "startup_probe": probes,
        "liveness_probe": probes | st.none(),
        "volumes": volumes,
        "vpc": st.none() | st.fixed_dictionaries({"network": words, "network_tags": st.lists(words, max_size=2)}),
        "traffic": st.sets(st.integers(1, 99), max_size=3).map(lambda steps: [*sorted(steps), 100]),
        "tags": st.lists(words, max_size=3, unique=True),
        "invokers": st.lists(words.map("user:{}@example.com".format), max_size=2),
        "min_instances": st.integers(0, 4),
        "service_account": st.just("") | words.map("{}@my-project.iam.gserviceaccount.com".format),
    },
)


@given(changes=plans)
@settings(max_examples=60)
def test_a_plan_is_the_same_after_writing_and_reading(planned: Planned, changes: dict[str, Any]) -> None:
    plan = planned(**changes)
    assume(not problems(plan))
    text = dump_plan(plan)
    again = parse_plan(text)
    assert (again.values(), again.sha256) == (plan.values(), plan.sha256)
    assert parse_plan(dump_plan(again)) == again


def test_sections_within_sections_are_written_as_blocks_and_memory_as_people_write_it(planned: Planned) -> None:
    text = dump_plan(
        planned(
            volumes=[{"kind": "memory", "path": "/scratch", "size": 64 * MIB}],
            vpc={"network": "default"},
            labels={"on": "1"},
        )
    )
    assert "  startup_probe:\n    kind: http\n    path: /health\n" in text
    assert "  volumes:\n    - kind: memory\n      path: /scratch\n      size: 64Mi\n" in text
    assert '  vpc:\n    connector: ""\n    network: default\n' in text
    assert '  labels:\n    "on": "1"\n' in text
    assert "  liveness_probe: null\n" in text


@pytest.fixture
def text(planned: Planned) -> str:
    return dump_plan(
        parse_plan(
            dump_plan(
                planned(
                    volumes=[
                        {"kind": "memory", "path": "/scratch", "size": "64Mi"},
                        {"kind": "bucket", "path": "/data", "bucket": "models"},
                    ],
                    vpc={"network": "default"},
                )
            )
        )
    )


def test_a_value_changed_deep_inside_is_the_persons_own_and_nothing_else_is(text: str) -> None:
    edited = parse_plan(text.replace("failures: 48", "failures: 40"))
    assert edited.sources["target.startup_probe"].source is Source.PERSON
    assert edited.sources["target.billing"].source is Source.HOUSE


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("period: 5", "period: 0", "target.startup_probe.period", "nearest right value is 1"),
        ("period: 5", "period: soon", "target.startup_probe.period", "integer"),
        ("timeout: 5", "timout: 5", "target.startup_probe.timout", "Did you mean timeout?"),
        ("kind: http", "kind: htp", "target.startup_probe.kind", "Did you mean http?"),
        ("kind: bucket", "kind: buckt", "target.volumes.1.kind", "Did you mean bucket?"),
        ("    - kind: bucket\n      path: /data", "    - path: /data", "target.volumes.1", "kind: secret"),
        ("size: 64Mi", "size: 1Ki", "target.volumes.0.size", "nearest right value is 1Mi"),
        ("size: 64Mi", "size: huge", "target.volumes.0.size", "512Mi"),
        ("      bucket: models", "      buckets: models", "target.volumes.1.bucket", "missing"),
        ("network: default", "network: [a]", "target.vpc.network", "string"),
        ("egress: private-ranges", "egress: all", "target.vpc.egress", "Did you mean all-traffic?"),
        ("kind: cloud_run", "kind: cloudrun", "target.kind", "Did you mean cloud_run?"),
        ("kind: cloud_run", "kind: local", "target.project", "Set target.kind to cloud_run"),
        ("  billing: request", "  runtime: process", "target.runtime", "Set target.kind to local"),
        ("project: my-project", "project: My Project", "target.project", "my-project"),
        ("project: my-project", "project: 1234567890", "target.project", "in quotes"),
        ("project: my-project", 'project: "1234567890"', "target.project", "gcloud projects list"),
        ('endpoint: ""', 'endpoint: "http://localhost:8080"', "target.endpoint", "http://127.0.0.1:8080"),
        ('endpoint: ""', 'endpoint: "http://10.0.0.1:8080"', "target.endpoint", "Remove it"),
        ("gpu: none", "gpu: l4", "target.gpu", "Did you mean nvidia-l4?"),
        ("  region: us-central1", "  region: us-centrl1", "target.region", "us-central1 (Iowa)"),
        ("failures: 48", "failures: 49", "target.startup_probe.failures", "48"),
    ],
)
def test_a_wrong_value_names_its_field_its_line_and_the_nearest_right_one(
    text: str, old: str, new: str, field: str, says: str
) -> None:
    assert old in text
    with pytest.raises(PlanError) as caught:
        parse_plan(text.replace(old, new, 1))
    error = caught.value
    assert error.field == field
    assert "(line " in error.what or "missing" in error.what
    assert says in f"{error.what} {error.why} {error.fix}"


def test_a_missing_project_says_how_to_give_one(text: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse_plan(text.replace("  project: my-project\n", "", 1))
    assert caught.value.field == "target.project"
    assert "--set target.project=PROJECT" in caught.value.fix
    assert "gcloud projects list" in caught.value.fix


def test_a_target_without_a_kind_is_this_machine() -> None:
    text = "model: {path: m.pkl, framework: scikit-learn}\nimage: {requirements: [a]}\nservice: {name: x}\n"
    assert parse_plan(f"{text}target: {{port: 8080}}\n").target.kind == "local"


@pytest.mark.parametrize(
    "text", ["!!omap [a: 1]", "!!set {a, b}", "? [1, 2]\n: 3", "a: {? {x: 1} : 2}", "target: !!set {b}"]
)
def test_what_yaml_can_say_beyond_plans_is_refused_in_words(text: str) -> None:
    with pytest.raises(PlanError):
        parse_plan(text)
