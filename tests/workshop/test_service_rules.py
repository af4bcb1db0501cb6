"""Which services are taken: names, computing power, probes, quotas, each refused in Cloud Run's words with its field."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud import run_v2
from hypothesis import given
from hypothesis import strategies as st

from wizard.workshop.api_error import ApiError
from wizard.workshop.compute_rules import parse_cpu, parse_memory
from wizard.workshop.defaults import fill_in
from wizard.workshop.quotas import Quotas
from wizard.workshop.validation import check_gpu_quota, check_service, check_service_id

ACCOUNT = "123456789012-compute@developer.gserviceaccount.com"
PLENTY = Quotas(cpu=10**9, memory=2**60)


def service(**settings: Any) -> Any:
    """A raw service; keywords are the template's, those beginning with `container_` its container's."""
    container = {
        key.removeprefix("container_"): value for key, value in settings.items() if key.startswith("container_")
    }
    template = {key: value for key, value in settings.items() if not key.startswith("container_")}
    containers = [{"image": "us-docker.pkg.dev/p/r/i:1", **container}]
    return run_v2.Service.pb(run_v2.Service(template={"containers": containers, **template}))


def limited(cpu: str, memory: str, **more: Any) -> Any:
    return service(container_resources={"limits": {"cpu": cpu, "memory": memory}, "cpu_idle": True}, **more)


def refused(wanted: Any, quotas: Quotas = PLENTY) -> list[str]:
    """Fields that are violated, without the path that all have in common."""
    try:
        check_service("CreateServiceRequest", "hello", wanted, quotas)
    except ApiError as error:
        return [each.field.removeprefix("service.template.") for each in error.violations]
    return []


@pytest.mark.parametrize("cpu, memory", [
    ("1", "512Mi"), ("1000m", "4Gi"), ("2", "8Gi"), ("4", "2Gi"), ("4", "16Gi"), ("6", "24Gi"), ("8", "32Gi"), ("80m", "128Mi"),
    ("0.5", "1Gi"),
])  # fmt: skip
def test_cpu_and_memory_that_go_together_are_taken(cpu: str, memory: str) -> None:
    assert refused(limited(cpu, memory)) == []


@pytest.mark.parametrize("cpu, memory, field", [
    ("3", "4Gi", "cpu"), ("10", "4Gi", "cpu"), ("0.07", "128Mi", "cpu"), ("1", "5Gi", "cpu"), ("2", "9Gi", "cpu"),
    ("4", "1Gi", "memory"), ("8", "2Gi", "memory"), ("8", "33Gi", "memory"), ("1", "64Mi", "memory"), ("0.3", "600Mi", "cpu"),
    ("0.5", "1025Mi", "cpu"), ("one", "1Gi", "cpu"), ("1", "much", "memory"),
])  # fmt: skip
def test_cpu_and_memory_that_do_not_are_refused(cpu: str, memory: str, field: str) -> None:
    assert refused(limited(cpu, memory)) == [f"containers[0].resources.limits.{field}"]


def test_less_than_one_cpu_takes_one_request_at_a_time() -> None:
    assert refused(limited("0.5", "512Mi", max_instance_request_concurrency=2)) == ["max_instance_request_concurrency"]
    wanted = limited("0.5", "512Mi")
    fill_in(wanted, PLENTY, ACCOUNT)
    assert wanted.template.max_instance_request_concurrency == 1


def test_less_than_one_cpu_is_not_always_there() -> None:
    wanted = limited("0.5", "512Mi")
    wanted.template.containers[0].resources.cpu_idle = False
    assert refused(wanted) == ["containers[0].resources.cpu_idle"]


@pytest.mark.parametrize("settings, fields", [
    ({"timeout": {"seconds": 3601}}, ["timeout"]),
    ({"max_instance_request_concurrency": 1001}, ["max_instance_request_concurrency"]),
    ({"scaling": {"min_instance_count": 3, "max_instance_count": 2}}, ["scaling.min_instance_count"]),
    ({"revision": "other-1"}, ["revision"]),
    ({"revision": "hello-UP"}, ["revision"]),
    ({"service_account": "not an address"}, ["service_account"]),
    ({"labels": {"Team": "a"}}, ["labels"]),
    ({"labels": {"run.googleapis.com/x": "a"}}, ["labels"]),
    ({"annotations": {"autoscaling.knative.dev/maxScale": "1"}}, ["annotations"]),
    ({"container_image": "Upper/Case"}, ["containers[0].image"]),
    ({"container_ports": [{"container_port": 70000}]}, ["containers[0].ports[0].container_port"]),
    ({"container_ports": [{"container_port": 80, "name": "grpc"}]}, ["containers[0].ports[0].name"]),
    ({"container_env": [{"name": "K_SERVICE", "value": "x"}]}, ["containers[0].env"]),
    ({"container_startup_probe": {"period_seconds": 10, "failure_threshold": 25}},
     ["containers[0].startup_probe.failure_threshold"]),
    ({"container_startup_probe": {"period_seconds": 5, "timeout_seconds": 6}}, ["containers[0].startup_probe.timeout_seconds"]),
    ({"container_liveness_probe": {"tcp_socket": {"port": 80}}}, ["containers[0].liveness_probe"]),
    ({"container_volume_mounts": [{"name": "data", "mount_path": "/data"}]}, ["containers[0].volume_mounts[0].name"]),
    ({"vpc_access": {"connector": "c", "network_interfaces": [{"network": "n"}]}}, ["vpc_access"]),
])  # fmt: skip
def test_a_setting_out_of_its_bounds_is_named(settings: dict[str, Any], fields: list[str]) -> None:
    assert refused(service(**settings)) == fields


@pytest.mark.parametrize("image", [
    "i", "r/i:1", "127.0.0.1:5000/p/r/i@sha256:" + "a" * 64, "us-docker.pkg.dev/p/r/i:v1@sha256:" + "0" * 64,
    "europe-west1-docker.pkg.dev/p/r/sub/i_x-y.z",
])  # fmt: skip
def test_an_image_may_be_named_by_tag_by_digest_and_by_both(image: str) -> None:
    assert refused(service(container_image=image)) == []


def test_a_template_needs_a_container() -> None:
    assert refused(run_v2.Service.pb()()) == ["service.template"]


GPU = {
    "container_resources": {"limits": {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"}, "cpu_idle": False},
    "node_selector": {"accelerator": "nvidia-l4"},
}  # fmt: skip


def test_a_gpu_needs_its_cpu_and_memory_and_cpu_that_is_always_there() -> None:
    assert refused(service(**GPU)) == []
    small = service(**GPU)
    small.template.containers[0].resources.limits["memory"] = "8Gi"
    assert refused(small) == ["containers[0].resources.limits"]
    idle = service(**GPU)
    idle.template.containers[0].resources.cpu_idle = True
    assert refused(idle) == ["containers[0].resources.cpu_idle"]
    unnamed = service(**{**GPU, "node_selector": {"accelerator": "nvidia-h100"}})
    assert refused(unnamed) == ["node_selector.accelerator"]


def test_more_gpus_than_there_is_quota_for_are_refused() -> None:
    with pytest.raises(ApiError, match="max instances must be set to 3 or fewer"):
        check_gpu_quota(service(**GPU, scaling={"max_instance_count": 4}), Quotas())


@pytest.mark.parametrize("name, taken", [
    ("a", True), ("a" * 49, True), ("a" * 50, False), ("1a", False), ("a-", False), ("A", False), ("", False), ("a_b", False),
])  # fmt: skip
def test_a_service_is_called_as_a_host_may_be(name: str, taken: bool) -> None:
    if taken:
        check_service_id("CreateServiceRequest", name)
    else:
        with pytest.raises(ApiError, match=r"Violation in CreateServiceRequest\.service_id"):
            check_service_id("CreateServiceRequest", name)


@given(
    cpu=st.sampled_from([1, 2, 4, 6, 8]),
    gibibytes=st.integers(1, 32),
    instances=st.integers(0, 200),
)
def test_what_the_quota_message_allows_is_taken_and_one_more_is_not(cpu: int, gibibytes: int, instances: int) -> None:
    wanted = limited(str(cpu), f"{gibibytes}Gi", scaling={"max_instance_count": instances})
    if refused(wanted):
        return
    quotas = Quotas()
    try:
        check_service("CreateServiceRequest", "hello", wanted, quotas)
    except ApiError as error:
        (fits,) = [int(word) for word in error.message.split("Max instances must be set to ")[1].split()[:1]]
        assert fits < instances
        for count, fields in ((fits, []), (fits + 1, ["scaling.max_instance_count"])):
            if count:
                wanted.template.scaling.max_instance_count = count
                assert refused(wanted, quotas) == fields
    else:
        filled = limited(str(cpu), f"{gibibytes}Gi")
        fill_in(filled, quotas, ACCOUNT)
        assert refused(filled, quotas) == []


@given(st.integers(1, 10**6))
def test_quantities_are_read_as_kubernetes_writes_them(number: int) -> None:
    assert parse_cpu(f"{number}m") == number / 1000
    assert parse_memory(f"{number}Ki") == number * 1024
    assert parse_memory(f"{number}Mi") == number * 1024**2
    assert parse_memory(f"{number}M") == number * 10**6
    assert parse_memory(str(number)) == number
