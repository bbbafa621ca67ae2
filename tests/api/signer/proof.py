"""Enters that a person's face was checked for a case: `python -m tests.api.signer.proof ACCOUNT CASE`."""

import sys
from datetime import timedelta

from api import bootstrap
from api.settings import load_settings
from api.store.filing import filing_services
from filing.verification import Verification


def enter(account_id: str, case_id: str) -> None:
    """Enter the proof in the database that the environment names."""
    services = bootstrap.build(load_settings())
    now = services.clock()
    proof = Verification(
        id=services.new_id(),
        account_id=account_id,
        person_digest=services.person_digests.person("resident_id", "420102199003071232"),
        name_digest=services.person_digests.name("王芳"),
        case_id=case_id,
        party_id=None,
        profile="ordered",
        verified_at=now,
        expires_at=now + timedelta(hours=24),
    )
    with services.transaction() as db:
        filing_services(db, services).cases.record_verification(proof)
    services.close()


if __name__ == "__main__":
    enter(*sys.argv[1:])
