"""Notices in memory, for tests."""

from sqlalchemy import Connection

from api.notices.port import Notice, PostedNotice


class InMemoryNotifier:
    """A Notifier that keeps what it is given, and does not wait for a commit."""

    def __init__(self) -> None:
        self.posted: list[PostedNotice] = []

    def notify(self, notice: Notice, *, db: Connection) -> str:
        del db
        posted = PostedNotice(f"notice-{len(self.posted) + 1}", notice)
        self.posted.append(posted)
        return posted.id


class InMemoryChannel:
    """A Channel that keeps what it delivers."""

    def __init__(self) -> None:
        self.delivered: list[PostedNotice] = []

    def deliver(self, posted: PostedNotice) -> None:
        self.delivered.append(posted)
