"""Put an organ's seal on a PDF: PAdES-B-LTA, certifying, visible.

The file that leaves is the document, then the seal with its validation data, then a document time stamp that
covers everything to the end. This is the form that pdfsig, OpenSSL, qpdf, MuPDF and the readers all accept.
"""

import hashlib
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from asn1crypto import tsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSignatureMetadata,
    PdfSigner,
    PdfSigningSession,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.admission import admit
from signing.appearance import stamp_style
from signing.credentials import SealCredential
from signing.errors import CertificateRefused, SealRefused, TimeStampUnavailable
from signing.keys import KeyStore
from signing.purposes import Purpose
from signing.seal import LARGEST_PDF, Seal, SealedPdf, SealPlace
from signing.timestamps import TimeStampAuthority, read_answer
from signing.trust import hush_pyhanko

FIELD_NAME = "Seal"
RESERVED_HEX_DIGITS = 20480
"""Room for the signature container, in hexadecimal digits as pyHanko counts it: 10 KiB of CMS."""
POINTS_PER_MM = 72 / 25.4
_BLANK_SIGNATURE = bytes(72)


class PdfSealer:
    """Seals documents for one organ. Keep one per process and organ: it caches its key."""

    def __init__(
        self,
        credential: SealCredential,
        *,
        keys: KeyStore,
        time_stamps: TimeStampAuthority,
        crls: Callable[[datetime], Sequence[bytes]],
        clock: Callable[[], datetime],
        time_stamp_roots: Sequence[bytes] = (),
    ) -> None:
        self._credential = credential
        self._roots = [x509.Certificate.load(root) for root in (credential.root, *time_stamp_roots)]
        self._crls = crls
        self._clock = clock
        self._signer = _KeyStoreSigner(credential, keys)
        self._time_stamper = _TimeStamper(time_stamps)
        hush_pyhanko()

    @property
    def seal_of(self) -> Seal:
        return self._credential.seal

    def seal(self, pdf: bytes, *, reason: str, place: SealPlace) -> SealedPdf:
        """Seal a document.

        Raises SealRefused for what is no PDF, is encrypted or carries a signature already; CertificateRefused
        where the certificate is expired, revoked or not yet valid; TimeStampUnavailable; KeyUnavailable.
        """
        now = self._clock()
        admit(self._credential.path, Purpose.SEAL, at=now, crls=self._crls(now))
        writer = self._open(pdf)
        box = self._box(writer, place)
        signer = _ClockedPdfSigner(
            self._metadata(reason, now),
            self._signer,
            timestamper=self._time_stamper,
            stamp_style=stamp_style(self._credential.seal),
            new_field_spec=SigFieldSpec(FIELD_NAME, on_page=place.page, box=box),
        )
        signer.now = now
        try:
            output = signer.sign_pdf(writer, bytes_reserved=RESERVED_HEX_DIGITS)
        except SigningError as error:
            cause = error.__cause__ or error
            raise CertificateRefused(f"The seal's certificate was refused: {cause}") from error
        except TimestampRequestError as error:
            raise TimeStampUnavailable(f"The time-stamp authority refused: {error}") from error
        except PdfError as error:
            raise SealRefused(f"The document cannot be sealed: {error}") from error
        return self._record(output.getvalue(), now)

    def _open(self, pdf: bytes) -> IncrementalPdfFileWriter:
        if len(pdf) > LARGEST_PDF:
            raise SealRefused(f"A document to be sealed has at most {LARGEST_PDF // 1024**2} MiB.")
        try:
            writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
            reader = writer.prev
            encrypted, signed = reader.encrypted, any(True for _ in reader.embedded_signatures)
        except (PdfError, ValueError, KeyError, TypeError) as error:
            raise SealRefused("This is not a readable PDF.") from error
        if encrypted:
            raise SealRefused("An encrypted PDF cannot be sealed; make it without a password.")
        if signed:
            raise SealRefused("This document carries a signature or seal already.")
        return writer

    def _box(self, writer: IncrementalPdfFileWriter, place: SealPlace) -> tuple[int, int, int, int]:
        """The seal's square in points from the lower left corner of its page."""
        try:
            page = writer.find_page_for_modification(place.page)[0].get_object()
            left, lower, _, upper = (float(edge) for edge in page["/MediaBox"])
        except (PdfError, ValueError, KeyError, IndexError) as error:
            raise SealRefused(f"The document has no page {place.page + 1} for the seal.") from error
        x, y = left + place.x_mm * POINTS_PER_MM, upper - place.y_mm * POINTS_PER_MM
        half = self._credential.seal.diameter_mm * POINTS_PER_MM / 2
        if y < lower:
            raise SealRefused("The place of the seal lies below its page.")
        return round(x - half), round(y - half), round(x + half), round(y + half)

    def _metadata(self, reason: str, now: datetime) -> PdfSignatureMetadata:
        credential = self._credential
        trust = ValidationContext(
            trust_roots=self._roots,
            other_certs=[x509.Certificate.load(item) for item in credential.chain],
            crls=list(self._crls(now)),
            moment=now,
            allow_fetching=False,
            revocation_mode="require",
        )
        return PdfSignatureMetadata(
            field_name=FIELD_NAME,
            md_algorithm="sha256",
            name=credential.seal.holder,
            reason=reason,
            certify=True,
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=True,
            validation_context=trust,
            docmdp_permissions=MDPPerm.FILL_FORMS,
            dss_settings=DSSContentSettings(
                include_vri=False,
                placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE,
                next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
            ),
        )

    def _record(self, sealed: bytes, now: datetime) -> SealedPdf:
        signature = PdfFileReader(io.BytesIO(sealed)).embedded_regular_signatures[0]
        serial = x509.Certificate.load(self._credential.certificate).serial_number
        return SealedPdf(
            pdf=sealed,
            digest=hashlib.sha256(sealed).hexdigest(),
            seal_digest=signature.compute_digest().hex(),
            certificate_serial=f"{serial:x}",
            sealed_at=now,
        )


class _ClockedPdfSigner(PdfSigner):
    """A PdfSigner that writes the time it was given instead of the machine's."""

    now: datetime

    def init_signing_session(self, *arguments: Any, **options: Any) -> PdfSigningSession:  # noqa: ANN401
        session = super().init_signing_session(*arguments, **options)
        session.system_time = self.now
        return session


class _KeyStoreSigner(Signer):
    """Signs through a key store, which opens a key once; pyHanko's own signer loads it at every signature."""

    def __init__(self, credential: SealCredential, keys: KeyStore) -> None:
        registry = SimpleCertificateStore()
        registry.register_multiple(
            x509.Certificate.load(item) for item in (*credential.chain, credential.root)
        )
        super().__init__(
            signing_cert=x509.Certificate.load(credential.certificate),
            cert_registry=registry,
        )
        self._keys = keys
        self._key_name = credential.key_name

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        if digest_algorithm != "sha256":
            raise SigningError(f"Seals are signed over SHA-256, not {digest_algorithm}.")
        return _BLANK_SIGNATURE if dry_run else self._keys.sign(self._key_name, data)


class _TimeStamper(TimeStamper):
    """Asks an authority of ours on pyHanko's behalf."""

    def __init__(self, authority: TimeStampAuthority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko's is not annotated
        self._authority = authority

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return read_answer(self._authority.respond(req.dump()))
