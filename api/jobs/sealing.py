"""The job that turns an approval into a certificate: draw, seal, keep, issue. Repeated, it issues once."""

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog

from api.errors import WorkerLost, WorkTimedOut
from api.evidence.port import EvidenceKind, NewEvidence
from api.jobs.ofd_paper import warm_fonts
from api.jobs.paper import SealedFile, SealingOrder, seal_all_forms, telling
from api.jobs.port import RunningJob, Transient
from api.store.certificates import unissued
from api.store.filing import SEALING, certificate_owner, filing_services
from api.transparency import publish_soon, require_unbroken
from filing.certificates import Reservation, SealedDocument
from filing.errors import CertificateNotFound
from signing.errors import RevocationUnknown, SignerAway, TimeStampUnavailable
from signing.transparency.entries import MEDIA_TYPES, DocumentForm

if TYPE_CHECKING:
    from api.bootstrap import Services

__all__ = ["ATTEMPTS", "SEALING", "UPKEEP", "UPKEEP_EVERY", "handle", "seal_case", "upkeep"]

ATTEMPTS = 6
SEALING_SECONDS = 60.0
FONTS_SECONDS = 300.0
UPKEEP = "sealing-upkeep"
UPKEEP_EVERY = timedelta(hours=1)
UPKEEP_BATCH = 100
LARGEST_CERTIFICATE = 20 << 20
MAY_PASS = (WorkerLost, WorkTimedOut, TimeStampUnavailable, RevocationUnknown, SignerAway)
"""What may be better in a while; anything else ends the job with its code."""

log = structlog.get_logger(__name__)


def handle(services: "Services", job: RunningJob) -> None:
    """Seal the certificate of one approved case."""
    try:
        issued = seal_case(services, job.text("case_id"))
    except MAY_PASS as error:
        raise Transient("sealing is tried again") from error
    if issued:
        publish_soon(services)


def seal_case(services: "Services", case_id: str) -> bool:
    """Draw, seal, keep and issue the certificate of an approved case; False where that was done before.

    Raises what is in MAY_PASS, CertificateNotReserved, and what refuses this seal for good.
    """
    reservation = _still_to_seal(services, case_id)
    if reservation is None:
        return False
    files = _seal(services, _order(services, reservation))
    return _issue(services, reservation, files)


def upkeep(services: "Services", job: RunningJob) -> None:
    """Ask again for certificates whose job has ended without one, as after a long outage; safe to repeat."""
    window = int(services.clock().timestamp() // UPKEEP_EVERY.total_seconds())
    with services.transaction() as db:
        waiting = unissued(db, before=services.clock() - UPKEEP_EVERY, limit=UPKEEP_BATCH)
        for case_id in waiting:
            services.jobs.enqueue(SEALING, {"case_id": case_id}, db=db, key=f"{case_id}.{window}")
    if waiting:
        log.warning("approved cases wait for their certificates", job=job.id, cases=len(waiting))


def _still_to_seal(services: "Services", case_id: str) -> Reservation | None:
    """What is to be sealed; None where an earlier run has issued it."""
    with services.reading() as db:
        filing = filing_services(db, services)
        try:
            filing.office.certificates.certificate_of(case_id)
        except CertificateNotFound:
            return filing.certificates.to_seal(case_id)
    log.info("certificate is issued already", case_id=case_id)
    return None


def _seal(services: "Services", order: SealingOrder) -> tuple[SealedFile, ...]:
    """Seal in another process, and count which time-stamp authorities answered it."""
    if DocumentForm.OFD in order.forms:
        # The first time on a machine this takes some seconds, which are not those of a seal.
        services.paper_pool.run(warm_fonts, order.fonts_dir, timeout_seconds=FONTS_SECONDS)
    told = services.paper_pool.run(telling, seal_all_forms, order, timeout_seconds=SEALING_SECONDS)
    for attempt in told.attempts:
        services.hear_of_stamp(attempt)
    files: tuple[SealedFile, ...] = told.result()
    return files


def _order(services: "Services", reservation: Reservation) -> SealingOrder:
    number = quote(reservation.number, safe="")
    return SealingOrder(
        content=reservation.content,
        setup=services.seal_setup,
        verify_url=f"{services.settings.public_url.rstrip('/')}/verify?number={number}",
        at=services.clock(),
        forms=services.settings.forms,
        fonts_dir=services.settings.fonts_dir,
    )


def _issue(services: "Services", reservation: Reservation, files: tuple[SealedFile, ...]) -> bool:
    """Keep the documents and issue the certificate; what a repeated run stored beside is deleted in a day.

    Gives False where another run was faster.
    """
    case_id = reservation.case_id
    require_unbroken(services)
    documents = [_keep(services, reservation, file) for file in files]
    with services.transaction() as db:
        certificate = filing_services(db, services).certificates.issue(case_id, *documents)
        kept = {document.evidence_id for document in certificate.documents}
        is_ours = documents[0].evidence_id in kept
        for document in documents:
            if document.evidence_id in kept:
                services.evidence.keep_until(document.evidence_id, None, db=db)
    if not is_ours:
        log.info("certificate was issued meanwhile", case_id=case_id)
        return False
    seals = {str(file.form): file.certificate_serial for file in files}
    log.info("certificate is issued", case_id=case_id, seals=seals)
    return True


def _keep(services: "Services", reservation: Reservation, file: SealedFile) -> SealedDocument:
    evidence = NewEvidence(
        owner=certificate_owner(reservation.number),
        kind=EvidenceKind.CERTIFICATE,
        media_type=MEDIA_TYPES[file.form],
        limit_bytes=LARGEST_CERTIFICATE,
        organ_id=reservation.organ_id,
    )
    stored = services.evidence.put([file.content], evidence)
    return SealedDocument(stored.id, stored.sha256, stored.size, file.sealed_at, file.form)
