"""Seals by pyHanko as its documentation has it used, for comparison."""

import io
from datetime import datetime
from pathlib import Path

from asn1crypto import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSignatureMetadata,
    PdfSigner,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from filing.rendering import DrawnCertificate
from signing.appearance import draw_seal
from signing.office import DemonstrationOffice
from tests.signing.stock import AuthorityTimeStamper


class Stock:
    """pyHanko as documented, with a key that is read once."""

    def __init__(self, folder: Path, office: DemonstrationOffice, organ_id: str, now: datetime) -> None:
        credential = office.credential(organ_id)
        key = office.keys.private_key(credential.key_name)
        file = folder / "stock.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"stock"),
            )
        )
        names = {
            "certificate": credential.certificate,
            "issuing": credential.chain[0],
            "root": credential.root,
        }
        for name, der in names.items():
            (folder / f"{name}.der").write_bytes(der)
        signer = SimpleSigner.load(
            str(file),
            str(folder / "certificate.der"),
            ca_chain_files=(str(folder / "issuing.der"), str(folder / "root.der")),
            key_passphrase=b"stock",
        )
        if signer is None or not isinstance(signer.cert_registry, SimpleCertificateStore):
            raise SystemExit("pyHanko cannot read its key")
        self._signer = signer
        self._office = office
        self._now = now
        self._stamper = AuthorityTimeStamper(office.time_stamp_authority())
        self._picture = folder / "seal.pdf"
        self._picture.write_bytes(draw_seal(credential.seal))
        self._root = x509.Certificate.load(credential.root)

    def seal(self, drawn: DrawnCertificate) -> bytes:
        metadata = PdfSignatureMetadata(
            field_name="Seal",
            md_algorithm="sha256",
            certify=True,
            subfilter=SigSeedSubFilter.PADES,
            embed_validation_info=True,
            use_pades_lta=True,
            validation_context=ValidationContext(
                trust_roots=[self._root],
                crls=list(self._office.crls(self._now)),
                allow_fetching=False,
                revocation_mode="require",
            ),
            docmdp_permissions=MDPPerm.FILL_FORMS,
            dss_settings=DSSContentSettings(
                include_vri=False,
                placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE,
                next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
            ),
        )
        signer = PdfSigner(
            metadata,
            self._signer,
            timestamper=self._stamper,
            stamp_style=StaticStampStyle.from_pdf_file(str(self._picture), border_width=0),
            new_field_spec=SigFieldSpec("Seal", box=(500, 60, 620, 180)),
        )
        return bytes(signer.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(drawn.pdf))).getvalue())
