"""Remedies: each is offered for the real error, and the plan with it is right and has the cause taken away."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.cloud import run_v2

from tests.locking.small_index import SmallIndex
from tests.steps.planning import planned
from wizard.advice.causes import CauseKind, Facts, recognise
from wizard.advice.cloud_causes import CloudFacts, Condition, recognise_condition
from wizard.errors import BuildError, InspectionError, LockError, PlanError, SendoffError, TargetError, UnsafeModelError
from wizard.events import Reporter, silent
from wizard.images import build_causes, engine_errors
from wizard.images.endpoint import Endpoint
from wizard.locking import lock
from wizard.plan import Plan, Source, load_plan, problems, save_plan
from wizard.rehearsal import Check, RehearsalReport, contract, require_passed
from wizard.steps.remedies import Remedy, apply, remedies, where_to_change
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.preflight import Finding, PreflightError, Verdict, preflight
from wizard.workshop.local import local_cloud_run
from wizard.workshop.quotas import Quotas


def reporter() -> Reporter:
    return silent()


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Writes a plan, and takes a remedy for it: the plan as it is read back."""

    def take(plan: Plan, remedy: Remedy) -> Plan:
        path = tmp_path / "sendoff.yaml"
        save_plan(plan, path, "Plan for a test.")
        changed = apply(remedy, path)
        read = load_plan(path)
        assert read.values() == changed.values()
        assert path.read_text().startswith("# Plan for a test.\n")
        assert not problems(read)
        return read

    return take


def only(error: SendoffError, plan: Plan, path: Path | None = None) -> Remedy:
    (remedy,) = remedies(error, plan, path)
    return remedy


