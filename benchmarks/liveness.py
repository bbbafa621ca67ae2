"""What a second of video costs: decoding alone, MediaPipe's graph on every frame, and this project.

    python -m benchmarks.liveness [--clips FOLDER] [--runs 1] [--made 8] [--only cost|load] [--json]

The clips are those of NOVISIT_CLIPS_DIR (a folder with labels.json), or made ones where it is not set. Every
part runs over the same clips in a process of its own, so that peak memory is its own; processor seconds are
those of all its threads, loading of networks included, imports not. F1 is that of the same rules on the
signals of each part. With several runs the least cost of each part is told: what else the machine does only
adds. Then streams are answered, 1, 2, 4 and 8 at once, as benchmarks/streams.py does. All of it takes seven
minutes on a machine with two cores that does nothing else.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    # Run by its path, Python would take this file for the package `liveness`.
    sys.path[0] = str(ROOT)

from benchmarks import streams  # noqa: E402  after the path is right
from benchmarks.looks import LOOKS  # noqa: E402

if TYPE_CHECKING:
    from liveness.evaluation.labels import LabelledClip
    from liveness.observation.signals import Signals

LEVELS = (1, 2, 4, 8)
VERDICTS = 4
SHORTEST_S = 2.0
"""Shorter clips are refused by the analysis, and left out of every part."""

NAMES = {
    "decode": "decode only",
    "naive": "MediaPipe's graph, every frame",
    "landmarks": "novisit: decode, landmarks",
    "whole": "novisit: whole analysis",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One part over all clips. f1: by action, of the people in them; frames_per_s: looked at."""

    part: str
    seconds: float
    cpu_s: float
    peak_mb: float
    frames_per_s: float
    f1: dict[str, float] = field(default_factory=dict)

    @property
    def cost(self) -> float:
        """Processor seconds a second of video."""
        return self.cpu_s / self.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=Path, default=os.environ.get("NOVISIT_CLIPS_DIR"))
    parser.add_argument("--weights", type=Path, default=os.environ.get("NOVISIT_WEIGHTS_DIR"))
    parser.add_argument("--made", type=int, default=8, help="how many clips to make where there is no folder")
    parser.add_argument("--runs", type=int, default=1, help="the least of so many runs is told (default 1)")
    parser.add_argument("--only", choices=("cost", "load"), help="measure only one of the two tables")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the tables")
    parser.add_argument("--part", choices=tuple(NAMES), help=argparse.SUPPRESS)
    parser.add_argument("--lengths", type=json.loads, default="{}", help=argparse.SUPPRESS)
    given = parser.parse_args()
    weights = (given.weights or ROOT / ".novisit" / "weights").resolve()
    if given.part is not None:
        sys.stdout.write(json.dumps(asdict(run_part(given.part, given.clips, weights, given.lengths))))
        return
    found: dict[str, object] = {"machine": machine()}
    if given.only != "load":
        rows = measure_cost(given.clips, weights, made=given.made, runs=given.runs)
        found["parts"] = {row.part: {**asdict(row), "cpu_s_per_video_s": round(row.cost, 4)} for row in rows}
        if not given.json:
            show(rows, made=given.clips is None)
    if given.only != "cost":
        loads = streams.measure(LEVELS, verdicts=VERDICTS, weights_dir=weights)
        found["load"] = [{**asdict(load), "p50_s": load.p50_s, "p95_s": load.p95_s} for load in loads]
        if not given.json:
            Console().print(
                "\nStreams at once: seconds from the last byte to the verdict\n\n" + streams.table(loads)
            )
    if given.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")


