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
from api.store.transparency import SqlLogStore
from filing.cases import DecisionKind
from filing.docket import verify_chain
from filing.ending import Ending
from filing.errors import CertificateEnded, ClaimedByAnother
from filing.organs import demonstration_organs
from filing.ports import AsService
from filing.review import Reviewer
from signing.transparency.merkle import MemoryNodes, completed_by, root
from tests.filing.builders import (
    CATALOGUE,
    REVIEWER,
    Bench,
    log_over,
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
        log=log_over(base, SqlLogStore(db)),
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
        log = office.log.store.entries(0, 2 * AT_ONCE)
        assert [entry.index for entry in log] == list(range(AT_ONCE))
        assert [entry.leaf.at for entry in log] == sorted(entry.leaf.at for entry in log)
        assert set(entries) == {entry.leaf.hash.hex() for entry in log}
        grown = MemoryNodes()
        for entry in log:
            for place in list(completed_by(grown, entry.index, entry.leaf.hash)):
                grown.add(*place)
        assert office.log.root(AT_ONCE) == root(grown, AT_ONCE)
        for case_id in ids:
            docket = office.cases.docket_of(case_id, AsService())
            assert verify_chain(docket, head=office.cases.find(case_id, AsService()).head).is_whole


def test_of_many_who_end_a_certificate_at_once_one_does(engine: Engine, base: Bench) -> None:
    with transaction(engine) as db:
        bench = over(db, base)
        case_id = make_claimed(bench).id
        bench.review.decide(REVIEWER, case_id, DecisionKind.APPROVE, reason="")
        number = bench.certificates.issue(case_id, make_document()).number

    def end(attempt: int) -> str:
        try:
            with transaction(engine) as db:
                return over(db, base).endings.end(REVIEWER, number, Ending(f"reason {attempt}")).reason
        except CertificateEnded:
            return ""

    reasons = at_once(end, range(AT_ONCE))
    (reason,) = [reason for reason in reasons if reason]
    with transaction(engine) as db:
        office = over(db, base).office
        assert [entry.leaf.event for entry, _ in office.log.store.of_number(number)] == ["issued", "revoked"]
        end_kept = office.certificates.end_of(number)
        assert end_kept is not None
        assert end_kept.reason == reason


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
