"""The commands by hand: every value of the plan is in them, quoted, and the tools that are to read them do."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.steps.planning import planned
from wizard.plan import Plan
from wizard.steps.by_hand import Command, StageByHand, by_hand, by_hand_step
from wizard.steps.by_hand.command import gcloud_list

PLAN = Path("/projects/housing/sendoff.yaml")

FULL: dict[str, Any] = {
    "target": "cloud_run",
    "service_cpu": 4,
    "service_memory": "16Gi",
    "service_concurrency": 7,
    "service_timeout": 77,
    "service_env": {"GREETING": "a,b=c; it's d", "LEVEL": "info", "API_TOKEN": "do-not-show-me"},
    "target_region": "europe-west1",
    "target_repository": "images",
    "target_port": 9090,
    "target_min_instances": 1,
    "target_max_instances": 3,
    "target_billing": "instance",
    "target_startup_boost": False,
    "target_execution_environment": "gen2",
    "target_session_affinity": True,
    "target_startup_probe": {"kind": "tcp", "initial_delay": 2, "period": 6, "timeout": 4, "failures": 20},
    "target_liveness_probe": {"path": "/alive?a=1,2", "period": 30},
    "target_access": "private",
    "target_invokers": ["user:ada@example.com", "group:team@example.com"],
    "target_ingress": "internal-and-load-balancer",
    "target_service_account": "runner@my-project.iam.gserviceaccount.com",
    "target_secrets": {"DB": "db-password", "KEY": "api-key:3"},
    "target_volumes": [
        {"kind": "secret", "path": "/secrets/one", "secret": "cert", "version": "2", "file": "tls.pem"},
        {"kind": "cloud-sql", "instances": ["my-project:europe-west1:db", "my-project:europe-west1:other"]},
        {"kind": "bucket", "path": "/mnt/b", "bucket": "models", "options": ["implicit-dirs", "only-dir=a,b"]},
        {"kind": "nfs", "path": "/mnt/n", "server": "10.0.0.2", "export": "/share", "read_only": False},
        {"kind": "memory", "path": "/mnt/m", "size": "64Mi"},
    ],
    "target_vpc": {"network": "net", "subnetwork": "sub", "network_tags": ["a", "b"], "egress": "all-traffic"},
    "target_labels": {"team": "ml", "cost": "x"},
    "target_gpu": "nvidia-l4",
    "target_binary_authorization": "default",
    "target_encryption_key": "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k",
    "target_tags": ["beta", "next"],
    "target_traffic": [10, 50, 100],
    "target_traffic_wait": 20,
}


def stage(plan: Plan, name: str, path: Path = PLAN) -> StageByHand:
    return next(one for one in by_hand(plan, path) if one.stage == name)


def words(command: Command) -> list[str]:
    return shlex.split(command.text.replace("\\\n", " "))


def flags(command: Command) -> dict[str, list[str]]:
    """--flag=value of a gcloud command; a flag without a value has an empty one."""
    found: dict[str, list[str]] = {}
    for word in words(command):
        if word.startswith("--"):
            name, _, value = word.partition("=")
            found.setdefault(name, []).append(value)
    return found


def as_gcloud_reads(value: str) -> list[str]:
    """`gcloud topic escaping`, as that page says it."""
    if found := re.fullmatch(r"\^([^^]+)\^(.*)", value, re.DOTALL):
        return found[2].split(found[1])
    return value.split(",")


# --- the road -------------------------------------------------------------------------------------------------


def test_the_stages_of_a_local_plan_are_those_of_its_road_and_its_end() -> None:
    names = [one.stage for one in by_hand(planned(), PLAN)]
    assert names == ["inspect", "lock", "bundle", "build", "rehearse", "release", "down"]


def test_a_plan_for_cloud_run_goes_on_to_traffic_and_the_way_back() -> None:
    names = [one.stage for one in by_hand(planned(target="cloud_run"), PLAN)]
    assert names == [
        "inspect", "preflight", "lock", "bundle", "build", "rehearse", "push", "release", "traffic", "rollback", "down",
    ]  # fmt: skip


def test_without_an_engine_no_image_is_built_and_the_server_runs_as_a_process() -> None:
    stages = by_hand(planned(target_runtime="process"), PLAN)
    assert "build" not in [one.stage for one in stages]
    assert not any("docker" in command.text for one in stages for command in one.commands)


@pytest.mark.parametrize("plan", [planned(), planned(**FULL)], ids=["local", "cloud_run"])
def test_every_command_says_what_it_does_and_can_be_read_by_a_shell(plan: Plan) -> None:
    for one in by_hand(plan, PLAN):
        assert one.title and one.why.endswith(".")
        for command in one.commands:
            assert command.why.endswith((".", "?"))
            checked = subprocess.run(["bash", "-n", "-c", command.text], capture_output=True, text=True)
            assert checked.returncode == 0, checked.stderr


def test_names_with_spaces_and_quotes_reach_the_command_whole() -> None:
    plan = planned(model_path="my model's.pkl")
    commands = stage(plan, "inspect", Path("/my projects/it's/sendoff.yaml")).commands
    assert words(commands[0]) == ["cd", "/my projects/it's"]
    assert words(commands[1]) == ["sha256sum", "my model's.pkl"]


def test_each_step_of_the_wizard_has_its_commands_and_the_review_has_the_whole_road_in_one() -> None:
    plan = planned(target="cloud_run")
    for name in ("model", "serving", "image", "place", "settings", "review"):
        assert by_hand_step(name, plan, PLAN), name
    assert by_hand_step("nowhere", plan, PLAN) == ()
    assert any(command.text == "sendoff up sendoff.yaml --yes" for command in by_hand_step("review", plan, PLAN))


# --- private values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["local", "cloud_run"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", "hunter2"),
        ("SETTING", "AIzaSyA1234567890abcdefghijklmnopqrs"),
        ("ADDRESS", "postgres://u:pw@host/db"),
    ],
)
def test_a_value_that_may_be_secret_is_left_to_the_shell(target: str, name: str, value: str) -> None:
    plan = planned(target=target, service_env={name: value, "PLAIN": "yes"})
    texts = [f"{command.text} {command.why}" for one in by_hand(plan, PLAN) for command in one.commands]
    assert not any(value in text for text in texts)
    assert any(f"export {name}=" in text for text in texts)
    assert any("PLAIN=yes" in text for text in texts)


# --- docker -----------------------------------------------------------------------------------------------------


def test_the_rehearsal_is_held_to_the_plans_limits() -> None:
    run = words(stage(planned(service_memory="1536Mi", service_cpu=0.5), "rehearse").commands[0])
    assert run[run.index("--memory") + 1] == "1536m" == run[run.index("--memory-swap") + 1]
    assert run[run.index("--cpus") + 1] == "0.5"
    assert "--read-only" in run and "--cap-drop" in run


def test_more_cpus_than_this_machine_has_are_not_asked_for() -> None:
    run = words(stage(planned(service_cpu=44), "rehearse").commands[0])
    assert float(run[run.index("--cpus") + 1]) == os.cpu_count()


def test_a_service_is_published_on_loopback_alone_at_the_plans_port() -> None:
    for port, published in ((0, "127.0.0.1::8080"), (8123, "127.0.0.1:8123:8080")):
        run = words(stage(planned(target_port=port), "release").commands[0])
        assert run[run.index("--publish") + 1] == published


# --- gcloud -----------------------------------------------------------------------------------------------------


def test_every_setting_of_the_plan_is_a_flag_of_gcloud_run_deploy() -> None:
    deploy = stage(planned(**FULL), "release").commands[0]
    assert words(deploy)[:5] == ["gcloud", "beta", "run", "deploy", "housing"]  # for the bucket's options
    plain = stage(planned(target="cloud_run"), "release").commands[0]
    assert words(plain)[:4] == ["gcloud", "run", "deploy", "housing"]
    said = flags(deploy)
    single = {name: values[0] for name, values in said.items() if len(values) == 1}
    assert single["--image"] == "europe-west1-docker.pkg.dev/my-project/images/housing:by-hand"
    assert (single["--region"], single["--project"]) == ("europe-west1", "my-project")
    assert (single["--cpu"], single["--memory"], single["--port"]) == ("4", "16Gi", "9090")
    assert (single["--concurrency"], single["--timeout"]) == ("7", "77")
    assert (single["--min-instances"], single["--max-instances"]) == ("1", "3")
    for flag in ("--no-cpu-throttling", "--no-cpu-boost", "--session-affinity", "--no-allow-unauthenticated"):
        assert single[flag] == ""
    assert single["--execution-environment"] == "gen2"
    assert single["--ingress"] == "internal-and-cloud-load-balancing"
    assert single["--service-account"] == "runner@my-project.iam.gserviceaccount.com"
    assert single["--binary-authorization"] == "default"
    assert single["--key"] == "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k"
    assert (single["--gpu"], single["--gpu-type"], single["--no-gpu-zonal-redundancy"]) == ("1", "nvidia-l4", "")
    assert (single["--network"], single["--subnet"]) == ("net", "sub")
    assert (single["--network-tags"], single["--vpc-egress"]) == ("a,b", "all-traffic")
    assert as_gcloud_reads(single["--labels"]) == ["cost=x", "team=ml"]
    assert as_gcloud_reads(single["--set-secrets"]) == [
        "DB=db-password:latest", "KEY=api-key:3", "/secrets/one/tls.pem=cert:2",
    ]  # fmt: skip
    assert as_gcloud_reads(single["--set-cloudsql-instances"]) == [
        "my-project:europe-west1:db", "my-project:europe-west1:other",
    ]  # fmt: skip


def test_probes_are_said_with_all_their_numbers_and_paths_with_commas_are_kept_whole() -> None:
    said = flags(stage(planned(**FULL), "release").commands[0])
    assert as_gcloud_reads(said["--startup-probe"][0]) == [
        "tcpSocket.port=9090", "initialDelaySeconds=2", "periodSeconds=6", "timeoutSeconds=4", "failureThreshold=20",
    ]  # fmt: skip
    assert "httpGet.path=/alive?a=1,2" in as_gcloud_reads(said["--liveness-probe"][0])


def test_volumes_are_added_and_mounted_by_name() -> None:
    said = flags(stage(planned(**FULL), "release").commands[0])
    added = [as_gcloud_reads(value) for value in said["--add-volume"]]
    mounted = [as_gcloud_reads(value) for value in said["--add-volume-mount"]]
    assert added == [
        ["name=volume-3", "type=cloud-storage", "bucket=models", "readonly=true", "mount-options=implicit-dirs;only-dir=a,b"],
        ["name=volume-4", "type=nfs", "location=10.0.0.2:/share", "readonly=false"],
        ["name=volume-5", "type=in-memory", "size-limit=64Mi"],
    ]  # fmt: skip
    assert mounted == [
        ["volume=volume-3", "mount-path=/mnt/b"],
        ["volume=volume-4", "mount-path=/mnt/n"],
        ["volume=volume-5", "mount-path=/mnt/m"],
    ]


def test_variables_with_commas_and_quotes_are_kept_whole() -> None:
    shown, hidden = flags(stage(planned(**FULL), "release").commands[0])["--set-env-vars"]
    assert as_gcloud_reads(shown) == ["GREETING=a,b=c; it's d", "LEVEL=info"]
    assert as_gcloud_reads(hidden) == ["API_TOKEN=$API_TOKEN"]  # which the shell fills in


@pytest.mark.parametrize(
    ("access", "flag"),
    [
        ("private", "--no-allow-unauthenticated"),
        ("public", "--allow-unauthenticated"),
        ("public-without-check", "--no-invoker-iam-check"),
    ],
)
def test_who_may_call_is_said_as_gcloud_says_it(access: str, flag: str) -> None:
    commands = stage(planned(target="cloud_run", target_access=access), "release").commands
    assert flag in words(commands[0])
    assert ("print-identity-token" in commands[-1].text) == (access == "private")


def test_callers_get_the_role_one_by_one() -> None:
    commands = stage(planned(**FULL), "release").commands
    members = [flags(command)["--member"][0] for command in commands if "add-iam-policy-binding" in command.text]
    assert members == ["user:ada@example.com", "group:team@example.com"]


def test_the_traffic_moves_by_the_plans_steps_after_a_revision_without_any() -> None:
    commands = stage(planned(**FULL), "traffic").commands
    assert {"--no-traffic", "--tag"} <= flags(commands[0]).keys()
    steps = [flags(command)["--to-tags"][0] for command in commands if "--to-tags" in command.text]
    assert steps == ["candidate=10", "candidate=50", "candidate=100"]


def test_images_of_the_older_registry_keep_its_name() -> None:
    plan = planned(target="cloud_run", target_repository="eu.gcr.io")
    assert words(stage(plan, "push").commands[-1])[-1] == "eu.gcr.io/my-project/housing:by-hand"


def test_a_plan_for_the_local_cloud_run_says_that_gcloud_does_not_reach_it() -> None:
    plan = planned(target="cloud_run", target_endpoint="http://127.0.0.1:8790")
    assert "local Cloud Run" in stage(plan, "release").why


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(lambda text: f"k={text}"), min_size=1
    )
)
def test_any_values_come_back_whole_from_a_list_as_gcloud_reads_it(values: list[str]) -> None:
    assert as_gcloud_reads(gcloud_list(values)) == values


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="needs gcloud, which reads the commands")
def test_gcloud_itself_reads_every_command_and_asks_only_for_a_login(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "CLOUDSDK_CONFIG": str(tmp_path),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
        "API_TOKEN": "from, the shell",
    }
    asked = [
        command.text
        for one in by_hand(planned(**FULL), PLAN)
        for command in one.commands
        if command.text.startswith("gcloud") and not command.text.startswith("gcloud auth") and "$(" not in command.text
    ]
    forms = {re.sub(r"=\S+", "", text): text for text in asked}  # it takes a second to start: one command of each form
    assert len(forms) > 8
    for text in forms.values():
        answer = subprocess.run(["bash", "-c", text], env=environment, capture_output=True, text=True, timeout=120)
        assert "active account" in answer.stderr, f"{text}\n{answer.stderr}"  # 2: gcloud does not know the flags
        assert answer.returncode == 1


def test_the_plan_that_tests_all_of_it_leaves_no_field_of_cloud_run_at_its_default() -> None:
    """A field that is new in the plan fails here until it has its flag."""
    from wizard.plan import field_defaults

    not_of_the_service = {"target.endpoint", "target.requests_per_day", "target.gpu_zonal_redundancy", "target.access"}
    values, defaults = planned(**FULL).values(), field_defaults("cloud_run")
    same = {path for path in defaults if path.startswith(("service.", "target.")) and values[path] == defaults[path]}
    assert same == not_of_the_service, json.dumps(sorted(same ^ not_of_the_service))