def measure_cost(clips: Path | None, weights: Path, *, made: int, runs: int) -> list[Measured]:
    """Run every part over the same clips."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = clips or make_clips(Path(scratch), made)
        lengths = measurable(folder)
        return [best_of(part, folder, weights, lengths, runs=runs) for part in NAMES]


def make_clips(folder: Path, count: int) -> Path:
    """A folder of made, labelled clips."""
    command = [sys.executable, "-m", "api.cli", "synthesize", str(folder / "clips"), "--labelled", str(count)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder / "clips"


def measurable(folder: Path) -> dict[str, float]:
    """The videos that every part can measure, with their seconds."""
    from liveness.errors import VideoError
    from liveness.evaluation.label_reading import read_labels
    from liveness.video.reading import Video

    lengths = {}
    for clip in read_labels(folder).clips:
        if clip.is_still:
            continue
        try:
            with Video(folder / clip.file) as video:
                for _ in video.frames():
                    pass
                if video.duration_ms >= SHORTEST_S * 1000:
                    lengths[clip.file] = video.duration_ms / 1000
        except VideoError:
            continue
    return lengths


def best_of(part: str, clips: Path, weights: Path, lengths: Mapping[str, float], *, runs: int) -> Measured:
    """Run a part in processes of its own; the run that cost least."""
    command = [sys.executable, "-m", "benchmarks.liveness", "--part", part, "--clips", str(clips.resolve())]
    command += ["--weights", str(weights), "--lengths", json.dumps(lengths)]
    found = []
    for _ in range(max(1, runs)):
        finished = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        found.append(Measured(**json.loads(finished.stdout)))
    return min(found, key=lambda measured: measured.cpu_s)


def run_part(part: str, clips: Path, weights: Path, lengths: Mapping[str, float]) -> Measured:
    """Measure one part in this process."""
    from liveness.evaluation.label_reading import read_labels

    look, needed = LOOKS[part]
    for module in needed:
        import_module(module)
    chosen = [clip for clip in read_labels(clips).clips if clip.file in lengths]
    before = cpu_seconds()
    found = [(clip, look(clips / clip.file, weights)) for clip in chosen]
    spent, peak_mb = cpu_seconds() - before, peak_memory_mb()
    seconds = sum(lengths.values())
    return Measured(
        part=part,
        seconds=round(seconds, 2),
        cpu_s=round(spent, 3),
        peak_mb=round(peak_mb, 1),
        frames_per_s=round(sum(len(signals) for _, signals in found) / seconds, 2),
        f1={} if part == "decode" else f1_of(found),
    )


def f1_of(found: Sequence[tuple["LabelledClip", "Signals"]]) -> dict[str, float]:
    """By action, over the people in the clips: the same rules on whatever signals."""
    from liveness.actions.events import ActionRules, find_events
    from liveness.evaluation.labels import BONA_FIDE, LABEL_OF
    from liveness.evaluation.matching import Score, score_events

    scores = {action: Score() for action in LABEL_OF}
    for clip, signals in found:
        if clip.kind == BONA_FIDE and len(signals):
            events = find_events(signals, ActionRules())
            for action in scores:
                if clip.is_labelled_for(action):
                    mine = [event for event in events if event.action is action]
                    scores[action] += score_events(clip.truth(action), mine)
    return {action.value: round(score.f1, 3) for action, score in scores.items() if isfinite(score.f1)}


def peak_memory_mb() -> float:
    """The most memory this process ever held, in 10^6 bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("this system does not tell the peak of a process's memory")


def cpu_seconds() -> float:
    """Processor seconds of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"


def show(rows: Sequence[Measured], *, made: bool) -> None:
    """Print the table."""
    naive = next(row for row in rows if row.part == "naive")
    kind = "made clips: F1 shows that nothing is lost, not how well people are read" if made else "clips"
    table = Table(title=f"{rows[0].seconds:.0f} s of video, {kind}; {machine()}")
    columns: list[tuple[str, Callable[[Measured], str]]] = [
        ("", lambda row: NAMES[row.part]),
        ("CPU-s per video-s", lambda row: f"{row.cost:.3f}"),
        ("of naive", lambda row: f"{row.cost / naive.cost:.2f}"),
        ("looked at per s", lambda row: f"{row.frames_per_s:.1f}" if row.f1 else ""),
        ("peak MB", lambda row: f"{row.peak_mb:.0f}"),
        *(
            (f"F1 {action}", lambda row, action=action: f"{row.f1[action]:.3f}" if row.f1 else "")
            for action in naive.f1
        ),
    ]
    for name, _ in columns:
        table.add_column(name, justify="left" if not name else "right")
    for row in rows:
        table.add_row(*(tell(row) for _, tell in columns))
    Console().print(table)


if __name__ == "__main__":
    main()
