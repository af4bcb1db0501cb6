"""What Cloud Run says when something fails leads to the right cause, with a command whose names are filled in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.advice.cause import CauseKind
from wizard.advice.cloud_causes import CloudFacts, Condition, recognise_condition
from wizard.advice.cloud_scene import member

FACTS = CloudFacts(
    project="my-project",
    project_number="123456789012",
    region="europe-west1",
    service="housing",
    service_account="runner@my-project.iam.gserviceaccount.com",
    account="ada@example.com",
    repository="sendoff",
    image="europe-west1-docker.pkg.dev/my-project/sendoff/housing@sha256:abc",
    port=8080,
    memory=512 * 1024**2,
    waited=240,
)
AGENT = "service-123456789012@serverless-robot-prod.iam.gserviceaccount.com"
NOT_READY = "Revision 'housing-1a2b3c4d' is not ready and cannot serve traffic."
QUOTA = (
    "spec.template.spec: Max instances must be set to 5 or fewer to set the requested total CPU.\n"
    "Consider lowering it.\nQuota violated:\nCpuAllocPerProjectRegion requested: 80000 allowed: 20000"
)
MEMORY_QUOTA = "Quota violated:\nMemAllocPerProjectRegion requested: 85899345920 allowed: 42949672960"
SECRET = (
    f"{NOT_READY} spec.template.spec.containers[0].env[1].value_from.secret_key_ref.name: Permission denied on secret:"
    " projects/123456789012/secrets/api-key/versions/latest for Revision service account"
    " runner@my-project.iam.gserviceaccount.com. The service account used must be granted the 'Secret Manager Secret"
    " Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level."
)


@pytest.mark.parametrize(
    ("reason", "message", "kind", "title", "fix", "stage"),
    [
        (
            "INVALID_ARGUMENT",
            "Violation in CreateServiceRequest.service.template.containers[0].image: must be a container image path in the"
            " form [hostname/]repo-path[:tag and/or @digest]",
            CauseKind.SETTING_REFUSED, "must be a container image path", "target.repository in sendoff.yaml", "plan",
        ),
        (
            "INVALID_ARGUMENT", "Violation in UpdateServiceRequest.service.template: required field not present.",
            CauseKind.SETTING_REFUSED, "required field not present", "the setting it names", "plan",
        ),
        (
            "INVALID_ARGUMENT",
            "Violation in CreateServiceRequest.service.template.scaling.max_instance_count: must be positive",
            CauseKind.SETTING_REFUSED, "must be positive", "target.max_instances in sendoff.yaml", "plan",
        ),
        (
            "",
            "spec.template.spec.containers[0].env: The following reserved env names were provided: PORT. These values are"
            " automatically set by the system.",
            CauseKind.SETTING_REFUSED, "reserved env names", "service.env in sendoff.yaml", "plan",
        ),
        ("INVALID_ARGUMENT", "no.", CauseKind.SETTING_REFUSED, "refuses a setting", "sendoff.yaml", "plan"),
        ("INVALID_ARGUMENT", QUOTA, CauseKind.QUOTA, "at most 5 instances", "Set target.max_instances to 5", "plan"),
        ("", MEMORY_QUOTA, CauseKind.QUOTA, "this many instances", "quotas?project=my-project", "plan"),
        ("RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Write requests'", CauseKind.QUOTA, "used up", "Wait", "plan"),
        (
            "PERMISSION_DENIED",
            "Permission 'run.services.create' denied on resource 'projects/my-project/locations/europe-west1/services/housing'",
            CauseKind.NOT_PERMITTED, "run.services.create",
            "gcloud projects add-iam-policy-binding my-project --member=user:ada@example.com --role=roles/run.developer",
            "preflight",
        ),
        (
            "PERMISSION_DENIED", "Permission 'run.services.setIamPolicy' denied on resource 'x'",
            CauseKind.NOT_PERMITTED, "setIamPolicy", "--role=roles/run.admin", "preflight",
        ),
        (
            "PERMISSION_DENIED", "Permission 'spanner.databases.create' denied on resource 'x'",
            CauseKind.NOT_PERMITTED, "spanner.databases.create", "a role that holds spanner.databases.create", "preflight",
        ),
        ("PERMISSION_DENIED", "no", CauseKind.NOT_PERMITTED, "may not do this", "roles/run.developer", "preflight"),
        (
            "PERMISSION_DENIED",
            "Permission 'iam.serviceaccounts.actAs' denied on service account runner@my-project.iam.gserviceaccount.com"
            " (or it may not exist).",
            CauseKind.ACT_AS_DENIED, "run as runner@my-project.iam.gserviceaccount.com",
            "gcloud iam service-accounts add-iam-policy-binding runner@my-project.iam.gserviceaccount.com"
            " --project=my-project --member=user:ada@example.com --role=roles/iam.serviceAccountUser",
            "preflight",
        ),
        (
            "PERMISSION_DENIED",
            "Cloud Run Admin API has not been used in project 123 before or it is disabled. Enable it by visiting"
            " https://console.developers.google.com/apis/api/run.googleapis.com/overview?project=123 then retry.",
            CauseKind.API_DISABLED, "Cloud Run Admin API", "gcloud services enable run.googleapis.com --project=my-project",
            "preflight",
        ),
        (
            "", "Secret Manager API has not been used in project 123 before or it is disabled.",
            CauseKind.API_DISABLED, "Secret Manager API", "enable secretmanager.googleapis.com", "preflight",
        ),
        (
            "CONTAINER_PERMISSION_DENIED",
            "Google Cloud Run Service Agent service-99@serverless-robot-prod.iam.gserviceaccount.com must have permission to"
            " read the image, europe-west1-docker.pkg.dev/my-project/sendoff/housing.",
            CauseKind.IMAGE_UNREADABLE, "may not read the image",
            "gcloud artifacts repositories add-iam-policy-binding sendoff --location=europe-west1 --project=my-project"
            " --member=serviceAccount:service-99@serverless-robot-prod.iam.gserviceaccount.com"
            " --role=roles/artifactregistry.reader",
            "preflight",
        ),
        ("CONTAINER_PERMISSION_DENIED", "", CauseKind.IMAGE_UNREADABLE, "may not read", f"serviceAccount:{AGENT}", "preflight"),
        (
            "CONTAINER_MISSING", "Image 'us-central1-docker.pkg.dev/their-project/models/housing:1' not found.",
            CauseKind.IMAGE_MISSING, "models/housing:1", "us-central1-docker.pkg.dev/their-project/models", "push",
        ),
        ("ContainerMissing", "", CauseKind.IMAGE_MISSING, "housing@sha256:abc", "sendoff up", "push"),
        (
            "HEALTH_CHECK_CONTAINER_ERROR", f"{NOT_READY} Quota exceeded for total allowable count of GPUs per project per region.",
            CauseKind.GPU_QUOTA, "GPUs", "target.gpu to none", "preflight",
        ),
        (
            "", "You do not have quota for using GPUs with zonal redundancy. Learn more",
            CauseKind.GPU_QUOTA, "GPUs", "target.gpu_zonal_redundancy to false", "preflight",
        ),
        (
            "FAILED_PRECONDITION",
            "One or more users named in the policy do not belong to a permitted customer, perhaps due to an organization"
            " policy.",
            CauseKind.ORG_POLICY, "iam.allowedPolicyMemberDomains", "target.access to private", "plan",
        ),
        (
            "FAILED_PRECONDITION", "Constraint constraints/run.allowedIngress violated for projects/my-project",
            CauseKind.ORG_POLICY, "run.allowedIngress", "target.ingress", "plan",
        ),
        (
            "", "Constraint constraints/run.somethingNew violated",
            CauseKind.ORG_POLICY, "run.somethingNew", "administrator of the organisation", "plan",
        ),
        (
            "SECRETS_ACCESS_CHECK_FAILED", SECRET, CauseKind.SECRET_DENIED, "the secret api-key",
            "gcloud secrets add-iam-policy-binding api-key --project=123456789012"
            " --member=serviceAccount:runner@my-project.iam.gserviceaccount.com --role=roles/secretmanager.secretAccessor",
            "preflight",
        ),
        ("SECRETS_ACCESS_CHECK_FAILED", "", CauseKind.SECRET_DENIED, "the secret SECRET", "runner@my-project", "preflight"),
        (
            "", "Secret projects/my-project/secrets/api-key/versions/7 was not found",
            CauseKind.SECRET_MISSING, "no secret api-key", "gcloud secrets create api-key --project=my-project", "preflight",
        ),
        (
            "ENCRYPTION_KEY_PERMISSION_DENIED",
            "Permission denied on key projects/keys/locations/europe-west1/keyRings/ring/cryptoKeys/k1",
            CauseKind.KEY_DENIED, "key k1",
            "gcloud kms keys add-iam-policy-binding k1 --keyring=ring --location=europe-west1 --project=keys"
            f" --member=serviceAccount:{AGENT}",
            "preflight",
        ),
        ("ENCRYPTION_KEY_CHECK_FAILED", "", CauseKind.KEY_DENIED, "key KEY", "--project=my-project", "preflight"),
        ("CONTAINER_IMAGE_UNAUTHORIZED", "", CauseKind.IMAGE_REFUSED, "Binary Authorization", "attested", "preflight"),
        ("VPC_NETWORK_NOT_FOUND", "", CauseKind.NETWORK_MISSING, "target.vpc", "gcloud compute networks subnets list", "plan"),
        (
            "", "VPC Access connector 'projects/p/locations/r/connectors/c1' does not exist",
            CauseKind.NETWORK_MISSING, "c1", "target.vpc", "plan",
        ),
        ("PROGRESS_DEADLINE_EXCEEDED", "", CauseKind.DEADLINE, "in the time", "same command", "release"),
        ("ACTIVE_REVISION_LIMIT_REACHED", "", CauseKind.REVISION_LIMIT, "revisions", "--service=housing", "release"),
        ("MIN_INSTANCES_NOT_PROVISIONED", "", CauseKind.NOT_PROVISIONED, "warm", "target.min_instances", "plan"),
        (
            "", "Revision 'housing-old' does not exist or is deleted. Update all traffic to route to currently available"
            " revisions.",
            CauseKind.REVISION_GONE, "housing-old",
            "gcloud run revisions list --service=housing --region=europe-west1 --project=my-project", "release",
        ),
        (
            "FAILED_PRECONDITION",
            'Revision "housing-1" cannot be directly deleted because it is actively serving.',
            CauseKind.REVISION_SERVES, "housing-1", "sendoff traffic", "release",
        ),
        (
            "ALREADY_EXISTS", "Revision named 'housing-1' with different configuration already exists.",
            CauseKind.NAME_TAKEN, "housing-1", "next free name", "release",
        ),
        ("ALREADY_EXISTS", "Resource 'housing' already exists.", CauseKind.NAME_TAKEN, "housing", "updated", "release"),
        (
            "NOT_FOUND", "Resource 'prices' of kind 'SERVICE' in region 'us-east1' in project 'theirs' does not exist.",
            CauseKind.NOT_FOUND, "no prices in us-east1 of the project theirs", "--project=theirs", "release",
        ),
        ("ABORTED", "There were concurrent policy changes.", CauseKind.CHANGED_MEANWHILE, "Somebody", "again", "release"),
        ("INTERNAL", "The service has encountered an internal error.", CauseKind.PLATFORM_FAILING, "itself", "again", "release"),
        ("UNAVAILABLE", "", CauseKind.PLATFORM_FAILING, "itself", "status.cloud.google.com", "release"),
        ("BRAND_NEW_REASON", "Words nobody has read.", CauseKind.UNKNOWN, "could not bring", "logs read housing", "release"),
    ],
)  # fmt: skip
def test_what_cloud_run_says_leads_to_its_cause(
    reason: str, message: str, kind: CauseKind, title: str, fix: str, stage: str
) -> None:
    found = recognise_condition(Condition("Ready", reason, message), (), FACTS)
    assert found.kind is kind
    assert title in found.title
    assert fix in found.fix
    assert found.stage == stage
    assert found.why.endswith((".", ")"))
    assert all(str(one) for one in found.evidence) and found.evidence


def test_the_amounts_of_a_quota_are_said_in_units_people_know() -> None:
    assert (
        "80 CPUs, and the project may have 20 in europe-west1"
        in recognise_condition(Condition(message=QUOTA), (), FACTS).why
    )
    assert (
        "80 GiB of memory, and the project may have 40"
        in recognise_condition(Condition(message=MEMORY_QUOTA), (), FACTS).why
    )


def test_a_name_nobody_knows_is_left_open_and_never_made_up() -> None:
    found = recognise_condition(Condition(reason="CONTAINER_PERMISSION_DENIED"))
    assert "repositories add-iam-policy-binding REPOSITORY --location=REGION --project=PROJECT" in found.fix
    assert "SERVICE_AGENT" in found.fix


def test_accounts_are_written_as_iam_writes_them() -> None:
    assert member("ada@example.com") == "user:ada@example.com"
    assert member("ci@p.iam.gserviceaccount.com") == "serviceAccount:ci@p.iam.gserviceaccount.com"
    assert member("group:ml@example.com") == "group:ml@example.com"
    assert member("") == "user:YOU"


def test_a_service_without_an_account_of_its_own_runs_as_the_default_one() -> None:
    found = recognise_condition(Condition(reason="SECRETS_ACCESS_CHECK_FAILED"), (), CloudFacts(project_number="123"))
    assert "serviceAccount:123-compute@developer.gserviceaccount.com" in found.fix


def test_the_platforms_own_words_are_quoted_as_its_own() -> None:
    found = recognise_condition(Condition("Ready", "CONTAINER_MISSING", "Image 'x'\n not found."))
    assert [str(one) for one in found.evidence] == ["CONTAINER_MISSING: Image 'x' not found."]


REASONS = (
    "UNKNOWN", "REVISION_FAILED", "CONTAINER_MISSING", "HEALTH_CHECK_CONTAINER_ERROR", "SECRETS_ACCESS_CHECK_FAILED",
    "HealthCheckContainerError", "INTERNAL", "",
)  # fmt: skip
PIECES = (
    "Quota violated:",
    QUOTA,
    SECRET,
    NOT_READY,
    "{",
    "}",
    "{0}",
    "Permission '' denied",
    "Image '' not found",
    "\n",
)


@given(
    st.sampled_from(REASONS) | st.text(),
    st.lists(st.text() | st.sampled_from(PIECES)).map(" ".join),
    st.lists(st.text() | st.sampled_from(("Container called exit(3).", "Running on http://127.0.0.1:99999", "{"))),
)
def test_anything_it_may_say_is_survived_and_explained(reason: str, message: str, logs: list[str]) -> None:
    found = recognise_condition(Condition("Ready", reason, message), logs, FACTS)
    assert found.title and found.why and found.fix and found.stage
    assert all(0 <= one.line <= len(logs) for one in found.evidence)


@given(st.text("a/ .'projectsecs0123456789-_:\n", max_size=3000))
def test_a_long_message_is_read_in_no_time(message: str) -> None:
    for start in ("Permission denied on secret: projects/", "Max instances must be set to 5 or fewer", "VPC network "):
        recognise_condition(Condition(message=start + message), (), FACTS)


def test_no_fix_holds_an_open_brace() -> None:
    from wizard.advice.cloud_causes import _RULES

    for rule in _RULES:
        assert not re.search(r"[{}]", rule.cause(Condition(), FACTS, None).fix)
