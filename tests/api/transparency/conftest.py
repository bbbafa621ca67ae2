"""A log in a database: certificates that were issued, one revoked, one replaced, heads signed on the way."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import Connection

from api.bootstrap import Services
from api.store.cases import SqlCases
from api.store.certificates import SqlCertificates
from api.store.filing import seal_log
from api.store.organs import SqlOrgans, seed_organs
from api.transparency import publish_head
from filing.cases import DecisionKind
from filing.ending import Ending
from filing.organs import demonstration_organs
from signing.keys.custody import KeyCustody
from tests.filing.builders import CATALOGUE, REVIEWER, Bench, make_bench, make_claimed, make_document

ISSUED = 5


@dataclass
class Logged:
    """The services and an office over their database."""

    services: Services
    base: Bench
    numbers: tuple[str, ...] = ()

    def bench(self, db: Connection) -> Bench:
        office = replace(
            self.base.office,
            organs=SqlOrgans(db),
            cases=SqlCases(db, cipher=self.services.cipher),
            certificates=SqlCertificates(db, cipher=self.services.cipher),
            log=seal_log(db, self.services),
            random_bytes=self.services.random_bytes,
        )
        return replace(self.base, office=office)

    def issue(self) -> str:
        with self.services.transaction() as db:
            bench = self.bench(db)
            case = make_claimed(bench)
            bench.review.decide(REVIEWER, case.id, DecisionKind.APPROVE, reason="")
            return bench.certificates.issue(case.id, make_document()).number

    def end(self, number: str, successor: str = "") -> None:
        with self.services.transaction() as db:
            self.bench(db).endings.end(REVIEWER, number, Ending("材料不实", successor))


@pytest.fixture
def empty(services: Services, signer: KeyCustody) -> Logged:
    """An office that issued nothing yet."""
    with services.transaction() as db:
        seed_organs(db, demonstration_organs(), [matter.id for matter in CATALOGUE.matters])
    return Logged(services, make_bench())


@pytest.fixture
def logged(empty: Logged) -> Logged:
    """Seven entries under four heads: five issues, a revocation, a replacement."""
    numbers = []
    for _ in range(ISSUED):
        numbers.append(empty.issue())
        if len(numbers) % 2:
            publish_head(empty.services)
    empty.end(numbers[1])
    empty.end(numbers[0], numbers[2])
    publish_head(empty.services)
    empty.numbers = tuple(numbers)
    return empty
