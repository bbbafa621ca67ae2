"""One contract for the stores of filing: in memory, on SQLite, on PostgreSQL."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from api.db import transaction
from api.evidence.fields import FieldCipher
from api.evidence.keyring import Keyring
from api.store.cases import SqlCases
from api.store.certificates import SqlCertificates
from api.store.organs import SqlOrgans, seed_organs
from api.store.transparency import SqlLogStore
from filing.cases import Case, CaseState, DecisionKind
from filing.certificates import CertificateStatus
from filing.docket import SERVICE, DocketKind, Happening, verify_chain
from filing.ending import Ending
from filing.errors import (
    CaseChangedMeanwhile,
    CaseNotFound,
    CertificateEnded,
    CertificateNotFound,
    CertificateNotReserved,
    InvitationNotFound,
    OrganNotFound,
    SuccessorInvalid,
)
from filing.memory import InMemoryOrgans
from filing.organs import demonstration_organs
from filing.ports import AsApplicant, AsOrgan, AsParty, AsService, CaseStore, CertificateStore, Page
from filing.review import Reviewer
from signing.design import SealCentre, SealDesign, SealRank
from signing.emblem import clean_emblem
from tests.filing.builders import (
    APPLICANT,
    CATALOGUE,
    CATERING,
    CHANGE,
    REVIEWER,
    Bench,
    log_over,
    make_bench,
    make_claimed,
    make_document,
    make_draft,
    make_submitted,
    make_verification,
    make_verified,
)

JIANGAN, JIANGHAN = "jiangan-approval", "jianghan-approval"


@dataclass
class Stores:
    """The stores under test, with a way to leave the transaction and come back."""

    bench: Bench
    again: Callable[[], Bench]

    @property
    def cases(self) -> CaseStore:
        return self.bench.office.cases

    @property
    def certificates(self) -> CertificateStore:
        return self.bench.office.certificates


def sql_bench(db, cipher, like: Bench | None = None) -> Bench:
    fresh = like or make_bench()
    office = replace(
        fresh.office,
        organs=SqlOrgans(db),
        cases=SqlCases(db, cipher=cipher),
        certificates=SqlCertificates(db, cipher=cipher),
        log=log_over(fresh, SqlLogStore(db)),
    )
    return replace(fresh, office=office)


@pytest.fixture
def cipher() -> FieldCipher:
    keyring = Keyring.generate()
    return FieldCipher(lambda: keyring)


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def stores(request: pytest.FixtureRequest, cipher: FieldCipher) -> Iterator[Stores]:
    if request.param == "memory":
        bench = make_bench()
        yield Stores(bench, lambda: bench)
        return
    url = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "empty_postgres_url")
    from api.db import make_engine
    from api.store.metadata import all_tables

    engine = make_engine(url)
    all_tables().create_all(engine)
    connection = engine.connect()
    with connection.begin():
        seed_organs(connection, demonstration_organs(), [m.id for m in CATALOGUE.matters])
    connection.begin()
    bench = sql_bench(connection, cipher)

    def again() -> Bench:
        connection.commit()
        connection.begin()
        return sql_bench(connection, cipher, bench)

    yield Stores(bench, again)
    connection.close()
    engine.dispose()


def test_a_case_comes_back_whole(stores: Stores) -> None:
    bench = stores.bench
    case = make_claimed(bench)
    returned = bench.review.decide(REVIEWER, case.id, DecisionKind.RETURN, reason="请更正")
    case = stores.again().office.cases.find(case.id, AsApplicant(APPLICANT))
    assert replace(case, materials=()) == replace(returned, materials=())
    assert set(case.materials) == set(returned.materials)
    assert case.ledger
    assert case.ledger.is_suspended


def test_parties_come_back_whole(stores: Stores) -> None:
    bench = stores.bench
    case = bench.cases.create(APPLICANT, matter_id=CHANGE, organ_id=JIANGAN)
    token = bench.parties.invite(
        APPLICANT, case.id, role_id="shareholder", display_name="王股东", share=Decimal("33.3")
    ).token
    second = bench.parties.invite(
        APPLICANT, case.id, role_id="legal_representative", display_name="李法人", share=None
    )
    view = bench.parties.accept("account-wang", token)
    proof = make_verification(
        bench, case.id, account_id="account-wang", party_id=view.party.id, name="王股东"
    )
    bench.cases.record_verification(proof)
    changed = bench.parties.consent("account-wang", case.id, view.party.id, text_digest=view.text.digest)
    again = stores.again()
    read = again.office.cases.find(case.id, AsParty("account-wang"))
    assert read == changed.case
    assert [party.role for party in read.parties] == ["shareholder", "legal_representative"]
    assert again.office.cases.persons_of("account-wang") == {proof.person_digest}
    assert again.parties.look(second.token).party.display_name == "李法人"
    with pytest.raises(InvitationNotFound):
        again.parties.look("f" * 64)


def test_a_removed_party_leaves_its_link_dead_and_its_person_known(stores: Stores) -> None:
    bench = stores.bench
    case = bench.cases.create(APPLICANT, matter_id=CHANGE, organ_id=JIANGAN)
    made = bench.parties.invite(
        APPLICANT, case.id, role_id="legal_representative", display_name="李法人", share=None
    )
    bench.parties.accept("account-li", made.token)
    proof = make_verification(bench, case.id, account_id="account-li", party_id=made.party.id, name="李法人")
    bench.cases.record_verification(proof)
    bench.parties.remove(APPLICANT, case.id, made.party.id)
    again = stores.again()
    with pytest.raises(InvitationNotFound):
        again.parties.look(made.token)
    assert again.office.cases.cases_of(AsParty("account-li"), Page()) == ()
    assert again.office.cases.persons_of("account-li") == {proof.person_digest}


def test_a_change_of_an_outdated_case_is_refused(stores: Stores) -> None:
    bench = stores.bench
    case = make_draft(bench)
    stale, entry = case.recorded(Happening(DocketKind.FORM_SAVED, SERVICE, bench.now(), {}))
    bench.cases.fill(APPLICANT, case.id, {"seats": 1})
    with pytest.raises(CaseChangedMeanwhile):
        stores.cases.save(stale, entry)


def test_the_docket_grows_with_every_change_and_verifies(stores: Stores) -> None:
    case = make_claimed(stores.bench)
    again = stores.again()
    docket = again.office.cases.docket_of(case.id, AsOrgan(JIANGAN))
    assert len(docket) == case.revision
    assert verify_chain(docket, head=again.office.cases.find(case.id, AsService()).head).is_whole


def everyone_else() -> list[tuple[object, CaseState]]:
    return [
        (AsApplicant("someone-else"), CaseState.SUBMITTED),
        (AsParty(APPLICANT), CaseState.SUBMITTED),
        (AsParty("someone-else"), CaseState.SUBMITTED),
        (AsOrgan(JIANGHAN), CaseState.SUBMITTED),
        (AsOrgan(""), CaseState.SUBMITTED),
        (AsOrgan(JIANGAN), CaseState.DRAFT),
    ]


@pytest.mark.parametrize(("viewer", "state"), everyone_else())
def test_who_may_not_see_a_case_finds_nothing_by_guessing_its_id(stores: Stores, viewer, state) -> None:
    bench = stores.bench
    case = make_submitted(bench) if state is CaseState.SUBMITTED else make_verified(bench)
    again = stores.again()
    for look in (again.office.cases.find, again.office.cases.hold, again.office.cases.docket_of):
        with pytest.raises(CaseNotFound):
            look(case.id, viewer)


def test_lists_and_queues_of_one_organ_show_nothing_of_another(stores: Stores) -> None:
    bench = stores.bench
    here = make_submitted(bench)
    away = bench.cases.create("account-other", matter_id=CATERING, organ_id=JIANGHAN)
    assert [c.id for c in bench.review.queue(REVIEWER, Page())] == [here.id]
    assert bench.review.queue(Reviewer("r", JIANGHAN), Page()) == ()
    assert [c.id for c in bench.cases.list(APPLICANT, Page())] == [here.id]
    assert [c.id for c in bench.cases.list("account-other", Page())] == [away.id]


def test_lists_come_in_pages(stores: Stores) -> None:
    bench = stores.bench
    ids = []
    for _ in range(5):
        ids.append(make_submitted(bench).id)
        bench.now.advance(minutes=1)
    newest_first = ids[::-1]

    def walk(pages: Callable[[Page], tuple[Case, ...]]) -> list[str]:
        seen: list[str] = []
        while found := pages(Page(2, seen[-1] if seen else "")):
            seen.extend(case.id for case in found)
        return seen

    assert walk(lambda page: bench.cases.list(APPLICANT, page)) == newest_first
    assert walk(lambda page: bench.review.queue(REVIEWER, page)) == ids


def approve(bench: Bench, **answers):
    case = bench.review.claim(REVIEWER, make_submitted(bench, **answers).id)
    return bench.review.decide(REVIEWER, case.id, DecisionKind.APPROVE, reason="")


def test_certificates_come_back_whole_and_their_log_verifies(stores: Stores) -> None:
    bench = stores.bench
    issued = []
    for _ in range(3):
        case = approve(bench)
        with pytest.raises(CertificateNotFound):
            stores.certificates.certificate_of(case.id)
        issued.append(bench.certificates.issue(case.id, make_document()))
    again = stores.again()
    assert [again.certificates.of_case(APPLICANT, c.reservation.case_id) for c in issued] == issued
    assert [again.office.certificates.by_number(c.number) for c in issued] == issued
    assert len({c.number for c in issued}) == 3
    log = again.office.log.store.entries(0, 9)
    assert [entry.leaf.hash.hex() for entry in log] == [c.log_entry for c in issued]
    assert {again.certificates.public(c.number).status for c in issued} == {CertificateStatus.ISSUED}


def test_ended_certificates_come_back_with_what_ended_them(stores: Stores) -> None:
    bench = stores.bench
    old, new, other = (bench.certificates.issue(approve(bench).id, make_document()) for _ in range(3))
    revoked = bench.endings.end(REVIEWER, other.number, Ending("材料不实"))
    replaced = bench.endings.end(REVIEWER, old.number, Ending("换发", new.number))
    again = stores.again()
    assert again.office.certificates.end_of(other.number) == revoked
    assert again.office.certificates.end_of(old.number) == replaced
    assert again.office.certificates.end_of(new.number) is None
    assert again.certificates.public(other.number).status is CertificateStatus.REVOKED
    public = again.certificates.public(old.number)
    assert (public.status, public.successor) == (CertificateStatus.REPLACED, new.number)
    assert public.ended_at == replaced.at
    for number, ending in (
        (old.number, Ending("again")),
        (other.number, Ending("again", new.number)),
    ):
        with pytest.raises(CertificateEnded):
            again.endings.end(REVIEWER, number, ending)
    with pytest.raises(SuccessorInvalid):
        again.endings.end(REVIEWER, new.number, Ending("换发", other.number))
    docket = again.office.cases.docket_of(old.reservation.case_id, AsService())
    case = again.office.cases.find(old.reservation.case_id, AsService())
    assert docket[-1].kind is DocketKind.CERTIFICATE_REPLACED
    assert verify_chain(docket, head=case.head).is_whole


def test_a_reservation_is_found_before_its_certificate(stores: Stores) -> None:
    case = approve(stores.bench)
    again = stores.again()
    reservation = again.certificates.to_seal(case.id)
    assert again.office.certificates.by_number(reservation.number) == reservation
    with pytest.raises(CertificateNotReserved):
        again.certificates.to_seal("another")
    with pytest.raises(CertificateNotFound):
        again.office.certificates.by_number("JY24201020000026")


def test_serials_are_counted_for_each_scope(stores: Stores) -> None:
    draws = [stores.certificates.next_serial(scope) for scope in ("A", "A", "B", "A")]
    assert draws == [1, 2, 1, 3]


def test_organs_know_their_matters(stores: Stores) -> None:
    organs = stores.bench.office.organs
    first, second = demonstration_organs()
    assert organs.organ(JIANGAN) == first
    assert set(organs.organs_for(CATERING)) == {first, second}
    assert organs.organs_for("no-such-matter") == ()
    with pytest.raises(OrganNotFound):
        organs.organ("nowhere")


def test_the_looks_of_the_next_seal_are_data_of_the_organ(stores: Stores) -> None:
    organs = stores.bench.office.organs
    first, second = demonstration_organs()
    emblem = clean_emblem(
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
    )
    design = SealDesign(
        SealRank.DISTRICT, 45.0, SealCentre.EMBLEM, "行政审批专用章", emblem, short_name="江岸区人民政府"
    )
    organs.redesign_seal(JIANGAN, design)
    kept = stores.again().office.organs
    assert kept.organ(JIANGAN) == replace(first, seal_design=design)
    assert set(kept.organs_for(CATERING)) == {replace(first, seal_design=design), second}
    assert kept.organ(second.id).seal_design == SealDesign()
    with pytest.raises(OrganNotFound):
        organs.redesign_seal("nowhere", design)


def test_an_organ_register_in_memory_takes_only_what_it_was_given() -> None:
    first, second = demonstration_organs()
    organs = InMemoryOrgans({CATERING: [first], CHANGE: [second]})
    assert organs.organs_for(CATERING) == (first,)


def test_nothing_that_was_typed_is_readable_in_the_tables(engine: Engine, cipher: FieldCipher) -> None:
    from api.store.metadata import metadata

    with transaction(engine) as db:
        seed_organs(db, demonstration_organs(), [m.id for m in CATALOGUE.matters])
        bench = sql_bench(db, cipher)
        case = approve(bench)
        bench.certificates.issue(case.id, make_document())
        change = bench.cases.create(APPLICANT, matter_id=CHANGE, organ_id=JIANGAN)
        bench.parties.invite(
            APPLICANT, change.id, role_id="legal_representative", display_name="李法人", share=None
        )
        rows = [str(row) for table in metadata.sorted_tables for row in db.execute(table.select())]
    assert len(rows) > 20
    text = "\n".join(rows)
    typed = [value for value in case.form.values() if isinstance(value, str) and len(value) > 8]
    assert [word for word in ("李法人", *typed) if word in text] == []
