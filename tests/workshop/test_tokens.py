"""Tokens say who somebody is: to the Admin API and to services."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.workshop.tokens import LIFETIME, OWNER, Authority, TokenError, without_signature

URL = "http://127.0.0.1:4711"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_an_access_token_names_its_principal(authority: Authority) -> None:
    token = authority.mint_access("ada@example.com")
    assert authority.principal_of(f"Bearer {token}") == "ada@example.com"
    assert authority.principal_of(f"bearer {token}") == "ada@example.com"
    assert authority.principal_of(None) is None


def test_an_id_token_is_good_for_its_audience_alone(authority: Authority) -> None:
    header = f"Bearer {authority.mint_identity('ada@example.com', URL)}"
    assert authority.check_identity(header, {URL, "http://other"}) == "ada@example.com"
    with pytest.raises(TokenError, match="audience"):
        authority.check_identity(header, {"http://other"})


def test_neither_kind_is_taken_for_the_other(authority: Authority) -> None:
    with pytest.raises(TokenError):
        authority.principal_of(f"Bearer {authority.mint_identity(OWNER, URL)}")
    with pytest.raises(TokenError):
        authority.check_identity(f"Bearer {authority.mint_access(OWNER)}", {URL})


def test_tokens_expire(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    authority = Authority(tmp_path, now=lambda: now[0])
    access, identity = authority.mint_access(OWNER), authority.mint_identity(OWNER, URL)
    now[0] += LIFETIME
    with pytest.raises(TokenError, match="expired"):
        authority.principal_of(f"Bearer {access}")
    with pytest.raises(TokenError, match="expired"):
        authority.check_identity(f"Bearer {identity}", {URL})


def test_tokens_of_another_workshop_are_not_taken(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    with pytest.raises(TokenError, match="signature"):
        authority.principal_of(f"Bearer {other.mint_access(OWNER)}")
    with pytest.raises(TokenError, match="signature"):
        authority.check_identity(f"Bearer {other.mint_identity(OWNER, URL)}", {URL})


def test_tokens_are_good_after_a_restart_and_the_key_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as at_once:
        authorities = list(at_once.map(lambda _: Authority(tmp_path), range(8)))
    for each in authorities:
        assert Authority(tmp_path).principal_of(f"Bearer {each.mint_access(OWNER)}") == OWNER
    assert [path.name for path in tmp_path.iterdir()] == ["signing.key"]
    assert stat.S_IMODE((tmp_path / "signing.key").stat().st_mode) == 0o600


@given(st.text(), st.integers(0, 400), st.characters(codec="ascii"))
def test_no_other_token_is_taken_and_none_is_repeated_in_an_error(text: str, at: int, instead: str) -> None:
    authority = _SHARED
    for good, check in (
        (_ACCESS, authority.principal_of),
        (_IDENTITY, lambda token: authority.check_identity(token, {URL})),
    ):
        for token in (text, good[: at % len(good)] + instead + good[at % len(good) + 1 :]):
            header = f"Bearer {token}"
            if header.split() == f"Bearer {good}".split():
                continue
            with pytest.raises(TokenError) as raised:
                check(header)
            assert len(token) < 12 or token not in str(raised.value)


@pytest.fixture(scope="module", autouse=True)
def shared(tmp_path_factory: pytest.TempPathFactory) -> None:
    global _SHARED, _ACCESS, _IDENTITY
    _SHARED = Authority(tmp_path_factory.mktemp("key"))
    _ACCESS, _IDENTITY = _SHARED.mint_access(OWNER), _SHARED.mint_identity(OWNER, URL)


_SHARED: Authority
_ACCESS: str
_IDENTITY: str


def test_a_container_sees_a_token_without_its_signature(authority: Authority) -> None:
    token = authority.mint_identity(OWNER, URL)
    seen = without_signature(f"Bearer {token}")
    assert seen == f"Bearer {token.rpartition('.')[0]}.SIGNATURE_REMOVED_BY_GOOGLE"
    with pytest.raises(TokenError):
        authority.check_identity(seen, {URL})
