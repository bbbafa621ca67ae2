"""Processes of streams: how many there are, and when new ones are warmed."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator

import pytest

from api.errors import StreamsFull
from api.streaming import workers as module
from api.streaming.pipe import Setup
from api.streaming.workers import StreamWorkers
from liveness.pad.policy import PadPolicy
from models.weights import WeightStore

pytestmark = pytest.mark.slow


@pytest.fixture
def make_workers(weights: WeightStore) -> Iterator[Callable[[int, int], StreamWorkers]]:
    made = []

    def make(most: int, spares: int) -> StreamWorkers:
        setup = Setup(os.getpid(), 1536, 60, weights, PadPolicy.load())
        made.append(StreamWorkers(setup, most=most, spares=spares))
        return made[-1]

    yield make
    for workers in made:
        workers.stop()


@pytest.fixture
def running() -> Callable[[], set[int | None]]:
    """Tells the processes of streams that were started since; other tests may have some of their own."""
    others = {child.pid for child in multiprocessing.active_children()}

    def look() -> set[int | None]:
        alive = {child.pid for child in multiprocessing.active_children() if child.name == "stream"}
        return alive - others

    return look


def test_no_more_streams_than_places_and_each_ends_its_process(make_workers, running):
    workers = make_workers(2, 1)
    one, other = workers.take(), workers.take()
    with pytest.raises(StreamsFull):
        workers.take()
    assert workers.busy == 2
    workers.give_back(one)
    assert workers.busy == 1
    assert not one.is_alive
    assert one.pid not in running()
    assert other.is_alive
    third = workers.take()
    assert third.pid not in {one.pid, other.pid}


def test_where_none_waits_a_new_one_is_warmed_at_once(make_workers, running):
    workers = make_workers(1, 1)
    only = workers.take()
    assert running() == {only.pid}
    workers.give_back(only)
    assert len(running()) == 1


def test_where_one_waits_the_next_is_warmed_after_those_that_are_about_to_be_answered(
    make_workers, running, monkeypatch
):
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.5)
    workers = make_workers(2, 2)
    workers.start()
    before = running()
    assert len(before) == 2
    taken = workers.take()
    workers.give_back(taken)
    assert running() == before - {taken.pid}
    until = time.monotonic() + 10
    while len(running()) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(running() - before) == 1


def test_after_the_end_nothing_is_warmed(make_workers, running, monkeypatch):
    monkeypatch.setattr(module, "RENEW_SECONDS", 0.05)
    workers = make_workers(2, 2)
    workers.start()
    workers.give_back(workers.take())
    workers.stop()
    time.sleep(0.3)
    assert running() == set()
    with pytest.raises(StreamsFull):
        workers.take()