# --- packages -------------------------------------------------------------------------------------------------


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SmallIndex]:
    """An index of made-up wheels, and the only one uv knows."""
    for name in list(os.environ):
        if name.startswith(("UV_", "PIP_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    small = SmallIndex()
    monkeypatch.setenv("UV_DEFAULT_INDEX", small.url)
    yield small
    small.close()


def locked(plan: Plan, written: Any) -> tuple[LockError, Remedy, dict[str, str]]:
    """The real error of a lock, its first remedy, and the packages that are locked once it is taken."""
    with pytest.raises(LockError) as raised:
        lock(plan, (), reporter())
    remedy = remedies(raised.value, plan)[0]
    packages = lock(written(plan, remedy), (), reporter()).packages
    return raised.value, remedy, {package.name: package.version for package in packages}


def test_a_conflict_is_solved_by_letting_go_of_the_weakest_version(index: SmallIndex, written: Any) -> None:
    index.add("trees", "1.0", "arrays<2")
    for version in ("1.0", "2.0"):
        index.add("arrays", version)
    error, remedy, packages = locked(planned(image_requirements=["trees==1.0", "arrays==2.0"]), written)
    assert error.kind == "conflict"
    assert remedy.stage == "lock"
    assert packages == {"trees": "1.0", "arrays": "1.0"}


def test_a_version_that_is_not_there_becomes_the_nearest_that_is(index: SmallIndex, written: Any) -> None:
    for version in ("1.0", "2.0"):
        index.add("trees", version)
    error, remedy, packages = locked(planned(image_requirements=["trees==1.5"]), written)
    assert error.kind == "no-version"
    assert remedy.label == "Ask for trees==1.0 instead of trees==1.5"
    assert packages == {"trees": "1.0"}


def test_of_what_the_handler_needs_the_handlers_own_list_is_changed(index: SmallIndex, written: Any) -> None:
    index.add("trees", "1.0")
    index.add("tools", "3.0")
    plan = planned(image_requirements=["trees"], image_extra_requirements=["tools==9.0"])
    _, remedy, packages = locked(plan, written)
    assert remedy.settings == {"image.extra_requirements": ["tools==3.0"]}
    assert packages == {"trees": "1.0", "tools": "3.0"}


def test_a_package_without_a_build_takes_the_python_that_has_one(index: SmallIndex, written: Any) -> None:
    index.add("trees", "1.0", tag="cp310-cp310-manylinux_2_17_x86_64")
    error, remedy, packages = locked(planned(image_requirements=["trees==1.0"]), written)
    assert error.kind == "no-wheel"
    assert remedy.settings == {"image.python": "3.10", "image.base": "python:3.10-slim"}
    assert packages == {"trees": "1.0"}


def test_a_package_of_source_only_becomes_the_nearest_that_is_built(index: SmallIndex, written: Any) -> None:
    index.add_source("trees", "1.0")
    index.add("trees", "1.1")
    error, _, packages = locked(planned(image_requirements=["trees==1.0"]), written)
    assert error.kind == "sdist-only"
    assert packages == {"trees": "1.1"}


def test_a_package_younger_than_the_models_day_moves_the_day(index: SmallIndex, written: Any) -> None:
    index.add("trees", "1.0", uploaded="2023-01-01")
    index.add("trees", "2.0", uploaded="2024-05-05")
    plan = planned(model_as_of="2023-06-01", image_requirements=["trees==2.0"])
    error, remedy, packages = locked(plan, written)
    assert error.kind == "too-new"
    assert remedy.settings == {"model.as_of": "2024-05-05"}
    assert packages == {"trees": "2.0"}


def test_a_build_of_its_publishers_own_becomes_the_plain_version(index: SmallIndex, written: Any) -> None:
    index.add("trees", "1.0")
    error, _, packages = locked(planned(image_requirements=["trees==1.0+cu121"]), written)
    assert error.kind == "local-version"
    assert packages == {"trees": "1.0"}


@pytest.mark.parametrize(("said", "kind"), [("cv2", "unknown-package"), ("opencv-python-headless 4.0", "syntax")])
def test_a_name_or_a_slip_is_set_right(index: SmallIndex, written: Any, said: str, kind: str) -> None:
    index.add("opencv-python-headless", "4.0")
    error, _, packages = locked(planned(image_requirements=[said]), written)
    assert error.kind == kind
    assert packages == {"opencv-python-headless": "4.0"}


def test_what_lies_on_this_machine_becomes_the_released_package(index: SmallIndex, written: Any) -> None:
    index.add("trees", "1.0")
    error, _, packages = locked(planned(image_requirements=["trees @ file:///home/ada/trees-1.0"]), written)
    assert error.kind == "local"
    assert packages == {"trees": "1.0"}


def test_what_means_nothing_on_linux_is_left_out(index: SmallIndex, written: Any) -> None:
    index.add("trees", "1.0")
    error, remedy, packages = locked(planned(image_requirements=["trees", "pywin32==306"]), written)
    assert error.kind == "platform"
    assert remedy.label == "Leave out pywin32==306"
    assert packages == {"trees": "1.0"}


def test_the_version_that_saved_the_model_is_never_moved(index: SmallIndex) -> None:
    index.add("scikit-learn", "1.4")
    plan = planned(image_requirements=["scikit-learn==1.5.2"])
    with pytest.raises(LockError) as raised:
        lock(plan, (), reporter())
    assert "scikit-learn==1.4" in raised.value.fix
    assert remedies(raised.value, plan) == ()


def test_an_index_that_does_not_answer_has_no_remedy_in_the_plan(index: SmallIndex) -> None:
    index.status = 503
    plan = planned(image_requirements=["trees"])
    with pytest.raises(LockError) as raised:
        lock(plan, (), reporter())
    assert remedies(raised.value, plan) == ()


# --- modules --------------------------------------------------------------------------------------------------


def not_started(
    logs: list[str], plan: Plan, exit_code: int | None = 1, oom: bool = False, **facts: Any
) -> SendoffError:
    """The rehearsal's error for a service that did not come up, put together as the rehearsal does."""
    cause = recognise(logs, exit_code, oom, Facts(port=8080, memory_limit=plan.service.memory, **facts))
    assert cause is not None
    evidence = "\n".join((f"{cause.title} {cause.why}", *map(str, cause.evidence)))
    return failing(contract.LISTENS.failed(evidence, cause.fix, cause.kind))


def failing(check: Check) -> SendoffError:
    with pytest.raises(SendoffError) as raised:
        require_passed(RehearsalReport("container", (check,), 0.0, 0, 0, (), None))
    raised.value.stage = "rehearse"
    return raised.value


def test_a_missing_module_brings_the_package_that_has_it(written: Any) -> None:
    plan = planned()
    error = not_started(["ModuleNotFoundError: No module named 'cv2'"], plan)
    changed = written(plan, only(error, plan))
    assert changed.image.extra_requirements == ("opencv-python-headless",)


def test_a_module_that_lies_beside_the_plan_is_shipped(tmp_path: Path, written: Any) -> None:
    plan = planned()
    (tmp_path / "my_features.py").write_text("")
    error = not_started(["ModuleNotFoundError: No module named 'my_features.text'"], plan)
    changed = written(plan, only(error, plan, tmp_path / "sendoff.yaml"))
    assert changed.image.modules == ("my_features.py",)


def test_a_module_nobody_knows_is_not_looked_for_on_the_index() -> None:
    plan = planned()
    assert remedies(not_started(["ModuleNotFoundError: No module named 'ourcompany'"], plan), plan) == ()


def test_a_module_the_inspection_misses_brings_its_package() -> None:
    plan = planned()
    error = InspectionError(
        "The model needs Encoder from the module imblearn.pipeline, which is on no package index Sendoff knows of.",
        "",
        "",
    )
    assert only(error, plan).settings == {"image.extra_requirements": ["imbalanced-learn"]}


def test_a_model_of_other_versions_gets_the_version_that_saved_it(written: Any) -> None:
    plan = planned(image_requirements=["scikit-learn", "numpy<2"])
    error = not_started(["ValueError: node array from the pickle has an incompatible dtype"], plan)
    assert written(plan, only(error, plan)).image.requirements == ("scikit-learn==1.5.2", "numpy<2")


# --- what runs ------------------------------------------------------------------------------------------------


def test_too_little_memory_becomes_the_next_size(written: Any) -> None:
    plan = planned()
    changed = written(plan, only(not_started([], plan, 137, oom=True), plan))
    assert changed.service.memory == 1024**3
    origin = changed.origin("service.memory")
    assert origin is not None and origin.source is Source.PERSON
    assert "Give it 1Gi of memory" in origin.why


def test_more_memory_on_cloud_run_brings_the_cpus_it_takes(written: Any) -> None:
    plan = planned(target="cloud_run", service_memory="4Gi")
    changed = written(plan, only(not_started([], plan, 137, oom=True), plan))
    assert (changed.service.memory, changed.service.cpu) == (8 * 1024**3, 2)


def test_a_peak_too_near_to_the_limit_gives_the_size_that_holds_it(written: Any) -> None:
    plan = planned()
    error = failing(contract.MEMORY.failed("It peaked at 900 MiB of 512 MiB; idle 200 MiB."))
    assert written(plan, only(error, plan)).service.memory == 2 * 1024**3


def test_answers_that_change_in_company_are_given_one_by_one(written: Any) -> None:
    plan = planned()
    error = failing(contract.BATCHING.failed("3 of 10 rows differ."))
    assert written(plan, only(error, plan)).serving.batching is False


def test_a_service_that_fails_its_callers_takes_fewer_at_a_time(written: Any) -> None:
    plan = planned()
    assert written(plan, only(failing(contract.LOAD.failed("32 at once: 5 failed")), plan)).service.concurrency == 16


def test_a_slow_start_gets_more_time_and_more_cpu(written: Any) -> None:
    plan = planned(target="cloud_run", target_startup_boost=False, target_startup_probe={"period": 5, "failures": 10})
    found = remedies(not_started([], plan, None, listening=(), waited=50.0, loading=True), plan)
    probe, boost, cpu = (written(plan, remedy) for remedy in found)
    assert probe.target.startup_probe.failures == 48
    assert boost.target.startup_boost
    assert cpu.service.cpu == 2


def test_a_port_in_use_becomes_any_free_one(written: Any) -> None:
    plan = planned(target_port=8123)
    error = TargetError("Port 8123 is in use.", cause=CauseKind.PORT_TAKEN)
    assert written(plan, only(error, plan)).target.port == 0


def test_a_name_that_is_taken_gets_a_number(written: Any) -> None:
    error = TargetError("The name housing is taken.", cause=CauseKind.NAME_TAKEN)
    changed = written(planned(), only(error, planned()))
    assert changed.service.name == "housing-2"
    again = TargetError("The name housing-2 is taken.", cause=CauseKind.NAME_TAKEN)
    assert only(again, changed).settings == {"service.name": "housing-3"}


ENDPOINT = Endpoint("unix:///var/run/docker.sock", "the usual place")


@pytest.mark.parametrize(
    "error",
    [
        engine_errors.missing(ENDPOINT, "No such file"),
        engine_errors.explain(PermissionError(errno.EACCES, "denied"), ENDPOINT, doing="building", seconds=1),
        engine_errors.gone(ENDPOINT, "building", "reset"),
    ],
)
def test_without_an_engine_a_local_service_runs_as_a_process(error: SendoffError, written: Any) -> None:
    assert written(planned(), only(error, planned())).target.runtime == "process"
    assert remedies(error, planned(target="cloud_run")) == ()
    assert remedies(error, planned(target_runtime="process")) == ()


def test_a_base_image_that_is_not_there_becomes_the_official_one(written: Any) -> None:
    plan = planned(image_base="python:3.11-slimmest")
    cause = build_causes.recognise("FROM python:3.11-slimmest", "manifest for python:3.11-slimmest not found", None, ())
    error = BuildError("The image could not be built at step 1 of 9: FROM python:3.11-slimmest", cause.why, cause.fix)
    assert written(plan, only(error, plan)).image.base == "python:3.11-slim"


# --- the cloud ------------------------------------------------------------------------------------------------


def preflight_error(*findings: Finding) -> PreflightError:
    return PreflightError(findings, findings)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A local Cloud Run with the quota of a new project."""
    monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
    quotas = Quotas(cpu=20_000, memory=40 * 1024**3)
    with local_cloud_run(tmp_path / "cloud", quotas=quotas) as local, Cloud.local(local.address) as made:
        yield made


def refused(plan: Plan, cloud: Cloud) -> PreflightError:
    with pytest.raises(PreflightError) as raised:
        preflight(plan, reporter(), cloud=cloud)
    return raised.value


def for_cloud(**changes: Any) -> Plan:
    return planned(target="cloud_run", target_project="demo-project", **changes)


def test_a_repository_that_is_missing_is_made_on_consent(cloud: Cloud) -> None:
    plan = for_cloud()
    remedy = only(refused(plan, cloud), plan)
    assert remedy.label == "Make the repository sendoff"
    assert remedy.consent and not remedy.settings
    preflight(plan, reporter(), cloud=cloud, create_repository=remedy.consent)


def test_a_name_of_others_on_cloud_run_gets_a_number(cloud: Cloud, written: Any) -> None:
    plan = for_cloud()
    theirs = run_v2.Service(template=run_v2.RevisionTemplate(containers=[run_v2.Container(image="theirs")]))
    cloud.services.create_service(parent=cloud.place.parent, service=theirs, service_id="housing").result(timeout=30)  # type: ignore[no-untyped-call]  # api_core types it not
    changed = written(plan, remedies(refused(plan, cloud), plan)[-1])
    assert changed.service.name == "housing-2"
    preflight(changed, reporter(), cloud=cloud, create_repository=True)


def test_more_instances_than_the_quota_has_become_as_many(cloud: Cloud, written: Any) -> None:
    plan = for_cloud(target_max_instances=40)
    changed = written(plan, remedies(refused(plan, cloud), plan)[-1])
    assert changed.target.max_instances == 20
    preflight(changed, reporter(), cloud=cloud, create_repository=True)


def cloud_failure(message: str, reason: str = "") -> TargetError:
    cause = recognise_condition(
        Condition("Ready", reason, message), [], CloudFacts(project="my-project", region="us-central1")
    )
    return TargetError(
        f"The revision housing-00002-abc did not become ready: {cause.title}",
        cause.why,
        cause.fix,
        evidence=[str(one) for one in cause.evidence],
    )


def test_a_quota_of_instances_is_kept(written: Any) -> None:
    plan = planned(target="cloud_run", target_max_instances=40, target_min_instances=20)
    error = cloud_failure("Max instances must be set to 10 or fewer in order to set the requested total CPU.")
    target = written(plan, only(error, plan)).target
    assert (target.max_instances, target.min_instances) == (10, 10)


def test_instances_that_cannot_be_kept_warm_are_not() -> None:
    plan = planned(target="cloud_run", target_min_instances=3)
    error = cloud_failure("", "MIN_INSTANCES_NOT_PROVISIONED")
    assert only(error, plan).settings == {"target.min_instances": 0}


def test_what_the_fix_itself_says_to_set_can_be_set(written: Any) -> None:
    plan = planned(target="cloud_run", target_access="public")
    error = TargetError(
        "The organisation does not let everybody call housing.",
        "A policy of the organisation refuses allUsers.",
        "Set target.access to public-without-check, which needs no such entry; or to private, with target.invokers.",
    )
    assert written(plan, only(error, plan)).target.access == "public-without-check"


def test_what_needs_something_else_first_is_not_offered() -> None:
    plan = planned(target="cloud_run")
    finding = Finding(
        "Repository", Verdict.WRONG, "sendoff holds MAVEN, not Docker images.", "The image is pushed to it.",
        "Set target.repository to housing-images in sendoff.yaml, after creating that: gcloud artifacts repositories create",
    )  # fmt: skip
    assert remedies(preflight_error(finding), plan) == ()


# --- the plan -------------------------------------------------------------------------------------------------


def test_a_broken_rule_offers_the_nearest_value() -> None:
    plan = planned(image_base="python:3.12-slim")
    (problem,) = problems(plan)
    error = PlanError(problem.what, problem.why, problem.fix, field=problem.field)
    assert only(error, plan).settings == {"image.python": "3.12"}


def test_a_remedy_that_would_break_the_plan_is_not_offered() -> None:
    plan = planned(target="cloud_run")
    error = TargetError("No.", "", "Set service.concurrency to 5000 and try again.")
    assert remedies(error, plan) == ()


def test_a_remedy_that_cannot_be_taken_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "sendoff.yaml"
    save_plan(planned(), path)
    before = path.read_bytes()
    with pytest.raises(PlanError):
        apply(Remedy("Break it", {"service.memory": "much"}), path)
    assert path.read_bytes() == before


def test_the_persons_other_values_keep_their_sources(tmp_path: Path) -> None:
    path = tmp_path / "sendoff.yaml"
    save_plan(planned(), path)
    before = load_plan(path)
    after = apply(Remedy("Give it 1Gi", {"service.memory": "1Gi"}), path)
    same = {name: origin for name, origin in after.sources.items() if name != "service.memory"}
    assert same == {name: origin for name, origin in before.sources.items() if name != "service.memory"}


def test_a_dangerous_model_has_no_remedy() -> None:
    error = UnsafeModelError("x.pkl would run code.", "", "Set model.trusted to true.")
    assert remedies(error, planned()) == ()
    assert where_to_change(error) == "model.trusted"


# --- where to change ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (PlanError("", field="service.memory"), "service.memory"),
        (PlanError("", field="sendoff"), None),
        (
            TargetError("Port 1 is in use.", "", "Choose another target.port in sendoff.yaml (0 takes a free one)."),
            "target.port",
        ),
        (TargetError("Slow.", "", "Allow a longer target.startup_probe.failures."), "target.startup_probe.failures"),
        (LockError("x is not on the index.", "image.extra_requirements asks for x."), "image.extra_requirements"),
        (LockError("uv cannot be started."), "image.requirements"),
        (InspectionError("model.pkl holds no scikit-learn model."), "model.path"),
        (BuildError("It could not be built."), "image.base"),
        (SendoffError("The disk is full."), None),
    ],
)
def test_the_field_an_error_speaks_of_is_named(error: SendoffError, field: str | None) -> None:
    assert where_to_change(error) == field
