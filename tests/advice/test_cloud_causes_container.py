"""Behind "the container failed to start" the container's own log decides, as it does in a rehearsal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wizard.advice.cause import Cause, CauseKind
from wizard.advice.cloud_causes import CloudFacts, Condition, recognise_condition

FACTS = CloudFacts(
    project="my-project", region="europe-west1", service="housing", port=8080, memory=512 * 1024**2, waited=240
)
FAILED = (
    "Revision 'housing-1a2b3c4d' is not ready and cannot serve traffic. The user-provided container failed to start and listen"
    " on the port defined provided by the PORT=8080 environment variable within the allocated timeout. This can happen when"
    " the container port is misconfigured or if the timeout is too short. The health check timeout can be extended. Logs for"
    " this revision might contain more information.\n\nLogs URL: https://console.cloud.google.com/logs/viewer?project=p\nFor"
    " more troubleshooting guidance, see https://cloud.google.com/run/docs/troubleshooting#container-failed-to-start"
)
PROBE = (
    'Default STARTUP TCP probe failed 1 time consecutively for container "housing-1" on port 8080. The instance was not'
    " started. Connection failed with status DEADLINE_EXCEEDED."
)
MISSING = [
    "Traceback (most recent call last):",
    '  File "/app/handler.py", line 3, in <module>',
    "    import imblearn",
    "ModuleNotFoundError: No module named 'imblearn'",
    "Container called exit(1).",
]
MISMATCH = ["ValueError: node array from the pickle has an incompatible dtype:", "Container called exit(3)."]


def cause(*logs: str, message: str = FAILED, reason: str = "HEALTH_CHECK_CONTAINER_ERROR") -> Cause:
    return recognise_condition(Condition("Ready", reason, message), logs, FACTS)


@pytest.mark.parametrize(
    ("logs", "kind", "stage", "fix"),
    [
        (MISSING, CauseKind.MISSING_MODULE, "plan", "image.extra_requirements"),
        (MISMATCH, CauseKind.VERSION_MISMATCH, "plan", "model.version"),
        (["Traceback (most recent call last):", "ValueError: no"], CauseKind.CRASH, "rehearse", "traceback"),
        (["Container called exit(0)."], CauseKind.EXITED, "rehearse", "foreground"),
        (["Container terminated on signal 11."], CauseKind.EXITED, "rehearse", "by hand"),
        (["Container terminated on signal 9."], CauseKind.OUT_OF_MEMORY, "plan", "1024 MiB instead of 512 MiB"),
        (
            ["Memory limit of 512 MiB exceeded with 530 MiB used. Consider increasing the memory limit, see https://…"],
            CauseKind.OUT_OF_MEMORY, "plan", "1024 MiB instead of 512 MiB",
        ),
        (["Uvicorn running on http://127.0.0.1:8080", PROBE], CauseKind.WRONG_ADDRESS, "rehearse", "0.0.0.0:8080"),
        (["[INFO] Listening at: http://localhost:8080 (1)", PROBE], CauseKind.WRONG_ADDRESS, "rehearse", "0.0.0.0:8080"),
        ([" * Running on http://[::1]:8080", PROBE], CauseKind.WRONG_ADDRESS, "rehearse", "0.0.0.0:8080"),
        ([" * Running on http://0.0.0.0:5000", PROBE], CauseKind.WRONG_PORT, "rehearse", 'os.environ["PORT"]'),
        (["Uvicorn running on http://0.0.0.0:8080 (Press CTRL+C to quit)", PROBE], CauseKind.PROBE_FAILED, "plan", "startup_probe"),
        (["loading the model", PROBE], CauseKind.NOT_LISTENING, "rehearse", "logs read housing --region=europe-west1"),
        ([], CauseKind.NOT_LISTENING, "rehearse", "0.0.0.0:$PORT"),
        (["Application failed to start: exec format error"], CauseKind.WRONG_ARCHITECTURE, "build", "--platform linux/amd64"),
        (["exec: \"serve\": executable file not found in $PATH"], CauseKind.NO_COMMAND, "build", "CMD"),
        (
            ['Could not fetch secret "projects/my-project/secrets/api-key/versions/2" for environment variable "KEY".'
             " Instance startup will now abort: Permission 'secretmanager.versions.access' denied"],
            CauseKind.SECRET_DENIED, "preflight", "add-iam-policy-binding api-key",
        ),
    ],
)  # fmt: skip
def test_the_containers_log_decides(logs: list[str], kind: CauseKind, stage: str, fix: str) -> None:
    found = cause(*logs)
    assert found.kind is kind
    assert found.stage == stage
    assert fix in found.fix
    assert found.evidence
    assert not logs or any(one.line for one in found.evidence)


def test_the_older_api_writes_the_same_reason_otherwise() -> None:
    assert cause(*MISSING, reason="HealthCheckContainerError").kind is CauseKind.MISSING_MODULE


@pytest.mark.parametrize("reason", ["", "UNKNOWN", "INTERNAL", "FAILED_PRECONDITION", "REVISION_FAILED"])
def test_the_words_decide_where_the_reason_says_nothing(reason: str) -> None:
    assert cause(*MISSING, reason=reason).kind is CauseKind.MISSING_MODULE
    assert cause(*MISSING, reason=reason, message="").kind is CauseKind.MISSING_MODULE


@pytest.mark.parametrize(
    "message",
    [
        "The user-provided container failed the configured startup probe checks. Logs for this revision might …",
        "Application exec likely failed. Logs for this revision might contain more information.",
        "Container failed to start. Failed to start and then listen on the port defined by the PORT environment variable.",
    ],
)
@pytest.mark.parametrize("reason", ["HEALTH_CHECK_CONTAINER_ERROR", "HealthCheckContainerError"])
def test_every_way_to_say_that_it_did_not_start_is_the_same(message: str, reason: str) -> None:
    assert cause(*MISSING, message=message, reason=reason).kind is CauseKind.MISSING_MODULE
    assert cause(message=message, reason=reason).kind is CauseKind.NOT_LISTENING


def test_a_particular_reason_is_not_overruled_by_what_a_container_logged_before() -> None:
    found = cause(*MISSING, reason="CONTAINER_MISSING", message="Image 'x' not found.")
    assert found.kind is CauseKind.IMAGE_MISSING


def test_memory_named_by_the_platform_alone_is_memory() -> None:
    message = "Memory limit of 512 MiB exceeded with 523 MiB used. Consider increasing the memory limit."
    found = cause(message=message)
    assert found.kind is CauseKind.OUT_OF_MEMORY
    assert [one.line for one in found.evidence] == [0]


def test_an_image_of_another_processor_is_known_by_the_platforms_word() -> None:
    message = (
        "Cloud Run does not support image 'x': Container manifest type 'application/vnd.oci.image.index.v1+json' must"
        " support amd64/linux."
    )
    found = cause(message=message, reason="")
    assert found.kind is CauseKind.WRONG_ARCHITECTURE and found.stage == "build"


def test_evidence_is_numbered_as_the_log_is() -> None:
    found = cause("starting", *MISSING)
    assert [(one.line, one.text) for one in found.evidence] == [(5, "ModuleNotFoundError: No module named 'imblearn'")]


def test_not_listening_shows_the_last_lines_and_what_the_probe_said() -> None:
    found = cause("one", "two", PROBE, "three", "four")
    assert "within 240 s" in found.title
    assert PROBE in [one.text for one in found.evidence] and "four" in [one.text for one in found.evidence]


def test_a_line_of_the_container_does_not_choose_who_is_to_get_a_right() -> None:
    line = (
        "Permission denied on secret: projects/my-project/secrets/api-key/versions/latest for Revision service account"
        " thief@elsewhere.iam.gserviceaccount.com"
    )
    facts = replace(FACTS, service_account="runner@my-project.iam.gserviceaccount.com")
    found = recognise_condition(Condition("Ready", "HEALTH_CHECK_CONTAINER_ERROR", FAILED), [line], facts)
    assert found.kind is CauseKind.SECRET_DENIED
    assert "thief" not in found.fix + found.why
    assert "--member=serviceAccount:runner@my-project.iam.gserviceaccount.com" in found.fix
