"""The gateway: the right container, all of the request, all of the answer, and nothing lost when the table changes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workshop.answering import Answer, Asked, Container, plain, say_name
from wizard.workshop.gateway import LoopbackGateway
from wizard.workshop.gateway_split import Split
from wizard.workshop.gateway_table import Routes, Share
from wizard.workshop.runtime import Backend
from wizard.workshop.tokens import Authority

SERVICE = "projects/demo/locations/us-central1/services/housing"


class Doors:
    """Who may call: everybody, or the e-mail addresses named."""

    def __init__(self) -> None:
        self.public = True
        self.invokers: set[str] = set()
        self.urls = {"http://housing"}

    def may_invoke(self, service: str, email: str | None) -> bool:
        return self.public or email in self.invokers

    def audiences(self, service: str) -> set[str]:
        return self.urls


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def gateway(authority: Authority, doors: Doors) -> Iterator[LoopbackGateway]:
    gateway = LoopbackGateway(authority)
    gateway.guard(doors)
    yield gateway
    gateway.close()


@pytest.fixture
def make() -> Iterator[Callable[..., Container]]:
    made: list[Container] = []

    def make(name: str = "one", answer: Answer = say_name, keep: int = 1 << 30) -> Container:
        made.append(Container(name, answer, keep))
        return made[-1]

    yield make
    for container in made:
        container.gate.set()
        container.close()


def share(container: Container, percent: int = 100, *, timeout: float = 20, concurrency: int = 0) -> Share:
    return Share(f"{SERVICE}/revisions/{container.name}", percent, container.backend, timeout, concurrency)


def open_to(gateway: LoopbackGateway, *shares: Share, **tags: Share) -> str:
    port = gateway.publish(Routes(SERVICE, shares, tags), {})[""]
    return f"http://127.0.0.1:{port}"


def talk(url: str, data: bytes, *, timeout: float = 10) -> bytes:
    """Send these very bytes, and read until the other side ends the connection."""
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(1 << 16):
            answer += piece
    return answer


# The split


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 100), min_size=2, max_size=5))
def test_any_split_is_kept_within_a_point_over_10000_requests(weights: list[int]) -> None:
    backend = Backend("127.0.0.1", 1, "")
    traffic = [Share(str(number), weight, backend, 1, 0) for number, weight in enumerate(weights)]
    split = Split()
    chosen = Counter(share.revision for _ in range(10_000) if (share := split.choose(traffic)))
    for each in traffic:
        assert abs(chosen[each.revision] / 100 - 100 * each.percent / sum(weights)) < 1


def test_a_caller_that_asks_every_tenth_time_still_meets_both_revisions_of_a_90_10_split() -> None:
    backend = Backend("127.0.0.1", 1, "")
    traffic = [Share("old", 90, backend, 1, 0), Share("new", 10, backend, 1, 0)]
    split = Split()
    everything = [split.choose(traffic) for _ in range(10_000)]
    tenth = Counter(share.revision for share in everything[::10] if share)
    assert 60 < tenth["new"] < 140


def test_10000_requests_are_split_90_to_10_within_a_point(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    old, new = make("old"), make("new")
    url = open_to(gateway, share(old, 90), share(new, 10))
    answers: Counter[bytes] = Counter()

    def ask(times: int) -> Counter[bytes]:
        return Counter(_on_one_connection(url, times))

    with ThreadPoolExecutor(4) as callers:
        for counted in callers.map(ask, [2500] * 4):
            answers += counted
    assert sum(answers.values()) == 10_000
    assert 900 < answers[b"new"] < 1100
    assert len(old.asked) == answers[b"old"]


def _on_one_connection(url: str, times: int) -> Iterator[bytes]:
    """Bodies of answers to GET requests, as fast as a caller can ask."""
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=20) as connection:
        reader = connection.makefile("rb")
        for _ in range(times):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status = reader.readline()
            length = 0
            while (line := reader.readline().lower()) != b"\r\n":
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            body = reader.read(length)
            yield body if b" 200 " in status else status


# Nothing is lost


def test_no_request_is_lost_while_traffic_moves_to_and_fro_and_the_old_containers_end(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    url = open_to(gateway, share(make("first")))
    stop = threading.Event()

    def ask() -> Counter[bytes]:
        def until_told() -> Iterator[bytes]:
            while not stop.is_set():
                yield from _on_one_connection(url, 200)

        return Counter(until_told())

    with ThreadPoolExecutor(4) as callers:
        counted = [callers.submit(ask) for _ in range(4)]
        names = []
        before: Container | None = None
        for number in range(25):
            now = make(f"revision-{number}")
            names.append(now.name.encode())
            if before is not None:  # a canary first, then all of it
                open_to(gateway, share(before, 90), share(now, 10))
            open_to(gateway, share(now))
            if before is not None:
                assert gateway.drain(share(before).revision, 10)
                before.close()
            before = now
            assert _wait(lambda container=now: len(container.asked) > 20)  # type: ignore[misc]  # a loop's variable
        stop.set()
        answers = sum((each.result(30) for each in counted), Counter())
    assert set(answers) <= {b"first", *names}, "every answer came whole from a container"
    assert sum(answers.values()) > 25 * 20


def _wait(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    return condition()


async def after_gate(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    await container.passed_gate()
    writer.write(plain(container.name.encode()))


def test_a_request_under_way_ends_where_it_began_and_draining_waits_for_it(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    old, new = make("old", after_gate), make("new")
    url = open_to(gateway, share(old))
    with ThreadPoolExecutor(1) as callers:
        answer = callers.submit(httpx.get, url)
        assert old.begun.wait(10)
        open_to(gateway, share(new))
        assert httpx.get(url).text == "new"
        assert not gateway.drain(share(old).revision, 0.05)
        old.gate.set()
        assert gateway.drain(share(old).revision, 10)
        assert answer.result(10).text == "old"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_kept_connection_that_the_container_gave_up_costs_no_request(
    gateway: LoopbackGateway, make: Callable[..., Container], method: str
) -> None:
    container = make(keep=1)  # says keep-alive, and hangs up after every answer
    url = open_to(gateway, share(container))
    with httpx.Client() as client:
        for _ in range(50):
            assert client.request(method, url, content=b"{}" if method == "POST" else None).status_code == 200
    assert len(container.asked) == 50


async def hang_up(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    if asked.target == "/crash":
        await container.passed_gate()
        writer.transport.abort()
    else:
        writer.write(plain(b"fine"))


def test_a_container_that_crashes_over_a_post_is_not_asked_twice(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    container = make(answer=hang_up)
    url = open_to(gateway, share(container))
    assert httpx.post(url).text == "fine"  # so that a kept connection is there
    with ThreadPoolExecutor(1) as callers:
        answer = callers.submit(httpx.post, f"{url}/crash")
        assert container.begun.wait(10)
        threading.Timer(0.7, container.gate.set).start()
        assert answer.result(10).status_code == 503
    assert [asked.target for asked in container.asked] == ["/", "/crash"]


def test_connections_to_a_container_are_kept(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    container = make()
    url = open_to(gateway, share(container))
    assert list(_on_one_connection(url, 100)) == [b"one"] * 100
    assert container.connections == 1


# Ports


def test_a_tag_has_a_port_of_its_own_that_outlives_changes_of_the_traffic(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    old, new = make("old"), make("new")
    ports = gateway.publish(Routes(SERVICE, (share(old),), {"green": share(new)}), {})
    assert httpx.get(f"http://127.0.0.1:{ports['']}").text == "old"
    assert httpx.get(f"http://127.0.0.1:{ports['green']}").text == "new"
    assert gateway.publish(Routes(SERVICE, (share(new),), {"green": share(new)}), {}) == ports
    assert httpx.get(f"http://127.0.0.1:{ports['']}").text == "new"


def test_the_port_of_a_removed_tag_or_service_is_closed(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    one = make()
    ports = gateway.publish(Routes(SERVICE, (share(one),), {"green": share(one)}), {})
    gateway.publish(Routes(SERVICE, (share(one),)), {})
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{ports['green']}")
    gateway.withdraw(SERVICE)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{ports['']}")


def test_ports_are_taken_again_by_the_next_gateway_and_others_where_they_are_taken(
    authority: Authority, doors: Doors, make: Callable[..., Container]
) -> None:
    routes = Routes(SERVICE, (share(make()),))
    ports = {}
    for _ in range(2):
        gateway = LoopbackGateway(authority)
        gateway.guard(doors)
        again = gateway.publish(routes, ports)
        assert ports in ({}, again)
        ports = dict(again)
        assert httpx.get(f"http://127.0.0.1:{ports['']}").text == "one"  # leaves a connection that was used
        gateway.close()
    with socket.create_server(("127.0.0.1", ports[""])):
        gateway = LoopbackGateway(authority)
        assert gateway.publish(routes, ports) != ports
        gateway.close()


def test_it_listens_on_loopback_alone(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    port = gateway.publish(Routes(SERVICE, (share(make()),)), {})[""]
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    addresses = {line.split()[1] for line in listening.splitlines() if f":{port:04X} " in line and " 0A " in line}
    assert addresses == {f"0100007F:{port:04X}"}


# Requests and answers, whole


def test_a_container_sees_what_cloud_run_shows_it(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    container = make()
    url = open_to(gateway, share(container))
    sent = {
        "X-Forwarded-For": "203.0.113.9", "Connection": "close, X-Private", "X-Private": "1", "Keep-Alive": "9", "TE": "gzip",
        "X-Empty": "", "Authorization": "Basic abc",
    }  # fmt: skip
    httpx.post(f"{url}/predict?a=%20b", headers=sent, content=b'{"features": [1]}')
    (asked,) = container.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/predict?a=%20b", b'{"features": [1]}')
    assert asked.headers["x-forwarded-for"] == "203.0.113.9,127.0.0.1"
    assert asked.headers["x-forwarded-proto"] == "http"
    assert asked.headers["forwarded"] == 'for="127.0.0.1";proto=http'
    assert asked.headers["authorization"] == "Basic abc"
    assert asked.headers["host"] == url.removeprefix("http://")
    assert asked.headers["x-empty"] == ""
    assert asked.headers.keys().isdisjoint({"x-private", "keep-alive", "te", "connection"})
    trace = re.fullmatch(r"([0-9a-f]{32})/(\d+);o=[01]", asked.headers["x-cloud-trace-context"])
    parent = re.fullmatch(r"00-([0-9a-f]{32})-([0-9a-f]{16})-0[01]", asked.headers["traceparent"])
    assert trace and parent
    assert (trace[1], int(trace[2])) == (parent[1], int(parent[2], 16))


def test_headers_that_come_twice_are_both_meant(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    container = make()
    sent = [
        ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "198.51.100.7"),
        ("Connection", "keep-alive"), ("Connection", "X-Private"), ("X-Private", "1"),
    ]  # fmt: skip
    httpx.get(open_to(gateway, share(container)), headers=sent)
    (asked,) = container.asked
    assert asked.headers["x-forwarded-for"] == "203.0.113.9,198.51.100.7,127.0.0.1"
    assert "x-private" not in asked.headers


@pytest.mark.parametrize(
    ("given", "other"),
    [
        ({"x-cloud-trace-context": f"{'ab' * 16}/255;o=1"}, ("traceparent", f"00-{'ab' * 16}-00000000000000ff-01")),
        ({"traceparent": f"00-{'cd' * 16}-00000000000000ff-01"}, ("x-cloud-trace-context", f"{'cd' * 16}/255;o=1")),
    ],
)
def test_a_trace_that_was_begun_goes_on(
    gateway: LoopbackGateway, make: Callable[..., Container], given: dict[str, str], other: tuple[str, str]
) -> None:
    container = make()
    httpx.get(open_to(gateway, share(container)), headers=given)
    headers = container.asked[0].headers
    assert given.items() <= headers.items()
    assert headers[other[0]] == other[1]


async def count_bytes(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(plain(str(len(asked.body)).encode()))


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000, 32 << 20])
@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_of_up_to_32_mib_arrive_whole(
    gateway: LoopbackGateway, make: Callable[..., Container], size: int, chunked: bool
) -> None:
    url = open_to(gateway, share(make(answer=count_bytes)))
    body = b"x" * size

    def pieces() -> Iterator[bytes]:
        for start in range(0, size, 50_000):
            yield body[start : start + 50_000]

    assert httpx.post(url, content=pieces() if chunked else body, timeout=30).text == str(size)


def test_a_request_over_32_mib_is_refused_by_its_length_and_by_its_chunks(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    container = make()
    url = open_to(gateway, share(container))
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
    said = talk(url, head + b"Content-Length: %d\r\n\r\n" % ((32 << 20) + 1))
    assert said.startswith(b"HTTP/1.1 413 ")
    piece = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    said = talk(url, head + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 33)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert container.asked == []


async def three_pieces(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
    await container.passed_gate()
    writer.write(b"3\r\ntwo\r\n0\r\n\r\n")


def test_an_answer_is_passed_on_as_it_comes(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    container = make(answer=three_pieces)
    url = open_to(gateway, share(container))
    with httpx.stream("GET", url) as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == b"one"  # the second piece is not written yet
        container.gate.set()
        assert b"".join(pieces) == b"two"


async def until_the_end(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\nall there is")
    await writer.drain()
    writer.close()


def test_an_answer_of_unknown_length_ends_with_its_connection(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    url = open_to(gateway, share(make(answer=until_the_end)))
    assert httpx.get(url).text == "all there is"
    assert talk(url, b"GET / HTTP/1.0\r\n\r\n").endswith(b"\r\n\r\nall there is")


async def half(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
    await writer.drain()
    writer.close()


def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    url = open_to(gateway, share(make(answer=half)))
    with pytest.raises(httpx.TransportError):
        httpx.get(url)


async def by_method(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    if asked.target == "/204":
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")
    else:
        writer.write(plain(b"" if asked.method == "HEAD" else b"body").replace(b"length: 0", b"length: 4"))


def test_answers_without_a_body_are_kept_apart_from_the_next_one(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    url = open_to(gateway, share(make(answer=by_method)))
    with httpx.Client() as client:
        for _ in range(3):
            head = client.head(url)
            assert (head.status_code, head.headers["content-length"]) == (200, "4")
            assert client.get(f"{url}/204").status_code == 204
            assert client.get(url).text == "body"


def test_requests_sent_without_waiting_are_answered_in_order(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    async def target(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(asked.target.encode()))

    url = open_to(gateway, share(make(answer=target)))
    requests = b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number for number in range(20))
    said = talk(url, requests + b"GET /end HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert re.findall(rb"\r\n\r\n(/(?:\d+|end))", said) == [b"/%d" % number for number in range(20)] + [b"/end"]


def test_a_caller_that_waits_for_100_continue_gets_it(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    port = int(open_to(gateway, share(make(answer=count_bytes))).rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert connection.recv(1000).endswith(b"\r\n\r\n3")


def test_a_container_may_refuse_before_it_has_read_all(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    class Hasty(Container):
        async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
            return b""

    async def no(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(plain(b"too much", "413 Content Too Large", "connection: close"))

    container = Hasty("hasty", no, keep=1)
    try:
        answer = httpx.post(open_to(gateway, share(container)), content=b"x" * (4 << 20))
        assert (answer.status_code, answer.text) == (413, "too much")
    finally:
        container.close()


# What the gateway answers itself


def test_a_request_that_takes_too_long_is_given_up_with_504(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    url = open_to(gateway, share(make(answer=after_gate), timeout=0.2))
    answer = httpx.get(url)
    assert answer.status_code == 504
    assert "upstream request timeout" in answer.text


def test_no_traffic_is_404_and_no_container_is_503(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    url = open_to(gateway)
    assert httpx.get(url).status_code == 404
    container = make()
    container.close()
    open_to(gateway, share(container))
    assert httpx.get(url).status_code == 503


async def nonsense(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def test_an_answer_that_is_no_http_is_503(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    answer = httpx.get(open_to(gateway, share(make(answer=nonsense))))
    assert answer.status_code == 503
    assert "malformed" in answer.headers["x-workshop-hint"]


async def huge(container: Container, asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % ((32 << 20) + 1))


def test_an_answer_over_32_mib_that_is_not_streamed_is_refused(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    assert httpx.get(open_to(gateway, share(make(answer=huge)))).status_code == 500


def test_no_more_requests_reach_a_container_at_once_than_its_concurrency(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    container = make(answer=after_gate)
    url = open_to(gateway, share(container, concurrency=2, timeout=20))
    with ThreadPoolExecutor(5) as callers:
        answers = [callers.submit(httpx.get, url) for _ in range(5)]
        assert _wait(lambda: len(container.asked) == 2)
        assert not gateway.drain(share(container).revision, 0.3)
        assert len(container.asked) == 2
        container.gate.set()
        assert [answer.result(10).status_code for answer in answers] == [200] * 5


def test_a_request_that_never_gets_its_turn_is_429(gateway: LoopbackGateway, make: Callable[..., Container]) -> None:
    container = make(answer=after_gate)
    slow = open_to(gateway, share(container, concurrency=1), green=share(container, concurrency=1, timeout=0.2))
    tag = gateway.publish(
        Routes(SERVICE, (share(container, concurrency=1),), {"green": share(container, concurrency=1, timeout=0.2)}), {}
    )["green"]
    with ThreadPoolExecutor(1) as callers:
        first = callers.submit(httpx.get, slow)
        assert container.begun.wait(10)
        assert httpx.get(f"http://127.0.0.1:{tag}").status_code == 429
        container.gate.set()
        assert first.result(10).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:80", ""])
def test_a_page_that_calls_under_a_name_of_its_own_is_refused(
    gateway: LoopbackGateway, make: Callable[..., Container], host: str
) -> None:
    container = make()
    assert httpx.get(open_to(gateway, share(container)), headers={"Host": host}).status_code == 403
    assert container.asked == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"not http at all\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", 431),
        (b"GET /" + b"x" * 70_000, 431),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n Folded: b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    ],
)
def test_what_is_no_proper_request_is_refused_and_reaches_nobody(
    gateway: LoopbackGateway, make: Callable[..., Container], request_: bytes, status: int
) -> None:
    container = make()
    said = talk(open_to(gateway, share(container)), request_)
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert container.asked == []


def test_headers_that_never_end_are_given_up(
    gateway: LoopbackGateway, make: Callable[..., Container], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.workshop.gateway_front.HEAD_WITHIN", 0.1)
    said = talk(open_to(gateway, share(make())), b"GET / HTTP/1.1\r\nHost: local")
    assert said.startswith(b"HTTP/1.1 408 ")


# Who may call


def test_a_private_service_answers_those_with_the_invoker_role_alone(
    gateway: LoopbackGateway, make: Callable[..., Container], authority: Authority, doors: Doors
) -> None:
    doors.public, doors.invokers = False, {"ada@example.com"}
    container = make()
    url = open_to(gateway, share(container))

    def ask(token: str | None, header: str = "Authorization") -> httpx.Response:
        return httpx.get(url, headers={} if token is None else {header: f"Bearer {token}"})

    nobody = ask(None)
    assert nobody.status_code == 403
    assert "does not have permission" in nobody.text
    assert "not authenticated" in nobody.headers["x-workshop-hint"]
    for bad in (
        "abc",
        "a.b.c",
        authority.mint_access("ada@example.com"),
        authority.mint_identity("ada@example.com", "http://x"),
    ):
        refused = ask(bad)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
        assert bad not in refused.text + str(refused.headers)
    other = ask(authority.mint_identity("eve@example.com", "http://housing"))
    assert other.status_code == 403
    assert "run.invoker" in other.headers["x-workshop-hint"]
    assert container.asked == []

    good = authority.mint_identity("ada@example.com", "http://housing")
    assert ask(good).status_code == 200
    seen = container.asked[0].headers["authorization"]
    assert seen == f"Bearer {good.rpartition('.')[0]}.SIGNATURE_REMOVED_BY_GOOGLE"
    assert ask(good, "X-Serverless-Authorization").status_code == 200
    assert "x-serverless-authorization" not in container.asked[1].headers


def test_a_public_service_gets_its_own_callers_tokens_as_they_are(
    gateway: LoopbackGateway, make: Callable[..., Container]
) -> None:
    container = make()
    url = open_to(gateway, share(container))
    assert httpx.get(url, headers={"Authorization": "Bearer its.own.token"}).status_code == 200
    assert container.asked[0].headers["authorization"] == "Bearer its.own.token"


def test_before_anybody_says_who_may_call_nobody_may(authority: Authority, make: Callable[..., Container]) -> None:
    gateway = LoopbackGateway(authority)
    try:
        assert httpx.get(open_to(gateway, share(make()))).status_code == 403
    finally:
        gateway.close()


def test_closing_lets_a_request_under_way_finish(
    authority: Authority, doors: Doors, make: Callable[..., Container]
) -> None:
    container = make(answer=after_gate)
    gateway = LoopbackGateway(authority)
    gateway.guard(doors)
    url = open_to(gateway, share(container))
    with ThreadPoolExecutor(2) as callers:
        answer = callers.submit(httpx.get, url)
        assert container.begun.wait(10)
        closing = callers.submit(gateway.close)
        assert _wait(lambda: _refused(url))
        container.gate.set()
        closing.result(10)
        assert answer.result(10).text == "one"


def _refused(url: str) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=1):
        return False
    return True
