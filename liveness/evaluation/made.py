"""A labelled folder of made clips, so that an evaluation can be run where there are no recordings of people.

Needs the extra `synthesis`. Such clips prove that the line counts rightly, and nothing of accuracy on people.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from liveness.evaluation.answers import ORDERS
from liveness.evaluation.errors import FolderNotEmpty
from liveness.evaluation.label_reading import LABELS_FILE
from liveness.evaluation.labels import BONA_FIDE, LABEL_OF
from liveness.synthesis import Camera, Portrait, Species, Truth, make_attack, make_clip
from liveness.verdict import Action

SUFFIXES: Final = (".mp4", ".webm", ".mov")


def write_made_clips(
    folder: Path,
    count: int,
    *,
    seed: int,
    camera: Camera,
    portrait: Portrait | None = None,
    told: Callable[[str], None],
) -> Path:
    """Write `count` clips and their labels.json: a puppet and an attack in turn, in all orders and species.

    `told` is given the name of each clip when it is written. The labels are written last. Raises
    FolderNotEmpty, SynthesisError.
    """
    if count < 1:
        raise ValueError("at least one clip is made")
    labels = folder / LABELS_FILE
    if labels.exists():
        raise FolderNotEmpty
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for number in range(count):
        turn, suffix = number // 2, SUFFIXES[number % len(SUFFIXES)]
        order = ORDERS[turn % len(ORDERS)]
        if number % 2:
            species = list(Species)[turn % len(Species)]
            path = folder / f"{number:03}_{species}{suffix}"
            truth = make_attack(
                path, species, actions=order, seed=seed + number, camera=camera, portrait=portrait
            )
        else:
            path = folder / f"{number:03}_puppet{suffix}"
            truth = make_clip(path, actions=order, seed=seed + number, camera=camera, portrait=portrait)
        entries.append(_entry(path.name, truth, order))
        told(path.name)
    labels.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return labels


def _entry(file: str, truth: Truth, order: tuple[Action, ...]) -> dict[str, Any]:
    """One entry of labels.json; events of a puppet are what was drawn, an attack is given none."""
    is_puppet = truth.species is None
    return {
        "file": file,
        "kind": BONA_FIDE if is_puppet else truth.species,
        "subtype": "",
        "person": "puppet made from one still portrait",
        "duration_s": truth.duration_ms / 1000,
        "width": truth.width,
        "height": truth.height,
        "notes": f"made, seed {truth.seed}; tries {', '.join(order)}",
        "tags": {"made": True},
        "events": [
            {
                "action": LABEL_OF[event.action],
                "start_s": event.start_ms / 1000,
                "end_s": event.end_ms / 1000,
                "confidence": "high",
                **({"deliberate": True} if event.action is Action.MOUTH else {}),
            }
            for event in truth.events
            if is_puppet
        ],
    }
