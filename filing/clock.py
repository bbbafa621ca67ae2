"""The working-day clock: how much of its time a case has used, without the time it was suspended.

Time limits are in working days (Licensing Act, s.82), and the day on which they begin does not count (Civil
Code, s.201). Hearings, tests, expert surveys and the applicant's own corrections suspend the clock (Licensing
Act, s.45): the days after the suspension began, up to the day it ended, are not charged to the office.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from filing.calendars import WorkingCalendar, next_working_day

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When the office works on a working day, as spans that neither touch nor overlap, in order."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(17)))

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(later <= earlier for earlier, later in pairwise(edges)):
            raise ValueError("office hours are spans in order, none empty, none overlapping")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `09:00-12:00,13:30-17:00`. Raises ValueError."""
        spans = [part.strip().split("-") for part in text.split(",")]
        if any(len(span) != 2 for span in spans):
            raise ValueError("office hours are written as 09:00-12:00,13:30-17:00")
        return cls(tuple((time.fromisoformat(a.strip()), time.fromisoformat(b.strip())) for a, b in spans))


@dataclass(frozen=True, slots=True)
class Budget:
    """The working days a case may take, and the clause that says so."""

    working_days: int
    clause: str

    def __post_init__(self) -> None:
        if self.working_days < 1 or not self.clause:
            raise ValueError("a budget has at least one working day and names its clause")


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time during which the clock rests, and the clause that lets it. `until` is None while it lasts."""

    clause: str
    since: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or (self.until is not None and self.until.tzinfo is None):
            raise ValueError("times are aware")
        if self.until is not None and self.until < self.since:
            raise ValueError("a suspension ends after it begins")
        if not self.clause:
            raise ValueError("a suspension names its clause")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What counts for one case: the beginning, the budget, its extensions and suspensions, and the end."""

    began_at: datetime
    budget: Budget
    extensions: tuple[Budget, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    closed_at: datetime | None = None

    @property
    def total_days(self) -> int:
        return self.budget.working_days + sum(extension.working_days for extension in self.extensions)

    @property
    def is_suspended(self) -> bool:
        return any(suspension.until is None for suspension in self.suspensions)

    def suspended(self, *, clause: str, at: datetime) -> "Ledger":
        """Let the clock rest from now on. Raises ValueError where it rests already or is closed."""
        if self.is_suspended or self.closed_at is not None:
            raise ValueError("the clock rests already")
        return replace(self, suspensions=(*self.suspensions, Suspension(clause, at)))

    def resumed(self, *, at: datetime) -> "Ledger":
        """Let the clock run again."""
        ended = tuple(replace(s, until=at) if s.until is None else s for s in self.suspensions)
        return replace(self, suspensions=ended)

    def closed(self, *, at: datetime) -> "Ledger":
        """Stop for good: from now on every question is answered as of this moment."""
        return replace(self.resumed(at=at), closed_at=at)


@dataclass(frozen=True, slots=True)
class TimeUsed:
    """Where a case stands in its time. `due_on` is provisional where a year it needs is not published."""

    working_days: int
    total_days: int
    desk_time: timedelta
    due_on: date
    is_provisional: bool
    is_suspended: bool

    @property
    def is_overdue(self) -> bool:
        return self.working_days > self.total_days


@dataclass(frozen=True, slots=True)
class Clock:
    """Counts working days and desk time in the organ's calendar, office hours and zone."""

    calendar: WorkingCalendar
    hours: OfficeHours = OfficeHours()
    zone: ZoneInfo = SHANGHAI

    def local_day(self, at: datetime) -> date:
        """The calendar day of a moment at the office."""
        return at.astimezone(self.zone).date()

    def starts_at(self, at: datetime) -> datetime:
        """When work on something that arrives now begins: at once, or when the office next opens."""
        local = at.astimezone(self.zone)
        if self.calendar.is_working(local.date()):
            for opens, closes in self.hours.spans:
                if local < self._moment(local.date(), closes):
                    return max(at.astimezone(UTC), self._moment(local.date(), opens))
        day = next_working_day(self.calendar, local.date())
        return self._moment(day, self.hours.spans[0][0])

    def desk_time(self, since: datetime, until: datetime) -> timedelta:
        """Office hours between two moments; zero where the second is not later."""
        total = timedelta()
        day, last = self.local_day(since), self.local_day(until)
        while day <= last:
            if self.calendar.is_working(day):
                for opens, closes in self.hours.spans:
                    begin = max(since, self._moment(day, opens))
                    end = min(until, self._moment(day, closes))
                    total += max(end - begin, timedelta())
            day += timedelta(days=1)
        return total

    def used(self, ledger: Ledger, *, now: datetime) -> TimeUsed:
        """Say where a case stands now, or stood when it was closed."""
        now = ledger.closed_at or now
        begin = self.starts_at(ledger.began_at)
        rests = _merged(ledger.suspensions, begin, now)
        desk = self.desk_time(begin, now) - sum((self.desk_time(a, b) for a, b in rests), timedelta())
        first, today = self.local_day(begin), self.local_day(now)
        resting = [(self.local_day(a), self.local_day(b)) for a, b in rests]
        spent = self._charged_days(first, today, resting)
        due, provisional = self._due(first, ledger.total_days, resting)
        return TimeUsed(spent, ledger.total_days, desk, due, provisional, ledger.is_suspended)

    def _charged_days(self, first: date, last: date, resting: Sequence[tuple[date, date]]) -> int:
        days = (first + timedelta(days=n) for n in range(1, max((last - first).days, 0) + 1))
        return sum(1 for day in days if self.calendar.is_working(day) and not _rests(day, resting))

    def _due(self, first: date, total: int, resting: Sequence[tuple[date, date]]) -> tuple[date, bool]:
        day, left, provisional = first, total, self.calendar.is_provisional(first)
        while left:
            day = next_working_day(self.calendar, day)
            provisional = provisional or self.calendar.is_provisional(day)
            left -= not _rests(day, resting)
        return day, provisional

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


def _rests(day: date, resting: Sequence[tuple[date, date]]) -> bool:
    return any(since < day <= until for since, until in resting)


def _merged(
    suspensions: Sequence[Suspension], begin: datetime, now: datetime
) -> list[tuple[datetime, datetime]]:
    """Suspensions cut to the time that counts, overlapping ones made one."""
    cut = sorted((max(s.since, begin), min(s.until or now, now)) for s in suspensions)
    merged: list[tuple[datetime, datetime]] = []
    for since, until in cut:
        if until <= since:
            continue
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged
