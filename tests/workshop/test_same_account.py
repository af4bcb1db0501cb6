"""On a machine that people share, the local Cloud Run answers the account that started it, and root."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workshop.admin import PARENT
from wizard.workshop import same_account
from wizard.workshop.local import LocalCloudRun
from wizard.workshop.same_account import is_same_account, loopback_port

NOBODY = 65534
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another account"
)
needs_tables = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not tell of connections")


def _asked(caller: int, own: int) -> bool:
    return is_same_account(caller, own)


def _looked_up(caller: int, own: int) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(same_account, "_asked", lambda *_: None)  # as in a sandbox without that socket
        return is_same_account(caller, own)


Check = Callable[[int, int], bool]
both = pytest.mark.parametrize("check", [_asked, _looked_up])


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@both
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_program_of_this_account_is_known(server: socket.socket, check: Check, family: socket.AddressFamily) -> None:
    own = server.getsockname()[1]
    with socket.socket(family) as caller:
        try:
            caller.connect(("127.0.0.1" if family == socket.AF_INET else "::ffff:127.0.0.1", own))
        except OSError:
            pytest.skip("this machine has no such addresses")
        assert check(caller.getsockname()[1], own)


@both
@needs_root
@needs_tables
def test_a_program_of_another_account_is_known(server: socket.socket, check: Check) -> None:
    own = server.getsockname()[1]
    code = (
        "import encodings.idna, os, socket, sys\n"
        f"os.setuid({NOBODY})\n"
        "caller = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
        "print(caller.getsockname()[1], flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(own)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert not check(int(other.stdout.readline()), own)


@both
@needs_tables
def test_who_has_hung_up_is_nobody_though_the_system_calls_it_root(server: socket.socket, check: Check) -> None:
    own = server.getsockname()[1]
    caller = socket.create_connection(("127.0.0.1", own))
    port = caller.getsockname()[1]
    taken, _ = server.accept()
    with taken:
        caller.close()
        assert not check(port, own)


@both
@needs_tables
def test_a_connection_that_there_is_not_is_nobodys(server: socket.socket, check: Check) -> None:
    assert not check(1, server.getsockname()[1])


def test_where_the_system_tells_nothing_everybody_counts_as_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(same_account, "_asked", lambda *_: None)
    monkeypatch.setattr(same_account, "_TABLES", (tmp_path / "tcp",))
    assert is_same_account(1, 2)


@pytest.mark.parametrize(
    ("peer", "port"),
    [("ipv4:127.0.0.1:4711", 4711), ("ipv4:10.0.0.1:4711", None), ("unix:/tmp/x", None), ("ipv4:127.0.0.1:", None)],
)
def test_a_peers_port_is_read_from_its_name(peer: str, port: int | None) -> None:
    assert loopback_port(peer) == port


@needs_root
@needs_tables
def test_the_admin_api_refuses_other_accounts_also_with_a_token(local: LocalCloudRun) -> None:
    code = (
        "import os, sys, grpc\n"
        "calls = ('google.cloud.run.v2.Services/ListServices', 'google.longrunning.Operations/ListOperations')\n"
        "def ask():\n"
        "    alone = [('grpc.use_local_subchannel_pool', 1)]\n"
        "    with grpc.insecure_channel(sys.argv[1], alone) as channel:\n"
        "        for call in calls:\n"
        "            try: channel.unary_unary('/' + call)(sys.argv[2].encode(), metadata=eval(sys.argv[3]), timeout=30)\n"
        "            except grpc.RpcError as error: print(error.code().name, error.details())\n"
        "            else: print('answered')\n"
        "ask()\n"  # what it imports has to be imported before it is another account, which may not read it
        f"os.setuid({NOBODY})\n"
        "calls = (*calls, 'google.logging.v2.LoggingServiceV2/TailLogEntries')\n"
        "ask()\n"
    )
    token = (("authorization", f"Bearer {local.authority.mint_access('you@localhost.example')}"),)
    listing = chr(10) + chr(len(PARENT)) + PARENT
    for metadata in ((), token):
        command = [sys.executable, "-c", code, local.address, listing, repr(metadata)]
        said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()
        refused = "PERMISSION_DENIED This local Cloud Run belongs to another account of this machine."
        assert said == ["answered"] * 2 + [refused] * 3
