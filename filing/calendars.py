"""Calendars: which days are working days, and which of them are only assumed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol

import chinese_calendar
from chinese_calendar.constants import holidays

from filing.errors import NoWorkingDayFound

FIRST_YEAR = min(holidays).year
LAST_YEAR = max(holidays).year
SATURDAY = 5
FARTHEST = timedelta(days=62)


class WorkingCalendar(Protocol):
    """The working days of an organ."""

    def is_working(self, day: date) -> bool:
        """Say whether the office works on this day."""
        ...

    def is_provisional(self, day: date) -> bool:
        """Say whether the answer for this day is only assumed, because its year is not published yet."""
        ...


@dataclass(frozen=True, slots=True)
class PublishedYear:
    """One year as an administrator entered it: days off, and weekend days that are worked."""

    year: int
    days_off: frozenset[date]
    days_worked: frozenset[date]

    def __post_init__(self) -> None:
        if any(day.year != self.year for day in self.days_off | self.days_worked):
            raise ValueError("every day lies in the published year")
        if self.days_off & self.days_worked:
            raise ValueError("a day is off or worked, not both")


@dataclass(frozen=True, slots=True)
class ChineseCalendar:
    """State holidays and adjusted working days of mainland China.

    Years come from `published` first, then from the `chinesecalendar` package. Beyond both, Monday to Friday
    are assumed and the day is provisional.
    """

    published: Mapping[int, PublishedYear] = field(default_factory=lambda: MappingProxyType({}))

    def is_working(self, day: date) -> bool:
        year = self.published.get(day.year)
        if year is not None:
            return day in year.days_worked or (day.weekday() < SATURDAY and day not in year.days_off)
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return bool(chinese_calendar.is_workday(day))
        return day.weekday() < SATURDAY

    def is_provisional(self, day: date) -> bool:
        return day.year not in self.published and not FIRST_YEAR <= day.year <= LAST_YEAR


def next_working_day(calendar: WorkingCalendar, day: date) -> date:
    """Find the first working day after `day`. Raises NoWorkingDayFound."""
    for distance in range(1, FARTHEST.days + 1):
        candidate = day + timedelta(days=distance)
        if calendar.is_working(candidate):
            return candidate
    raise NoWorkingDayFound
