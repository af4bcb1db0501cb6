"""Preflight against the local Cloud Run: what a release needs is looked at, and everything that is missing is told at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.cloud import run_v2, secretmanager_v1
from google.cloud.artifactregistry_v1 import Repository
from google.iam.v1 import policy_pb2

from tests.targets.cloud_run.small_admin_api import admin_api
from wizard.errors import CancelledError
from wizard.events import Cancel, Event, LogLine, Notice, Reporter, silent
from wizard.plan.cloud_run import CloudRunTarget
from wizard.plan.plan import ImageSection, ModelSection, Plan, ServiceSection
from wizard.targets.cloud_run import records
from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.desired import MANAGED_BY
from wizard.targets.cloud_run.place import Place
from wizard.targets.cloud_run.preflight import Finding, Preflight, PreflightError, Verdict, preflight
from wizard.targets.cloud_run.preflight_apis import needed_apis
from wizard.targets.cloud_run.preflight_finding import Look
from wizard.targets.cloud_run.preflight_limits import look_at_limits
from wizard.targets.cloud_run.preflight_repository import look_at_repository
from wizard.targets.cloud_run.preflight_rights import needed_rights
from wizard.targets.cloud_run.preflight_secrets import look_at_secrets, secrets_of
from wizard.workshop.local import LocalCloudRun, local_cloud_run
from wizard.workshop.quotas import Quotas
from wizard.workshop.tokens import OWNER
from wizard.workshop.workshop import Workshop

GIB = 2**30
COMPUTE = "123456789012-compute@developer.gserviceaccount.com"
ADA = "ada@example.com"
ALWAYS = 1000


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalCloudRun]:
    with local_cloud_run(tmp_path, quotas=Quotas(cpu=20_000, memory=40 * GIB)) as served:
        yield served


@pytest.fixture
def cloud(local: LocalCloudRun) -> Iterator[Cloud]:
    with Cloud.local(local.address) as made:
        yield made


@pytest.fixture
def repository(cloud: Cloud) -> None:
    """The plan's repository is there."""
    cloud.artifacts.create_repository(
        parent=cloud.place.parent,
        repository_id="sendoff",
        repository=Repository(format_=Repository.Format.DOCKER),
    ).result(timeout=10)


class Somebody:
    """An account with an access token of the local Cloud Run."""

    def __init__(self, local: LocalCloudRun, email: str) -> None:
        self.principal, self.member = email, f"user:{email}"
        self._token = local.authority.mint_access(email)

    def access_token(self) -> str:
        return self._token

    def identity_token(self, audience: str) -> str:
        raise NotImplementedError(audience)


def cloud_of(local: LocalCloudRun, email: str) -> Cloud:
    place = Place("demo-project", "us-central1", f"http://{local.address}")
    return Cloud(place, Somebody(local, email), grpc_address=local.address)


def grant(cloud: Cloud, email: str, *roles: str) -> None:
    """Give somebody roles on the project."""
    bindings = [policy_pb2.Binding(role=role, members=[f"user:{email}"]) for role in roles]
    policy = policy_pb2.Policy(bindings=bindings)
    cloud.projects.set_iam_policy(request={"resource": "projects/demo-project", "policy": policy})


def plan(service: dict[str, Any] | None = None, **target: Any) -> Plan:
    return Plan(
        model=ModelSection(path="model.pkl", framework="scikit-learn"),
        image=ImageSection(requirements=("scikit-learn==1.5.0",)),
        service=ServiceSection(name="housing", **(service or {})),
        target=CloudRunTarget(**{"kind": "cloud_run", "project": "demo-project", **target}),
    )


def named(found: Preflight | PreflightError, name: str) -> list[Finding]:
    return [one for one in found.findings if one.name == name]


def refused(cloud: Cloud, wanted: Plan | None = None) -> PreflightError:
    with pytest.raises(PreflightError) as error:
        preflight(wanted or plan(), silent("preflight"), cloud=cloud)
    return error.value


def stands(cloud: Cloud, labels: dict[str, str]) -> run_v2.Service:
    """A service called housing."""
    template = run_v2.RevisionTemplate(containers=[run_v2.Container(image="x/y:1")])
    service = run_v2.Service(template=template, labels=labels)
    cloud.services.create_service(parent=cloud.place.parent, service=service, service_id="housing").result(timeout=20)
    return cloud.services.get_service(name=cloud.place.service("housing"))


@pytest.mark.usefixtures("repository")
class TestReady:
    def test_where_all_is_there_every_finding_is_good_and_nothing_was_made(self, cloud: Cloud) -> None:
        found = preflight(plan(), silent("preflight"), cloud=cloud)
        assert {one.name: one.verdict for one in found.findings} == {
            "APIs": Verdict.OK,
            "Permissions": Verdict.OK,
            "Repository": Verdict.OK,
            "Account of the service": Verdict.OK,
            "Acting as that account": Verdict.OK,
            "Region": Verdict.OK,
            "Quota": Verdict.OK,
            "Trial": Verdict.OK,
        }
        assert found.account == "you@localhost.example"
        assert found.summary == "8 of 8 as needed"
        assert not list(cloud.services.list_services(parent=cloud.place.parent))

    def test_a_service_that_is_there_is_tried_as_an_update_and_stays_as_it_is(self, cloud: Cloud) -> None:
        before = stands(cloud, labels=MANAGED_BY)
        found = preflight(plan(), silent("preflight"), cloud=cloud)
        assert [named(found, name)[0].verdict for name in ("Trial", "Name")] == [Verdict.OK, Verdict.OK]
        assert cloud.services.get_service(name=before.name) == before

    def test_a_service_that_sendoff_did_not_make_is_not_taken_over_unasked(self, cloud: Cloud) -> None:
        stands(cloud, labels={})
        (finding,) = named(refused(cloud), "Name")
        assert "did not make" in finding.found
        assert "gcloud run services update housing" in finding.fix
        assert "managed-by=sendoff" in finding.fix

    def test_a_service_of_another_project_on_this_machine_is_not_taken_over(
        self, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SENDOFF_HOME", str(tmp_path / "home"))
        stands(cloud, labels=MANAGED_BY)
        ours, theirs = tmp_path / "ours", tmp_path / "theirs"
        ours.mkdir()
        theirs.mkdir()
        place = cloud.place
        records.write(records.CloudRecord("housing", place.project, place.region, place.endpoint, str(theirs), ""))
        with pytest.raises(PreflightError) as error:
            preflight(plan(), silent("preflight"), cloud=cloud, project=ours)
        (finding,) = named(error.value, "Name")
        assert str(theirs) in finding.found
        assert (
            named(preflight(plan(), silent("preflight"), cloud=cloud, project=theirs), "Name")[0].verdict is Verdict.OK
        )
        theirs.rmdir()  # the folder is gone, and with it whoever could object
        assert named(preflight(plan(), silent("preflight"), cloud=cloud, project=ours), "Name")[0].verdict is Verdict.OK

    def test_it_says_who_and_where_at_once_and_each_finding_in_a_line(self, cloud: Cloud) -> None:
        events: list[Event] = []
        preflight(plan(), Reporter("preflight", events.append), cloud=cloud)
        lines = [event.text for event in events if isinstance(event, LogLine)]
        assert lines[0] == "Looking at the project demo-project in us-central1 as you@localhost.example."
        assert any(line.startswith("ok") and "Repository" in line for line in lines)

    def test_an_account_with_the_advised_roles_is_enough(self, local: LocalCloudRun, cloud: Cloud) -> None:
        grant(
            cloud, ADA, "roles/run.developer", "roles/artifactregistry.writer", "roles/iam.serviceAccountUser",
            "roles/logging.viewer", "roles/serviceusage.serviceUsageViewer", "roles/browser",
        )  # fmt: skip
        with cloud_of(local, ADA) as ada:
            found = preflight(plan(), silent("preflight"), cloud=ada)
        assert {one.verdict for one in found.findings} == {Verdict.OK}

    def test_public_access_is_said_to_be_seen_only_later(self, cloud: Cloud) -> None:
        found = preflight(plan(access="public"), silent("preflight"), cloud=cloud)
        assert named(found, "Public access")[0].verdict is Verdict.UNKNOWN
        assert "public-without-check" in named(found, "Public access")[0].fix


@pytest.mark.usefixtures("repository")
class TestPlanted:
    @pytest.mark.parametrize("api", ["run.googleapis.com", "artifactregistry.googleapis.com"])
    def test_api_disabled(self, api: str, local: LocalCloudRun, cloud: Cloud) -> None:
        local.faults.plant("api-disabled", ALWAYS, api=api)
        error = refused(cloud)
        (finding,) = [one for one in error.findings if one.blocking]
        assert api in finding.found
        assert finding.fix == f"gcloud services enable {api} --project=demo-project"
        assert any(finding.fix in line for line in error.evidence)

    def test_an_api_that_only_helps_to_see_is_advised_and_does_not_block(
        self, local: LocalCloudRun, cloud: Cloud
    ) -> None:
        local.faults.plant("api-disabled", ALWAYS, api="logging.googleapis.com")
        events: list[Event] = []
        found = preflight(plan(), Reporter("preflight", events.append), cloud=cloud)
        assert [one.verdict for one in named(found, "APIs")] == [Verdict.OK, Verdict.MISSING]
        (notice,) = [event.text for event in events if isinstance(event, Notice)]
        assert "gcloud services enable logging.googleapis.com" in notice

    @pytest.mark.parametrize(
        ("permission", "command"),
        [
            ("run.services.create", "gcloud projects add-iam-policy-binding demo-project"
             " --member=user:you@localhost.example --role=roles/run.developer --condition=None"),
            ("artifactregistry.repositories.uploadArtifacts", "gcloud artifacts repositories add-iam-policy-binding sendoff"
             " --location=us-central1 --project=demo-project --member=user:you@localhost.example"
             " --role=roles/artifactregistry.writer"),
        ],
    )  # fmt: skip
    def test_permission_denied(self, permission: str, command: str, local: LocalCloudRun, cloud: Cloud) -> None:
        local.faults.plant("permission-denied", ALWAYS, permission=permission)
        (finding,) = [one for one in refused(cloud).findings if one.blocking]
        assert permission in finding.found
        assert finding.fix == command

    def test_letting_people_in_is_only_asked_for_where_the_plan_does(self, local: LocalCloudRun, cloud: Cloud) -> None:
        local.faults.plant("permission-denied", ALWAYS, permission="run.services.setIamPolicy")
        preflight(plan(), silent("preflight"), cloud=cloud)
        (finding,) = [one for one in refused(cloud, plan(invokers=("user:ada@example.com",))).findings if one.blocking]
        assert "roles/run.admin" in finding.fix

    def test_act_as_denied(self, local: LocalCloudRun, cloud: Cloud) -> None:
        local.faults.plant("act-as-denied", ALWAYS)
        (finding,) = [one for one in refused(cloud).findings if one.blocking]
        assert finding.name == "Acting as that account"
        assert finding.fix == (
            f"gcloud iam service-accounts add-iam-policy-binding {COMPUTE} --project=demo-project"
            " --member=user:you@localhost.example --role=roles/iam.serviceAccountUser"
        )

    def test_an_organisation_policy_is_seen_before_anything_is_built(self, local: LocalCloudRun, cloud: Cloud) -> None:
        local.faults.plant("org-policy", ALWAYS, constraint="constraints/run.allowedIngress")
        (finding,) = [one for one in refused(cloud).findings if one.blocking]
        assert finding.name == "Organisation policy"
        assert "constraints/run.allowedIngress" in finding.found

    def test_more_instances_than_the_quota_allows(self, cloud: Cloud) -> None:
        error = refused(cloud, plan({"cpu": 4, "memory": 8 * GIB}, max_instances=20))
        (finding,) = [one for one in error.findings if one.blocking]
        assert finding.name == "Quota"
        assert "target.max_instances to 5 or fewer" in finding.fix

    def test_a_size_of_which_a_new_project_may_not_have_even_one(self, cloud: Cloud) -> None:
        large = plan({"cpu": 44, "memory": 100 * GIB}, max_instances=1)
        assert isinstance(large.target, CloudRunTarget)
        look = Look(large, large.target, cloud, silent(), False)
        (finding,) = [one for one in look_at_limits(look) if one.name == "Quota"]
        assert "a new project has 20 vCPU and 40 GiB" in finding.found
        assert "take less service.cpu" in finding.fix

    def test_a_moment_without_an_answer_is_waited_out(self, local: LocalCloudRun, cloud: Cloud) -> None:
        local.faults.plant("unavailable", 2, method="GetRepository")
        events: list[Event] = []
        found = preflight(plan(), Reporter("preflight", events.append), cloud=cloud)
        assert {one.verdict for one in found.findings} == {Verdict.OK}
        assert sum("Trying again" in event.text for event in events if isinstance(event, LogLine)) == 2

    def test_all_that_is_missing_is_told_at_once(self, local: LocalCloudRun, cloud: Cloud) -> None:
        local.faults.plant("act-as-denied", ALWAYS)
        local.faults.plant("permission-denied", ALWAYS, permission="run.services.update")
        wanted = plan(secrets={"API_KEY": "weather-key:3"}, repository="models")
        error = refused(cloud, wanted)
        blocking = [one for one in error.findings if one.blocking]
        assert {one.name for one in blocking} == {
            "Permissions", "Repository", "Acting as that account", "Secret weather-key",
        }  # fmt: skip
        assert error.what == "4 things stand in the way of a release to Cloud Run."
        assert all(any(one.fix in line for line in error.evidence) for one in blocking)
        assert len(error.as_dict()["findings"]) == len(error.findings)


class TestRepository:
    def test_a_missing_one_is_a_finding_with_its_command(self, cloud: Cloud) -> None:
        (finding,) = [one for one in refused(cloud).findings if one.blocking]
        assert finding.fix == (
            "gcloud artifacts repositories create sendoff --repository-format=docker --location=us-central1"
            " --project=demo-project"
        )

    def test_it_is_made_where_the_person_agreed(self, cloud: Cloud) -> None:
        found = preflight(plan(), silent("preflight"), cloud=cloud, create_repository=True)
        assert "made just now" in named(found, "Repository")[0].found
        preflight(plan(), silent("preflight"), cloud=cloud)

    def test_where_it_may_not_be_made_the_role_for_that_is_named(self, local: LocalCloudRun, cloud: Cloud) -> None:
        local.faults.plant("permission-denied", ALWAYS, permission="artifactregistry.repositories.create")
        with pytest.raises(PreflightError) as error:
            preflight(plan(), silent("preflight"), cloud=cloud, create_repository=True)
        assert any("--role=roles/artifactregistry.admin" in one.fix for one in error.value.findings if one.blocking)

    @pytest.mark.parametrize(
        ("there", "found"),
        [
            (Repository(format_=Repository.Format.PYTHON), "PYTHON"),
            (Repository(format_=Repository.Format.DOCKER, mode=Repository.Mode.VIRTUAL_REPOSITORY), "virtual"),
        ],
    )
    def test_one_to_which_no_image_can_be_pushed_is_wrong(self, there: Repository, found: str) -> None:
        with admin_api(GetRepository=lambda request: Repository.pb(there)) as api, Cloud.local(api.address) as made:
            wanted = plan()
            assert isinstance(wanted.target, CloudRunTarget)
            finding = look_at_repository(Look(wanted, wanted.target, made, silent(), create_repository=True))
        assert finding.verdict is Verdict.WRONG
        assert found in finding.found
        assert "gcloud artifacts repositories create housing-images" in finding.fix


@pytest.mark.usefixtures("repository")
class TestAccountsAndSecrets:
    def test_a_stranger_learns_what_is_missing_and_what_could_not_be_seen(self, local: LocalCloudRun) -> None:
        with cloud_of(local, ADA) as ada:
            error = refused(ada)
        (finding,) = named(error, "Permissions")
        assert finding.found == "You have no permission in the project demo-project, or there is no such project."
        assert "--member=user:ada@example.com --role=roles/run.developer" in finding.fix
        assert "--member=user:ada@example.com --role=roles/artifactregistry.writer" in finding.fix
        assert {one.name for one in error.findings if one.verdict is Verdict.UNKNOWN} >= {"APIs", "Repository"}

    def test_a_secret_s_version_is_looked_for_and_its_value_never(self, local: LocalCloudRun, cloud: Cloud) -> None:
        cloud.secrets.create_secret(
            parent="projects/demo-project",
            secret_id="weather-key",
            secret=secretmanager_v1.Secret(
                replication=secretmanager_v1.Replication(automatic=secretmanager_v1.Replication.Automatic())
            ),
        )
        cloud.secrets.add_secret_version(
            parent="projects/demo-project/secrets/weather-key", payload={"data": b"the-value"}
        )
        events: list[Event] = []
        found = preflight(plan(secrets={"API_KEY": "weather-key"}), Reporter("preflight", events.append), cloud=cloud)
        assert named(found, "Secret weather-key")[0].verdict is Verdict.OK
        assert "the-value" not in repr(found) + repr(events)
        (finding,) = [
            one for one in refused(cloud, plan(secrets={"API_KEY": "weather-key:7"})).findings if one.blocking
        ]
        assert finding.found == "The secret weather-key has no version 7."
        assert finding.fix == "gcloud secrets versions add weather-key --data-file=- --project=demo-project"

    def test_a_secret_that_is_not_there_comes_with_its_command_which_holds_no_value(self, cloud: Cloud) -> None:
        (finding,) = [one for one in refused(cloud, plan(secrets={"K": "weather-key:3"})).findings if one.blocking]
        assert finding.fix == "gcloud secrets create weather-key --data-file=- --project=demo-project"

    @pytest.mark.parametrize(
        ("role", "member", "verdict"),
        [
            ("roles/secretmanager.secretAccessor", f"serviceAccount:{COMPUTE}", Verdict.OK),
            ("roles/secretmanager.secretAccessor", "user:ada@example.com", Verdict.MISSING),
            ("roles/secretmanager.secretAccessor", "group:services@example.com", Verdict.UNKNOWN),
            ("projects/demo-project/roles/our-own", f"serviceAccount:{COMPUTE}", Verdict.UNKNOWN),
            ("roles/viewer", f"serviceAccount:{COMPUTE}", Verdict.MISSING),
        ],
    )
    def test_who_may_read_a_secret_is_seen_in_the_policies(self, role: str, member: str, verdict: Verdict) -> None:
        policy = policy_pb2.Policy(bindings=[policy_pb2.Binding(role=role, members=[member])])
        version = secretmanager_v1.SecretVersion(state=secretmanager_v1.SecretVersion.State.ENABLED)
        with (
            admin_api(
                GetSecretVersion=lambda request: secretmanager_v1.SecretVersion.pb(version),
                GetIamPolicy=lambda request: policy,
            ) as api,
            Cloud.local(api.address) as made,
        ):
            wanted = plan(secrets={"K": "weather-key"}, service_account=COMPUTE)
            assert isinstance(wanted.target, CloudRunTarget)
            _, finding = look_at_secrets(Look(wanted, wanted.target, made, silent(), create_repository=False))
        assert finding.verdict is verdict
        assert not finding.blocking, "a folder's policy, which is not seen, may allow it"
        if verdict is Verdict.MISSING:
            assert finding.fix == (
                f"gcloud secrets add-iam-policy-binding weather-key --project=demo-project"
                f" --member=serviceAccount:{COMPUTE} --role=roles/secretmanager.secretAccessor"
            )

    def test_findings_are_in_the_same_order_each_time(self, cloud: Cloud) -> None:
        first, second = (preflight(plan(), silent("preflight"), cloud=cloud) for _ in range(2))
        assert [one.name for one in first.findings] == [one.name for one in second.findings]


@pytest.mark.usefixtures("repository")
def test_without_cloud_run_itself_there_is_one_plain_error(
    local: LocalCloudRun, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.targets.cloud_run.api_errors._FIRST_PAUSE", 0.01)
    local.faults.plant("unavailable", ALWAYS)
    with pytest.raises(CloudError) as error:
        preflight(plan(), silent("preflight"), cloud=cloud)
    assert error.value.kind is Trouble.UNAVAILABLE


@pytest.mark.usefixtures("repository")
def test_a_person_who_stops_it_waits_for_no_call(local: LocalCloudRun, cloud: Cloud) -> None:
    local.faults.plant("unavailable", ALWAYS)
    cancel = Cancel()
    trying = threading.Event()

    def listen(event: Event) -> None:
        if isinstance(event, LogLine) and "Trying again" in event.text:
            trying.set()

    stopper = threading.Thread(target=lambda: (trying.wait(20), cancel.set()))
    stopper.start()
    started = time.monotonic()
    with pytest.raises(CancelledError):
        preflight(plan(), Reporter("preflight", listen, cancel), cloud=cloud)
    stopper.join()
    assert time.monotonic() - started < 10


def test_a_whole_local_cloud_run_is_found_by_the_plan_s_endpoint_and_called_as_its_owner(tmp_path: Path) -> None:
    with Workshop(tmp_path) as workshop:
        wanted = plan(endpoint=workshop.addresses.endpoint)
        found = preflight(wanted, silent("preflight"), create_repository=True)
        assert found.account == OWNER
        assert {one.verdict for one in found.findings} == {Verdict.OK}


def test_the_apis_and_permissions_follow_from_the_plan() -> None:
    simple, full = plan().target, plan(
        secrets={"KEY": "weather-key"},
        vpc={"connector": "office"},
        volumes=({"kind": "cloud-sql", "instances": ("p:r:i",)}, {"kind": "secret", "path": "/s", "secret": "cert"}),
        access="public",
    ).target  # fmt: skip
    assert isinstance(simple, CloudRunTarget)
    assert isinstance(full, CloudRunTarget)
    assert set(needed_apis(simple)) == {
        "run.googleapis.com", "artifactregistry.googleapis.com", "logging.googleapis.com",
    }  # fmt: skip
    assert set(needed_apis(full)) - set(needed_apis(simple)) == {
        "secretmanager.googleapis.com", "sqladmin.googleapis.com", "vpcaccess.googleapis.com",
    }  # fmt: skip
    assert "run.services.setIamPolicy" not in needed_rights(simple, create_repository=False)
    assert "run.services.setIamPolicy" in needed_rights(full, create_repository=False)
    assert "artifactregistry.repositories.create" in needed_rights(simple, create_repository=True)
    assert secrets_of(full) == (("weather-key", "latest"), ("cert", "latest"))
