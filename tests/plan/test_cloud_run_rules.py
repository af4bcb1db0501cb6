"""What Cloud Run does not allow is refused before anything is built, with the field, the reason and the nearest right value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wizard.errors import PlanError
from wizard.plan import Plan, parse_plan, problems
from wizard.plan.cloud_run_secrets import SecretReference, secret_reference

Planned = Callable[..., Plan]
GIB = 1024**3
KEY = "projects/my-project/locations/us-central1/keyRings/ring/cryptoKeys/key"


def bucket(**changes: Any) -> dict[str, Any]:
    return {"kind": "bucket", "path": "/data", "bucket": "models", **changes}


def secret(**changes: Any) -> dict[str, Any]:
    return {"kind": "secret", "path": "/secrets", "secret": "key", **changes}


def nfs(**changes: Any) -> dict[str, Any]:
    return {"kind": "nfs", "path": "/share", "server": "10.0.0.2", "export": "/models", **changes}


RIGHT: list[dict[str, Any]] = [
    {},
    {"cpu": 0.08, "concurrency": 1},
    {"cpu": 0.5, "concurrency": 1, "memory": "1Gi", "execution_environment": "gen1"},
    {"cpu": 8, "memory": "32Gi"},
    {"memory": "128Mi"},
    {"memory": "128Mi", "execution_environment": "gen1"},
    {"gpu": "nvidia-l4", "cpu": 4, "memory": "16Gi", "billing": "instance", "region": "europe-west4"},
    {"gpu": "nvidia-rtx-pro-6000", "cpu": 20, "memory": "80Gi", "billing": "instance"},
    {"min_instances": 4, "max_instances": 4},
    {"region": "europe-north2"},
    {"repository": "gcr.io"},
    {"name": "a" * 36},
    {"tags": ["stable", "v2"]},
    {"labels": {"team": "data-science", "empty": "", "größe": "klein"}},
    {"traffic": [1, 10, 50, 100]},
    {"secrets": {"API_KEY": "api-key", "DB_PASSWORD": "db:latest", "OTHER": "other:3", "ALIAS": "a:prod"}},
    {"env": {"REGION": "europe", "URL": "https://example.com/?a=b:c@d"}},
    {"startup_probe": {"kind": "tcp", "period": 240, "timeout": 240, "failures": 1}},
    {"liveness_probe": {"kind": "http", "period": 3600, "timeout": 3600}},
    {"service_account": "app@my-project.iam.gserviceaccount.com"},
    {"service_account": "123456-compute@developer.gserviceaccount.com"},
    {"invokers": ["user:ada@example.com", "domain:example.com", "serviceAccount:a@p.iam.gserviceaccount.com"]},
    {"invokers": ["principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s"]},
    {"access": "public"},
    {"vpc": {"network": "default", "subnetwork": "default", "network_tags": ["web"]}},
    {"vpc": {"connector": "projects/p/locations/us-central1/connectors/c"}},
    {"volumes": [bucket(options=["implicit-dirs", "only-dir=a/b"]), secret(version="2"), nfs()]},
    {"volumes": [{"kind": "cloud-sql", "instances": ["my-project:us-central1:db"]}]},
    {"volumes": [{"kind": "memory", "path": "/scratch", "size": "256Mi"}]},
    {"encryption_key": KEY},
    {"binary_authorization": "default"},
    {"binary_authorization": "projects/my-project/platforms/cloudRun/strict"},
    {"endpoint": "http://127.0.0.1:8089"},
]


@pytest.mark.parametrize("changes", RIGHT, ids=str)
def test_what_cloud_run_allows_passes(planned: Planned, changes: dict[str, Any]) -> None:
    assert problems(planned(**changes)) == ()


L4 = {"gpu": "nvidia-l4", "cpu": 4, "memory": "16Gi", "billing": "instance"}

WRONG: list[tuple[dict[str, Any], str, Any]] = [
    # CPU and memory
    ({"cpu": 3}, "service.cpu", 4),
    ({"cpu": 1.5}, "service.cpu", 2),
    ({"cpu": 20}, "service.cpu", 8),
    ({"cpu": 0.12345, "concurrency": 1}, "service.cpu", 0.123),
    ({"memory": "5Gi"}, "service.memory", 4 * GIB),
    ({"memory": "33Gi", "cpu": 8}, "service.memory", 32 * GIB),
    ({"memory": "1Gi", "cpu": 4}, "service.memory", 2 * GIB),
    ({"memory": "2Gi", "cpu": 0.5, "concurrency": 1}, "service.memory", GIB),
    ({"memory": "513Mi", "cpu": 0.4, "concurrency": 1}, "service.memory", GIB // 2),
    ({"memory": "256Mi", "execution_environment": "gen2"}, "service.memory", GIB // 2),
    ({"memory": "256Mi", "volumes": [bucket()]}, "service.memory", GIB // 2),
    # what hangs on them
    ({"cpu": 0.5, "concurrency": 8}, "service.concurrency", 1),
    ({"cpu": 0.5, "concurrency": 1, "billing": "instance"}, "target.billing", "request"),
    ({"cpu": 0.5, "concurrency": 1, "execution_environment": "gen2"}, "service.cpu", 1),
    ({"min_instances": 5}, "target.min_instances", 4),
    # GPU
    ({**L4, "billing": "request"}, "target.billing", "instance"),
    ({**L4, "cpu": 2}, "service.cpu", 4),
    ({**L4, "memory": "8Gi"}, "service.memory", 16 * GIB),
    ({**L4, "region": "europe-west3"}, "target.region", "europe-west4"),
    ({**L4, "execution_environment": "gen1"}, "target.execution_environment", "gen2"),
    ({**L4, "gpu": "nvidia-rtx-pro-6000", "memory": "80Gi"}, "service.cpu", 20),
    ({**L4, "gpu": "nvidia-rtx-pro-6000", "cpu": 20}, "service.memory", 80 * GIB),
    # regions
    ({"region": "europe-wset4"}, "target.region", "europe-west4"),
    ({"region": "us-central1-a"}, "target.region", "us-central1"),
    ({"region": "Frankfurt"}, "target.region", "europe-west3"),
    # names
    ({"name": "a" * 37}, "service.name", "a" * 36),
    ({"repository": "us-central1-docker.pkg.dev/p/My_Models"}, "target.repository", "my-models"),
    ({"tags": ["Stable"]}, "target.tags.0", "stable"),
    ({"tags": ["2024"]}, "target.tags.0", "v2024"),
    ({"name": "a" * 30, "tags": ["b" * 17]}, "target.tags.0", "b" * 16),
    ({"tags": ["c-0123abcd"]}, "target.tags.0", "v-0123abcd"),
    ({"tags": ["new", "new"]}, "target.tags.1", None),
    ({"labels": {"Team": "x"}}, "target.labels", None),
    ({"labels": {"managed-by": "us"}}, "target.labels", None),
    ({"invokers": ["allAuthenticatedUsers"]}, "target.invokers.0", None),
    ({"labels": {"team": "Data Science"}}, "target.labels", None),
    ({"labels": {"run.googleapis.com/x": "y"}}, "target.labels", None),
    ({"labels": {f"l{number}": "" for number in range(64)}}, "target.labels", None),
    ({"traffic": []}, "target.traffic", [100]),
    ({"traffic": [50, 10]}, "target.traffic", [10, 50, 100]),
    ({"traffic": [0, 50, 120]}, "target.traffic", [50, 100]),
    ({"endpoint": "http://127.0.0.1:70000"}, "target.endpoint", ""),
    # variables and secrets
    ({"env": {"K_SERVICE": "x"}}, "service.env", None),
    ({"env": {"API_TOKEN": "x"}}, "service.env", None),
    ({"env": {"LARGE": "x" * 32769}}, "service.env", None),
    ({"env": {f"V{number}": "" for number in range(1001)}}, "service.env", None),
    ({"secrets": {"PORT": "key"}}, "target.secrets", None),
    ({"secrets": {"a b": "key"}}, "target.secrets", None),
    ({"secrets": {"A": "key"}, "env": {"A": "x"}}, "target.secrets", None),
    ({"secrets": {"A": "projects/p/secrets/key/versions/2"}}, "target.secrets", "key:2"),
    ({"secrets": {"A": "key:0"}}, "target.secrets", None),
    ({"volumes": [secret(version="newest one")]}, "target.volumes.0.version", "latest"),
    ({"volumes": [secret(secret="key:3")]}, "target.volumes.0.secret", None),
    ({"volumes": [secret(file="a/b c")]}, "target.volumes.0.file", "b_c"),
    # probes
    ({"startup_probe": {"timeout": 11}}, "target.startup_probe.timeout", 10),
    ({"startup_probe": {"failures": 25}}, "target.startup_probe.failures", 24),
    ({"startup_probe": {"initial_delay": 241}}, "target.startup_probe.initial_delay", 240),
    ({"startup_probe": {"period": 241, "failures": 1}}, "target.startup_probe.period", 240),
    ({"startup_probe": {"path": "health"}}, "target.startup_probe.path", "/health"),
    ({"startup_probe": {"kind": "grpc"}}, "target.startup_probe.kind", "http"),
    ({"liveness_probe": {"kind": "tcp"}}, "target.liveness_probe.kind", "http"),
    # accounts and keys
    ({"service_account": "app"}, "target.service_account", "app@my-project.iam.gserviceaccount.com"),
    ({"invokers": ["ada@example.com"]}, "target.invokers.0", "user:ada@example.com"),
    ({"invokers": ["allUsers"]}, "target.invokers.0", None),
    ({"invokers": ["User: ada@example.com"]}, "target.invokers.0", "user:ada@example.com"),
    ({"binary_authorization": "strict"}, "target.binary_authorization", "projects/my-project/platforms/cloudRun/strict"),
    ({"encryption_key": f"{KEY}/cryptoKeyVersions/1"}, "target.encryption_key", KEY),
    ({"encryption_key": KEY.replace("us-central1", "europe-west4")}, "target.encryption_key", KEY),
    # network
    ({"vpc": {"connector": "c", "network": "n"}}, "target.vpc.connector", ""),
    ({"vpc": {}}, "target.vpc", None),
    ({"vpc": {"connector": "c", "network_tags": ["web"]}}, "target.vpc.network_tags", []),
    ({"vpc": {"network": "My Net"}}, "target.vpc.network", "my-net"),
    ({"vpc": {"subnetwork": "projects/p/regions/us-east1/subnetworks/s"}}, "target.vpc.subnetwork", None),
    # volumes
    ({"volumes": [bucket(path="data/")]}, "target.volumes.0.path", "/data"),
    ({"volumes": [bucket(path="/da:ta")]}, "target.volumes.0.path", "/data"),
    ({"volumes": [bucket(path="/")]}, "target.volumes.0.path", "/mnt/data"),
    ({"volumes": [bucket(path="/app/model")]}, "target.volumes.0.path", "/mnt/model"),
    ({"volumes": [bucket(), nfs(path="/data/deep")]}, "target.volumes.1.path", None),
    ({"volumes": [bucket(bucket="gs://models/deep")]}, "target.volumes.0.bucket", "models"),
    ({"volumes": [bucket(options=["--implicit-dirs"])]}, "target.volumes.0.options.0", "implicit-dirs"),
    ({"volumes": [bucket()], "execution_environment": "gen1"}, "target.execution_environment", "gen2"),
    ({"volumes": [nfs(server="10.0.0.2:/x")]}, "target.volumes.0.server", "10.0.0.2"),
    ({"volumes": [nfs(export="models")]}, "target.volumes.0.export", "/models"),
    ({"volumes": [{"kind": "cloud-sql", "instances": []}]}, "target.volumes.0.instances", None),
    ({"volumes": [{"kind": "cloud-sql", "instances": ["db"]}]}, "target.volumes.0.instances.0", "my-project:us-central1:db"),
    ({"volumes": [{"kind": "cloud-sql", "path": "/sql", "instances": ["p:us-central1:d"]}]}, "target.volumes.0.path", "/cloudsql"),
    ({"volumes": [{"kind": "memory", "path": "/x", "size": "1Gi"}]}, "target.volumes.0.size", GIB // 4),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "field", "nearest"), WRONG, ids=str)
def test_what_cloud_run_refuses_is_named_with_the_nearest_right_value(
    planned: Planned, changes: dict[str, Any], field: str, nearest: Any
) -> None:
    found = problems(planned(**changes))
    assert [problem.field for problem in found] == [field]
    assert found[0].nearest == nearest
    assert all(text.endswith((".", "?", "`")) for text in (found[0].what, found[0].why, found[0].fix))


def test_all_that_is_wrong_is_found_at_once(planned: Planned) -> None:
    found = problems(planned(cpu=3, region="nowhere", tags=["A"], env={"API_KEY": "x"}))
    assert [problem.field for problem in found] == ["service.env", "target.region", "service.cpu", "target.tags.0"]


def test_an_error_about_the_first_names_the_others_and_the_line() -> None:
    text = (
        "model: {path: m.pkl, framework: scikit-learn}\nimage: {requirements: [a]}\nservice:\n  name: x\n  cpu: 3\n"
        "target:\n  kind: cloud_run\n  project: my-project\n  traffic: [50]\n"
    )
    with pytest.raises(PlanError) as caught:
        parse_plan(text)
    assert caught.value.field == "service.cpu"
    assert "(line 5)" in caught.value.what
    assert "Wrong too: target.traffic." in caught.value.why


SECRETS = [
    "sk-proj-abcdefghijklmnop",
    "ghp_abcdefghijklmnopqrstuvwxyz012345",
    "AKIAIOSFODNN7EXAMPLE",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "hunter2 is my password!",
    "-----BEGIN PRIVATE KEY-----",
]


@pytest.mark.parametrize("value", SECRETS)
def test_a_secret_given_instead_of_its_name_is_refused_and_never_repeated(planned: Planned, value: str) -> None:
    for changes in ({"secrets": {"A": value}}, {"volumes": [secret(secret=value)]}):
        found = problems(planned(**changes))
        assert len(found) == 1
        assert value not in str(found[0])
        assert "gcloud secrets" in found[0].fix


@pytest.mark.parametrize("value", ["sk-proj-abcdefghijklmnop", "postgres://ada:hunter2@10.0.0.1/db"])
def test_a_plain_variable_that_holds_a_secret_is_refused_and_never_repeated(planned: Planned, value: str) -> None:
    (found,) = problems(planned(env={"SETTING": value}))
    assert value not in str(found)
    assert "target.secrets" in found.fix


@pytest.mark.parametrize(
    "line",
    ["service: {name: x, env: {API_KEY: 8675309}}", "target: {kind: cloud_run, project: my-project, secrets: {A: 8675309}}",
     "target: {kind: cloud_run, project: my-project, secrets: '8675309'}", "API_KEY: ] 8675309"],
)  # fmt: skip
def test_no_message_repeats_what_may_be_a_secret(line: str) -> None:
    text = f"model: {{path: m.pkl, framework: scikit-learn}}\nimage: {{requirements: [a]}}\n{line}\n"
    text += "" if line.startswith("service") else "service: {name: x}\n"
    with pytest.raises(PlanError) as caught:
        parse_plan(text)
    assert "8675309" not in str(caught.value)


def test_a_reference_to_a_secret_is_its_name_and_version() -> None:
    assert secret_reference("api-key") == SecretReference("api-key", "latest")
    assert secret_reference("api-key:7") == SecretReference("api-key", "7")
    assert secret_reference("api key") is None
