import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from oms.lib.combiner import Combiner, Overloaded

PATIENCE = 10


class Gate:
    """Work that can be held up while others queue."""

    def __init__(self, bad=()):
        self.groups, self.bad = [], set(bad)
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, items):
        self.groups.append(list(items))
        self.entered.set()
        assert self.open.wait(PATIENCE)
        if self.bad.intersection(items):
            raise ValueError(items)
        return [item * 10 for item in items]


def submit_behind(combiner, gate, items):
    """One item at work, the others waiting; then the gate opens."""
    with ThreadPoolExecutor(len(items)) as pool:
        first = pool.submit(combiner.submit, items[0])
        assert gate.entered.wait(PATIENCE)
        others = [pool.submit(combiner.submit, item) for item in items[1:]]
        while len(combiner._waiting) < len(others):
            pass
        gate.open.set()
        return [first, *others]


def test_submit_alone_works_at_once():
    gate = Gate()
    gate.open.set()

    assert Combiner(gate).submit(1) == 10
    assert gate.groups == [[1]]


def test_those_that_wait_are_served_together_and_get_their_own_answer():
    gate = Gate()

    futures = submit_behind(Combiner(gate), gate, [1, 2, 3, 4])

    assert [future.result(PATIENCE) for future in futures] == [10, 20, 30, 40]
    assert [sorted(group) for group in gate.groups] == [[1], [2, 3, 4]]


def test_a_bad_item_spoils_only_itself():
    gate = Gate(bad=[3])

    futures = submit_behind(Combiner(gate), gate, [1, 2, 3, 4])

    assert [future.result(PATIENCE) for future in futures if future.exception() is None] == [10, 20, 40]
    with pytest.raises(ValueError, match="3"):
        futures[2].result(PATIENCE)


def test_a_group_has_a_bound():
    gate = Gate()

    futures = submit_behind(Combiner(gate, group=2), gate, [1, 2, 3, 4, 5])

    assert sorted(future.result(PATIENCE) for future in futures) == [10, 20, 30, 40, 50]
    assert sorted(map(len, gate.groups)) == [1, 2, 2]


def test_more_than_may_wait_is_refused_and_the_rest_served():
    gate = Gate()
    combiner = Combiner(gate, waiting=1)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(combiner.submit, 1)
        assert gate.entered.wait(PATIENCE)
        second = pool.submit(combiner.submit, 2)
        while not combiner._waiting:
            pass

        with pytest.raises(Overloaded):
            combiner.submit(3)

        gate.open.set()
        assert [first.result(PATIENCE), second.result(PATIENCE)] == [10, 20]


def test_many_threads_lose_nothing():
    combiner = Combiner(lambda items: [item + 1 for item in items])
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(combiner.submit, range(2000))) == list(range(1, 2001))
