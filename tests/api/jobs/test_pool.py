import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.errors import WorkerLost, WorkTimedOut
from api.jobs.pool import MIB, WorkPool
from tests.api.jobs import work

pytestmark = pytest.mark.slow


@pytest.fixture
def pool() -> Iterator[WorkPool]:
    made = WorkPool(workers=2, memory_mib=512, modules=["zoneinfo"])
    yield made
    made.stop()


def wait_for_pid(file: Path) -> int:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if file.exists() and file.read_text():
            return int(file.read_text())
        time.sleep(0.02)
    raise AssertionError("the work did not begin")


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_work_gives_its_answer_or_its_own_error(pool: WorkPool) -> None:
    assert pool.run(work.add, 2, 3, timeout_seconds=30) == 5
    with pytest.raises(work.OwnError, match="of the work"):
        pool.run(work.raise_own_error, timeout_seconds=30)


def test_a_killed_process_fails_its_own_work_and_no_other(pool: WorkPool, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as callers:
        doomed = callers.submit(
            pool.run, work.write_pid_and_sleep, str(tmp_path / "doomed"), 60, timeout_seconds=60
        )
        other = callers.submit(
            pool.run, work.write_pid_and_sleep, str(tmp_path / "other"), 2, timeout_seconds=60
        )
        pid = wait_for_pid(tmp_path / "doomed")
        wait_for_pid(tmp_path / "other")
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerLost):
            doomed.result(timeout=20)
        assert other.result(timeout=20) is None
    assert pool.run(work.add, 1, 1, timeout_seconds=30) == 2


def test_a_process_that_ends_itself_is_lost(pool: WorkPool) -> None:
    with pytest.raises(WorkerLost):
        pool.run(work.end_process, timeout_seconds=30)


def test_work_that_takes_too_long_is_ended(pool: WorkPool, tmp_path: Path) -> None:
    pool.run(work.add, 1, 1, timeout_seconds=30)
    began = time.monotonic()
    with pytest.raises(WorkTimedOut):
        pool.run(work.write_pid_and_sleep, str(tmp_path / "pid"), 60, timeout_seconds=0.5)
    assert time.monotonic() - began < 10
    assert not is_alive(wait_for_pid(tmp_path / "pid"))


def test_work_that_wants_too_much_memory_fails_alone(pool: WorkPool) -> None:
    with pytest.raises(WorkerLost):
        pool.run(work.take_memory, 1024, timeout_seconds=30)
    assert pool.run(work.take_memory, 16, timeout_seconds=30) == 16 * MIB


def test_work_that_takes_too_much_processor_time_is_ended(pool: WorkPool) -> None:
    for _ in range(2):  # what earlier work took does not count
        assert pool.run(work.spin, 0.6, timeout_seconds=60, cpu_seconds=2) >= 0.6
    with pytest.raises(WorkTimedOut):
        pool.run(work.spin, 30.0, timeout_seconds=60, cpu_seconds=1)
    assert pool.run(work.spin, 0.1, timeout_seconds=60) >= 0.1


def test_processes_are_bounded_and_warm(pool: WorkPool) -> None:
    assert pool.run(work.limits, timeout_seconds=30) == (0, 512 * MIB)
    assert pool.run(work.is_imported, "zoneinfo", timeout_seconds=30)


def test_stop_ends_what_runs_at_once_and_takes_no_more(pool: WorkPool, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as callers:
        running = callers.submit(
            pool.run, work.write_pid_and_sleep, str(tmp_path / "pid"), 60, timeout_seconds=60
        )
        pid = wait_for_pid(tmp_path / "pid")
        began = time.monotonic()
        pool.stop()
        assert time.monotonic() - began < 3
        with pytest.raises(WorkerLost):
            running.result(timeout=5)
    assert not is_alive(pid)
    with pytest.raises(WorkerLost):
        pool.run(work.add, 1, 1, timeout_seconds=5)


PARENT = """
import sys
from api.jobs.pool import WorkPool
from tests.api.jobs import work
if __name__ == "__main__":
    WorkPool(workers=1, memory_mib=512).run(work.write_pid_and_sleep, sys.argv[1], 60, timeout_seconds=60)
"""


def test_processes_end_when_the_service_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    checkout = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    parent = subprocess.Popen([sys.executable, script, tmp_path / "pid"], env=environment)
    pid = wait_for_pid(tmp_path / "pid")
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not is_alive(pid)
