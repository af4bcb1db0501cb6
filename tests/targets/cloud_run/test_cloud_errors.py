"""Errors of Google's APIs in our words, and trying again where that is safe. The errors come over a real channel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud import run_v2
from google.rpc.code_pb2 import Code
from google.rpc.status_pb2 import Status

from tests.targets.cloud_run.small_admin_api import Refused, admin_api
from wizard.errors import CancelledError
from wizard.events import Cancel, Event, LogLine, Reporter, silent
from wizard.targets.cloud_run.api_errors import ATTEMPTS, CloudError, explain, retrying
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.cloud import Cloud
from wizard.targets.cloud_run.permissions import ROLES, by_role, command

S = grpc.StatusCode
ADA = "user:ada@example.com"
BINDING = f"gcloud projects add-iam-policy-binding demo-project --member={ADA}"


def refused(refusal: Refused) -> CloudError:
    """What becomes of a refusal that the official client got."""

    def refuse(request: bytes) -> Any:
        raise refusal

    with admin_api(CreateService=refuse) as served, Cloud.local(served.address) as cloud:
        with pytest.raises(api.GoogleAPICallError) as error:
            cloud.services.create_service(parent=cloud.place.parent, service=run_v2.Service(), service_id="housing")
        return explain(error.value, "create the service housing", member=ADA, project="demo-project")


@pytest.mark.parametrize(
    ("refusal", "kind", "fix"),
    [
        (
            Refused(S.PERMISSION_DENIED, "Permission 'run.services.create' denied on resource "
                    "'projects/demo-project/locations/us-central1/services/housing' (or resource may not exist)."),
            Trouble.PERMISSION, f"{BINDING} --role=roles/run.developer",
        ),
        (
            Refused(S.PERMISSION_DENIED, "Forbidden", "IAM_PERMISSION_DENIED", permission="run.services.setIamPolicy"),
            Trouble.PERMISSION, f"{BINDING} --role=roles/run.admin",
        ),
        (
            Refused(S.PERMISSION_DENIED, "Permission 'iam.serviceaccounts.actAs' denied on service account "
                    "robot@other-project.iam.gserviceaccount.com (or it may not exist)."),
            Trouble.ACT_AS, "robot@other-project.iam.gserviceaccount.com --project=other-project",
        ),
        (
            Refused(S.PERMISSION_DENIED, "Permission 'iam.serviceaccounts.actAs' denied on service account "
                    "12-compute@developer.gserviceaccount.com (or it may not exist)."),
            Trouble.ACT_AS, "12-compute@developer.gserviceaccount.com --project=demo-project",
        ),
        (
            Refused(S.PERMISSION_DENIED, "Cloud Run Admin API has not been used in project 12 before or it is disabled.",
                    "SERVICE_DISABLED", service="run.googleapis.com", consumer="projects/12"),
            Trouble.API_DISABLED, "gcloud services enable run.googleapis.com --project=12",
        ),
        (
            Refused(S.PERMISSION_DENIED, "API is not enabled", "SERVICE_DISABLED", service="run.googleapis.com",
                    consumer="projects/764086051850"),
            Trouble.CREDENTIALS, "gcloud auth application-default set-quota-project demo-project",
        ),
        (
            Refused(S.PERMISSION_DENIED, "Caller does not have required permission to use project demo-project.",
                    "USER_PROJECT_DENIED", consumer="projects/demo-project"),
            Trouble.PERMISSION, "--role=roles/serviceusage.serviceUsageConsumer",
        ),
        (
            Refused(S.PERMISSION_DENIED, "This API method requires billing to be enabled.", "BILLING_DISABLED",
                    consumer="projects/demo-project"),
            Trouble.BILLING, "https://console.cloud.google.com/billing/linkedaccount?project=demo-project",
        ),
        (
            Refused(S.FAILED_PRECONDITION, "One or more users named in the policy do not belong to a permitted customer, "
                    "perhaps due to an organization policy."),
            Trouble.POLICY, "administrator of the organisation",
        ),
        (
            Refused(S.FAILED_PRECONDITION, "Constraint constraints/run.allowedIngress violated"),
            Trouble.POLICY, "administrator of the organisation",
        ),
        (
            Refused(S.INVALID_ARGUMENT, "Max instances must be set to 5 or fewer to set the requested total CPU.\nQuota "
                    "violated:\nCpuAllocPerProjectRegion requested: 80000 allowed: 20000"),
            Trouble.QUOTA, "target.max_instances to 5 or fewer",
        ),
        (Refused(S.RESOURCE_EXHAUSTED, "Quota exceeded for GPUs"), Trouble.QUOTA, "gpu"),
        (Refused(S.RESOURCE_EXHAUSTED, "Quota exceeded: 60 per minute", "RATE_LIMIT_EXCEEDED"), Trouble.RATE, "minute"),
        (Refused(S.ABORTED, "Conflict for resource 'housing': version '1' was specified"), Trouble.CONFLICT, "again"),
        (Refused(S.ALREADY_EXISTS, "Resource 'housing' already exists."), Trouble.EXISTS, "update"),
        (Refused(S.NOT_FOUND, "Resource 'housing' of kind 'SERVICE' does not exist."), Trouble.MISSING, "sendoff.yaml"),
        (Refused(S.INVALID_ARGUMENT, "template.containers[0].image: must be"), Trouble.INVALID, "sendoff.yaml"),
        (Refused(S.UNAUTHENTICATED, "Request had invalid credentials.", "ACCESS_TOKEN_EXPIRED"), Trouble.CREDENTIALS,
         "gcloud auth application-default login"),
        (Refused(S.UNAVAILABLE, "connection reset"), Trouble.UNAVAILABLE, "goes on from here"),
        (Refused(S.UNAVAILABLE, "Getting metadata from plugin failed with error: ('invalid_grant: Bad Request', {})"),
         Trouble.CREDENTIALS, "gcloud auth application-default login"),
        (Refused(S.DEADLINE_EXCEEDED, "Deadline Exceeded"), Trouble.DEADLINE, "goes on from here"),
        (Refused(S.INTERNAL, "internal"), Trouble.OTHER, "report it"),
    ],
)  # fmt: skip
def test_each_refusal_has_its_kind_and_its_way_out(refusal: Refused, kind: Trouble, fix: str) -> None:
    error = refused(refusal)
    assert error.kind is kind
    assert fix in error.fix
    assert refusal.message.split("\n")[0].split("'")[0] in error.evidence[0]
    assert error.what.endswith("create the service housing.")
    assert error.why.endswith(".")
    assert error.as_dict()["kind"] == kind.value


def test_a_conflict_is_known_as_one() -> None:
    assert refused(Refused(S.ABORTED, "stale")).kind is Trouble.CONFLICT
    assert refused(Refused(S.NOT_FOUND, "none")).kind is Trouble.MISSING


def test_an_operation_s_error_is_read_the_same_way() -> None:
    error = explain(Status(code=Code.RESOURCE_EXHAUSTED, message="Quota exceeded for GPUs"), "deploy")
    assert error.kind is Trouble.QUOTA
    assert error.evidence == ("RESOURCE_EXHAUSTED: Quota exceeded for GPUs",)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (auth.RefreshError("invalid_grant: Token has been expired or revoked.", {"error": "x"}), Trouble.CREDENTIALS),
        (auth.DefaultCredentialsError("none"), Trouble.CREDENTIALS),
        (auth.TransportError("no route"), Trouble.UNAVAILABLE),
        (api.RetryError("Timeout of 10.0s exceeded", api.ServiceUnavailable("503 failed to connect")), Trouble.UNAVAILABLE),
        (api.GoogleAPICallError("without a code"), Trouble.OTHER),
        (api.ServiceUnavailable("over REST"), Trouble.UNAVAILABLE),
    ],
)  # fmt: skip
def test_errors_of_the_libraries_themselves_are_understood(error: Exception, kind: Trouble) -> None:
    assert explain(error, "read the service").kind is kind


def test_control_characters_of_an_answer_are_spelled_out() -> None:
    assert "\x1b" not in str(refused(Refused(S.INTERNAL, "bad \x1b[2J answer")))


def failing(times: int, error: Exception) -> tuple[Callable[[], str], list[float]]:
    """A call that fails that many times, then answers; and when it was made."""
    made: list[float] = []

    def call() -> str:
        made.append(time.monotonic())
        if len(made) <= times:
            raise error
        return "answer"

    return call, made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.targets.cloud_run.api_errors._FIRST_PAUSE", 0.001)


@pytest.mark.usefixtures("quick")
class TestTryingAgain:
    def test_a_safe_call_is_made_again_and_says_so_and_why(self) -> None:
        events: list[Event] = []
        call, made = failing(2, api.ServiceUnavailable("no route"))
        assert retrying(call, Reporter("release", events.append), "read the service", safe=True) == "answer"
        assert len(made) == 3
        said = [event.text for event in events if isinstance(event, LogLine)]
        assert len(said) == 2
        assert "to read the service (attempt 2 of 6): UNAVAILABLE: no route" in said[0]

    def test_it_gives_up_with_the_error_in_our_words(self) -> None:
        call, made = failing(99, api.ServiceUnavailable("no route"))
        with pytest.raises(CloudError) as error:
            retrying(call, silent(), "read the service", safe=True)
        assert error.value.kind is Trouble.UNAVAILABLE
        assert len(made) == ATTEMPTS

    @pytest.mark.parametrize("error", [api.NotFound("none"), api.Forbidden("no"), api.Aborted("stale")])
    def test_an_answer_is_not_asked_for_twice(self, error: Exception) -> None:
        call, made = failing(99, error)
        with pytest.raises(CloudError):
            retrying(call, silent(), "read the service", safe=True)
        assert len(made) == 1

    def test_what_may_have_taken_effect_is_not_done_twice(self) -> None:
        call, made = failing(1, api.ServiceUnavailable("no route"))
        with pytest.raises(CloudError):
            retrying(call, silent(), "add a version", safe=False)
        assert len(made) == 1

    def test_a_refusal_for_too_many_calls_is_waited_out_whatever_was_called(self) -> None:
        call, made = failing(1, api.ResourceExhausted("60 requests per minute"))
        assert retrying(call, silent(), "add a version", safe=False) == "answer"
        assert len(made) == 2

    def test_an_error_that_is_none_of_google_s_passes(self) -> None:
        call, _ = failing(1, ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            retrying(call, silent(), "read the service", safe=True)


def test_a_pause_ends_when_the_person_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.targets.cloud_run.api_errors._FIRST_PAUSE", 60)
    monkeypatch.setattr("wizard.targets.cloud_run.api_errors._LONGEST_PAUSE", 60)
    cancel = Cancel()
    call, made = failing(99, api.ServiceUnavailable("no route"))
    reporter = Reporter("release", lambda event: threading.Timer(0.05, cancel.set).start(), cancel)
    started = time.monotonic()
    with pytest.raises(CancelledError):
        retrying(call, reporter, "read the service", safe=True)
    assert time.monotonic() - started < 10
    assert len(made) == 1


def test_a_wide_role_stands_for_the_narrow_ones_it_holds() -> None:
    assert by_role(["run.services.get", "run.services.setIamPolicy", "unheard.of.permission"]) == {
        "roles/run.admin": ("run.services.get", "run.services.setIamPolicy")
    }
    assert set(by_role(ROLES)) <= set(ROLES.values())


def test_commands_are_safe_to_paste() -> None:
    assert command("gcloud x", "a b; rm -rf ~", member="user:$(id)@example.com") == (
        "gcloud x 'a b; rm -rf ~' --member='user:$(id)@example.com'"
    )
