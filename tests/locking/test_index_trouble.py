"""An index that cannot be used is named, without its credentials, with what to check."""

import http.server
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from tests.locking.listening import Listener, PlanOf
from tests.locking.small_index import SmallIndex
from wizard.errors import LockError
from wizard.locking import lock
from wizard.locking.index_settings import index_shown, pip_extra_index, uv_environment


def trouble(plan_of: PlanOf, listener: Listener) -> LockError:
    with pytest.raises(LockError) as raised:
        lock(plan_of("trees==1.0"), (), listener.reporter)
    error = raised.value
    assert error.kind == "index"
    assert error.fix
    assert error.evidence
    assert "hunter2" not in str(error) + str(error.as_dict()) + listener.told
    return error


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def test_nobody_at_the_address(
    no_settings: None, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://me:hunter2@127.0.0.1:{closed_port}/simple")
    error = trouble(plan_of, listener)
    assert f"127.0.0.1:{closed_port}/simple cannot be used" in error.what
    assert "Nothing listens" in error.why
    assert "UV_DEFAULT_INDEX" in error.fix


def test_a_name_that_nobody_has(
    no_settings: None, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://packages.invalid/simple")
    error = trouble(plan_of, listener)
    assert "http://packages.invalid/simple" in error.what
    assert "name cannot be looked up" in error.why


def test_credentials_are_missing_or_wrong(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_index.credentials = "me:right"
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://me:hunter2@{small_index.host}/simple")
    error = trouble(plan_of, listener)
    assert f"{small_index.host}/simple asks for a user and password" in error.what
    assert "netrc" in error.fix


def test_with_the_right_credentials_it_works_and_they_are_nowhere_to_be_seen(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_index.add("trees", "1.0")
    small_index.credentials = "me:hunter2"
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://me:hunter2@{small_index.host}/simple")
    locked = lock(plan_of("trees==1.0"), (), listener.reporter)
    assert locked.version("trees") == "1.0"
    assert "hunter2" not in locked.requirements + listener.told
    assert "://" not in locked.requirements


def test_access_is_forbidden(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    small_index.status = 403
    error = trouble(plan_of, listener)
    assert "refuses to serve you" in error.what
    assert "403" in error.why


def test_the_index_itself_fails(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    small_index.status = 500
    error = trouble(plan_of, listener)
    assert "answered 500" in error.why
    assert "try again later" in error.fix


def test_the_answer_is_a_login_page(small_index: SmallIndex, plan_of: PlanOf, listener: Listener) -> None:
    small_index.page = b"<html><body>Please log in to the guest network</body></html>"
    error = trouble(plan_of, listener)
    assert "answers, but lists no packages" in error.what
    assert small_index.host in error.what


def test_the_path_is_wrong(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_index.add("trees", "1.0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{small_index.host}/pypi/simple")
    assert "/simple" in trouble(plan_of, listener).fix


def test_no_tls_where_https_was_asked_for(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"https://{small_index.host}/simple")
    error = trouble(plan_of, listener)
    assert "not trusted" in error.why
    assert "http or https" in error.fix


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_certificate_nobody_knows(
    no_settings: None, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("UV_DEFAULT_INDEX", f"https://127.0.0.1:{server.server_port}/simple")
    error = trouble(plan_of, listener)
    server.shutdown()
    server.server_close()
    assert "not trusted" in error.why
    assert "SSL_CERT_FILE" in error.fix


def test_offline_by_choice(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    error = trouble(plan_of, listener)
    assert "offline" in error.what
    assert "UV_OFFLINE" in error.fix


def test_an_index_that_never_answers(
    small_index: SmallIndex, plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_index.hold = threading.Event()
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "1")
    error = trouble(plan_of, listener)
    assert "did not answer in time" in error.why
    assert "UV_HTTP_TIMEOUT" in error.fix


def test_uv_missing_says_how_to_get_it(plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    import uv

    def nowhere() -> str:
        raise FileNotFoundError

    monkeypatch.setattr(uv, "find_uv_bin", nowhere)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(LockError) as raised:
        lock(plan_of("trees"), (), listener.reporter)
    assert raised.value.kind == "uv"
    assert "pip install uv" in raised.value.fix


def test_a_uv_that_crashes_is_shown_in_its_own_words(
    plan_of: PlanOf, listener: Listener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import uv

    broken = tmp_path / "uv"
    broken.write_text("#!/bin/sh\necho 'thread main panicked at the disco' >&2\nexit 101\n")
    broken.chmod(0o755)
    monkeypatch.setattr(uv, "find_uv_bin", lambda: str(broken))
    with pytest.raises(LockError) as raised:
        lock(plan_of("trees"), (), listener.reporter)
    assert raised.value.kind == "uv"
    assert raised.value.evidence == ("thread main panicked at the disco",)
    broken.write_text("not a program")
    with pytest.raises(LockError) as raised:
        lock(plan_of("trees"), (), listener.reporter)
    assert raised.value.kind == "uv"
    assert "cannot be started" in raised.value.what


# --- whose settings count -------------------------------------------------------------------------------------


def test_pips_index_is_used_where_uv_has_none(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "none")}
    assert "UV_DEFAULT_INDEX" not in uv_environment({**home, "PIP_CONFIG_FILE": "/dev/null"})
    env = uv_environment({**home, "PIP_INDEX_URL": "https://company.invalid/simple"})
    assert env["UV_DEFAULT_INDEX"] == "https://company.invalid/simple"
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://file.invalid/simple%20x\n")
    env = uv_environment({**home, "PIP_CONFIG_FILE": str(tmp_path / "pip.conf")})
    assert env["UV_DEFAULT_INDEX"] == "https://file.invalid/simple%20x"


@pytest.mark.parametrize("name", ["UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL"])
def test_uvs_own_index_wins_over_pips(tmp_path: Path, name: str) -> None:
    env = uv_environment(
        {"HOME": str(tmp_path), name: "https://uv.invalid/simple", "PIP_INDEX_URL": "https://pip.invalid/simple"}
    )
    assert env[name] == "https://uv.invalid/simple"
    assert "pip.invalid" not in env.get("UV_DEFAULT_INDEX", "")


def test_a_uv_configuration_of_the_persons_wins_over_pips_index(tmp_path: Path) -> None:
    (tmp_path / "uv").mkdir()
    (tmp_path / "uv" / "uv.toml").write_text("")
    env = uv_environment(
        {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "PIP_INDEX_URL": "https://pip.invalid/simple"}
    )
    assert "UV_DEFAULT_INDEX" not in env


def test_an_index_is_shown_without_its_name_and_credentials() -> None:
    assert index_shown({"UV_INDEX": "company=https://me:pw@company.invalid/simple other=https://b"}) == (
        "https://****@company.invalid/simple"
    )
    assert index_shown({}) == ""
    assert pip_extra_index({"PIP_EXTRA_INDEX_URL": "https://me:pw@x.invalid/simple"}) == "https://****@x.invalid/simple"


def test_pips_certificates_serve_uv_too(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    assert uv_environment({"PIP_CERT": str(bundle)})["SSL_CERT_FILE"] == str(bundle)
    assert uv_environment({"PIP_CERT": str(bundle), "SSL_CERT_FILE": "/mine"})["SSL_CERT_FILE"] == "/mine"
