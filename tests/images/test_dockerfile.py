"""The base of the image is what the last stage stands on."""

from __future__ import annotations

import pytest

from wizard.images.dockerfile import final_base


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("FROM python:3.11-slim\n", "python:3.11-slim"),
        ("# syntax\nfrom --platform=linux/amd64 python:3.11-slim as one\nRUN x\n", "python:3.11-slim"),
        ("FROM a AS build\nRUN x\nFROM b\nCOPY --from=build /x /x\n", "b"),
        ("FROM a AS Build\nFROM build AS next\nFROM next\n", "a"),
        ("ARG BASE=python:3.12-slim\nFROM ${BASE}\n", "python:3.12-slim"),
        ('ARG BASE="python"\nARG TAG\nFROM $BASE:${TAG:-3.11}\n', "python:3.11"),
        ("FROM python:3.11-slim@sha256:0123 \\\n  AS final\n", "python:3.11-slim@sha256:0123"),
        ("RUN FROM nothing\n", ""),
        ("", ""),
    ],
)
def test_the_last_stage_names_the_base(text: str, base: str) -> None:
    assert final_base(text) == base
