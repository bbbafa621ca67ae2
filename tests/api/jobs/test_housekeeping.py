from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.bootstrap import Services
from api.jobs import housekeeping
from api.jobs.port import RunningJob
from api.store.tables.accounts import idempotent_answers, sign_ins
from tests.api.conftest import Clock

JOB = RunningJob("housekeeping-1", housekeeping.HOUSEKEEPING, {})


def rows(services: Services) -> tuple[int, int]:
    with services.reading() as db:
        counts = [
            db.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (sign_ins, idempotent_answers)
        ]
    return counts[0], counts[1]


def test_what_still_serves_stays(applicant: TestClient, services: Services, clock: Clock) -> None:
    clock.move(hours=11)
    housekeeping.handle(services, JOB)
    assert rows(services) == (1, 1)


def test_ended_sign_ins_and_old_answers_go(applicant: TestClient, services: Services, clock: Clock) -> None:
    clock.move(hours=12)
    housekeeping.handle(services, JOB)
    assert rows(services) == (0, 1)
    clock.move(days=2)
    housekeeping.handle(services, JOB)
    assert rows(services) == (0, 0)
