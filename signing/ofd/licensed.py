"""An official seal for OFD: what a licensed authority and a maker of seals sent, taken where all of it fits.

The authority sends the organ's SM2 certificate, the maker the seal (`.esl`) that lists it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms, pem, x509

from signing.certificates import DEMONSTRATION_UNIT
from signing.errors import CertificateUnfit, DemonstrationRefused, OrganMismatch, SealMalformed
from signing.gm.paths import PathRefused, Trust, public_key, read_certificate, require_path, require_trusted
from signing.gm.sm2 import SM2_WITH_SM3, Sm2PublicKey
from signing.ofd.seal_format import (
    HEADER_ID,
    LARGEST_SEAL,
    ORGAN,
    VERSION,
    SealData,
    has_critical,
    listed_certificates,
    parse,
)
from signing.ofd.sealing import OfdCredential
from signing.ofd.verification import is_for_seals
from signing.seal import Seal
from signing.verdict import spelled

LARGEST_ANSWER: Final = 1 << 20
MOST_CERTIFICATES: Final = 20
PICTURES: Final = {"png": b"\x89PNG\r\n", "jpg": b"\xff\xd8\xff", "bmp": b"BM", "gif": b"GIF8"}
"""Kinds of picture that readers of OFD show, and how each begins."""

SIZE_TOLERANCE_MM: Final = 1.0
"""A seal states its size in whole millimetres."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was sent: the seal (DER), certificates and those above them; roots had from elsewhere (DER)."""

    seal_data: bytes
    answer: bytes
    others: bytes = b""
    roots: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class OfficialSeal:
    """A seal that fits, with the certificates (DER) that its paths are made of."""

    credential: OfdCredential
    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]

    def require_unrevoked(self, crls: Sequence[bytes], *, at: datetime) -> None:
        """Hold signer and maker against revocation lists. Raises PathRefused."""
        trust = Trust(self.roots, self.intermediates, crls)
        maker = parse(SealData, self.credential.seal_data)["maker"].native
        for der in (self.credential.certificate, maker):
            require_trusted(read_certificate(der), trust, at=at)


def check_delivery(
    delivery: Delivery, *, seal: Seal, key_name: str, public_key_info: bytes, at: datetime
) -> OfficialSeal:
    """Take an official seal for an organ whose seal is in force.

    1. one certificate is that of our key 2. the seal is one of GB/T 38540-2020, version 4, that its maker
    signed 3. it lists the certificate 4. seal and certificate name the organ, and the seal its code 5. it is
    valid today, and its picture is one, as large as the organ's seal 6. signer and maker lead to a root, each
    made for its use 7. none of it is a demonstration's.

    Raises a CertificateRefused whose message says what does not fit, in one sentence.
    """
    known = [*_read(delivery.answer), *(_read(delivery.others) if delivery.others else ())]
    signer = _of_our_key(known, public_key_info)
    made = _open(delivery.seal_data)
    if signer.dump() not in _listed(made):
        raise CertificateUnfit(
            "The seal does not list the certificate; send it to the maker and ask for another seal."
        )
    _require_organ(made, signer, seal)
    _require_valid(made, at)
    _require_picture(made, seal)
    roots = tuple(delivery.roots) or tuple(item.dump() for item in known if _is_root(item))
    intermediates = tuple(item.dump() for item in known if not _is_root(item) and item.ca)
    maker = _certificate(made["maker"].native)
    _require_authorised(signer, maker)
    path_members: set[bytes] = set()
    for certificate in (signer, maker):
        path = _path(certificate, Trust(roots, intermediates), at)
        _refuse_demonstration(path)
        path_members |= {member.dump() for member in path}
    credential = OfdCredential(seal, delivery.seal_data, key_name, signer.dump())
    return OfficialSeal(
        credential,
        tuple(der for der in roots if der in path_members),
        tuple(der for der in intermediates if der in path_members),
    )


def _read(content: bytes) -> list[x509.Certificate]:
    """Read certificates from PEM, DER or PKCS#7 (p7b), as authorities send them."""
    try:
        if len(content) > LARGEST_ANSWER:
            raise CertificateUnfit("This is larger than any answer of an authority.")
        if pem.detect(content):
            blocks = [(kind, der) for kind, _, der in pem.unarmor(content, multiple=True)]
        else:
            blocks = [("CERTIFICATE" if _is_certificate(content) else "PKCS7", content)]
        found = [read for kind, der in blocks for read in _read_block(kind, der)]
    except (ValueError, TypeError, KeyError, PathRefused):
        found = []
    if not 0 < len(found) <= MOST_CERTIFICATES:
        raise CertificateUnfit("This is no certificate: PEM, DER or PKCS#7 (.p7b) is expected.")
    return found


def _read_block(kind: str, der: bytes) -> list[x509.Certificate]:
    if kind == "CERTIFICATE":
        return [read_certificate(der)]
    enclosed = cms.ContentInfo.load(der, strict=True)["content"]["certificates"]
    return [read_certificate(item.chosen.dump()) for item in enclosed]


def _is_certificate(der: bytes) -> bool:
    try:
        read_certificate(der)
    except PathRefused:
        return False
    return True


