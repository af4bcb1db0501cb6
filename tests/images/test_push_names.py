"""Names of images: Google's are put together right, illegal ones are told apart, and the nearest legal one is legal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.images import artifact_names as names


@pytest.mark.parametrize(
    ("region", "project", "repository", "name"),
    [
        ("us-central1", "my-project", "sendoff", "us-central1-docker.pkg.dev/my-project/sendoff"),
        ("europe", "my-project", "sendoff", "europe-docker.pkg.dev/my-project/sendoff"),
        ("us-central1", "example.com:ml", "sendoff", "us-central1-docker.pkg.dev/example.com/ml/sendoff"),
        ("us-central1", "my-project", "gcr.io", "gcr.io/my-project"),
        ("europe-west1", "my-project", "eu.gcr.io", "eu.gcr.io/my-project"),
    ],
)
def test_where_a_repository_is(region: str, project: str, repository: str, name: str) -> None:
    assert names.repository_name(region, project, repository) == name
    assert names.trouble(f"{name}/housing") == ""


@pytest.mark.parametrize(
    ("name", "why", "nearest"),
    [
        ("housing", "does not begin with the host", ""),
        ("ada/housing", "does not begin with the host", ""),
        ("127.0.0.1:5000/Housing", "capital letters", "127.0.0.1:5000/housing"),
        ("gcr.io/p/housing:1", "a tag or a digest", "gcr.io/p/housing"),
        ("gcr.io/p/my model", "small letters and digits", "gcr.io/p/my-model"),
        ("gcr.io/p/a...b", "small letters and digits", "gcr.io/p/a-b"),
        ("gcr.io/housing", "gcr.io/PROJECT/IMAGE", ""),
        ("us-central1-docker.pkg.dev/p/housing", "REGION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE", ""),
        (f"gcr.io/p/{'a' * 300}", "255", f"gcr.io/p/{'a' * 246}"),
        ("-x.y/a", "no host name", ""),
    ],
)
def test_an_illegal_name_is_explained(name: str, why: str, nearest: str) -> None:
    assert why in names.trouble(name)
    assert names.nearest_name(name) == nearest


@pytest.mark.parametrize(
    ("text", "tag"), [("1.2.2", "1.2.2"), ("1.2.2+cpu", "1.2.2-cpu"), (".-x", "x"), ("", ""), ("ü", ""), ("v" * 200, "v" * 128)]
)  # fmt: skip
def test_a_tag_is_made_of_a_text(text: str, tag: str) -> None:
    assert names.nearest_tag(text) == tag


@given(
    st.text()
    | st.text("aB1._-/:@ ü").map(lambda path: f"127.0.0.1:5000/{path}")
    | st.text("a./-").map("gcr.io/p/{}".format)
)
def test_the_nearest_name_is_legal(text: str) -> None:
    near = names.nearest_name(text)
    assert near == "" or names.trouble(near) == ""
    assert names.trouble(text) or near == text


@given(st.text() | st.text("a1._-+"))
def test_the_nearest_tag_is_legal(text: str) -> None:
    tag = names.nearest_tag(text)
    assert tag == "" or names.legal_tag(tag)
    assert not names.legal_tag(text) or tag == text
