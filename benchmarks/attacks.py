"""Made attacks of every species, many of each, through the whole analysis: who is accepted, and by what.

Run: .venv/bin/python benchmarks/attacks.py [--each 60] [--jobs 2] [--only print,replay] [--log FILE]
         [--markdown FILE] [--clips FOLDER [--make-only]]

Each clip is made of one still portrait with a seed that chooses the manner, the light, the framing, the
camera and the format; it is judged and thrown away. The log, one JSON object a line, is continued where it
stands, so a run may be cut. Such clips prove what the evidence does to what it was built for, and nothing of
how it does on people. The puppet, which shows no attack but itself, is judged by the policy for made clips
too: what that calls an attack is a person who would be turned away for nothing.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from liveness.analysis import AnalysisRules, judge, sample_video
from liveness.challenge.asked import Asked
from liveness.errors import VideoError
from liveness.evaluation.intervals import Rate
from liveness.pad.detector import EvidenceDetector
from liveness.pad.policy import Finding, PadPolicy, Weight
from liveness.synthesis import Camera, Portrait, Species, astronaut, make_attack, make_clip
from liveness.verdict import Action, Outcome, PadDecision
from models.comparators.sface import SfaceEmbedder
from models.threads import stay_on_one_thread
from models.weights import WeightStore

BONA_FIDE = "puppet"
STANDARD, FOR_PUPPETS = "standard", "synthetic"
HEADS = (
    *("species", "policy", "n", "refused", "called attack", "left open", "accepted", "rate (95 %)"),
    *("verdict passed", "by"),
)
MOST_ACCEPTED = dict.fromkeys((Species.PRINT, Species.SPLICE, Species.FREEZE, Species.STILL), 0.0) | {
    Species.BENT_PRINT: 0.05,
    Species.LOOP: 0.05,
}
"""Share of each species that may be accepted: the exit code is 1 where more were."""

SIZES = ((270, 480), (288, 512), (288, 384))
SUFFIXES = (".mp4", ".webm", ".mov")
ORDERS = tuple(permutations((Action.NOD, Action.MOUTH, Action.BLINK), 2))


@dataclass(frozen=True, slots=True)
class Case:
    """One clip to make: a species, or a puppet that plays the bona fide person, and a seed."""

    species: str
    seed: int

    @property
    def name(self) -> str:
        return f"{self.species}-{self.seed}"

    def make(self, folder: Path) -> tuple[Path, tuple[Action, ...]]:
        """Write the clip, if it is not in the folder yet; give its path and the actions it tries to show."""
        random = np.random.default_rng([self.seed, 77])
        width, height = SIZES[self.seed % len(SIZES)]
        camera = Camera(
            width=width,
            height=height,
            fps=float(random.choice([14, 16, 18])),
            tremor_px=float(random.uniform(1.5, 4.0)),
            noise_sigma=float(random.uniform(1.5, 3.5)),
            variable_rate=float(random.choice([0.0, 0.3])),
        )
        actions = ORDERS[self.seed % len(ORDERS)]
        path = folder / f"{self.name}{SUFFIXES[self.seed % len(SUFFIXES)]}"
        if path.exists():
            return path, actions
        unready = path.with_stem(f"{path.stem}.part")
        portrait = in_other_light(astronaut(), random=random)
        if self.species == BONA_FIDE:
            make_clip(unready, actions=actions, seed=self.seed, camera=camera, portrait=portrait)
        else:
            species = Species(self.species)
            make_attack(unready, species, actions=actions, seed=self.seed, camera=camera, portrait=portrait)
        unready.replace(path)
        return path, actions


def in_other_light(portrait: Portrait, *, random: np.random.Generator) -> Portrait:
    """The same face brighter or darker, warmer or colder, and with more or less contrast."""
    tint = random.uniform(0.88, 1.12, 3) * random.uniform(0.8, 1.15)
    lit = portrait.image * tint + random.uniform(-12, 20)
    return replace(portrait, image=lit.clip(0, 255).astype(np.uint8))


def judged(case: Case, weights_dir: Path, clips: Path | None) -> list[dict[str, Any]]:
    """Make one clip and look at it; one row for each policy that judges it."""
    weights, rules = WeightStore(weights_dir), AnalysisRules()
    policies = (STANDARD, FOR_PUPPETS) if case.species == BONA_FIDE else (STANDARD,)
    rows: list[dict[str, Any]] = [
        {"species": case.species, "seed": case.seed, "policy": policy} for policy in policies
    ]
    with tempfile.TemporaryDirectory() as folder:
        path, actions = case.make(clips or Path(folder))
        try:
            seen, samplers = sample_video(path, weights=weights, limits=rules.video)
        except VideoError as error:
            return [row | {"refused": [error.code]} for row in rows]
    for row in rows:
        analysis = judge(
            seen,
            Asked.of(actions),
            video_sha256="",
            rules=rules,
            detector=EvidenceDetector(PadPolicy.load(row["policy"])),
            embedder=SfaceEmbedder(weights),
            samplers=samplers,
        )
        row["refused"] = [reason.code for reason in (*analysis.refusals, *analysis.breaches)]
        row["pad"] = analysis.pad_alone.value
        row["outcome"] = analysis.verdict.outcome.value
        row["reasons"] = [reason.code for reason in analysis.verdict.reasons]
        row["evidence"] = {item.name: item.measured for item in analysis.evidence}
        row["spoke"] = [
            item.name
            for item in analysis.evidence
            if item.weight is not Weight.INFORMS and item.finding in {Finding.ATTACK, Finding.DOUBTFUL}
        ]
    return rows


def remaining(cases: list[Case], log: Path) -> Iterator[Case]:
    """The cases that a log does not hold yet."""
    done = {(row["species"], row["seed"]) for row in rows_of(log)}
    return (case for case in cases if (case.species, case.seed) not in done)


def rows_of(log: Path) -> list[dict[str, Any]]:
    """What a log holds."""
    if not log.exists():
        return []
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def summaries(rows: list[dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    """One line under HEADS for each species and policy.

    The rate, with its exact interval, is the share of attacks that attack detection accepts (APCER), or of
    puppets that it calls an attack (BPCER).
    """
    for species, policy in [*((str(item), STANDARD) for item in Species), (BONA_FIDE, STANDARD)]:
        yield _summary(species, policy, rows)
    yield _summary(BONA_FIDE, FOR_PUPPETS, rows)


def _summary(species: str, policy: str, rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """refused: by quality or continuity, or unreadable; attack detection is counted all the same."""
    own = [row for row in rows if (row["species"], row["policy"]) == (species, policy)]
    judged_ = [row for row in own if "pad" in row]
    accepted = sum(row["pad"] == PadDecision.BONA_FIDE for row in judged_)
    attack = sum(row["pad"] == PadDecision.ATTACK_PRESENTATION for row in judged_)
    spoke = Counter(name for row in judged_ for name in row["spoke"]).most_common(4)
    name, wrong = ("BPCER", attack) if species == BONA_FIDE else ("APCER", accepted)
    low, high = Rate(wrong, len(judged_)).interval
    return (
        species,
        policy,
        str(len(own)),
        str(sum(bool(row["refused"]) for row in own)),
        str(attack),
        str(len(judged_) - attack - accepted),
        str(accepted),
        f"{name} {wrong}/{len(judged_)} ({100 * low:.1f} to {100 * high:.1f} %)",
        str(sum(row["outcome"] == Outcome.PASSED for row in judged_)),
        ", ".join(f"{piece} {count}" for piece, count in spoke),
    )


def table_of(rows: list[dict[str, Any]]) -> Table:
    """For the eye."""
    table = Table(title="attack detection alone, and who passed the whole verdict")
    for head in HEADS:
        table.add_column(head)
    for line in summaries(rows):
        table.add_row(*line)
    return table


def markdown_of(rows: list[dict[str, Any]]) -> str:
    """For the guide."""
    lines = [HEADS, ("---",) * len(HEADS), *summaries(rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--each", type=int, default=60, help="clips of each species (default 60)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    parser.add_argument("--only", default="", help="species, separated by commas; default all and the puppet")
    parser.add_argument("--log", type=Path, default=Path("attacks.jsonl"), help="log, continued if it exists")
    parser.add_argument("--markdown", type=Path, help="write the table as Markdown, too")
    parser.add_argument(
        "--weights", type=Path, default=os.environ.get("NOVISIT_WEIGHTS_DIR", ".novisit/weights")
    )
    parser.add_argument("--clips", type=Path, help="keep the clips there, and judge those that it holds")
    parser.add_argument("--make-only", action="store_true", help="fill the folder of clips, judge none")
    given = parser.parse_args()
    if given.make_only and given.clips is None:
        parser.error("--make-only needs --clips, the folder to fill")
    if given.clips is not None:
        given.clips.mkdir(parents=True, exist_ok=True)
    wanted = given.only.split(",") if given.only else [*map(str, Species), BONA_FIDE]
    cases = [Case(species, seed) for seed in range(given.each) for species in wanted]
    console = Console()
    if given.make_only:
        with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
            pool.starmap(Case.make, ((case, given.clips) for case in cases), chunksize=1)
        return
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool, given.log.open("a") as log:
        todo = ((case, Path(given.weights), given.clips) for case in remaining(cases, given.log))
        for found in pool.imap_unordered(_judged, todo):
            log.write("".join(json.dumps(row) + "\n" for row in found))
            log.flush()
    rows = rows_of(given.log)
    console.print(table_of(rows))
    if given.markdown is not None:
        given.markdown.write_text(markdown_of(rows), encoding="utf-8")
    too_many = False
    for species, most in MOST_ACCEPTED.items():
        own = [row for row in rows if row["species"] == species]
        accepted = [row for row in own if row.get("pad") == PadDecision.BONA_FIDE]
        for row in accepted:
            console.print(f"accepted: {row['species']}-{row['seed']}", style="red")
        too_many |= len(accepted) > most * len(own)
    sys.exit(1 if too_many else 0)


def _judged(given: tuple[Case, Path, Path | None]) -> list[dict[str, Any]]:
    stay_on_one_thread()
    return judged(*given)


if __name__ == "__main__":
    main()
