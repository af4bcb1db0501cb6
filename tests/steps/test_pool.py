"""The daemon threads for what is slow."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from wizard.steps.pool import DaemonPool

LONG = 20.0


@pytest.fixture
def pool() -> Iterator[DaemonPool]:
    pool = DaemonPool(2)
    yield pool
    pool.shutdown()


def test_it_runs_jobs_and_hands_back_results_and_exceptions(pool: DaemonPool) -> None:
    assert pool.submit(pow, 2, 5).result(LONG) == 32
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 / 0).result(LONG)


def test_its_threads_are_daemons_and_no_more_than_asked_for(pool: DaemonPool) -> None:
    meeting, let_go = threading.Barrier(3), threading.Event()

    def job() -> tuple[int, bool]:
        if not let_go.is_set():
            meeting.wait(LONG)
            let_go.wait(LONG)
        return threading.get_ident(), threading.current_thread().daemon

    jobs = [pool.submit(job) for _ in range(2)]
    meeting.wait(LONG)
    third = pool.submit(job)
    assert not third.done()
    let_go.set()
    seen = [one.result(LONG) for one in (*jobs, third)]
    assert len({ident for ident, _ in seen}) == 2 and all(daemon for _, daemon in seen)


def test_a_job_that_is_given_up_frees_its_place(pool: DaemonPool) -> None:
    meeting, let_go = threading.Barrier(3), threading.Event()

    def hang() -> None:
        meeting.wait(LONG)
        let_go.wait(LONG)

    jobs = [pool.submit(hang) for _ in range(2)]
    meeting.wait(LONG)
    waiting = pool.submit(int)
    pool.give_up(jobs[0])
    assert waiting.result(LONG) == 0
    let_go.set()
    for job in jobs:
        job.result(LONG)
    assert pool.submit(int).result(LONG) == 0


def test_a_job_given_up_before_it_began_is_never_run(pool: DaemonPool) -> None:
    meeting, let_go, ran = threading.Barrier(3), threading.Event(), threading.Event()

    def hang() -> None:
        meeting.wait(LONG)
        let_go.wait(LONG)

    jobs = [pool.submit(hang) for _ in range(2)]
    meeting.wait(LONG)
    waiting = pool.submit(ran.set)
    pool.give_up(waiting)
    let_go.set()
    for job in jobs:
        job.result(LONG)
    pool.submit(int).result(LONG)
    assert waiting.cancelled() and not ran.is_set()


def test_after_its_end_it_takes_nothing() -> None:
    pool = DaemonPool(1)
    pool.submit(int).result(LONG)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(int)


def test_threads_without_work_end_and_the_next_job_has_one_again() -> None:
    pool = DaemonPool(2, idle=0.05)
    first = pool.submit(threading.current_thread).result(10)
    first.join(10)
    assert not first.is_alive()
    second = pool.submit(threading.current_thread).result(10)
    assert second is not first
    pool.shutdown()


def test_work_that_comes_just_as_threads_end_is_done_all_the_same() -> None:
    pool = DaemonPool(4, idle=0.0)
    for number in range(2_000):
        assert pool.submit(lambda number=number: number).result(10) == number
    pool.shutdown()
