"""Verify the seal on a PDF, offline, from the file and trust anchors alone.

Steps, numbered as in the answer (their order follows ETSI EN 319 102-1, clause 5.6):

 1. file: a readable, unencrypted PDF that begins at its first byte
 2. seal: one certifying PAdES signature, and beside it nothing but document time stamps
 3. coverage: each signature covers its whole revision around its own container, the last one the whole file
 4. integrity: the digest matches and the signature is cryptographically right
 5. changes: nothing was added after the seal but time stamps and validation data
 6. algorithms: digests and keys are strong enough
 7. certificate: a chain from a trust anchor to a certificate made for sealing documents
 8. revocation: no certificate of the chain was revoked when the seal was made, by signed lists
 9. time: the seal's time stamp and the archive time stamp over it are genuine
10. verdict: pyHanko's AdES indication and its bottom line for the document both say yes
11. holder: the seal belongs to the organ that is expected

Every incremental-update attack leaves the AdES indication at OK, and most clients call such a file valid;
step 5 and the second verdict of step 10 catch them. Another organ's seal is genuine everywhere; step 11 asks.
"""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from asn1crypto import cms, pem, x509
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.ades import AdESWithTimeValidationResult
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature, read_certification_data
from pyhanko.sign.validation.status import PdfSignatureStatus, TimestampSignatureStatus

from signing.certificates import is_demonstration
from signing.errors import AnchorsUnreadable
from signing.seal import LARGEST_PDF
from signing.trust import ProvenTime, hush_pyhanko, judge_seal, judge_stamps, revoked_since, specify
from signing.verdict import STEPS, Check, Outcome, SealedBy, SealStatus, SealVerification, spelled

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
_REVOCATION_TROUBLE = frozenset({"REVOCATION_OUT_OF_BOUNDS_NO_POE", "TRY_LATER"})


def read_anchors(content: bytes) -> tuple[bytes, ...]:
    """Read trust anchors (DER) from a file of one or more PEM certificates or one DER certificate.

    Raises AnchorsUnreadable where there is none.
    """
    try:
        if pem.detect(content):
            parts = [body for kind, _, body in pem.unarmor(content, multiple=True) if kind == "CERTIFICATE"]
        else:
            parts = [content]
        anchors = tuple(x509.Certificate.load(part, strict=True).dump() for part in parts)
        usable = all(load_der_x509_certificate(anchor).subject for anchor in anchors)
    except (ValueError, TypeError):
        raise AnchorsUnreadable from None
    if not anchors or not usable:
        raise AnchorsUnreadable
    return anchors


def verify_pdf(
    pdf: bytes,
    *,
    anchors: Sequence[bytes],
    at: datetime,
    expected_holder: str | None = None,
    expected_organ_id: str | None = None,
    crls: Sequence[bytes] = (),
) -> SealVerification:
    """Verify a PDF's seal against trust anchors (DER) as of a moment.

    Where `expected_holder` (an organ's name) or `expected_organ_id` is given, another organ's seal fails.
    `crls` are revocation lists newer than those in the file. Never raises for what the file holds, only
    AnchorsUnreadable where there is no anchor: with none, nothing could ever be trusted.
    """
    if not anchors:
        raise AnchorsUnreadable("At least one trust anchor is needed to verify a seal.")
    hush_pyhanko()
    question = _Question(tuple(anchors), at.astimezone(UTC), expected_holder, expected_organ_id, tuple(crls))
    return _Verification(pdf, question).run()


@dataclass(frozen=True, slots=True)
class _Question:
    anchors: tuple[bytes, ...]
    at: datetime
    expected_holder: str | None
    expected_organ_id: str | None
    crls: tuple[bytes, ...]


