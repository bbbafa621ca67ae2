"""One contract over every Notifier."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlalchemy import Engine, func, select

from api.db import make_engine, reading, transaction
from api.jobs.memory import InMemoryJobRunner
from api.jobs.port import RunningJob, Transient
from api.notices.memory import InMemoryChannel, InMemoryNotifier
from api.notices.outbox import ATTEMPTS, DELIVERY, OutboxNotifier
from api.notices.port import Notice, Notifier, PostedNotice
from api.store.metadata import all_tables
from api.store.tables.notices import notices

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOTICE = Notice("case-1", "account-1", "case.returned", {"count": 2, "due": "2026-03-09"})


@dataclass
class Post:
    """A notifier and what its channel delivered."""

    notifier: Notifier
    engine: Engine
    jobs: InMemoryJobRunner
    channel: InMemoryChannel = field(default_factory=InMemoryChannel)

    def delivered(self) -> list[PostedNotice]:
        self.jobs.run_all()
        if isinstance(self.notifier, InMemoryNotifier):
            return self.notifier.posted
        return self.channel.delivered


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    url = request.getfixturevalue("empty_postgres_url" if request.param == "postgresql" else "sqlite_url")
    engine = make_engine(url)
    all_tables().create_all(engine)
    jobs, channel, numbers = InMemoryJobRunner(clock=lambda: NOW), InMemoryChannel(), count(1)
    outbox = OutboxNotifier(
        engine=engine, jobs=jobs, channel=channel, clock=lambda: NOW, new_id=lambda: f"notice-{next(numbers)}"
    )
    jobs.register(DELIVERY, outbox.deliver, attempts=ATTEMPTS)
    yield Post(InMemoryNotifier() if request.param == "memory" else outbox, engine, jobs, channel)
    engine.dispose()


def test_a_notice_is_delivered_as_it_was_posted(post: Post) -> None:
    with transaction(post.engine) as db:
        notice_id = post.notifier.notify(NOTICE, db=db)
    assert post.delivered() == [PostedNotice(notice_id, NOTICE)]


def test_notices_have_ids_of_their_own(post: Post) -> None:
    with transaction(post.engine) as db:
        ids = {post.notifier.notify(NOTICE, db=db) for _ in range(3)}
    assert {posted.id for posted in post.delivered()} == ids
    assert len(ids) == 3


@pytest.mark.parametrize("value", ["420102199003070011", "42010219900307001X", "13912345678", "E12345678"])
def test_a_personal_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="no personal number") as refused:
        Notice("case-1", "account-1", "case.returned", {"note": f"see {value}"})
    assert value not in str(refused.value)


@pytest.mark.parametrize("given", [("", "r", "c"), ("c", "", "c"), ("c", "r", "")])
def test_a_notice_names_case_recipient_and_code(given: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="a case, an account"):
        Notice(*given)


class FailingChannel(InMemoryChannel):
    """A channel that is down a few times."""

    def __init__(self, failures: int) -> None:
        super().__init__()
        self.failures = failures

    def deliver(self, posted: PostedNotice) -> None:
        if self.failures:
            self.failures -= 1
            raise Transient
        super().deliver(posted)


def outbox_over(engine: Engine, channel: InMemoryChannel) -> tuple[OutboxNotifier, InMemoryJobRunner]:
    jobs, numbers = InMemoryJobRunner(clock=lambda: NOW), count(1)
    outbox = OutboxNotifier(
        engine=engine, jobs=jobs, channel=channel, clock=lambda: NOW, new_id=lambda: f"n-{next(numbers)}"
    )
    jobs.register(DELIVERY, outbox.deliver, attempts=ATTEMPTS)
    return outbox, jobs


def test_a_channel_that_is_down_for_a_while_gets_the_notice_once(sqlite_engine: Engine) -> None:
    channel = FailingChannel(failures=3)
    outbox, jobs = outbox_over(sqlite_engine, channel)
    with transaction(sqlite_engine) as db:
        notice_id = outbox.notify(NOTICE, db=db)
    jobs.run_all()
    # As if the process had died before the job was marked as done.
    outbox.deliver(RunningJob("notice-again", DELIVERY, {"notice_id": notice_id}))
    assert [posted.id for posted in channel.delivered] == [notice_id]
    with reading(sqlite_engine) as db:
        assert db.execute(select(notices.c.delivered_at)).scalar_one() == NOW


def test_a_notice_of_a_transaction_that_was_undone_never_was(sqlite_engine: Engine) -> None:
    outbox, _ = outbox_over(sqlite_engine, InMemoryChannel())

    def notify_and_raise() -> None:
        with transaction(sqlite_engine) as db:
            outbox.notify(NOTICE, db=db)
            raise LookupError

    with pytest.raises(LookupError):
        notify_and_raise()
    with reading(sqlite_engine) as db:
        assert db.execute(select(func.count()).select_from(notices)).scalar_one() == 0
