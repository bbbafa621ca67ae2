import os
import subprocess
import sys

import pytest

from api.demonstration.timing import Step, Timeline, tree_cpu_seconds

BUSY = "import time\nwhile time.process_time() < 0.4: pass"


def test_steps_are_kept_in_their_order_and_told_when_they_end() -> None:
    told: list[Step] = []
    timeline = Timeline(finished=told.append)
    with timeline.step("first", "第一步"):
        assert told == []
    with timeline.step("second", "第二步"):
        pass
    assert [step.name for step in timeline.steps] == ["first", "second"]
    assert told == timeline.steps


def test_a_step_that_fails_is_not_listed() -> None:
    timeline = Timeline(finished=lambda _step: None)
    with pytest.raises(ValueError, match="broken"), timeline.step("first", "第一步"):
        raise ValueError("broken")
    assert timeline.steps == []


def test_processor_time_counts_processes_that_have_ended() -> None:
    before = tree_cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", BUSY], check=True)
    assert tree_cpu_seconds(os.getpid()) - before >= 0.35
