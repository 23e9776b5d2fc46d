"""The write lock: handed on in order, never waited for without end."""

from __future__ import annotations

import json
import sqlite3
import threading
import time

import pytest

from segops_tui.sandbox.core.app import Call, Sandbox
from segops_tui.sandbox.core.store import Busy, Closed, Store

CREATE = Call("POST", "/api/segments/", body=b'{"name": "A"}')


def locked(path):
    """Another process's hold on the write lock."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a_call_that_waited_long_enough_is_told_to_come_back(sandbox_path):
    other = locked(sandbox_path)
    with Sandbox(sandbox_path, patience=0.05) as sandbox:
        answer = sandbox.answer(CREATE)
        other.close()

        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert "busy" in json.loads(answer.body)["detail"]
        assert sandbox.answer(CREATE).status == 201


def test_a_call_in_the_same_process_waits_no_longer(sandbox_path):
    with Sandbox(sandbox_path, patience=0.05) as sandbox:
        answers = []
        with sandbox.store.writing():
            thread = threading.Thread(target=lambda: answers.append(sandbox.answer(CREATE).status))
            thread.start()
            thread.join()

        assert answers == [503]
        assert sandbox.answer(CREATE).status == 201


def test_reading_does_not_wait_for_a_writer(sandbox_path):
    other = locked(sandbox_path)
    with Sandbox(sandbox_path, patience=0.05) as sandbox:
        assert sandbox.answer(Call("GET", "/api/segments/")).status == 200
    other.close()


def test_who_waited_longest_writes_next(sandbox_path):
    store = Store(sandbox_path)
    order: list[int] = []

    def write(number: int) -> None:
        with store.writing():
            order.append(number)

    with store.writing():
        threads = []
        for number in range(8):
            threads.append(threading.Thread(target=write, args=(number,)))
            threads[-1].start()
            while len(store._turns._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    store.close()

    assert order == list(range(8))


def test_one_who_gives_up_does_not_keep_the_others_waiting(sandbox_path):
    store = Store(sandbox_path, patience=5)

    def give_up() -> None:
        with pytest.raises(Busy), store.writing(within=0.02):
            raise AssertionError

    with store.writing():
        thread = threading.Thread(target=give_up)
        thread.start()
        thread.join()
    with store.writing(within=0):
        pass
    store.close()


def test_the_lock_is_free_again_after_a_failed_write(sandbox_path):
    store = Store(sandbox_path)

    with pytest.raises(RuntimeError), store.writing():
        raise RuntimeError
    other = locked(sandbox_path)
    with pytest.raises(Busy), store.writing(within=0):
        raise AssertionError
    other.close()

    with store.writing(within=0):
        pass
    store.close()


def test_a_file_closed_in_the_middle_of_a_statement_is_closed_after_it(sandbox_path):
    """SQLite crashes the process where another thread uses a connection that is closed."""
    store = Store(sandbox_path)
    is_inside, may_go_on = threading.Event(), threading.Event()
    found: list[object] = []

    def hold() -> int:
        is_inside.set()
        may_go_on.wait()
        return 1

    def read() -> None:
        with store.in_use():
            connection = store.connection()
            connection.create_function("hold", 0, hold)
            found.extend(connection.execute("SELECT hold()").fetchone())
            found.append(connection)

    thread = threading.Thread(target=read)
    thread.start()
    is_inside.wait()
    store.close()
    may_go_on.set()
    thread.join()

    value, connection = found
    assert value == 1
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
    with pytest.raises(Closed), store.in_use():
        raise AssertionError
