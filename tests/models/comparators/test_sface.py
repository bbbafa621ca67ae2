import csv
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from models.alignment import align
from models.comparators.sface import FMR_BY_THRESHOLD, SfaceComparator, SfaceEmbedder, build, cosine
from models.comparison import IdentityClaim, Match, Probe
from models.errors import (
    ComparatorMisconfigured,
    ComparisonUndecided,
    FaceNotAligned,
    ModelsError,
    PortraitUnavailable,
    WeightMissing,
)
from models.pictures import read_face
from models.weights import WeightStore
from tests.models.comparators.people import (
    COLLINS,
    NOW,
    astronaut,
    jpeg,
    make_config,
    make_probe,
    other_person,
    phone_take,
)


def with_portrait(portrait: bytes) -> IdentityClaim:
    return IdentityClaim(COLLINS.document_type, COLLINS.document_number, COLLINS.name, portrait)


@pytest.fixture(scope="module")
def sface(weights: WeightStore) -> SfaceComparator:
    return build(make_config(weights))


def test_a_portrait_given_with_the_claim_needs_no_register(
    sface: SfaceComparator, weights: WeightStore
) -> None:
    probe = make_probe(phone_take(astronaut()), weights)
    result = sface.compare(probe, with_portrait(jpeg(astronaut())))
    assert result.match is Match.MATCHED
    assert result.threshold == 0.40
    assert result.fmr == FMR_BY_THRESHOLD[0.40]


@pytest.mark.parametrize(
    "portrait", [b"no picture", jpeg(np.full((300, 300, 3), 90, np.uint8))], ids=["no picture", "no face"]
)
def test_a_portrait_without_a_face_decides_nothing(
    sface: SfaceComparator, weights: WeightStore, portrait: bytes
) -> None:
    with pytest.raises(PortraitUnavailable, match="reference portrait"):
        sface.compare(make_probe(astronaut(), weights), with_portrait(portrait))


def test_no_portrait_anywhere_decides_nothing(sface: SfaceComparator, weights: WeightStore) -> None:
    with pytest.raises(PortraitUnavailable):
        sface.compare(make_probe(astronaut(), weights), COLLINS)


def test_a_face_too_small_to_see_decides_nothing(sface: SfaceComparator) -> None:
    tiny = Probe(
        image=np.zeros((40, 40, 3), np.uint8), five_points=np.arange(10, dtype=np.float32).reshape(5, 2)
    )
    with pytest.raises(ComparisonUndecided, match="too small"):
        sface.compare(tiny, with_portrait(jpeg(astronaut())))


def test_an_embedding_has_unit_length_and_repeats(weights: WeightStore) -> None:
    embedder = SfaceEmbedder(weights)
    aligned = align(make_probe(astronaut(), weights))
    one, other = embedder.embed(aligned), embedder.embed(aligned)
    assert one.shape == (128,)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
    np.testing.assert_array_equal(one, other)


def test_only_an_aligned_face_is_embedded(weights: WeightStore) -> None:
    with pytest.raises(FaceNotAligned, match="112"):
        SfaceEmbedder(weights).embed(np.zeros((100, 112, 3), np.uint8))


@pytest.mark.parametrize("threshold", ["0.1", "high", ""])
def test_only_measured_thresholds_may_be_chosen(weights: WeightStore, threshold: str) -> None:
    with pytest.raises(ComparatorMisconfigured, match=r"0\.40, 0\.45"):
        build(make_config(weights, options={"threshold": threshold}))


def test_check_names_missing_weights(tmp_path: Path) -> None:
    with pytest.raises(WeightMissing, match="novisit weights fetch"):
        build(make_config(WeightStore(tmp_path))).check()


def pairs(folder: Path) -> Iterator[tuple[Path, Path, bool, str]]:
    with (folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield folder / row["a"], folder / row["b"], row["same"] == "1", row["source"]


@pytest.mark.clips
@pytest.mark.slow
def test_error_rates_on_labelled_pairs(weights: WeightStore, capsys: pytest.CaptureFixture[str]) -> None:
    given = os.environ.get("NOVISIT_FACES_DIR")
    if not given:
        pytest.skip("set NOVISIT_FACES_DIR to a folder with pairs.csv to measure SFace")
    embedder = SfaceEmbedder(weights)

    @cache
    def embedding(path: Path) -> np.ndarray | None:
        try:
            return embedder.embed(align(read_face(path.read_bytes(), weights)))
        except ModelsError:
            return None

    scores: dict[bool, list[float]] = {True: [], False: []}
    unusable = 0
    for one, other, same, _source in pairs(Path(given)):
        first, second = embedding(one), embedding(other)
        if first is None or second is None:
            unusable += 1
        else:
            scores[same].append(cosine(first, second))
    genuine, impostor = np.array(scores[True]), np.array(scores[False])
    fnmr, fmr = float((genuine < 0.40).mean()), float((impostor >= 0.40).mean())
    with capsys.disabled():
        sys.stdout.write(
            f"\nSFace at 0.40: FNMR {fnmr:.3f} of {len(genuine)} genuine, FMR {fmr:.3f} of {len(impostor)} "
            f"impostor pairs; {unusable} pairs without exactly one face; "
            f"genuine min {genuine.min():.3f}, impostor max {impostor.max():.3f}\n"
        )
    assert len(genuine) >= 20
    assert len(impostor) >= 20
    assert unusable <= 0.1 * (len(genuine) + len(impostor))
    assert fmr <= 0.05
    assert fnmr <= 0.10


def test_a_prepared_portrait_is_compared_alike_and_used_once(weights: WeightStore) -> None:
    looked: list[IdentityClaim] = []

    class Register:
        def portrait(self, claim: IdentityClaim) -> bytes:
            looked.append(claim)
            return jpeg(astronaut())

    comparator = SfaceComparator(make_config(weights, register=Register()))
    probe = make_probe(phone_take(astronaut()), weights)
    comparator.prepare(COLLINS)
    prepared = comparator.compare(probe, COLLINS)
    assert looked == [COLLINS]
    again = comparator.compare(probe, COLLINS)
    assert looked == [COLLINS, COLLINS]
    assert (prepared.score, prepared.match) == (again.score, again.match)


def test_a_portrait_prepared_too_long_ago_is_looked_up_anew(weights: WeightStore) -> None:
    now = [NOW]

    class Register:
        pictures: ClassVar = [jpeg(astronaut()), jpeg(other_person())]

        def portrait(self, claim: IdentityClaim) -> bytes:
            del claim
            return self.pictures.pop(0)

    config = replace(make_config(weights, register=Register()), clock=lambda: now[0])
    comparator = SfaceComparator(config)
    comparator.prepare(COLLINS)
    now[0] += timedelta(minutes=6)
    compared = comparator.compare(make_probe(phone_take(astronaut()), weights), COLLINS)
    assert compared.match is Match.NOT_MATCHED
