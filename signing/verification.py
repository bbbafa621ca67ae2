"""Verify the seal on a PDF, offline, from the file and trust anchors alone.

Steps, numbered as in the answer (their order follows ETSI EN 319 102-1, clause 5.6):

 1. file: a readable, unencrypted PDF that begins at its first byte
 2. seal: one certifying PAdES signature that names its certificate, else only document time stamps
 3. coverage: each signature covers its whole revision around its own container, the last one the whole file
 4. integrity: the digest matches and the signature is cryptographically right
 5. changes: nothing was added after the seal but time stamps and validation data
 6. algorithms: digests and keys are strong enough
 7. certificate: a chain from a trust anchor to a certificate made for sealing documents
 8. revocation: no certificate of the chain was revoked when the seal was made, by signed lists
 9. time: the seal's time stamp and the archive time stamp over it are genuine
10. verdict: pyHanko's AdES indication and its bottom line for the document both say yes
11. holder: the seal belongs to the organ that is expected, and names the number that is expected

Every incremental-update attack leaves the AdES indication at OK, and most clients call such a file valid;
step 5 and the second verdict of step 10 catch them. Another organ's seal is genuine everywhere; step 11 asks.
What only a constraint of ours refuses (steps 6 and 11) the standard leaves INDETERMINATE; the step failed.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.ades import AdESWithTimeValidationResult
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, TimestampSignatureStatus

from signing.certificates import RECORD_SIGNING
from signing.errors import AnchorsUnreadable
from signing.expectations import Expected
from signing.steps import Fault, walk
from signing.structure import check_coverage, find_seal, open_pdf, read_claims
from signing.trust import (
    ProvenTime,
    holds_but_for_status,
    hush_pyhanko,
    judge_seal,
    judge_stamps,
    revoked_since,
    specify,
)
from signing.verdict import SealedBy, SealStatus, SealVerification

STRONG_DIGESTS = frozenset({"sha256", "sha384", "sha512"})
SMALLEST_RSA_BITS = 2048
SMALLEST_CURVE_BITS = 256
_CERTIFICATE_TROUBLE = frozenset(
    {
        "NO_CERTIFICATE_CHAIN_FOUND",
        "CHAIN_CONSTRAINTS_FAILURE",
        "CERTIFICATE_CHAIN_GENERAL_FAILURE",
        "NO_SIGNING_CERTIFICATE_FOUND",
        "EXPIRED",
        "NOT_YET_VALID",
        "OUT_OF_BOUNDS_NO_POE",
        "OUT_OF_BOUNDS_NOT_REVOKED",
    }
)
_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
_REVOCATION_TROUBLE = frozenset({"REVOCATION_OUT_OF_BOUNDS_NO_POE", "TRY_LATER"})


def verify_pdf(
    pdf: bytes,
    *,
    anchors: Sequence[bytes],
    at: datetime,
    expected: Expected | None = None,
    crls: Sequence[bytes] = (),
    time_stamp_anchors: Sequence[bytes] = (),
) -> SealVerification:
    """Verify a PDF's seal against trust anchors (DER) as of a moment.

    Where an organ or a number is `expected`, a seal of another organ or for another number is refused.
    `crls` are revocation lists newer than those in the file; `time_stamp_anchors` are trusted for time stamps
    beside `anchors`, and for nothing else. Never raises for what the file holds, only AnchorsUnreadable where
    there is no anchor: with none, nothing could ever be trusted.
    """
    if not anchors:
        raise AnchorsUnreadable("At least one trust anchor is needed to verify a seal.")
    hush_pyhanko()
    question = _Question(
        tuple(anchors), at.astimezone(UTC), expected or Expected(), tuple(crls), tuple(time_stamp_anchors)
    )
    return _Verification(pdf, question).run()


@dataclass(frozen=True, slots=True)
class _Question:
    anchors: tuple[bytes, ...]
    at: datetime
    expected: Expected
    crls: tuple[bytes, ...]
    time_stamp_anchors: tuple[bytes, ...]


@dataclass(slots=True)
class _Verification:
    """One run over one file; what a step learns, later steps use."""

    pdf: bytes
    question: _Question
    sealed_by: SealedBy = field(default_factory=SealedBy)
    _reader: PdfFileReader | None = None
    _seal: EmbeddedPdfSignature | None = None
    _result: AdESWithTimeValidationResult | None = None
    _proven: ProvenTime | None = None
    _lacks_status: bool = False

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
            digest=hashlib.sha256(self.pdf).hexdigest(),
            verified_at=self.question.at,
        )

    def _check_file(self) -> None:
        self._reader = open_pdf(self.pdf)

    def _check_seal(self) -> None:
        self._seal = find_seal(self._need_reader())
        self.sealed_by = read_claims(self._seal)

    def _check_coverage(self) -> None:
        check_coverage(self.pdf, self._need_reader())

    def _check_integrity(self) -> None:
        reader, question = self._need_reader(), self.question
        for_seal, for_stamps = specify(
            reader, question.anchors, question.crls, time_stamp_anchors=question.time_stamp_anchors
        )
        self._proven = judge_stamps(reader.embedded_timestamp_signatures, for_stamps, question.at)
        as_of = self._proven.earliest if self._proven is not None else question.at
        self._result = judge_seal(self._need_seal(), for_seal, as_of)
        if self._indication() == _GENERAL_FAILURE and holds_but_for_status(
            self._need_seal(), for_seal, as_of
        ):
            self._lacks_status = True
        status = self._status()
        if not status.intact:
            raise Fault("digest_differs", "HASH_FAILURE")
        if not status.valid:
            raise Fault("signature_wrong", "SIG_CRYPTO_FAILURE")
        stamp = status.timestamp_validity
        if isinstance(stamp, TimestampSignatureStatus):
            self.sealed_by = replace(self.sealed_by, sealed_at=stamp.timestamp)

    def _check_changes(self) -> None:
        status = self._status()
        difference = status.diff_result
        if not isinstance(difference, DiffResult) or not status.docmdp_ok:
            raise Fault("changed_after_seal", "FORMAT_FAILURE")
        if difference.modification_level > ModificationLevel.LTA_UPDATES:
            raise Fault("changed_after_seal", "FORMAT_FAILURE")

    def _check_algorithms(self) -> None:
        for signature in self._need_reader().embedded_signatures:
            if signature.md_algorithm not in STRONG_DIGESTS:
                raise Fault("weak_algorithm", "CRYPTO_CONSTRAINTS_FAILURE")
            if not _is_strong(signature.signer_cert.public_key):
                raise Fault("weak_algorithm", "CRYPTO_CONSTRAINTS_FAILURE")

    def _check_certificate(self) -> None:
        self._require_valid_then()
        indication = self._indication()
        if indication in _CERTIFICATE_TROUBLE and not self._lacks_status:
            raise Fault("certificate_untrusted", indication, status=SealStatus.INDETERMINATE)
        purposes = self._need_seal().signer_cert.extended_key_usage_value
        if purposes is not None and RECORD_SIGNING.dotted_string in [item.dotted for item in purposes]:
            raise Fault("certificate_untrusted", "CHAIN_CONSTRAINTS_FAILURE")

    def _require_valid_then(self) -> None:
        """Each certificate below the root held when the seal was stamped.

        pyHanko leaves a certificate that had run out by then to a later step of its caller
        (OUT_OF_BOUNDS_NO_POE, clause 5.5.4) and reports OK.
        """
        path, sealed_at = self._status().validation_path, self.sealed_by.sealed_at
        moment = sealed_at or (self._proven.earliest if self._proven else self.question.at)
        found = [self._need_seal().signer_cert, *(path.iter_certs(include_root=False) if path else ())]
        if any(moment < item.not_valid_before for item in found):
            raise Fault("certificate_not_valid_then", "NOT_YET_VALID", status=SealStatus.INDETERMINATE)
        if any(item.not_valid_after < moment for item in found):
            raise Fault("certificate_not_valid_then", "OUT_OF_BOUNDS_NO_POE")

    def _check_revocation(self) -> None:
        indication = self._indication()
        if indication.startswith("REVOKED"):
            raise Fault("revoked", "REVOKED")
        if self._lacks_status:
            raise Fault("revocation_unknown", "TRY_LATER")
        if indication in _REVOCATION_TROUBLE:
            raise Fault("revocation_unknown", indication, status=SealStatus.INDETERMINATE)
        path, sealed_at = self._status().validation_path, self.sealed_by.sealed_at
        if path is None:
            raise Fault("certificate_untrusted", indication, status=SealStatus.INDETERMINATE)
        chain = [certificate.dump() for certificate in path.iter_certs(include_root=True)]
        since = revoked_since(chain, self.question.crls)
        if since is not None and (sealed_at is None or since <= sealed_at):
            raise Fault("revoked", "REVOKED")

    def _check_time(self) -> None:
        proven, sealed_at = self._proven, self.sealed_by.sealed_at
        stamp = self._status().timestamp_validity
        if sealed_at is None or stamp is None or not (stamp.valid and stamp.intact and stamp.trusted):
            raise Fault("time_stamp_untrusted", "NO_POE", status=SealStatus.INDETERMINATE)
        if proven is None:
            raise Fault("archive_stamp_missing", "NO_POE", status=SealStatus.INDETERMINATE)
        if not proven.trusted:
            raise Fault("time_stamp_untrusted", "NO_POE", status=SealStatus.INDETERMINATE)
        if not sealed_at <= proven.earliest <= proven.latest <= self.question.at:
            raise Fault("time_order", "TIMESTAMP_ORDER_FAILURE", status=SealStatus.INDETERMINATE)

    def _check_verdict(self) -> None:
        result = self._need_result()
        if result.ades_subindic is not AdESPassed.OK:
            raise Fault("not_passed", self._indication(), status=_status_of(result))
        if not self._status().bottom_line:
            raise Fault("not_passed", "GENERIC", status=SealStatus.INDETERMINATE)

    def _check_holder(self) -> None:
        self.question.expected.check(self.sealed_by)

    def _need_reader(self) -> PdfFileReader:
        if self._reader is None:
            raise Fault("unreadable", "FORMAT_FAILURE")
        return self._reader

    def _need_seal(self) -> EmbeddedPdfSignature:
        if self._seal is None:
            raise Fault("no_seal", "FORMAT_FAILURE")
        return self._seal

    def _need_result(self) -> AdESWithTimeValidationResult:
        if self._result is None:
            raise Fault("unreadable", "FORMAT_FAILURE")
        return self._result

    def _status(self) -> PdfSignatureStatus:
        status = self._need_result().api_status
        if not isinstance(status, PdfSignatureStatus):
            raise Fault("signature_wrong", self._indication() or "GENERIC")
        return status

    def _indication(self) -> str:
        return str(self._need_result().ades_subindic.standard_name)


def _status_of(result: AdESWithTimeValidationResult) -> SealStatus:
    failed = result.ades_subindic.status.name == "FAILED"
    return SealStatus.TOTAL_FAILED if failed else SealStatus.INDETERMINATE


def _is_strong(key: x509.PublicKeyInfo) -> bool:
    smallest = {"rsa": SMALLEST_RSA_BITS, "ec": SMALLEST_CURVE_BITS}
    return key.algorithm in smallest and key.bit_size >= smallest[key.algorithm]
