"""How long each step of the main job takes, in wall and in processor seconds."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
CPU_FIELDS = slice(11, 15)
"""utime, stime, cutime, cstime in /proc/PID/stat, counted after the command's name (proc(5))."""


@dataclass(frozen=True, slots=True)
class Step:
    """One finished step. cpu_seconds counts this process and the server with all its workers."""

    name: str
    text: str
    seconds: float
    cpu_seconds: float


@dataclass
class Timeline:
    """Steps in the order they ran; `begun` is told the text of each, `finished` the whole of it."""

    finished: Callable[[Step], None]
    begun: Callable[[str], None] = lambda _text: None
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, text: str) -> Iterator[None]:
        """Run one step under its name, with a text for people; a step that fails is not listed."""
        self.begun(text)
        began, cpu = time.perf_counter(), tree_cpu_seconds(os.getpid())
        yield
        step = Step(
            name=name,
            text=text,
            seconds=round(time.perf_counter() - began, 3),
            cpu_seconds=round(max(0.0, tree_cpu_seconds(os.getpid()) - cpu), 3),
        )
        self.steps.append(step)
        self.finished(step)


def tree_cpu_seconds(root: int) -> float:
    """Processor seconds of a process and all below it, ended ones included; 0 where there is no /proc."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for entry in PROC.glob("[0-9]*/stat"):
        try:
            number = int(entry.parent.name)
            words = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        parents[number] = int(words[1])
        spent[number] = sum(int(word) for word in words[CPU_FIELDS]) / os.sysconf("SC_CLK_TCK")
    below = {root}
    while grown := {child for child, parent in parents.items() if parent in below} - below:
        below |= grown
    return sum(spent.get(number, 0.0) for number in below)
