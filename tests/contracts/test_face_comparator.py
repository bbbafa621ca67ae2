"""One contract over every face comparator that comes with the service."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.authority_server import ReferenceAuthority, create_authority, score_by_sface
from models.comparators.authority import AuthorityComparator
from models.comparators.authority.signature import SigningKey
from models.comparison import FaceComparator, IdentityClaim, Match, Probe
from models.errors import ComparisonUndecided, PersonUnknown, UnsafeComparator
from models.portraits import PortraitFolder
from models.registry import build_comparator
from models.weights import WeightStore
from tests.models.comparators.people import (
    COLLINS,
    NOW,
    OTHER,
    STRANGER,
    astronaut,
    jpeg,
    make_config,
    make_probe,
    other_person,
    phone_take,
    served,
    write_key,
)

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Backend:
    """A comparator to be asked for each kind of answer; a constant one is another object for each."""

    name: str
    production_ready: bool
    for_answer: Callable[[str], FaceComparator]
    build_in_production: Callable[[], FaceComparator]


def sface(tmp_path: Path, weights: WeightStore) -> Iterator[Backend]:
    register = PortraitFolder(tmp_path / "register", secret=b"a secret of the office")
    register.add(COLLINS, jpeg(astronaut()))
    register.add(OTHER, jpeg(other_person()))
    comparator = build_comparator("sface", make_config(weights, register=register))
    yield Backend(
        "sface",
        production_ready=True,
        for_answer=lambda _answer: comparator,
        build_in_production=lambda: build_comparator("sface", make_config(weights, production=True)),
    )


def authority(tmp_path: Path, weights: WeightStore) -> Iterator[Backend]:
    key_file = write_key(tmp_path)
    numbers = iter(range(1000))
    reference = ReferenceAuthority(
        keys={"office-1": SigningKey("office-1", bytes.fromhex(key_file.read_text()))},
        people={
            (claim.document_type.value, claim.document_number, claim.name): jpeg(image)
            for claim, image in ((COLLINS, astronaut()), (OTHER, other_person()))
        },
        score=score_by_sface(weights),
        clock=lambda: NOW,
        new_id=lambda: f"authority-{next(numbers)}",
    )
    with served(create_authority(reference)) as url:
        options = {"url": url, "key_id": "office-1", "key_file": str(key_file)}
        comparator = build_comparator("authority", make_config(weights, options=options))
        assert isinstance(comparator, AuthorityComparator)
        yield Backend(
            "authority",
            production_ready=True,
            for_answer=lambda _answer: comparator,
            build_in_production=lambda: build_comparator(
                "authority",
                make_config(
                    weights, options={**options, "url": "https://authority.invalid"}, production=True
                ),
            ),
        )
        comparator.close()


def unsafe_constant(tmp_path: Path, weights: WeightStore) -> Iterator[Backend]:
    del tmp_path
    yield Backend(
        "unsafe-constant",
        production_ready=False,
        for_answer=lambda answer: build_comparator(
            "unsafe-constant", make_config(weights, options={"answer": answer})
        ),
        build_in_production=lambda: build_comparator(
            "unsafe-constant", make_config(weights, production=True)
        ),
    )


@pytest.fixture(params=[sface, authority, unsafe_constant], ids=lambda backend: backend.__name__)
def backend(request: pytest.FixtureRequest, tmp_path: Path, weights: WeightStore) -> Iterator[Backend]:
    yield from request.param(tmp_path, weights)


@pytest.fixture(scope="module")
def genuine(weights: WeightStore) -> Probe:
    return make_probe(phone_take(astronaut()), weights)


def test_the_same_person_matches(backend: Backend, genuine: Probe) -> None:
    result = backend.for_answer("matched").compare(genuine, COLLINS)
    assert result.match is Match.MATCHED
    assert result.score >= result.threshold
    assert 0 < result.fmr <= 1
    assert result.backend == backend.name


def test_another_person_does_not_match(backend: Backend, genuine: Probe) -> None:
    result = backend.for_answer("not_matched").compare(genuine, OTHER)
    assert result.match is Match.NOT_MATCHED
    assert result.score < result.threshold


def test_a_person_nobody_knows_is_undecided(backend: Backend, genuine: Probe) -> None:
    comparator = backend.for_answer("unknown")
    with pytest.raises(PersonUnknown) as raised:
        comparator.compare(genuine, STRANGER)
    assert isinstance(raised.value, ComparisonUndecided)
    assert STRANGER.document_number not in str(raised.value)
    assert STRANGER.name not in str(raised.value)


def test_a_right_number_with_another_name_is_nobody(backend: Backend, genuine: Probe) -> None:
    mixed = IdentityClaim(COLLINS.document_type, COLLINS.document_number, OTHER.name)
    with pytest.raises(PersonUnknown):
        backend.for_answer("unknown").compare(genuine, mixed)


def test_every_comparison_has_its_own_request_id(backend: Backend, genuine: Probe) -> None:
    comparator = backend.for_answer("matched")
    ids = {comparator.compare(genuine, COLLINS).request_id for _ in range(2)}
    assert len(ids) == 2
    assert all(ids)


def test_the_probe_is_left_as_it_was(backend: Backend, genuine: Probe) -> None:
    image, points = genuine.image.copy(), genuine.five_points.copy()
    backend.for_answer("matched").compare(genuine, COLLINS)
    assert (genuine.image == image).all()
    assert (genuine.five_points == points).all()


def test_check_says_that_it_is_ready(backend: Backend) -> None:
    backend.for_answer("matched").check()


def test_its_name_is_the_name_it_is_registered_by(backend: Backend) -> None:
    assert backend.for_answer("matched").name == backend.name


def test_production_builds_only_what_is_safe(backend: Backend) -> None:
    if backend.production_ready:
        assert backend.build_in_production().safe_in_production
    else:
        with pytest.raises(UnsafeComparator, match="refused in production"):
            backend.build_in_production()
