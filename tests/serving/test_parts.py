"""Parts of the generated servers by themselves: what takes too long, or is too rare, to be seen from outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "templates" / "server"

NUMBERS = """
from serving.columns import check_of
from serving.settings import Column
check = check_of(Column("code", "category"))
for number in (2**53 + 1, 2**64 - 1, -(2**63)):
    assert "too large to be exact" in check(number)[0], number
assert check(2**53) is None and check(1e300) is None and check("x") is None and check(True) is None
"""

GUESSES = """
from serving.columns import nearest
many = [f"category-number-{number:06d}" for number in range(10_000)]
assert nearest("category-nomber-00z123", many) is None
assert nearest("CHURN", [*many, "churned", "stayed"]) == "churned", "few are of a like length"
assert nearest("Zategory-number-00012", [*many, "zategory-number-0012"]) == "zategory-number-0012"
"""

NAMES = """
from pathlib import Path
from serving.contract import Contract
from serving.refusal import Refused
from serving.settings import Column, Model, Settings
compared = 0

class Name(str):
    __hash__ = str.__hash__

    def __eq__(self, other):
        global compared
        compared += 1
        return str.__eq__(self, other)

model = Model(Path("x"), "", "joblib", "none", "t", "f", None, "r", frozenset(), None, False)
wide = tuple(Column(f"column {number}", "number") for number in range(1000))
contract = Contract(Settings("n", model, "frame", wide, (), False, 10, 2**20, True, 64, 100, 4, 1.0, 2**20))
row = {Name(f"unknown {number}"): 1 for number in range(500)}
try:
    contract._by_name(row, "features")
except Refused as refused:
    assert "(500 in all)" in refused.message, refused.message
else:
    raise AssertionError("it was taken")
assert compared < 100, compared
"""

ENDED = """
import threading
from concurrent.futures import ThreadPoolExecutor
from serving.queueing import Queue
sys.path.insert(0, sys.argv[2])
from batching import Batcher
entered, go_on = threading.Event(), threading.Event()

def predict(rows):
    entered.set()
    go_on.wait()
    if len(rows) > 1:
        raise SystemExit
    return rows

batcher = Batcher(predict, Queue(64, 100))
with ThreadPoolExecutor(3) as threads:
    submit = lambda: threads.submit(batcher.submit, [[1]], lambda: False)
    first = submit()
    entered.wait()
    others = [submit(), submit()]
    while batcher.queue.rows < 2:
        pass
    go_on.set()
    assert first.result() == [[1]]
    assert {type(other.exception()) for other in others} == {SystemExit, RuntimeError}
    assert submit().result() == [[1]], "it goes on"
"""

ROOM = """
import asyncio, io, pathlib
import serving
from serving.refusal import Refused
from serving.room import LARGE, Room
folder = pathlib.Path(sys.argv[3])
serving.__path__.append(str(folder / "serving"))
sys.path.insert(0, str(folder))
import types
sys.modules["serving.pages"] = types.SimpleNamespace(PATHS=[])  # made of files that only a bundle has
import server
SIZE = 2 * LARGE
room = Room(SIZE)

def read(size):
    if folder.name == "flask":
        stream = io.BytesIO(bytes(size))
        return server.read_on(stream.read(LARGE + 1), stream, SIZE, room)
    parts = [{"type": "http.request", "body": bytes(size // 8), "more_body": part < 7} for part in range(8)]
    async def receive():
        return parts.pop(0)
    return asyncio.run(server.read([], receive, SIZE, room))

assert len(read(SIZE)) == SIZE == room.held
try:
    read(SIZE)
except Refused as refused:
    assert refused.status == 503 and "too many large requests" in refused.message
else:
    raise AssertionError("it was taken")
assert room.held == SIZE, "the refused one holds nothing"
room.give(SIZE)
assert len(read(SIZE)) == SIZE
"""


@pytest.mark.parametrize(
    "claims", [NUMBERS, GUESSES, NAMES, ENDED], ids=["exact categories", "few guesses", "wide rows", "ended batches"]
)
def test_a_part_does_as_it_says(claims: str) -> None:
    holds(claims, "flask")


def test_large_requests_share_the_room_there_is(server: str) -> None:
    holds(ROOM, server)


def holds(claims: str, server: str) -> None:
    script = f"import sys\nsys.path.insert(0, sys.argv[1])\n{claims}"
    command = [
        sys.executable,
        "-B",
        "-c",
        script,
        str(SERVER / "shared"),
        str(SERVER / "flask" / "serving"),
        str(SERVER / server),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
