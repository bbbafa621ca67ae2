"""A batch issues the certificate of every approved case once, whatever is killed on the way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from api import bootstrap
from api.auth.passwords import Passwords
from api.bootstrap import Services
from api.cli import main
from api.errors import BatchRunning
from api.jobs import sealing_batch
from api.jobs.memory import InMemoryJobRunner
from api.jobs.sealing_batch import BatchItem, Outcome, SealingBatch, only_batch, waiting_numbers
from api.settings import Settings
from api.store.certificates import count_waiting, waiting
from api.store.filing import filing_services, seal_log
from filing.docket import DocketKind
from filing.ports import AsOrgan
from signing.demonstration import Demonstration
from tests.api.conftest import Clock
from tests.api.filing.world import JIANGAN, World
from tests.api.jobs.worker import make_runner
from tests.api.seals.conftest import HerePool

CASES = 4
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is not about the database."""
Approve = Callable[[int], list[tuple[str, str]]]


@pytest.fixture
def clock() -> Clock:
    """The time of the machine, as the processes of a command have it."""
    return Clock(datetime.fromtimestamp(int(time.time()), UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", weights_dir=tmp_path / "weights", paper_workers=2)


@pytest.fixture
def services(settings: Settings, engine: Engine, clock: Clock) -> Iterator[Services]:
    """As everywhere, on SQLite and on PostgreSQL."""
    quick = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    jobs = InMemoryJobRunner(clock=clock)
    overrides = bootstrap.Overrides(engine=engine, clock=clock, passwords=quick, jobs=jobs)
    with closing(bootstrap.build(settings, overrides=overrides)) as made:
        yield made


@pytest.fixture
def approve(world: World, applicant: TestClient, authority: Demonstration) -> Approve:
    """Approves so many cases; gives each with its number. Their seals can be used."""
    reviewer = world.reviewer()
    return lambda count: [world.approved(applicant, reviewer) for _ in range(count)]


def seal_all(services: Services) -> Counter[Outcome]:
    return Counter(item.outcome for item in SealingBatch(services).run(waiting_numbers(services, None)))


def assert_each_issued_once(services: Services, cases: list[tuple[str, str]]) -> None:
    with services.reading() as db:
        office = filing_services(db, services).office
        assert seal_log(db, services).store.size() == len(cases)
        assert count_waiting(db) == 0
        for case_id, number in cases:
            assert office.certificates.certificate_of(case_id).number == number
            entries = office.cases.docket_of(case_id, AsOrgan(JIANGAN))
            assert [entry.kind for entry in entries].count(DocketKind.CERTIFICATE_ISSUED) == 1


@pytest.mark.slow
def test_what_a_killed_run_left_is_taken_up_by_the_next(
    services: Services, settings: Settings, engine: Engine, approve: Approve
):
    """First a process that seals is killed, then the command itself; the next run finishes."""
    cases = approve(CASES)
    runner = make_runner(engine, host="front")
    runner.prepare()
    runner.stop()
    environment = {
        **os.environ,
        "NOVISIT_DATA_DIR": str(settings.data_dir),
        "NOVISIT_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "NOVISIT_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "api.cli", "seal", "batch", "--workers", "2", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert json.loads(run.stdout.readline())["outcome"] == "issued"
        one, _ = processes_that_seal(run.pid)
        os.kill(one, signal.SIGKILL)
        assert json.loads(run.stdout.readline())["outcome"] == "issued"
        run.kill()
    services.part("paper_pool", lambda _: HerePool())
    outcomes = seal_all(services)
    assert set(outcomes) <= {Outcome.ISSUED}
    assert_each_issued_once(services, cases)
    assert not seal_all(services)


def processes_that_seal(pid: int) -> list[int]:
    """The processes of the pool of a command."""
    children = " ".join(file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/children")).split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_two_runs_at_once_issue_each_certificate_once(services: Services, approve: Approve):
    services.part("paper_pool", lambda _: HerePool())
    cases = approve(2)
    found: list[Counter[Outcome]] = []
    threads = [threading.Thread(target=lambda: found.append(seal_all(services))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found[0] + found[1])[Outcome.ISSUED] == len(cases)
    assert_each_issued_once(services, cases)


@on_sqlite
def test_what_cannot_be_sealed_is_named_and_the_others_are_issued(services: Services, approve: Approve):
    services.part("paper_pool", lambda _: HerePool())
    ((_, first), (_, second)) = cases = approve(2)
    items = set(SealingBatch(services).run([first, "JY0000", second, first]))
    assert BatchItem("JY0000", Outcome.REFUSED, "certificate.not_found") in items
    assert {item.number for item in items if item.outcome is Outcome.ISSUED} == {first, second}
    assert_each_issued_once(services, cases)


def test_pages_hold_each_waiting_number_once_and_those_of_one_organ(
    services: Services, approve: Approve, clock: Clock
):
    numbers = [number for _, number in approve(1)]
    clock.move(minutes=1)
    numbers += [number for _, number in approve(2)]  # of one moment, and a page ends between them
    with services.reading() as db:
        first = waiting(db, limit=1)
        rest = waiting(db, after=first[-1], limit=9)
        assert [found.number for found in (*first, *rest)] == sorted(numbers, reverse=True)
        assert [found.number for found in waiting(db, organ_id=JIANGAN, limit=9)] == numbers[::-1]
        assert waiting(db, organ_id="elsewhere", limit=9) == []
        assert (count_waiting(db), count_waiting(db, organ_id="elsewhere")) == (3, 0)


@on_sqlite
def test_when_nothing_can_be_sealed_now_the_run_ends_soon_and_all_wait_on(
    services: Services, approve: Approve, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sealing_batch, "PAUSES_SECONDS", (0.0,))
    monkeypatch.setattr(sealing_batch, "MOST_IN_VAIN", 2)
    ((_, number),) = approve(1)
    services.part("paper_pool", lambda _: HerePool(losses=1000))
    items = list(SealingBatch(services).run([number] * 20))
    assert {(item.outcome, item.code) for item in items} == {(Outcome.POSTPONED, "work.lost")}
    assert len(items) < 10
    with services.reading() as db:
        assert count_waiting(db) == 1


def test_one_batch_at_a_time_over_a_database(services: Services):
    with only_batch(services), pytest.raises(BatchRunning), only_batch(services):
        pass
    with only_batch(services):
        pass


@pytest.fixture
def command(settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs `novisit seal batch` in this process; gives its exit code."""
    monkeypatch.setenv("NOVISIT_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("NOVISIT_DATABASE_URL", engine.url.render_as_string(hide_password=False))

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(["seal", "batch", *arguments])
        assert isinstance(ended.value.code, int)
        return ended.value.code

    return run


@on_sqlite
def test_command_tells_that_nothing_waits(
    services: Services, authority: Demonstration, command: Callable[..., int], capsys
):
    assert command() == 0
    assert "Issued 0" in capsys.readouterr().out


@on_sqlite
def test_command_names_a_number_that_nobody_gave_out(
    services: Services, authority: Demonstration, command: Callable[..., int], capsys, tmp_path: Path
):
    listed = tmp_path / "numbers.txt"
    listed.write_text("JY0000\n\nJY0000\n", encoding="utf-8")
    assert command(str(listed)) == 1
    told = capsys.readouterr()
    assert "refused 1" in told.out
    assert "certificate.not_found" in told.err


@on_sqlite
def test_command_refuses_a_list_beside_an_organ_and_a_second_run(
    services: Services, command: Callable[..., int], capsys, tmp_path: Path
):
    listed = tmp_path / "numbers.txt"
    listed.write_bytes(b"\xff\xfe")
    assert command(str(listed), "--organ", JIANGAN) == 64
    assert command(str(listed)) == 64
    assert command(str(tmp_path / "none")) == 64
    with only_batch(services):
        assert command() == 2
    assert "Another batch" in capsys.readouterr().err
