"""Builders of what the tests of filing need: an office in memory, accounts, forms, proofs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from filing.calendars import ChineseCalendar
from filing.cases import Case
from filing.catalogue import Catalogue, load_catalogue
from filing.certificates import SealedDocument
from filing.clock import Clock
from filing.ending import EndingService
from filing.issuing import CertificateService
from filing.materials import FiledMaterial, MaterialFormat
from filing.memory import (
    InMemoryCaseStore,
    InMemoryCertificateStore,
    InMemoryOrgans,
    ListedNotices,
    ListedQueue,
)
from filing.office import Office
from filing.organs import demonstration_organs
from filing.participation import PartyService
from filing.review import Reviewer, ReviewService
from filing.submission import CaseService
from filing.verification import PersonDigests, Verification
from signing.transparency.log import SealLog
from signing.transparency.memory import InMemoryLogStore
from signing.transparency.store import LogStore

CATERING = "catering-under-150"
CHANGE = "enterprise-change"
APPLICANT = "account-applicant"
REVIEWER = Reviewer("account-reviewer", "jiangan-approval")
MONDAY_MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Ten o'clock in Shanghai on a working day."""
DIGESTS = PersonDigests(lambda *words: sha256("|".join(words).encode()).hexdigest())
CATALOGUE = load_catalogue()
CREDIT_CODE = "91110000600037341L"

COMPLETE_CATERING: Mapping[str, Any] = {
    "operator_name": "江岸区好味面馆",
    "operator_kind": "individual_business",
    "uscc": CREDIT_CODE,
    "domicile": "武汉市江岸区示例路1号",
    "premises": "武汉市江岸区示例路1号101室",
    "area_m2": "149.99",
    "entity_type": "catering",
    "catering_class": "restaurant",
    "central_kitchen": False,
    "group_meals": False,
    "online": False,
    "vending": False,
    "items": [{"item": "hot"}],
    "seats": 20,
    "staff": 4,
    "health_check_staff": 4,
    "copies": 1,
    "valid_years": 5,
    "has_agent": False,
}
COMPLETE_CHANGE: Mapping[str, Any] = {
    "company_name": "武汉示例科技有限公司",
    "uscc": CREDIT_CODE,
    "change_item": "address",
    "before": "示例路1号",
    "after": "示例路2号",
    "is_listed": False,
}


@dataclass
class Now:
    """A clock that tests move."""

    at: datetime = MONDAY_MORNING

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **spans: float) -> None:
        self.at += timedelta(**spans)


@dataclass
class Bench:
    """An office and its services, with the stores behind them in reach."""

    office: Office
    now: Now
    queue: ListedQueue
    notices: ListedNotices
    serial: Iterator[int] = field(default_factory=count)

    @property
    def cases(self) -> CaseService:
        return CaseService(self.office)

    @property
    def parties(self) -> PartyService:
        return PartyService(self.office)

    @property
    def review(self) -> ReviewService:
        return ReviewService(self.office)

    @property
    def certificates(self) -> CertificateService:
        return CertificateService(self.office)

    @property
    def endings(self) -> EndingService:
        return EndingService(self.office)


def make_bench(*, catalogue: Catalogue = CATALOGUE, **parts: Any) -> Bench:
    now, queue, notices, ids, draws = Now(), ListedQueue(), ListedNotices(), count(1), count(1)
    organs = demonstration_organs()

    def random_bytes(size: int) -> bytes:
        return next(draws).to_bytes(size, "big")

    office = Office(
        catalogue=catalogue,
        organs=InMemoryOrgans({matter.id: organs for matter in catalogue.matters}),
        cases=InMemoryCaseStore(),
        certificates=InMemoryCertificateStore(),
        log=SealLog(InMemoryLogStore(), now=now, random_bytes=random_bytes),
        sealing=queue,
        notices=notices,
        clock=Clock(ChineseCalendar()),
        person_digests=DIGESTS,
        now=now,
        new_id=lambda: f"id-{next(ids):06d}",
        random_bytes=random_bytes,
    )
    return Bench(replace(office, **parts), now, queue, notices)


def log_over(bench: Bench, store: LogStore) -> SealLog:
    """The log of a bench, kept in another store."""
    return SealLog(store, now=bench.now, random_bytes=bench.office.random_bytes)


def make_verification(bench: Bench, case_id: str, **changes: Any) -> Verification:
    name, number = changes.pop("name", "张三"), changes.pop("number", "420102199003071232")
    values: dict[str, Any] = {
        "id": bench.office.new_id(),
        "account_id": APPLICANT,
        "person_digest": DIGESTS.person("resident_id", number),
        "name_digest": DIGESTS.name(name),
        "case_id": case_id,
        "party_id": None,
        "profile": "ordered",
        "verified_at": bench.now(),
        "expires_at": bench.now() + timedelta(hours=24),
    }
    return Verification(**values | changes)


def make_material(name: str, **changes: Any) -> FiledMaterial:
    values: dict[str, Any] = {
        "name": name,
        "evidence_id": f"evidence-{name}",
        "sha256": "a" * 64,
        "size": 1000,
        "media_type": MaterialFormat.PDF,
        "filed_at": MONDAY_MORNING,
    }
    return FiledMaterial(**values | changes)


def make_draft(bench: Bench, **answers: Any) -> Case:
    """A catering draft with everything but a verification."""
    case = bench.cases.create(APPLICANT, matter_id=CATERING, organ_id="jiangan-approval")
    for name in ("application", "business_licence", "layout", "safety_rules"):
        bench.cases.attach(APPLICANT, case.id, make_material(name))
    return bench.cases.fill(APPLICANT, case.id, {**COMPLETE_CATERING, **answers})


def make_verified(bench: Bench, **answers: Any) -> Case:
    case = make_draft(bench, **answers)
    return bench.cases.record_verification(make_verification(bench, case.id))


def make_submitted(bench: Bench, **answers: Any) -> Case:
    return bench.cases.submit(APPLICANT, make_verified(bench, **answers).id)


def make_claimed(bench: Bench) -> Case:
    return bench.review.claim(REVIEWER, make_submitted(bench).id)


def make_document(**changes: Any) -> SealedDocument:
    values: dict[str, Any] = {
        "evidence_id": "evidence-pdf",
        "sha256": "b" * 64,
        "size": 90_000,
        "sealed_at": MONDAY_MORNING,
    }
    return SealedDocument(**values | changes)
