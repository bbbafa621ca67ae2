"""Verify a signed record offline, in five steps; the first that fails ends it.

1. container: one strict CMS SignedData with one signer, a record inside, and nothing that is not needed.
2. signature: the record and its signed attributes are those that were signed.
3. signer: the certificate was made for records and leads to a trust anchor as of the proven time.
4. revocation: the lists in the file, good at the proven time, and newer ones given, revoke none of them.
5. time: a time stamp of the same trust proves when it was signed, not in the future and as the signer says.
"""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from asn1crypto import crl, x509
from cryptography import x509 as pyca
from cryptography.exceptions import InvalidSignature
from pyhanko.sign.validation.generic_cms import async_validate_cms_signature, validate_tst_signed_data
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureStatus, TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from signing.certificates import RECORD_SIGNING, is_demonstration
from signing.records.opening import OpenedRecord, RecordRefused, open_record, stamped_at
from signing.records.verdict import RECORD_STEPS, RecordCheck, RecordStatus, RecordVerification
from signing.trust import hush_pyhanko, revoked_since

T = TypeVar("T")

FUTURE = timedelta(minutes=5)
"""How far clocks may differ before a time counts as being in the future, or as another than was said."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What pyHanko found of the signature and of its time stamp."""

    signer: SignatureStatus
    stamp: TimestampSignatureStatus | None


@dataclass(frozen=True, slots=True)
class _Trust:
    """Whom the asker trusts, all DER."""

    anchors: tuple[bytes, ...]
    time_stamp_anchors: tuple[bytes, ...]
    signers: tuple[bytes, ...]


def verify_record(
    signed: bytes,
    *,
    anchors: Sequence[bytes],
    at: datetime,
    crls: Sequence[bytes] = (),
    signers: Sequence[bytes] = (),
    time_stamp_anchors: Sequence[bytes] = (),
) -> RecordVerification:
    """Verify a signed record (DER) against trust anchors (DER) as of a moment; `crls` are newer lists.

    A certificate made for records may sign them. One of a licensed authority says no such thing; it may where
    it is one of the `signers` (DER) whose records the asker takes. `time_stamp_anchors` are trusted for time
    stamps beside `anchors`, and for nothing else.
    """
    hush_pyhanko()
    answer = RecordVerification(checks=())
    try:
        opened = _step(lambda: open_record(signed))
        answer = _passed(answer, "container")
        moment = _step(lambda: stamped_at(opened))
        trust = _Trust(tuple(anchors), tuple(time_stamp_anchors), tuple(signers))
        judged = _step(lambda: _judge(opened, trust, moment or at))
        status = judged.signer
        _step(lambda: _check_signature(status))
        answer = replace(_passed(answer, "signature"), content=opened.content)
        _step(lambda: _check_signer(status))
        answer = replace(
            _passed(answer, "signer"),
            signer=status.signing_cert.subject.native.get("common_name", ""),
            demonstration=is_demonstration(pyca.load_der_x509_certificate(status.signing_cert.dump())),
        )
        _step(lambda: _check_revocation(opened, status, anchors, (*opened.crls, *crls), moment or at))
        answer = _passed(answer, "revocation")
        _step(lambda: _check_time(opened, judged.stamp, moment, at))
        return replace(_passed(answer, "time"), signed_at=moment)
    except RecordRefused as refused:
        failed = RecordCheck(RECORD_STEPS[len(answer.checks)], refused.status, refused.reason)
        return replace(answer, checks=(*answer.checks, failed))


def _step(work: Callable[[], T]) -> T:
    try:
        return work()
    except RecordRefused:
        raise
    except Exception:  # noqa: BLE001 - hostile files raise anything inside the parsers; all of it is a refusal
        raise RecordRefused("malformed") from None


def _passed(answer: RecordVerification, code: str) -> RecordVerification:
    return replace(answer, checks=(*answer.checks, RecordCheck(code, RecordStatus.HOLDS, "passed")))


