"""Many at the same moment: numbers stay unique, chains stay whole, one reviewer gets the case."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import Engine

from api.db import transaction
from api.evidence.fields import FieldCipher
from api.evidence.keyring import Keyring
from api.store.cases import SqlCases
from api.store.certificates import SqlCertificates
from api.store.organs import SqlOrgans, seed_organs
from filing.cases import DecisionKind
from filing.docket import verify_chain
from filing.errors import ClaimedByAnother
from filing.organs import demonstration_organs
from filing.ports import AsService
from filing.review import Reviewer
from filing.seal_log import verify_log
from tests.filing.builders import (
    CATALOGUE,
    REVIEWER,
    Bench,
    make_bench,
    make_claimed,
    make_document,
    make_submitted,
)

AT_ONCE = 12
ORGAN = "jiangan-approval"
KEYRING = Keyring.generate()
CIPHER = FieldCipher(lambda: KEYRING)


@pytest.fixture
def base(engine: Engine) -> Bench:
    with transaction(engine) as db:
        seed_organs(db, demonstration_organs(), [matter.id for matter in CATALOGUE.matters])
    return make_bench()


def over(db, base: Bench) -> Bench:
    office = replace(
        base.office,
        organs=SqlOrgans(db),
        cases=SqlCases(db, cipher=CIPHER),
        certificates=SqlCertificates(db, cipher=CIPHER),
    )
    return replace(base, office=office)


def at_once(work, arguments):
    barrier = Barrier(len(arguments))

    def meet(argument):
        barrier.wait()
        return work(argument)

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(meet, arguments))


def test_numbers_are_unique_under_concurrent_approval(engine: Engine, base: Bench) -> None:
    with transaction(engine) as db:
        ids = [make_claimed(over(db, base)).id for _ in range(AT_ONCE)]

    def approve(case_id: str) -> str:
        with transaction(engine) as db:
            bench = over(db, base)
            bench.review.decide(REVIEWER, case_id, DecisionKind.APPROVE, reason="")
            return bench.certificates.to_seal(case_id).number

    numbers = at_once(approve, ids)
    serials = sorted(int(number[9:15]) for number in numbers)
    assert serials == list(range(1, AT_ONCE + 1))


def test_certificates_issued_at_once_make_one_whole_log(engine: Engine, base: Bench) -> None:
    with transaction(engine) as db:
        bench = over(db, base)
        ids = [make_claimed(bench).id for _ in range(AT_ONCE)]
        for case_id in ids:
            bench.review.decide(REVIEWER, case_id, DecisionKind.APPROVE, reason="")

    def issue(case_id: str) -> str:
        with transaction(engine) as db:
            return over(db, base).certificates.issue(case_id, make_document()).log_entry

    # every job runs twice at the same moment
    entries = at_once(issue, ids * 2)
    with transaction(engine) as db:
        office = over(db, base).office
        log = office.certificates.log_of(ORGAN)
        assert verify_log(log, head=office.certificates.log_head(ORGAN)).is_whole
        assert len(log) == AT_ONCE
        assert set(entries) == {entry.hash for entry in log}
        for case_id in ids:
            docket = office.cases.docket_of(case_id, AsService())
            assert verify_chain(docket, head=office.cases.find(case_id, AsService()).head).is_whole


def test_one_of_many_reviewers_gets_the_case(engine: Engine, base: Bench) -> None:
    with transaction(engine) as db:
        case = make_submitted(over(db, base))

    def claim(number: int) -> str:
        try:
            with transaction(engine) as db:
                return over(db, base).review.claim(Reviewer(f"reviewer-{number}", ORGAN), case.id).id
        except ClaimedByAnother:
            return ""

    assert sorted(at_once(claim, range(AT_ONCE))) == [""] * (AT_ONCE - 1) + [case.id]


def test_an_undone_approval_leaves_nothing_behind(engine: Engine, base: Bench) -> None:
    with transaction(engine) as db:
        case = make_claimed(over(db, base))

    class Undone(Exception):
        pass

    def undo() -> None:
        with transaction(engine) as db:
            over(db, base).review.decide(REVIEWER, case.id, DecisionKind.APPROVE, reason="")
            raise Undone

    with pytest.raises(Undone):
        undo()
    with transaction(engine) as db:
        bench = over(db, base)
        assert bench.office.cases.find(case.id, AsService()) == case
        bench.review.decide(REVIEWER, case.id, DecisionKind.APPROVE, reason="")
        assert bench.certificates.to_seal(case.id).number == "JY24201020000018"
