"""Verify the seal on an OFD document, offline, from the file, trust anchors and revocation lists.

Steps, by the same numbers and names as for PDF:

 1. file: a package that looks the same to every reader, with one document in it
 2. seal: one seal signature in the form of GB/T 38540-2020, version 4
 3. coverage: the seal lists every part of the package but its own two, and nothing else
 4. integrity: SM3 of every part, of Signature.xml, and the SM2 signature over them
 5. changes: the seal in the package is the one that signed, and it stands on a page of the document
 6. algorithms: SM2 with SM3 and nothing else, everywhere
 7. certificate: chains of the signer and of the seal's maker; the seal lists the signer, and was valid
 8. revocation: none of these certificates was revoked when the seal was put
 9. time: a genuine time stamp over the signature, at the time the seal states; what had to hold then, held
10. verdict: the name on the seal is the name in the signer's certificate
11. holder: the seal belongs to the organ that is expected, on the paper of the number that is expected

Common readers stop at step 4: a self-signed maker, an expired certificate, another signer and files that
nobody signed pass there.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import x509

from signing.certificates import DEMONSTRATION_UNIT, DOCUMENT_SIGNING
from signing.errors import PackageRefused, SealMalformed, TimeStampRefused
from signing.expectations import Expected
from signing.gm.paths import PathFault, PathRefused, Trust, public_key, read_certificate, require_trusted
from signing.gm.sm2 import SM2_WITH_SM3, sm3
from signing.ofd.document import SEAL, SIGNATURE, SIGNED_VALUE
from signing.ofd.package import unpack
from signing.ofd.reading import (
    UNCOVERED,
    SealedContent,
    read_signature,
    read_title,
    require_one_document,
    require_pages,
)
from signing.ofd.seal_format import (
    HEADER_ID,
    ORGAN,
    VERSION,
    SealSignature,
    has_critical,
    listed_certificates,
    parse,
)
from signing.stamp_tokens import StampTrust, verify_token
from signing.steps import Fault, walk
from signing.verdict import SealedBy, SealStatus, SealVerification, spelled

LATEST_STAMP = timedelta(minutes=5)
"""A time stamp is asked for at once; one that comes later than this proves another moment."""

_FAILED = frozenset({PathFault.REVOKED, PathFault.UNREADABLE, PathFault.FORGED})
_OF_REVOCATION = frozenset({PathFault.REVOKED, PathFault.UNKNOWN_STATUS})
_OTHER_FAULTS = frozenset(PathFault) - _OF_REVOCATION


@dataclass(frozen=True, slots=True)
class OfdTrust:
    """Anchors and lists for the seal's SM2 certificates, and for the time stamps' authority."""

    seals: Trust
    stamps: StampTrust


def verify_ofd(
    ofd: bytes,
    *,
    trust: OfdTrust,
    at: datetime,
    expected: Expected | None = None,
) -> SealVerification:
    """Verify an OFD document's seal as of a moment.

    Where an organ or a number is `expected`, a seal of another organ or on another paper is refused.
    Never raises for what the file holds. Without a root for seals nothing passes: INDETERMINATE at best.
    """
    question = _Question(trust, at.astimezone(UTC), expected or Expected())
    return _Verification(ofd, question).run()


@dataclass(frozen=True, slots=True)
class _Question:
    trust: OfdTrust
    at: datetime
    expected: Expected


@dataclass(slots=True)
class _Verification:
    """One run over one file; what a step learns, later steps use."""

    ofd: bytes
    question: _Question
    sealed_by: SealedBy = field(default_factory=SealedBy)
    _parts: Mapping[str, bytes] = field(default_factory=dict)
    _content: SealedContent | None = None
    _signed: Any = None

    def run(self) -> SealVerification:
        steps = (
            self._check_file,
            self._check_seal,
            self._check_coverage,
            self._check_integrity,
            self._check_changes,
            self._check_algorithms,
            self._check_certificate,
            self._check_revocation,
            self._check_time,
            self._check_verdict,
            self._check_holder,
        )
        status, sub_indication, checks = walk(steps, asks_for_holder=self.question.expected.is_asked)
        return SealVerification(
            status=status,
            sub_indication=sub_indication,
            checks=checks,
            sealed_by=self.sealed_by,
            digest=hashlib.sha256(self.ofd).hexdigest(),
            verified_at=self.question.at,
        )

    def _check_file(self) -> None:
        try:
            self._parts = unpack(self.ofd)
        except PackageRefused:
            raise Fault("unreadable", "FORMAT_FAILURE") from None
        require_one_document(self._parts)

    def _check_seal(self) -> None:
        self._content = read_signature(self._parts)
        try:
            self._signed = parse(SealSignature, self._parts.get(SIGNED_VALUE, b""))
        except SealMalformed:
            raise Fault("not_certifying", "FORMAT_FAILURE") from None
        to_sign, seal = self._to_sign(), self._seal()
        header, holder = seal["info"]["header"], seal["info"]["property"]
        if (
            to_sign["version"].native != VERSION
            or header["version"].native != VERSION
            or header["id"].native != HEADER_ID
            or holder["type"].native != ORGAN
            or to_sign["property"].native != f"/{SIGNATURE}"
            or has_critical(seal["info"]["extensions"])
            or has_critical(to_sign["extensions"])
        ):
            raise Fault("not_certifying", "FORMAT_FAILURE")
        self.sealed_by = replace(_claims(self._signed), reason=read_title(self._parts))

    def _check_coverage(self) -> None:
        if set(self._need_content().digests) != set(self._parts) - UNCOVERED:
            raise Fault("uncovered", "FORMAT_FAILURE")

    def _check_integrity(self) -> None:
        for name, digest in self._need_content().digests.items():
            if sm3(self._parts[name]) != digest:
                raise Fault("digest_differs", "HASH_FAILURE")
        to_sign = self._to_sign()
        if sm3(self._parts[SIGNATURE]) != to_sign["digest"].native:
            raise Fault("digest_differs", "HASH_FAILURE")
        if not public_key(self._signer()).verifies(to_sign.dump(), self._signed["signature"].native):
            raise Fault("signature_wrong", "SIG_CRYPTO_FAILURE")
        seal = self._seal()
        if not public_key(self._maker()).verifies(seal["info"].dump(), seal["signature"].native):
            raise Fault("signature_wrong", "SIG_CRYPTO_FAILURE")

    def _check_changes(self) -> None:
        if self._parts.get(SEAL) != self._seal().dump():
            raise Fault("changed_after_seal", "FORMAT_FAILURE")
        require_pages(self._parts, self._need_content().page_ids)

    def _check_algorithms(self) -> None:
        if {self._signed["algorithm"].native, self._seal()["algorithm"].native} != {SM2_WITH_SM3}:
            raise Fault("weak_algorithm", "CRYPTO_CONSTRAINTS_FAILURE")

    def _check_certificate(self) -> None:
        if not self.question.trust.seals.roots:
            raise Fault("no_ofd_anchors", "NO_CERTIFICATE_CHAIN_FOUND", status=SealStatus.INDETERMINATE)
        sealed_at, holder = self._sealed_at(), self._seal()["info"]["property"]
        if self._signer().dump() not in listed_certificates(self._seal()["info"]):
            raise Fault("signer_not_listed", "SIG_CONSTRAINTS_FAILURE")
        if not holder["valid_from"].native <= sealed_at <= holder["valid_until"].native:
            raise Fault("seal_expired", "SIG_CONSTRAINTS_FAILURE")
        for certificate in (self._signer(), self._maker()):
            usage = certificate.key_usage_value
            if usage is None or "digital_signature" not in usage.native or certificate.ca:
                raise Fault(
                    "certificate_untrusted", "CHAIN_CONSTRAINTS_FAILURE", status=SealStatus.INDETERMINATE
                )
        if is_for_seals(self._maker()):
            raise Fault("maker_unfit", "CHAIN_CONSTRAINTS_FAILURE")
        self._require_paths(sealed_at, _OTHER_FAULTS)

    def _check_revocation(self) -> None:
        self._require_paths(self._sealed_at(), _OF_REVOCATION)

    def _check_time(self) -> None:
        token, sealed_at = self._signed["time_stamp"].native, self._sealed_at()
        if token is None:
            raise Fault("time_stamp_untrusted", "NO_POE", status=SealStatus.INDETERMINATE)
        signature = self._signed["signature"].native
        try:
            stamped = verify_token(token, signature, trust=self.question.trust.stamps, at=self.question.at)
        except TimeStampRefused:
            raise Fault("time_stamp_untrusted", "NO_POE", status=SealStatus.INDETERMINATE) from None
        if not sealed_at - LATEST_STAMP <= stamped <= min(sealed_at + LATEST_STAMP, self.question.at):
            raise Fault("time_order", "TIMESTAMP_ORDER_FAILURE", status=SealStatus.INDETERMINATE)
        # What the seal states is its signer's word. A key that was revoked a minute ago states two.
        if stamped > sealed_at:
            self._require_paths(stamped, _OTHER_FAULTS | _OF_REVOCATION)
        self.sealed_by = replace(self.sealed_by, sealed_at=stamped)

    def _check_verdict(self) -> None:
        on_seal = self._seal()["info"]["property"]["name"].native
        if not on_seal or spelled(on_seal) != spelled(self.sealed_by.holder):
            raise Fault("not_passed", "SIG_CONSTRAINTS_FAILURE")

    def _check_holder(self) -> None:
        self.question.expected.check(self.sealed_by)

    def _require_paths(self, at: datetime, faults: frozenset[PathFault]) -> None:
        """Ask for both paths as of a moment; faults of revocation belong to a step of their own."""
        for certificate in (self._signer(), self._maker()):
            try:
                require_trusted(certificate, self.question.trust.seals, at=at)
            except PathRefused as refused:
                if refused.fault in faults:
                    raise _path_fault(refused.fault) from None

    def _sealed_at(self) -> datetime:
        moment = self._to_sign()["time"].native
        if not isinstance(moment, datetime) or moment > self.question.at:
            raise Fault("time_order", "TIMESTAMP_ORDER_FAILURE", status=SealStatus.INDETERMINATE)
        return moment

    def _signer(self) -> x509.Certificate:
        return _certificate(self._signed["signer"].native)

    def _maker(self) -> x509.Certificate:
        return _certificate(self._seal()["maker"].native)

    def _to_sign(self) -> Any:  # noqa: ANN401  asn1crypto carries no types
        return self._signed["to_sign"]

    def _seal(self) -> Any:  # noqa: ANN401  as above
        return self._to_sign()["seal"]

    def _need_content(self) -> SealedContent:
        if self._content is None:
            raise Fault("unreadable", "FORMAT_FAILURE")
        return self._content


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return read_certificate(der)
    except PathRefused:
        raise Fault("certificate_untrusted", "NO_SIGNING_CERTIFICATE_FOUND") from None


def is_for_seals(certificate: x509.Certificate) -> bool:
    """Whether a certificate is an organ's: it may put a seal, not make one with a picture of its own."""
    purposes = certificate.extended_key_usage_value
    return purposes is not None and DOCUMENT_SIGNING.dotted_string in [item.dotted for item in purposes]


def _path_fault(fault: PathFault) -> Fault:
    status = SealStatus.TOTAL_FAILED if fault in _FAILED else SealStatus.INDETERMINATE
    reason = {PathFault.REVOKED: "revoked", PathFault.UNKNOWN_STATUS: "revocation_unknown"}.get(
        fault, "certificate_untrusted"
    )
    return Fault(reason, fault.value, status=status)


def _claims(signed: Any) -> SealedBy:  # noqa: ANN401  as above
    """What the seal says of itself, for the answer; nothing is decided by it here."""
    certificate = _certificate(signed["signer"].native)
    subject = certificate.subject.native
    to_sign = signed["to_sign"]
    return SealedBy(
        holder=_text(subject.get("organization_name")),
        organ_id=_text(subject.get("organization_identifier")),
        seal_code=to_sign["seal"]["info"]["seal_id"].native,
        certificate_serial=f"{certificate.serial_number:x}",
        seal_digest=hashlib.sha256(to_sign.dump()).hexdigest(),
        sealed_at=to_sign["time"].native,
        demonstration=_text(subject.get("organizational_unit_name")) == DEMONSTRATION_UNIT,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
