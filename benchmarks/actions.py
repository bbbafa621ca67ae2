"""How well movements are found on labelled clips, of people nobody tuned on, and what each threshold matters.

Run: NOVISIT_CLIPS_DIR=… .venv/bin/python -m benchmarks.actions [--plot FILE.svg] [--corrections FILE.json]

Every clip is looked at once, as the service does it. Then three tables: what is found; what is found of each
person when the thresholds that were varied are chosen on all others; what is found when one threshold is a
fifth lower or higher.
"""

import argparse
import os
import pickle
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import product
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.progress import track
from rich.table import Table

from liveness.actions.blinks import BlinkRule
from liveness.actions.events import ActionRules, find_events
from liveness.actions.mouths import MouthRule
from liveness.actions.nods import NodRule
from liveness.errors import VideoError
from liveness.evaluation.label_reading import read_corrections, read_labels
from liveness.evaluation.labels import LabelledClip
from liveness.evaluation.matching import Score, score_events
from liveness.observation.observer import Observer
from liveness.observation.signals import Signals
from liveness.verdict import STANDARD_ACTIONS, Action
from liveness.video.reading import Video
from models.detection import FaceDetector
from models.landmarks import FaceLandmarker
from models.weights import WeightStore

RULE_OF = {Action.BLINK: "blink", Action.MOUTH: "mouth", Action.NOD: "nod"}
CHOICES: Mapping[Action, Mapping[str, tuple[float, ...]]] = {
    Action.BLINK: {
        "required_closure": (0.35, 0.4, 0.45, 0.5, 0.55, 0.6),
        "swing": (0.25, 0.3, 0.35, 0.4),
        "required_score": (0.1, 0.15, 0.2, 0.25, 0.3),
    },
    Action.MOUTH: {
        "required_opening": (0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9),
        "edge": (0.4, 0.5, 0.6),
        "shortest_close_ms": (100, 130, 150, 180),
    },
    Action.NOD: {
        "required_deg": (6, 6.5, 7, 7.5, 8, 8.5, 9, 10),
        "longest_ms": (3000, 3500, 4000, 5000),
        "most_yaw_ratio": (1.5, 2.0, 2.5),
    },
}
"""Thresholds chosen anew for each person left out; all others stay as they are."""

BARS = {Action.BLINK: 0.95, Action.MOUTH: 0.90, Action.NOD: 0.85}
COLOURS = {Action.BLINK: "#7c3aed", Action.MOUTH: "#c2410c", Action.NOD: "#2563eb"}


