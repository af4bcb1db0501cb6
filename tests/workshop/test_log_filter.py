"""Cloud Logging's filter language, as far as the local Cloud Run reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.workshop.api_error import ApiError
from wizard.workshop.log_filter import parse

ENTRY = {
    "resource.type": "cloud_run_revision",
    "resource.labels.service_name": "hello",
    "resource.labels.revision_name": "hello-1",
    "severity": "WARNING",
    "timestamp": "2026-08-01T10:00:00.500000Z",
    "textPayload": 'a "quoted" word: done',
}


@pytest.mark.parametrize("text", [
    "",
    'resource.type="cloud_run_revision"',
    'resource.type = "cloud_run_revision"\nresource.labels.service_name = "hello"',
    'resource.labels.service_name="hello" AND resource.labels.revision_name="hello-1"',
    'resource.labels.service_name=hello AND NOT resource.labels.revision_name="hello-2"',
    'severity>=WARNING', 'severity > "INFO"', 'severity<ERROR', 'severity!=ERROR',
    'timestamp>="2026-08-01T10:00:00.5Z"', 'timestamp>"2026-08-01T12:00:00+02:00"', 'timestamp<="2026-08-01T10:00:00.500000Z"',
    '(severity=ERROR OR severity=WARNING) AND resource.labels.service_name="hello"',
    'textPayload:"quoted"', r'textPayload:"\"quoted\""', 'textPayload=~"wor[dk]: d"', 'textPayload!~"^b"', '"quoted"', "done",
])  # fmt: skip
def test_an_entry_is_found(text: str) -> None:
    assert parse(text)(ENTRY)


@pytest.mark.parametrize("text", [
    'resource.labels.service_name="other"', 'severity>WARNING', 'timestamp>"2026-08-01T10:00:00.5Z"',
    'NOT resource.type="cloud_run_revision"', 'severity=ERROR OR severity=INFO', 'jsonPayload.message:"x"',
    'resource.labels.service_name="hello" severity=ERROR', 'textPayload=~"^word"',
])  # fmt: skip
def test_an_entry_is_not_found(text: str) -> None:
    assert not parse(text)(ENTRY)


@pytest.mark.parametrize("text", ["(severity=ERROR", 'a="open', "a=", "= b", "a=b)", 'textPayload=~"("', "NOT"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ApiError, match="Unparseable"):
        parse(text)


@given(st.text(max_size=60))
def test_nothing_that_is_written_breaks_the_reader(text: str) -> None:
    try:
        parse(text)(ENTRY)
    except ApiError:
        pass
