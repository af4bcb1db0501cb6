"""The cause of a failed build is recognised from what the engine and the installers really say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.images.build_causes import recognise

RUN = "RUN pip install --require-hashes -r requirements.txt"
FROM = "FROM python:3.11-slim"
FAILED = "The command '/bin/sh -c pip install …' returned a non-zero code: 1"

CASES = [
    (
        RUN,
        FAILED,
        1,
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
        "not the one that was locked",
    ),
    (
        RUN,
        FAILED,
        1,
        "  × Failed to download `numpy==2.4.6`\n  ╰─▶ Hash mismatch for `numpy==2.4.6`",
        "not the one that was locked",
    ),
    (RUN, FAILED, 1, "ERROR: No matching distribution found for nosuch==1.0", "nothing that fits nosuch==1.0"),
    (RUN, FAILED, 1, "  × No solution found when resolving dependencies:", "nothing that fits what is locked"),
    (
        RUN,
        FAILED,
        1,
        "WARNING: Retrying: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution\n"
        "ERROR: Could not find a version that satisfies the requirement six (from versions: none)\n"
        "ERROR: No matching distribution found for six",
        "index was not reached",
    ),
    (RUN, FAILED, 1, "error: Failed to fetch\n  Caused by: error sending request for url", "index was not reached"),
    (
        RUN,
        FAILED,
        1,
        "SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        "does not trust the package index",
    ),
    (RUN, "The command returned a non-zero code: 137", 137, "", "want of memory"),
    (
        RUN,
        "The command '/bin/sh -c gcc' returned a non-zero code: 127",
        127,
        "/bin/sh: 1: gcc: not found",
        "not in the image",
    ),
    (RUN, "standard_init_linux.go:228: exec user process caused: exec format error", None, "", "another processor"),
    (
        FROM,
        "manifest for python:3.99-slim not found: manifest unknown: manifest unknown",
        None,
        "",
        "no such image or tag",
    ),
    (
        FROM,
        "pull access denied for pythn, repository does not exist or may require 'docker login': denied: requested access"
        " to the resource is denied",
        None,
        "",
        "does not exist, or may not be pulled",
    ),
    (FROM, "no matching manifest for linux/amd64 in the manifest list entries", None, "", "another processor"),
    (
        FROM,
        "image with reference x was found but does not match the specified platform: wanted linux/amd64, actual: linux/arm64",
        None,
        "",
        "another processor",
    ),
    (FROM, "toomanyrequests: You have reached your pull rate limit.", None, "", "share of pulls"),
    (
        FROM,
        'Get "https://registry.example/v2/": x509: certificate signed by unknown authority',
        None,
        "",
        "does not trust the registry",
    ),
    (
        FROM,
        'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
        None,
        "",
        "cannot reach the registry",
    ),
    (
        FROM,
        'Get "https://registry.example/v2/": net/http: TLS handshake timeout',
        None,
        "",
        "cannot reach the registry",
    ),
    ("", "dockerfile parse error line 2: unknown instruction: FOO", None, "", "cannot be read"),
    ("RUN --mount=type=cache true", "the --mount option requires BuildKit. Refer to …", None, "", "needs BuildKit"),
    (
        "COPY model.pkl /",
        "COPY failed: file not found in build context or excluded by .dockerignore: stat model.pkl: file does not exist",
        None,
        "",
        "copies model.pkl",
    ),
    (RUN, "The command returned a non-zero code: 2", 2, "make: *** boom", "exit code 2"),
]


@pytest.mark.parametrize(("instruction", "message", "code", "lines", "cause"), CASES)
def test_a_known_message_has_a_cause_and_a_remedy(
    instruction: str, message: str, code: int | None, lines: str, cause: str
) -> None:
    found = recognise(instruction, message, code, tuple(lines.splitlines()))
    assert cause in found.why
    assert found.fix


def test_what_a_package_prints_about_networks_does_not_make_a_failed_pull() -> None:
    found = recognise(RUN, FAILED, 1, ("test_dial tcp passed", "AssertionError"))
    assert "exit code 1" in found.why


@given(st.text(), st.text(), st.one_of(st.none(), st.integers(0, 255)), st.lists(st.text(), max_size=5))
def test_every_failure_has_a_cause_and_a_remedy(
    instruction: str, message: str, code: int | None, lines: list[str]
) -> None:
    found = recognise(instruction, message, code, tuple(lines))
    assert found.why and found.fix