@dataclass(frozen=True)
class Seen:
    """One clip of a person with the signals of the service's own pass."""

    label: LabelledClip
    signals: Signals = field(repr=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--plot", type=Path, help="write the third table as an SVG")
    parser.add_argument(
        "--corrections", type=Path, help="labels put right, see benchmarks/label-corrections.json"
    )
    parser.add_argument("--kept", type=Path, help="keep the signals in this file, and read them from it")
    given = parser.parse_args()
    folder = Path(os.environ["NOVISIT_CLIPS_DIR"])
    seen = look_at_all(folder, given.kept)
    console = Console()
    console.print(found_table(seen, "as labelled"))
    if given.corrections:
        right = {label.file: label for label in read_corrections(given.corrections, folder)}
        corrected = [replace(clip, label=right.get(clip.label.file, clip.label)) for clip in seen]
        console.print(found_table(corrected, "with labels put right"))
    console.print(left_out_table(seen))
    shifts = sensitivity(seen)
    console.print(sensitivity_table(shifts))
    if given.plot:
        given.plot.write_text(draw(shifts), encoding="utf-8")


def look_at_all(folder: Path, kept: Path | None) -> list[Seen]:
    """The clips of people that can be read, each looked at once."""
    if kept and kept.is_file():
        found: list[Seen] = pickle.loads(kept.read_bytes())  # noqa: S301  a file this script wrote itself
        return found
    weights = WeightStore(Path(os.environ["NOVISIT_WEIGHTS_DIR"]))
    labels = [
        label for label in read_labels(folder).clips if label.kind == "bona_fide" and not label.is_still
    ]
    found = []
    for label in track(labels, description="looking"):
        try:
            with (
                Video(folder / label.file) as video,
                FaceLandmarker(weights.path("face_landmarker")) as landmarker,
            ):
                observer = Observer(landmarker, FaceDetector(weights.path("yunet")))
                for frame in video.frames(observer.wants):
                    observer.look(frame)
                found.append(Seen(label, Signals.of([note.sample for note in observer.notes])))
        except VideoError as error:
            print(f"{label.file}: {error}")
    if kept:
        kept.write_bytes(pickle.dumps(found))
    return found


def score(clips: Iterable[Seen], action: Action, rules: ActionRules) -> Score:
    """Hits, misses and false events over clips."""
    total = Score()
    for clip in clips:
        if clip.label.is_labelled_for(action):
            events = [event for event in find_events(clip.signals, rules) if event.action is action]
            total += score_events(clip.label.truth(action), events)
    return total


def changed(action: Action, values: Mapping[str, float]) -> ActionRules:
    """The shipped rules with other thresholds for one action."""
    rules = ActionRules()
    name = RULE_OF[action]
    rule: BlinkRule | MouthRule | NodRule = getattr(rules, name)
    return replace(rules, **{name: replace(rule, **values)})


def found_table(seen: list[Seen], title: str) -> Table:
    table = Table(
        "action", "events", "precision", "recall", "F1", title=f"Found in {len(seen)} clips, {title}"
    )
    for action in STANDARD_ACTIONS:
        table.add_row(action, *_cells(score(seen, action, ActionRules())))
    return table


def left_out_table(seen: list[Seen]) -> Table:
    table = Table(
        "action", "events", "precision", "recall", "F1", "thresholds chosen most often",
        title="Each person by thresholds chosen on the others",
    )  # fmt: skip
    for action, choices in CHOICES.items():
        points = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
        scores = [
            [score([clip], action, changed(action, point)) for clip in seen]
            for point in track(points, description=action, transient=True)
        ]
        total, chosen = Score(), []
        for person in sorted({clip.label.person for clip in seen}):
            mine = [clip.label.person == person for clip in seen]
            best = _middle_of_best(
                points, choices, [_sum(row, [not own for own in mine]).f1 for row in scores]
            )
            chosen.append(best)
            total += _sum(scores[best], mine)
        usual = points[max(set(chosen), key=chosen.count)]
        told = ", ".join(f"{name} {value:g}" for name, value in usual.items())
        table.add_row(action, *_cells(total), f"{told} ({chosen.count(max(set(chosen), key=chosen.count))}x)")
    return table


def sensitivity(seen: list[Seen]) -> dict[Action, dict[str, tuple[float, float, float]]]:
    """F1 with each threshold a fifth lower, as it is, a fifth higher."""
    shifts: dict[Action, dict[str, tuple[float, float, float]]] = {}
    for action, name in RULE_OF.items():
        rule = getattr(ActionRules(), name)
        now = score(seen, action, ActionRules()).f1
        shifts[action] = {}
        for threshold in track([entry.name for entry in fields(rule)], description=action, transient=True):
            value = getattr(rule, threshold)
            low, high = (
                score(seen, action, changed(action, {threshold: value * factor})).f1 for factor in (0.8, 1.2)
            )
            shifts[action][threshold] = (low, now, high)
    return shifts


def sensitivity_table(shifts: dict[Action, dict[str, tuple[float, float, float]]]) -> Table:
    table = Table(
        "action", "threshold", "F1 at -20 %", "as it is", "+20 %", title="One threshold moved by a fifth"
    )
    for action, rows in shifts.items():
        for threshold, values in rows.items():
            table.add_row(action, threshold, *(f"{value:.3f}" for value in values))
    return table


def draw(shifts: dict[Action, dict[str, tuple[float, float, float]]]) -> str:
    """One line for each threshold: F1 at -20 %, as it is, and at +20 %."""
    left, right, row, lowest = 250, 700, 20, 0.7
    rows = [(action, name, values) for action, found in shifts.items() for name, values in found.items()]
    height = 64 + row * len(rows) + 24 * (len(shifts) - 1)

    def x(value: float) -> float:
        return left + (right - left) * (max(value, lowest) - lowest) / (1 - lowest)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 740 {height}" font-size="12" '
        'font-family="system-ui, sans-serif">',
        "<title>F1 when one threshold is a fifth lower or higher</title>",
        f'<rect width="740" height="{height}" fill="#ffffff"/>',
    ]
    for tick in (0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0):
        parts.append(
            f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="30" y2="{height - 14}" stroke="#e2e8f0"/>'
        )
        parts.append(f'<text x="{x(tick):.1f}" y="22" text-anchor="middle" fill="#64748b">{tick:g}</text>')
    y, last = 44, None
    for action, name, (low, now, high) in rows:
        if action is not last:
            y += 24 if last is not None else 0
            end = y + row * len(shifts[action]) - 12
            bar = x(BARS[action])
            parts.append(
                f'<line x1="{bar:.1f}" x2="{bar:.1f}" y1="{y - 10}" y2="{end}" stroke="#0f172a" '
                'stroke-dasharray="4 3"/>'
            )
            last = action
        colour = COLOURS[action]
        parts.append(
            f'<text x="{left - 12}" y="{y + 4}" text-anchor="end" fill="#334155">{action} · {name}</text>'
        )
        ends = x(min(low, now, high)), x(max(low, now, high))
        parts.append(
            f'<line x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y}" y2="{y}" stroke="{colour}" '
            'stroke-width="4" stroke-linecap="round" stroke-opacity=".35"/>'
        )
        for value, mark in ((low, "◀"), (high, "▶")):
            if value != now:
                parts.append(
                    f'<text x="{x(value):.1f}" y="{y + 4}" text-anchor="middle" font-size="10" '
                    f'fill="{colour}">{mark}</text>'
                )
        parts.append(f'<circle cx="{x(now):.1f}" cy="{y}" r="4.5" fill="{colour}"/>')
        y += row
    return "\n".join([*parts, "</svg>", ""])


def _middle_of_best(
    points: list[dict[str, float]], choices: Mapping[str, tuple[float, ...]], f1: list[float]
) -> int:
    """Of all points that reach the best figure, the one nearest to their middle: no edge of a plateau."""
    best = max(f1)
    tied = [index for index, value in enumerate(f1) if value >= best - 1e-9]
    places = {index: [choices[name].index(points[index][name]) for name in choices] for index in tied}
    middle = [mean(place[axis] for place in places.values()) for axis in range(len(choices))]

    def away(index: int) -> float:
        return sum((place - centre) ** 2 for place, centre in zip(places[index], middle, strict=True))

    return min(tied, key=away)


def _sum(scores: list[Score], chosen: list[bool]) -> Score:
    return sum((one for one, is_in in zip(scores, chosen, strict=True) if is_in), start=Score())


def _cells(found: Score) -> tuple[str, ...]:
    return (str(found.events), f"{found.precision:.3f}", f"{found.recall:.3f}", f"{found.f1:.3f}")


if __name__ == "__main__":
    main()
