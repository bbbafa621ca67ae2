import pytest

from liveness.live.clip_clock import ClipClock


def test_a_prompt_stands_where_the_clip_was_when_it_was_sent():
    clock = ClipClock()
    clock.hear(arrived_ms=5_000, held_ms=250)
    assert clock.clip_ms(6_000) == 1_250


def test_a_late_chunk_moves_nothing_and_an_early_one_corrects_a_slow_first():
    clock = ClipClock()
    clock.hear(arrived_ms=8_000, held_ms=200)  # the first chunk hung for three seconds
    clock.hear(arrived_ms=8_050, held_ms=3_200)
    clock.hear(arrived_ms=15_000, held_ms=4_000)
    assert clock.clip_ms(9_000) == 4_150


@pytest.mark.parametrize("delays", [[0, 900, 30, 400], [2_000, 0, 0, 0], [40, 40, 40, 40]])
def test_delay_of_the_network_never_puts_a_prompt_later_than_it_was(delays):
    taken_ms, began_ms = [250, 500, 750, 1_000], 70_000
    clock = ClipClock()
    for time_ms, delay in zip(taken_ms, delays, strict=True):
        clock.hear(arrived_ms=began_ms + time_ms + delay, held_ms=time_ms)
    assert clock.clip_ms(began_ms + 2_000) <= 2_000


def test_a_recording_sent_faster_than_it_plays_pushes_prompts_behind_its_own_movements():
    clock = ClipClock()
    clock.hear(arrived_ms=1_000, held_ms=100)
    clock.hear(arrived_ms=1_200, held_ms=9_000)
    assert clock.clip_ms(1_500) == 9_300


def test_without_a_frame_there_is_no_time():
    clock = ClipClock()
    assert not clock.is_running
    with pytest.raises(ValueError, match="no frame"):
        clock.clip_ms(10)


def test_how_late_pictures_came_is_told_against_the_quickest_however_late_those_come():
    clock = ClipClock()
    clock.hear(arrived_ms=10_300, held_ms=0)
    clock.hear(arrived_ms=17_000, held_ms=1_000)  # held back for six seconds
    clock.hear(arrived_ms=17_010, held_ms=6_900)
    assert clock.late_ms(500, 2_000) == 16_000 - 10_110
    assert clock.late_ms(0, 500) == 190
    assert clock.late_ms(6_000, 9_000) == 0
    assert clock.late_ms(8_000, 9_000) == 0
