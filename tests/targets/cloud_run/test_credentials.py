"""Who you are on Google Cloud, found in every place where people work; and what is said where nobody is logged in."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.targets.cloud_run.small_token_server import LOGIN, TokenServer, service_account_key, token_server
from wizard.targets.cloud_run.api_errors import CloudError
from wizard.targets.cloud_run.api_trouble import Trouble
from wizard.targets.cloud_run.credentials import GoogleAccess, find_credentials
from wizard.targets.cloud_run.whereabouts import (
    Signs,
    Whereabouts,
    default_project,
    how_to_log_in,
    metadata_answers,
    where,
)
from wizard.workshop.faults import Faults
from wizard.workshop.http_door import Description, HttpDoor
from wizard.workshop.tokens import OWNER, Authority

NO_METADATA = {"NO_GCE_CHECK": "true"}


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenServer]:
    with token_server() as server:
        # A login's file cannot name its token server: google-auth always takes Google's.
        monkeypatch.setattr("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", server.uri)
        yield server


def keyed(tmp_path: Path, content: object, **variables: str) -> Signs:
    """Signs of a place where GOOGLE_APPLICATION_CREDENTIALS names a file of this content."""
    path = tmp_path / "key.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return Signs({**NO_METADATA, "GOOGLE_APPLICATION_CREDENTIALS": str(path), **variables}, home=tmp_path)


def logged_in(tmp_path: Path, content: object, gcloud: str = "") -> Signs:
    """Signs of a laptop where gcloud wrote a login."""
    signs = Signs(NO_METADATA, home=tmp_path, gcloud=gcloud)
    signs.login_file.parent.mkdir(parents=True)
    signs.login_file.write_text(json.dumps(content))
    return signs


class TestWhere:
    @pytest.mark.parametrize(
        ("signs", "place"),
        [
            (Signs(), Whereabouts.LAPTOP),
            (Signs(modules=frozenset({"google.colab"})), Whereabouts.COLAB),
            (Signs({"COLAB_RELEASE_TAG": "release-colab_1"}), Whereabouts.COLAB),
            (
                Signs({"VERTEX_PRODUCT": "COLAB_ENTERPRISE"}, modules=frozenset({"google.colab"})),
                Whereabouts.COLAB_ENTERPRISE,
            ),
            (Signs({"VERTEX_PRODUCT": "WORKBENCH_INSTANCE"}, on_google=True), Whereabouts.WORKBENCH),
            (Signs({"DL_ANACONDA_HOME": "/opt/conda"}, on_google=True), Whereabouts.WORKBENCH),
            (Signs({"CLOUD_SHELL": "true"}, on_google=True), Whereabouts.CLOUD_SHELL),
            (Signs({"CI": "true", "GITHUB_ACTIONS": "true"}), Whereabouts.CI),
            (Signs({"CI": "false"}), Whereabouts.LAPTOP),
            (Signs({"K_SERVICE": "trainer"}), Whereabouts.GOOGLE_MACHINE),
            (Signs(on_google=True), Whereabouts.GOOGLE_MACHINE),
        ],
    )
    def test_a_place_is_known_by_its_signs(self, signs: Signs, place: Whereabouts) -> None:
        assert where(signs) is place

    @given(st.dictionaries(st.text(min_size=1), st.text()), st.booleans(), st.booleans())
    def test_any_surroundings_are_some_place(self, variables: dict[str, str], on_google: bool, colab: bool) -> None:
        modules = frozenset({"google.colab"}) if colab else frozenset[str]()
        assert where(Signs(variables, modules=modules, on_google=on_google)) in Whereabouts

    @pytest.mark.parametrize("place", Whereabouts)
    def test_every_place_has_its_own_way_to_log_in(self, place: Whereabouts) -> None:
        others = {how_to_log_in(other, "demo-project", gcloud=True) for other in Whereabouts if other is not place}
        assert how_to_log_in(place, "demo-project", gcloud=True) not in others

    def test_colab_is_given_the_code_for_a_cell_with_the_project_in_it(self) -> None:
        fix = how_to_log_in(Whereabouts.COLAB, "demo-project", gcloud=True)
        assert 'from google.colab import auth; auth.authenticate_user(project_id="demo-project")' in fix

    def test_a_laptop_without_gcloud_is_told_where_to_get_it(self) -> None:
        assert "https://cloud.google.com/sdk/docs/install" in how_to_log_in(Whereabouts.LAPTOP, "p", gcloud=False)


class TestProject:
    def test_the_environment_names_it(self) -> None:
        assert default_project(Signs({"GOOGLE_CLOUD_PROJECT": "from-variable"})) == "from-variable"

    def test_gcloud_s_active_configuration_names_it(self, tmp_path: Path) -> None:
        folder = tmp_path / ".config" / "gcloud"
        (folder / "configurations").mkdir(parents=True)
        (folder / "active_config").write_text("work\n")
        (folder / "configurations" / "config_work").write_text(
            "[core]\naccount = a@example.com\nproject = my-project\n"
        )
        assert default_project(Signs(home=tmp_path)) == "my-project"

    def test_nothing_names_it(self, tmp_path: Path) -> None:
        assert default_project(Signs(home=tmp_path)) == ""


class TestNobody:
    @pytest.mark.parametrize(
        ("variables", "expected"),
        [
            ({}, "gcloud auth application-default login"),
            ({"COLAB_RELEASE_TAG": "1"}, "auth.authenticate_user"),
            ({"CI": "true"}, "Workload Identity Federation"),
        ],
    )
    def test_where_nothing_is_configured_the_way_to_log_in_there_is_named(
        self, variables: dict[str, str], expected: str, tmp_path: Path
    ) -> None:
        with pytest.raises(CloudError) as error:
            find_credentials(Signs({**NO_METADATA, **variables}, home=tmp_path), "demo-project")
        assert error.value.kind is Trouble.CREDENTIALS
        assert expected in error.value.fix

    def test_a_metadata_server_that_never_answers_does_not_hold_anybody_up(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            started = time.monotonic()
            assert not metadata_answers(Signs({"GCE_METADATA_HOST": f"127.0.0.1:{silent.getsockname()[1]}"}))
            assert time.monotonic() - started < 9  # google-auth alone would take ten and more


class TestFiles:
    @pytest.mark.parametrize(
        "content",
        ["", "{", "[]", "7", '{"type": "service_account"}', '{"type": "unheard-of"}', '{"type": "authorized_user"}',
         '{"type": "impersonated_service_account"}', '{"type": "external_account"}', '{"type": {"a": 1}}',
         '{"type": "service_account", "client_email": "a@b", "token_uri": "x", "private_key": "hidden-key"}'],
    )  # fmt: skip
    def test_a_broken_file_is_named_with_the_variable_that_names_it_and_never_quoted(
        self, content: str, tmp_path: Path
    ) -> None:
        signs = keyed(tmp_path, content)
        with pytest.raises(CloudError) as error:
            find_credentials(signs, "demo-project")
        assert signs.key_file in error.value.what
        assert "GOOGLE_APPLICATION_CREDENTIALS" in error.value.fix
        assert "hidden" not in str(error.value)

    def test_a_file_that_does_not_exist_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(CloudError, match="does not exist"):
            find_credentials(Signs({"GOOGLE_APPLICATION_CREDENTIALS": str(tmp_path / "none.json")}), "demo-project")

    def test_a_service_account_s_key_gives_tokens_for_apis_and_services(
        self, tokens: TokenServer, tmp_path: Path
    ) -> None:
        access = GoogleAccess("demo-project", keyed(tmp_path, service_account_key(tokens.uri)))
        assert access.access_token() == "ya29.account-1"
        assert access.access_token() == "ya29.account-1", "one token serves until it ends"
        assert access.member == "serviceAccount:robot@demo-project.iam.gserviceaccount.com"

    def test_a_person_s_login_is_known_by_its_identity_and_counted_against_the_plan_s_project(
        self, tokens: TokenServer, tmp_path: Path
    ) -> None:
        access = GoogleAccess("demo-project", logged_in(tmp_path, LOGIN))
        assert access.member == "user:ada@example.com"
        assert access.credentials.quota_project_id == "demo-project"

    def test_a_login_s_own_quota_project_stays(self, tokens: TokenServer, tmp_path: Path) -> None:
        access = GoogleAccess("demo-project", logged_in(tmp_path, {**LOGIN, "quota_project_id": "other-project"}))
        assert access.credentials.quota_project_id == "other-project"


class TestEnded:
    @pytest.mark.parametrize(
        "refusal",
        [
            ("invalid_grant", "Token has been expired or revoked."),
            ("invalid_grant", "reauth related error (invalid_rapt)"),
            ("unauthorized_client", "Unauthorized"),
        ],
    )
    def test_an_expired_login_says_how_to_renew_it(
        self, refusal: tuple[str, str], tokens: TokenServer, tmp_path: Path
    ) -> None:
        tokens.refusal = refusal
        access = GoogleAccess("demo-project", logged_in(tmp_path, LOGIN, gcloud="/usr/bin/gcloud"))
        with pytest.raises(CloudError) as error:
            access.access_token()
        assert error.value.kind is Trouble.CREDENTIALS
        assert error.value.what == "Your login to Google Cloud is no longer good."
        assert error.value.fix == "Run: gcloud auth application-default login"
        assert refusal[0] in " ".join(error.value.evidence)

    def test_a_deleted_key_points_at_the_variable_that_names_it(self, tokens: TokenServer, tmp_path: Path) -> None:
        tokens.refusal = ("invalid_grant", "Invalid JWT Signature.")
        access = GoogleAccess("demo-project", keyed(tmp_path, service_account_key(tokens.uri)))
        with pytest.raises(CloudError) as error:
            access.access_token()
        assert "GOOGLE_APPLICATION_CREDENTIALS" in error.value.fix

    def test_a_wrong_clock_is_told_from_a_wrong_key(self, tokens: TokenServer, tmp_path: Path) -> None:
        tokens.refusal = (
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.",
        )
        access = GoogleAccess("demo-project", keyed(tmp_path, service_account_key(tokens.uri)))
        with pytest.raises(CloudError) as error:
            access.access_token()
        assert "clock" in error.value.why

    def test_a_token_server_that_cannot_be_reached_is_no_expired_login(self, tmp_path: Path) -> None:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            uri = f"http://127.0.0.1:{held.getsockname()[1]}/token"
            access = GoogleAccess("demo-project", keyed(tmp_path, service_account_key(uri)))
            with pytest.raises(CloudError) as error:
                access.access_token()
        assert error.value.kind is Trouble.UNAVAILABLE


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Signs]:
    """Signs of a notebook machine whose metadata server is the workshop's door."""
    served = HttpDoor(Authority(tmp_path), Faults())
    address = f"127.0.0.1:{served.bind(0)}"
    served.start(Description("127.0.0.1:1", "", "demo-project", "us-central1", "fake", "1"))
    # google-auth reads these when it is imported.
    monkeypatch.setattr("google.auth.compute_engine._metadata._GCE_METADATA_HOST", address)
    monkeypatch.setenv("GCE_METADATA_IP", address)
    yield Signs(
        {"VERTEX_PRODUCT": "WORKBENCH_INSTANCE", "GCE_METADATA_HOST": address, "GCE_METADATA_IP": address},
        home=tmp_path,
    )
    served.close()


def test_a_notebook_machine_s_metadata_server_gives_the_account_and_its_tokens(machine: Signs, tmp_path: Path) -> None:
    access = GoogleAccess("demo-project", machine)
    assert access.principal == OWNER
    assert Authority(tmp_path).principal_of(f"Bearer {access.access_token()}") == OWNER
    token = access.identity_token("http://127.0.0.1:4711")
    assert Authority(tmp_path).check_identity(f"Bearer {token}", {"http://127.0.0.1:4711"}) == OWNER


def test_no_token_or_key_is_in_a_representation_an_error_or_a_log(
    tokens: TokenServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    access = GoogleAccess("demo-project", logged_in(tmp_path, LOGIN))
    token = access.access_token()
    tokens.refusal = ("invalid_grant", "Bad Request")
    with pytest.raises(CloudError) as error:
        GoogleAccess("demo-project", access.signs).access_token()
    shown = repr(access) + repr(access.signs) + str(error.value) + repr(error.value.as_dict()) + caplog.text
    assert not any(secret in shown for secret in (token, "hidden-refresh", "hidden-client"))
