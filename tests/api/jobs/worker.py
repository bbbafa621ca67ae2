"""A process that runs jobs until it is killed: `python -m tests.api.jobs.worker URL HOST`."""

import sys
import threading
import time
from datetime import UTC, datetime

from sqlalchemy import Engine, text

from api.db import make_engine, transaction
from api.jobs.durable import DurableJobRunner, DurableParts
from api.jobs.port import RunningJob

WORK_SECONDS = 0.05


def system_clock() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def make_runner(engine: Engine, *, host: str) -> DurableJobRunner:
    """A runner whose one kind of job writes a row, idempotently, and counts every beginning."""

    def work(job: RunningJob) -> None:
        n = job.payload["n"]
        with transaction(engine) as db:
            db.execute(text("INSERT INTO begun (n) VALUES (:n)"), {"n": n})
        time.sleep(WORK_SECONDS)
        with transaction(engine) as db:
            db.execute(text("INSERT INTO done (n) VALUES (:n) ON CONFLICT DO NOTHING"), {"n": n})

    parts = DurableParts(
        engine=engine,
        clock=system_clock,
        new_id=lambda: f"{time.time_ns()}",
        host=host,
        concurrency=4,
        upkeep_seconds=0.5,
    )
    runner = DurableJobRunner(parts)
    runner.register("work", work)
    return runner


if __name__ == "__main__":
    make_runner(make_engine(sys.argv[1]), host=sys.argv[2]).start()
    print("running", flush=True)  # noqa: T201  the test waits for this line
    threading.Event().wait()
