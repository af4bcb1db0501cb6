"""The plan's settings as Cloud Run's message: all of them, explicit where the API reads silence as something else."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import run_v2
from hypothesis import given
from hypothesis import strategies as st

from tests.targets.cloud_run.releases import plan
from wizard.plan.cloud_run import (
    BucketVolume,
    CloudRunTarget,
    CloudSqlVolume,
    MemoryVolume,
    NfsVolume,
    Probe,
    SecretVolume,
    Vpc,
)
from wizard.plan.plan import Plan
from wizard.targets.cloud_run.desired import desired_service, desired_template
from wizard.targets.cloud_run.fingerprint import candidate_tag, fingerprint, is_candidate, revision_name

IMAGE = "us-central1-docker.pkg.dev/demo-project/sendoff/housing@sha256:" + "a" * 64

OTHER_VALUES: dict[str, Any] = {
    "project": "another-project",
    "region": "europe-west1",
    "endpoint": "http://127.0.0.1:8080",
    "repository": "another",
    "port": 9000,
    "min_instances": 2,
    "max_instances": 9,
    "billing": "instance",
    "startup_boost": False,
    "execution_environment": "gen2",
    "session_affinity": True,
    "startup_probe": Probe(kind="tcp", period=240, timeout=240, failures=1),
    "liveness_probe": Probe(kind="grpc"),
    "access": "public-without-check",
    "invokers": ("user:ada@example.com",),
    "ingress": "internal",
    "service_account": "runner@demo-project.iam.gserviceaccount.com",
    "secrets": {"KEY": "api-key:3"},
    "volumes": (MemoryVolume(path="/cache", size=2**20),),
    "vpc": Vpc(connector="way-in"),
    "labels": {"team": "x"},
    "gpu": "nvidia-l4",
    "gpu_zonal_redundancy": True,
    "binary_authorization": "default",
    "encryption_key": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
    "tags": ("stable",),
    "traffic": (10, 100),
    "traffic_wait": 5,
    "requests_per_day": 7,
}
NOT_IN_THE_MESSAGE = {
    "project": "the parent of the service",
    "region": "the parent of the service",
    "endpoint": "which API is asked",
    "repository": "part of the image's name",
    "invokers": "the IAM policy",
    "tags": "the traffic, after the proof",
    "traffic": "the steps of the release",
    "traffic_wait": "the steps of the release",
    "requests_per_day": "the estimate",
}


def container(of: Plan) -> run_v2.Container:
    return desired_template(of, IMAGE).containers[0]


@pytest.mark.parametrize("field", [name for name in CloudRunTarget.model_fields if name != "kind"])
def test_every_setting_of_the_target_changes_the_message(field: str) -> None:
    before: dict[str, Any] = {"gpu": "nvidia-l4"} if field == "gpu_zonal_redundancy" else {}
    changed = desired_service(plan(**before, **{field: OTHER_VALUES[field]}), IMAGE)
    same = changed == desired_service(plan(**before), IMAGE)
    assert same == (field in NOT_IN_THE_MESSAGE), NOT_IN_THE_MESSAGE.get(field, "it is forgotten")


@pytest.mark.parametrize(
    "service", [{"cpu": 2}, {"memory": 2**30}, {"concurrency": 3}, {"timeout": 9}, {"env": {"A": "b"}}], ids=str
)
def test_every_setting_of_the_service_makes_another_revision(service: dict[str, Any]) -> None:
    assert fingerprint(desired_template(plan(service=service), IMAGE)) != fingerprint(desired_template(plan(), IMAGE))


def test_cpu_allocation_and_boost_are_always_said() -> None:
    for billing, boost in (("request", True), ("instance", False)):
        resources = container(plan(billing=billing, startup_boost=boost)).resources
        assert (resources.cpu_idle, resources.startup_cpu_boost) == (billing == "request", boost)
        assert dict(resources.limits) == {"cpu": "1", "memory": "512Mi"}


@pytest.mark.parametrize(("cpu", "written"), [(0.08, "80m"), (0.5, "500m"), (1, "1"), (8, "8")])
def test_cpu_is_written_as_kubernetes_does(cpu: float, written: str) -> None:
    assert container(plan(service={"cpu": cpu})).resources.limits["cpu"] == written


def test_secrets_are_references_and_never_plain_values() -> None:
    found = container(plan(secrets={"KEY": "api-key:3", "OTHER": "token"}, service={"env": {"PLAIN": "x"}})).env
    assert [(one.name, one.value) for one in found if one.value] == [("PLAIN", "x")]
    references = {one.name: one.value_source.secret_key_ref for one in found if not one.value}
    assert (references["KEY"].secret, references["KEY"].version) == ("api-key", "3")
    assert (references["OTHER"].secret, references["OTHER"].version) == ("token", "latest")


@pytest.mark.parametrize(
    ("probe", "kind"),
    [(Probe(path="/ready"), "http_get"), (Probe(kind="tcp"), "tcp_socket"), (Probe(kind="grpc"), "grpc")],
)
def test_a_probe_asks_the_plans_port_in_its_way(probe: Probe, kind: str) -> None:
    message = container(plan(port=9000, startup_probe=probe)).startup_probe
    assert getattr(message, kind).port == 9000
    assert (message.period_seconds, message.timeout_seconds, message.failure_threshold) == (10, 1, 3)
    if kind == "http_get":
        assert message.http_get.path == "/ready"


def test_every_kind_of_volume_is_mounted_where_the_plan_says() -> None:
    volumes = (
        SecretVolume(path="/secret", secret="api-key", version="2", file="key"),
        CloudSqlVolume(instances=("p:r:i",)),
        BucketVolume(path="/bucket", bucket="b", options=("implicit-dirs",)),
        NfsVolume(path="/nfs", server="10.0.0.2", export="/share"),
        MemoryVolume(path="/cache", size=64 * 2**20),
    )
    template = desired_template(plan(volumes=volumes), IMAGE)
    by_path = {
        mount.mount_path: next(one for one in template.volumes if one.name == mount.name)
        for mount in template.containers[0].volume_mounts
    }
    assert by_path["/secret"].secret.secret == "api-key"
    assert [(one.path, one.version) for one in by_path["/secret"].secret.items] == [("key", "2")]
    assert list(by_path["/cloudsql"].cloud_sql_instance.instances) == ["p:r:i"]
    assert (by_path["/bucket"].gcs.bucket, by_path["/bucket"].gcs.read_only) == ("b", True)
    assert list(by_path["/bucket"].gcs.mount_options) == ["implicit-dirs"]
    assert (by_path["/nfs"].nfs.server, by_path["/nfs"].nfs.path) == ("10.0.0.2", "/share")
    assert by_path["/cache"].empty_dir.size_limit == "64Mi"
    assert all(volume.name != "cloudsql" for volume in template.volumes), "that name is Cloud Run's own"


def test_short_names_of_networks_and_policies_are_completed() -> None:
    service = desired_service(
        plan(vpc=Vpc(connector="way-in", egress="all-traffic"), binary_authorization="strict"), IMAGE
    )
    assert service.template.vpc_access.connector == "projects/demo-project/locations/us-central1/connectors/way-in"
    assert service.template.vpc_access.egress == run_v2.VpcAccess.VpcEgress.ALL_TRAFFIC
    assert service.binary_authorization.policy == "projects/demo-project/platforms/cloudRun/strict"
    direct = desired_template(plan(vpc=Vpc(network="n", subnetwork="s", network_tags=("t",))), IMAGE).vpc_access
    assert [(one.network, one.subnetwork, list(one.tags)) for one in direct.network_interfaces] == [("n", "s", ["t"])]


def test_a_gpu_brings_its_limit_and_selector() -> None:
    template = desired_template(plan(gpu="nvidia-l4"), IMAGE)
    assert template.containers[0].resources.limits["nvidia.com/gpu"] == "1"
    assert template.node_selector.accelerator == "nvidia-l4"
    assert template.gpu_zonal_redundancy_disabled


def test_no_label_is_in_a_namespace_that_cloud_run_keeps_to_itself() -> None:
    service = desired_service(plan(labels={"team": "x"}), IMAGE)
    keys = [*service.labels, *service.annotations, *service.template.labels, *service.template.annotations]
    assert not any("/" in key or key.startswith(("goog", "run.googleapis")) for key in keys)


def test_a_create_has_neither_name_nor_traffic_nor_status() -> None:
    service = desired_service(plan(), IMAGE)
    assert not service.name and not service.traffic and not service.etag


@given(st.dictionaries(st.from_regex(r"[A-Z]{1,4}", fullmatch=True), st.text(max_size=5), max_size=5))
def test_the_fingerprint_does_not_depend_on_the_order_of_things(env: dict[str, str]) -> None:
    backwards = dict(reversed(list(env.items())))
    one = desired_template(plan(service={"env": env}), IMAGE, "a")
    other = desired_template(plan(service={"env": backwards}), IMAGE, "b")
    assert fingerprint(one) == fingerprint(other), "nor on what the revision is called"


def test_names_fit_where_they_go() -> None:
    digest = fingerprint(desired_template(plan(), IMAGE))
    longest = "a" * 49
    assert len(revision_name(longest, digest, 99)) <= 63
    assert revision_name("housing", digest) == f"housing-{digest[:8]}"
    assert revision_name("housing", digest, 2) == f"housing-{digest[:8]}-2"
    assert is_candidate(candidate_tag(digest)) and not is_candidate("stable")
