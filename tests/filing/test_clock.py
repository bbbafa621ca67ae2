from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.calendars import ChineseCalendar, PublishedYear, next_working_day
from filing.clock import SHANGHAI, Budget, Clock, Ledger, OfficeHours, Suspension
from filing.errors import NoWorkingDayFound

CALENDAR = ChineseCalendar()
CLOCK = Clock(CALENDAR)
BUDGET = Budget(20, "行政许可法第四十二条")


def at(text: str) -> datetime:
    """A moment given in Shanghai time."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


moments = st.datetimes(datetime(2019, 1, 1), datetime(2026, 10, 31)).map(  # noqa: DTZ001  zone added next
    lambda naive: naive.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 14), True),  # a Saturday worked before the Spring Festival
        (date(2026, 2, 17), False),
        (date(2026, 3, 2), True),
        (date(2026, 3, 7), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 11), True),
    ],
)
def test_adjusted_days_count_as_the_state_says(day, works) -> None:
    assert CALENDAR.is_working(day) is works


def test_a_year_without_data_is_provisional_until_it_is_published() -> None:
    festival = date(2027, 2, 8)
    assert CALENDAR.is_working(festival)
    assert CALENDAR.is_provisional(festival)
    published = PublishedYear(2027, frozenset({festival}), frozenset({date(2027, 2, 13)}))
    calendar = ChineseCalendar({2027: published})
    assert not calendar.is_working(festival)
    assert calendar.is_working(date(2027, 2, 13))
    assert not calendar.is_provisional(festival)


def test_a_published_year_has_only_its_own_days() -> None:
    with pytest.raises(ValueError, match="published year"):
        PublishedYear(2027, frozenset({date(2028, 1, 1)}), frozenset())
    with pytest.raises(ValueError, match="not both"):
        PublishedYear(2027, frozenset({date(2027, 1, 1)}), frozenset({date(2027, 1, 1)}))


def test_a_calendar_without_working_days_is_an_error_and_no_endless_search() -> None:
    class Never:
        def is_working(self, day: date) -> bool:
            return False

        def is_provisional(self, day: date) -> bool:
            return False

    with pytest.raises(NoWorkingDayFound):
        next_working_day(Never(), date(2026, 3, 2))


@pytest.mark.parametrize(
    ("arrives", "starts"),
    [
        ("2026-03-02 10:00", "2026-03-02 10:00"),
        ("2026-03-02 06:00", "2026-03-02 09:00"),
        ("2026-03-02 12:30", "2026-03-02 13:30"),
        ("2026-03-02 17:00", "2026-03-03 09:00"),
        ("2026-03-06 20:00", "2026-03-09 09:00"),
        ("2026-02-15 10:00", "2026-02-24 09:00"),
    ],
)
def test_what_arrives_outside_office_hours_starts_at_the_opening(arrives, starts) -> None:
    assert CLOCK.starts_at(at(arrives)) == at(starts)


def test_desk_time_leaves_out_lunch_nights_and_weekends() -> None:
    assert CLOCK.desk_time(at("2026-03-06 11:00"), at("2026-03-09 09:30")) == timedelta(hours=5)
    assert CLOCK.desk_time(at("2026-03-06 11:00"), at("2026-03-06 10:00")) == timedelta()


def test_the_day_of_filing_does_not_count_and_the_twentieth_is_the_last() -> None:
    ledger = Ledger(at("2026-03-02 10:00"), BUDGET)
    same_day = CLOCK.used(ledger, now=at("2026-03-02 16:00"))
    assert (same_day.working_days, same_day.due_on, same_day.is_provisional) == (0, date(2026, 3, 30), False)
    assert not CLOCK.used(ledger, now=at("2026-03-30 23:00")).is_overdue
    assert CLOCK.used(ledger, now=at("2026-03-31 09:00")).is_overdue


def test_the_applicants_waiting_is_not_charged_to_the_office() -> None:
    ledger = Ledger(at("2026-03-02 10:00"), BUDGET)
    ledger = ledger.suspended(clause="补正", at=at("2026-03-04 10:00")).resumed(at=at("2026-03-11 10:00"))
    used = CLOCK.used(ledger, now=at("2026-03-12 10:00"))
    assert used.working_days == 3  # 3, 4 and 12 March; 5 to 11 rested
    assert used.due_on == date(2026, 4, 7)
    assert used.desk_time == CLOCK.desk_time(
        at("2026-03-02 10:00"), at("2026-03-12 10:00")
    ) - CLOCK.desk_time(at("2026-03-04 10:00"), at("2026-03-11 10:00"))


def test_extensions_add_days() -> None:
    ledger = Ledger(at("2026-03-02 10:00"), BUDGET, extensions=(Budget(10, "第四十二条但书"),))
    assert CLOCK.used(ledger, now=at("2026-03-02 11:00")).total_days == 30


def test_a_closed_ledger_answers_as_of_its_end() -> None:
    ledger = Ledger(at("2026-03-02 10:00"), BUDGET).closed(at=at("2026-03-03 10:00"))
    assert CLOCK.used(ledger, now=at("2026-03-03 10:00")) == CLOCK.used(ledger, now=at("2026-09-03 10:00"))
    with pytest.raises(ValueError, match="rests already"):
        ledger.suspended(clause="补正", at=at("2026-03-04 10:00"))


def test_a_due_day_in_an_unpublished_year_is_provisional() -> None:
    used = CLOCK.used(Ledger(at("2026-12-25 10:00"), BUDGET), now=at("2026-12-25 11:00"))
    assert used.due_on.year == 2027
    assert used.is_provisional


def test_office_hours_do_not_overlap() -> None:
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours(((time(9), time(12)), (time(11), time(17))))
    with pytest.raises(ValueError, match="office hours"):
        OfficeHours(())


def test_office_hours_are_read_from_a_setting() -> None:
    assert OfficeHours.parse("09:00-12:00, 13:30-17:00") == OfficeHours()
    for wrong in ("", "09:00", "09:00-12:00-13:00", "12:00-09:00", "nine-five"):
        with pytest.raises(ValueError):  # noqa: PT011  the message may be datetime's own
            OfficeHours.parse(wrong)


@given(moments)
def test_work_starts_in_office_hours_and_never_before_it_arrives(arrives) -> None:
    start = CLOCK.starts_at(arrives)
    local = start.astimezone(SHANGHAI)
    assert start >= arrives
    assert CALENDAR.is_working(local.date())
    assert any(opens <= local.time() < closes for opens, closes in CLOCK.hours.spans)


@given(moments, st.lists(st.integers(0, 90 * 24), min_size=2, max_size=2))
def test_desk_time_adds_up_over_any_cut(start, hours) -> None:
    middle, end = (start + timedelta(hours=h) for h in sorted(hours))
    whole = CLOCK.desk_time(start, end)
    assert whole == CLOCK.desk_time(start, middle) + CLOCK.desk_time(middle, end)
    assert timedelta() <= whole <= end - start


spans = st.tuples(st.integers(0, 40 * 24), st.integers(0, 20 * 24))


@given(moments.filter(lambda m: m.year < 2026), st.lists(spans, max_size=4), st.integers(0, 60 * 24))
def test_suspensions_in_any_order_never_charge_more_and_never_less_than_nothing(start, rests, hours) -> None:
    now = start + timedelta(hours=hours)
    suspensions = tuple(
        Suspension("补正", start + timedelta(hours=a), start + timedelta(hours=a + b)) for a, b in rests
    )
    free = CLOCK.used(Ledger(start, BUDGET), now=now)
    used = CLOCK.used(Ledger(start, BUDGET, suspensions=suspensions), now=now)
    again = CLOCK.used(Ledger(start, BUDGET, suspensions=suspensions[::-1] * 2), now=now)
    assert used == again
    assert 0 <= used.working_days <= free.working_days
    assert timedelta() <= used.desk_time <= free.desk_time
    assert used.due_on >= free.due_on


@given(moments.filter(lambda m: m.year < 2026), st.integers(1, 45))
def test_the_due_day_is_the_last_that_is_not_overdue(start, days) -> None:
    ledger = Ledger(start, Budget(days, "x"))
    due = CLOCK.used(ledger, now=start).due_on
    evening = datetime.combine(due, time(23), tzinfo=SHANGHAI)
    assert CLOCK.used(ledger, now=evening).working_days == days
    assert CLOCK.used(ledger, now=evening + timedelta(days=14)).is_overdue