def _judge(opened: OpenedRecord, trust: _Trust, moment: datetime) -> _Judged:
    """Ask pyHanko, as of the moment that the time stamp names; revocation is looked at in its own step."""
    roots = [x509.Certificate.load(anchor) for anchor in trust.anchors]
    stamp_roots = [*roots, *(x509.Certificate.load(anchor) for anchor in trust.time_stamp_anchors)]
    _refuse_strangers(opened, stamp_roots)

    def context(trusted: Sequence[x509.Certificate]) -> ValidationContext:
        return ValidationContext(
            trust_roots=trusted,
            other_certs=list(opened.certificates.other_certs),
            crls=list(opened.crls),
            moment=moment,
            allow_fetching=False,
            revocation_mode="require",
        )

    is_pinned = opened.certificates.signer_cert.dump() in trust.signers
    usage = KeyUsageConstraints(
        key_usage={"non_repudiation"},
        extd_key_usage=None if is_pinned else {RECORD_SIGNING.dotted_string},
        explicit_extd_key_usage_required=not is_pinned,
    )
    signer = asyncio.run(
        async_validate_cms_signature(
            opened.signed, validation_context=context(roots), key_usage_settings=usage
        )
    )
    if opened.token is None:
        return _Judged(signer, None)
    signature: bytes = opened.signed["signer_infos"][0]["signature"].native
    stamp = asyncio.run(
        validate_tst_signed_data(
            opened.token["content"], context(stamp_roots), lambda name: hashlib.new(name, signature).digest()
        )
    )
    return _Judged(signer, TimestampSignatureStatus(**stamp))


def _refuse_strangers(opened: OpenedRecord, roots: Sequence[x509.Certificate]) -> None:
    """Every certificate in the file must be vouched for by another or by a root, so that no byte is idle."""
    found = [item.chosen for item in opened.signed["certificates"]]
    if opened.token is not None:
        found += [item.chosen for item in opened.token["content"]["certificates"]]
    loaded = [pyca.load_der_x509_certificate(item.dump()) for item in found]
    above = [*loaded, *(pyca.load_der_x509_certificate(root.dump()) for root in roots)]
    for certificate in loaded:
        issuers = [item for item in above if item.subject == certificate.issuer]
        if not any(_issued(certificate, issuer) for issuer in issuers):
            raise RecordRefused("untrusted")


def _issued(certificate: pyca.Certificate, issuer: pyca.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check_signature(status: SignatureStatus) -> None:
    if not (status.intact and status.valid):
        raise RecordRefused("changed")


def _check_signer(status: SignatureStatus) -> None:
    if status.trusted:
        return
    if status.revocation_details is None and status.validation_path is None:
        raise RecordRefused("untrusted")


def _check_revocation(
    opened: OpenedRecord,
    status: SignatureStatus,
    anchors: Sequence[bytes],
    crls: Sequence[bytes],
    moment: datetime,
) -> None:
    path = status.validation_path
    if path is None or not status.trusted:
        raise RecordRefused("revoked" if status.revocation_details is not None else "untrusted")
    chain = [item.dump() for item in path]
    if chain[0] not in anchors:
        chain = [*(anchor for anchor in anchors if anchor not in chain), *chain]
    since = revoked_since(chain, crls)
    if since is not None and since <= moment:
        raise RecordRefused("revoked")
    for item in opened.crls:
        crl.CertificateList.load(item, strict=True).native  # noqa: B018 - as above


def _check_time(
    opened: OpenedRecord, stamp: TimestampSignatureStatus | None, moment: datetime | None, at: datetime
) -> None:
    if stamp is None or moment is None:
        raise RecordRefused("no_time", RecordStatus.UNDECIDED)
    if not (stamp.intact and stamp.valid and stamp.trusted):
        raise RecordRefused("time_untrusted")
    if moment > at + FUTURE:
        raise RecordRefused("future")
    if abs(_said(opened) - moment) > FUTURE:
        raise RecordRefused("other_time")


def _said(opened: OpenedRecord) -> datetime:
    """When the signer says it was; a signed attribute. Raises ValueError where it is not said once."""
    (said,) = (
        attribute["values"][0].native
        for attribute in opened.signed["signer_infos"][0]["signed_attrs"]
        if attribute["type"].native == "signing_time"
    )
    moment: datetime = said
    return moment