def _of_our_key(known: Sequence[x509.Certificate], public_key_info: bytes) -> x509.Certificate:
    ours = {item.dump(): item for item in known if item.public_key.dump() == public_key_info}
    if len(ours) != 1:
        raise CertificateUnfit(
            "The answer holds no certificate of the key that the request was made with. Was another key used?"
            if not ours
            else "The answer holds several certificates of the key; keep the one that is meant."
        )
    return next(iter(ours.values()))


def _open(seal_data: bytes) -> Any:  # noqa: ANN401  asn1crypto carries no types
    """Read a seal whose maker signed it."""
    if len(seal_data) > LARGEST_SEAL:
        raise CertificateUnfit("The file of the seal is larger than any seal is.")
    try:
        made = parse(SealData, seal_data)
    except SealMalformed:
        raise CertificateUnfit(
            "This is no seal of GB/T 38540-2020: the maker's file (.esl, DER) is expected."
        ) from None
    info = made["info"]
    if (
        info["header"]["id"].native != HEADER_ID
        or info["header"]["version"].native != VERSION
        or info["property"]["type"].native != ORGAN
        or has_critical(info["extensions"])
    ):
        raise CertificateUnfit("The seal is none of an organ in version 4 of GB/T 38540-2020.")
    maker = _key_of(_certificate(made["maker"].native))
    if made["algorithm"].native != SM2_WITH_SM3 or not maker.verifies(info.dump(), made["signature"].native):
        raise CertificateUnfit("The maker it names did not sign the seal; the file is damaged or forged.")
    return made


def _key_of(maker: x509.Certificate) -> Sm2PublicKey:
    try:
        return public_key(maker)
    except PathRefused:
        raise CertificateUnfit("The maker of the seal signs with another key than one of SM2.") from None


def _listed(made: Any) -> list[bytes]:  # noqa: ANN401  as above
    try:
        return listed_certificates(made["info"])
    except SealMalformed:
        raise CertificateUnfit(
            "The seal lists digests of certificates; ask its maker for one that lists the certificate itself."
        ) from None


def _require_organ(made: Any, signer: x509.Certificate, seal: Seal) -> None:  # noqa: ANN401  as above
    named = signer.subject.native.get("organization_name")
    for what, holder in (("certificate", named), ("seal", made["info"]["property"]["name"].native)):
        if not isinstance(holder, str) or spelled(holder) != spelled(seal.holder):
            raise OrganMismatch(
                f"The {what} speaks for {holder or 'nobody'}, the organ's seal in force for {seal.holder}."
            )
    code = made["info"]["seal_id"].native
    if code != seal.code:
        raise OrganMismatch(f"The seal has the code {code}, the organ's seal in force has {seal.code}.")


def _require_valid(made: Any, at: datetime) -> None:  # noqa: ANN401  as above
    begin, end = (made["info"]["property"][name].native for name in ("valid_from", "valid_until"))
    if not begin <= at <= end:
        raise CertificateUnfit(f"The seal is valid from {begin:%Y-%m-%d} to {end:%Y-%m-%d} only.")


def _require_picture(made: Any, seal: Seal) -> None:  # noqa: ANN401  as above
    picture = made["info"]["picture"]
    kind = picture["type"].native.lower()
    if kind not in PICTURES or not picture["data"].native.startswith(PICTURES[kind]):
        raise CertificateUnfit(f"The seal's picture must be one of {', '.join(PICTURES)}, as it says it is.")
    sides = [picture[name].native for name in ("width", "height")]
    if any(abs(side - seal.diameter_mm) > SIZE_TOLERANCE_MM for side in sides):
        raise CertificateUnfit(
            f"The seal's picture is {sides[0]} by {sides[1]} mm, the organ's seal {seal.diameter_mm:g} mm; "
            "see `novisit seal design`."
        )


def _require_authorised(signer: x509.Certificate, maker: x509.Certificate) -> None:
    for whose, certificate in (("signer", signer), ("maker", maker)):
        usage = certificate.key_usage_value
        if usage is None or "digital_signature" not in usage.native or certificate.ca:
            raise CertificateUnfit(
                f"The certificate of the seal's {whose} was not made for signatures (digitalSignature)."
            )
    if is_for_seals(maker):
        raise CertificateUnfit("The maker's certificate is one to put seals with, not one to make them with.")


def _path(certificate: x509.Certificate, trust: Trust, at: datetime) -> list[x509.Certificate]:
    try:
        return require_path(certificate, trust, at=at)
    except PathRefused as refused:
        raise CertificateUnfit(
            f"The path to a root does not hold ({refused}). Give the authorities' certificates by --chain."
        ) from None


def _refuse_demonstration(path: Sequence[x509.Certificate]) -> None:
    if any(item.subject.native.get("organizational_unit_name") == DEMONSTRATION_UNIT for item in path):
        raise DemonstrationRefused(
            "A demonstration authority made this seal or its certificate; a demonstration needs no import. "
            "Import what a licensed authority and a recorded maker sent."
        )


def _is_root(certificate: x509.Certificate) -> bool:
    return bool(certificate.subject.dump() == certificate.issuer.dump())


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return read_certificate(der)
    except PathRefused:
        raise CertificateUnfit("The certificate of the seal's maker cannot be read.") from None