class _Found(Exception):
    """A step's answer where it did not pass."""

    def __init__(
        self, reason: str, sub_indication: str, *, status: SealStatus = SealStatus.TOTAL_FAILED
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sub_indication = sub_indication
        self.status = status


@dataclass(slots=True)
class _Verification:
    """One run over one file; what a step learns, later steps use."""

    pdf: bytes
    question: _Question
    checks: list[Check] = field(default_factory=list)
    sealed_by: SealedBy = field(default_factory=SealedBy)
    _reader: PdfFileReader | None = None
    _seal: EmbeddedPdfSignature | None = None
    _result: AdESWithTimeValidationResult | None = None
    _proven: ProvenTime | None = None

    def run(self) -> SealVerification:
        steps: tuple[Callable[[], None], ...] = (
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
        status, sub_indication = SealStatus.TOTAL_PASSED, ""
        for number, (code, step) in enumerate(zip(STEPS, steps, strict=True), start=1):
            if status is not SealStatus.TOTAL_PASSED:
                self._note(number, code, Outcome.NOT_REACHED, "not_reached")
                continue
            found = self._take(step)
            if found is None:
                asked = code != "holder" or self._asks_for_holder
                self._note(
                    number, code, *((Outcome.PASSED, "passed") if asked else (Outcome.NOT_ASKED, "not_asked"))
                )
                continue
            undecided = found.status is SealStatus.INDETERMINATE
            self._note(number, code, Outcome.UNDECIDED if undecided else Outcome.FAILED, found.reason)
            status, sub_indication = found.status, found.sub_indication
        return SealVerification(
            status=status,
            sub_indication=sub_indication,
            checks=tuple(self.checks),
            sealed_by=self.sealed_by,
            digest=hashlib.sha256(self.pdf).hexdigest(),
            verified_at=self.question.at,
        )

    def _note(self, number: int, code: str, outcome: Outcome, reason: str) -> None:
        self.checks.append(Check(number, code, outcome, reason))

    @staticmethod
    def _take(step: Callable[[], None]) -> _Found | None:
        try:
            step()
        except _Found as found:
            return found
        except Exception:  # noqa: BLE001 - hostile files raise anything inside the parsers; all of it is a refusal
            return _Found("unreadable", "FORMAT_FAILURE")
        return None

    # 1. file

    def _check_file(self) -> None:
        if not self.pdf.startswith(b"%PDF-"):
            raise _Found("not_a_pdf", "FORMAT_FAILURE")
        if len(self.pdf) > LARGEST_PDF:
            raise _Found("too_large", "FORMAT_FAILURE")
        reader = PdfFileReader(io.BytesIO(self.pdf))
        if reader.encrypted:
            raise _Found("encrypted", "FORMAT_FAILURE")
        if not list(reader.root["/Pages"]["/Kids"]):
            raise _Found("unreadable", "FORMAT_FAILURE")
        self._reader = reader

    # 2. seal

    def _check_seal(self) -> None:
        reader = self._need_reader()
        signatures = list(reader.embedded_signatures)
        seals = [item for item in signatures if item.sig_object_type == "/Sig"]
        stamps = [item for item in signatures if item.sig_object_type == "/DocTimeStamp"]
        if not seals:
            raise _Found("no_seal", "FORMAT_FAILURE")
        if len(seals) > 1 or len(seals) + len(stamps) != len(signatures):
            raise _Found("several_signatures", "FORMAT_FAILURE")
        seal = seals[0]
        certification = read_certification_data(reader)
        certifies = certification is not None and certification.author_sig is seal.sig_object
        if not certifies or seal.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
            raise _Found("not_certifying", "FORMAT_FAILURE")
        if any(item.sig_object.get("/SubFilter") != "/ETSI.RFC3161" for item in stamps):
            raise _Found("several_signatures", "FORMAT_FAILURE")
        if any(item.signed_revision <= seal.signed_revision for item in stamps):
            raise _Found("several_signatures", "FORMAT_FAILURE")
        self._seal = seal
        self._read_claims(seal)

    def _read_claims(self, seal: EmbeddedPdfSignature) -> None:
        """What the seal says of itself, for the answer; nothing is decided by it here."""
        certificate = seal.signer_cert
        subject = certificate.subject.native
        self.sealed_by = SealedBy(
            holder=_text(subject.get("organization_name")),
            organ_id=_text(subject.get("organization_identifier")),
            seal_code=_text(subject.get("serial_number")),
            certificate_serial=f"{certificate.serial_number:x}",
            seal_digest=seal.compute_digest().hex(),
            reason=_text(seal.sig_object.get("/Reason")),
            demonstration=is_demonstration(load_der_x509_certificate(certificate.dump())),
        )

    # 3. coverage

    def _check_coverage(self) -> None:
        ends = [self._covered_end(signature) for signature in self._need_reader().embedded_signatures]
        if max(ends) != len(self.pdf):
            raise _Found("not_covered", "FORMAT_FAILURE")

    def _covered_end(self, signature: EmbeddedPdfSignature) -> int:
        """Where a signature's cover ends; its one gap must hold its own container and nothing else."""
        numbers = [int(number) for number in signature.byte_range]
        if len(numbers) != 4 or min(numbers) < 0 or numbers[0] != 0:
            raise _Found("bad_byte_range", "FORMAT_FAILURE")
        _, length, start, rest = numbers
        gap, end = self.pdf[length:start], start + rest
        if end > len(self.pdf) or gap[:1] != b"<" or gap[-1:] != b">":
            raise _Found("bad_byte_range", "FORMAT_FAILURE")
        container = bytes.fromhex(gap[1:-1].decode("ascii"))
        padding = container[len(cms.ContentInfo.load(container).dump()) :]
        if container != signature.pkcs7_content or padding.strip(b"\0"):
            raise _Found("bad_byte_range", "FORMAT_FAILURE")
        return end

    # 4. integrity

    def _check_integrity(self) -> None:
        reader, question = self._need_reader(), self.question
        for_seal, for_stamps = specify(reader, question.anchors, question.crls)
        self._proven = judge_stamps(reader.embedded_timestamp_signatures, for_stamps, question.at)
        as_of = self._proven.earliest if self._proven is not None else question.at
        self._result = judge_seal(self._need_seal(), for_seal, as_of)
        status = self._status()
        if not status.intact:
            raise _Found("digest_differs", "HASH_FAILURE")
        if not status.valid:
            raise _Found("signature_wrong", "SIG_CRYPTO_FAILURE")
        stamp = status.timestamp_validity
        if isinstance(stamp, TimestampSignatureStatus):
            self.sealed_by = replace(self.sealed_by, sealed_at=stamp.timestamp)

    # 5. changes

    def _check_changes(self) -> None:
        status = self._status()
        difference = status.diff_result
        if not isinstance(difference, DiffResult) or not status.docmdp_ok:
            raise _Found("changed_after_seal", "FORMAT_FAILURE")
        if difference.modification_level > ModificationLevel.LTA_UPDATES:
            raise _Found("changed_after_seal", "FORMAT_FAILURE")

    # 6. algorithms

    def _check_algorithms(self) -> None:
        for signature in self._need_reader().embedded_signatures:
            if signature.md_algorithm not in STRONG_DIGESTS:
                raise _Found("weak_algorithm", "CRYPTO_CONSTRAINTS_FAILURE")
            if not _is_strong(signature.signer_cert.public_key):
                raise _Found("weak_algorithm", "CRYPTO_CONSTRAINTS_FAILURE")

    # 7. certificate

    def _check_certificate(self) -> None:
        indication = self._indication()
        if indication in _CERTIFICATE_TROUBLE:
            raise _Found("certificate_untrusted", indication, status=SealStatus.INDETERMINATE)

    # 8. revocation

    def _check_revocation(self) -> None:
        indication = self._indication()
        if indication.startswith("REVOKED"):
            raise _Found("revoked", "REVOKED")
        if indication in _REVOCATION_TROUBLE:
            raise _Found("revocation_unknown", indication, status=SealStatus.INDETERMINATE)
        path, sealed_at = self._status().validation_path, self.sealed_by.sealed_at
        if path is None:
            raise _Found("certificate_untrusted", indication, status=SealStatus.INDETERMINATE)
        chain = [certificate.dump() for certificate in path.iter_certs(include_root=True)]
        since = revoked_since(chain, self.question.crls)
        if since is not None and (sealed_at is None or since <= sealed_at):
            raise _Found("revoked", "REVOKED")

    # 9. time

    def _check_time(self) -> None:
        proven, sealed_at = self._proven, self.sealed_by.sealed_at
        stamp = self._status().timestamp_validity
        if sealed_at is None or stamp is None or not (stamp.valid and stamp.intact and stamp.trusted):
            raise _Found("time_stamp_untrusted", "NO_POE", status=SealStatus.INDETERMINATE)
        if proven is None:
            raise _Found("archive_stamp_missing", "NO_POE", status=SealStatus.INDETERMINATE)
        if not proven.trusted:
            raise _Found("time_stamp_untrusted", "NO_POE", status=SealStatus.INDETERMINATE)
        if not sealed_at <= proven.earliest <= proven.latest <= self.question.at:
            raise _Found("time_order", "TIMESTAMP_ORDER_FAILURE", status=SealStatus.INDETERMINATE)

    # 10. verdict

    def _check_verdict(self) -> None:
        result = self._need_result()
        if result.ades_subindic is not AdESPassed.OK:
            raise _Found("not_passed", self._indication(), status=_status_of(result))
        if not self._status().bottom_line:
            raise _Found("not_passed", "GENERIC", status=SealStatus.INDETERMINATE)

    # 11. holder

    def _check_holder(self) -> None:
        question, found = self.question, self.sealed_by
        if question.expected_holder is not None and spelled(found.holder) != spelled(
            question.expected_holder
        ):
            raise _Found("other_holder", "SIG_CONSTRAINTS_FAILURE")
        if question.expected_organ_id is not None and found.organ_id != question.expected_organ_id:
            raise _Found("other_holder", "SIG_CONSTRAINTS_FAILURE")
        if not found.holder:
            raise _Found("other_holder", "SIG_CONSTRAINTS_FAILURE")

    @property
    def _asks_for_holder(self) -> bool:
        return self.question.expected_holder is not None or self.question.expected_organ_id is not None

    def _need_reader(self) -> PdfFileReader:
        if self._reader is None:
            raise _Found("unreadable", "FORMAT_FAILURE")
        return self._reader

    def _need_seal(self) -> EmbeddedPdfSignature:
        if self._seal is None:
            raise _Found("no_seal", "FORMAT_FAILURE")
        return self._seal

    def _need_result(self) -> AdESWithTimeValidationResult:
        if self._result is None:
            raise _Found("unreadable", "FORMAT_FAILURE")
        return self._result

    def _status(self) -> PdfSignatureStatus:
        status = self._need_result().api_status
        if not isinstance(status, PdfSignatureStatus):
            raise _Found("signature_wrong", self._indication() or "GENERIC")
        return status

    def _indication(self) -> str:
        return str(self._need_result().ades_subindic.standard_name)


def _status_of(result: AdESWithTimeValidationResult) -> SealStatus:
    failed = result.ades_subindic.status.name == "FAILED"
    return SealStatus.TOTAL_FAILED if failed else SealStatus.INDETERMINATE


def _is_strong(key: x509.PublicKeyInfo) -> bool:
    smallest = {"rsa": SMALLEST_RSA_BITS, "ec": SMALLEST_CURVE_BITS}
    return key.algorithm in smallest and key.bit_size >= smallest[key.algorithm]


def _text(value: object) -> str:
    return str(value) if isinstance(value, str) else ""
