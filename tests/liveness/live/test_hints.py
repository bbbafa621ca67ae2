from liveness.live.hints import SteadyHints

FRAME_MS = 66


def shown_over_time(frames):
    """Every change of what is shown, with its time, for (count, codes) one after the other."""
    steady, time_ms, changes = SteadyHints(), 0, []
    for count, codes in frames:
        for _ in range(count):
            shown = steady.see(time_ms, codes)
            if shown is not None:
                changes.append((time_ms, shown))
            time_ms += FRAME_MS
    return changes


def test_a_hint_appears_after_a_while_and_goes_after_a_longer_one():
    changes = shown_over_time([(15, ()), (15, ("dark",)), (30, ())])
    assert [shown for _, shown in changes] == [("dark",), ()]
    appeared, vanished = (at for at, _ in changes)
    assert 400 <= appeared - 15 * FRAME_MS <= 400 + FRAME_MS
    assert 800 <= vanished - 29 * FRAME_MS <= 800 + 2 * FRAME_MS


def test_single_frames_show_nothing():
    assert (
        shown_over_time([(1, ("dark",)), (20, ()), (2, ("far",)), (20, ()), (1, ("dark",)), (20, ())]) == []
    )


def test_what_comes_and_goes_every_other_frame_does_not_flicker():
    changes = shown_over_time([(1, ("far",)), (1, ())] * 30)
    assert [shown for _, shown in changes] == [("far",)]


def test_at_most_two_are_shown_and_what_is_shown_keeps_its_place():
    changes = shown_over_time([(10, ("far",)), (10, ("dark", "far")), (10, ("several", "dark", "far"))])
    assert [shown for _, shown in changes] == [("far",), ("far", "dark")]


def test_the_weightiest_come_first_where_all_begin_together():
    assert shown_over_time([(10, ("several", "dark", "far"))])[0][1] == ("several", "dark")
