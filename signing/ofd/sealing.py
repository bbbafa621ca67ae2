"""Put an organ's seal on an OFD document: SM2 with SM3, form of GB/T 38540-2020, time-stamped.

Every part of the package is under the seal but the two that carry the signature itself.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asn1crypto import core, x509

from signing.errors import CertificateRefused, SealRefused
from signing.gm.paths import PathRefused, Trust, public_key, read_certificate, require_trusted
from signing.gm.sm2 import SM2_WITH_SM3, SM3, sm3
from signing.keys.port import KeyStore
from signing.ofd.document import SEAL, SIGNATURE, SIGNATURES, SIGNED_VALUE, page_ids, page_sizes_mm
from signing.ofd.package import digest, pack
from signing.ofd.pages import document
from signing.ofd.seal_format import (
    CERTIFICATES,
    HEADER_ID,
    ORGAN,
    VERSION,
    CertInfoList,
    SealData,
    SealInfo,
    seal_signature,
    to_sign,
)
from signing.ofd.stamps import stamps
from signing.seal import CrossingSeal, Seal, SealPlace
from signing.stamp_tokens import request_token
from signing.timestamps import TimeStampAuthority

VENDOR: Final = "novisit"
SEAL_LIFETIME: Final = timedelta(days=1095)
SIGN_ID: Final = "1"


@dataclass(frozen=True, slots=True)
class OfdCredential:
    """A made seal (SESeal, DER), and the certificate (DER) and the key that sign with it."""

    seal: Seal
    seal_data: bytes
    key_name: str
    certificate: bytes

    @property
    def identifier(self) -> str:
        """The organ's number as the signer's certificate states it; empty where it states none."""
        stated = x509.Certificate.load(self.certificate).subject.native.get("organization_identifier")
        return stated if isinstance(stated, str) else ""


@dataclass(frozen=True, slots=True)
class SealedOfd:
    """A document that left with a seal. `seal_digest`: SHA-256 of what was signed, hexadecimal."""

    ofd: bytes
    seal_digest: str
    certificate_serial: str
    sealed_at: datetime

    @property
    def digest(self) -> str:
        """SHA-256 of the file, hexadecimal."""
        return hashlib.sha256(self.ofd).hexdigest()


def make_seal(
    seal: Seal,
    *,
    picture_png: bytes,
    signers: list[bytes],
    maker: x509.Certificate,
    maker_key: str,
    keys: KeyStore,
    now: datetime,
) -> bytes:
    """Make a seal as its maker does: the organ's name, its picture, and the certificates that may use it."""
    start = now.replace(microsecond=0)
    side = round(seal.diameter_mm)
    info = SealInfo(
        {
            "header": {"id": HEADER_ID, "version": VERSION, "vendor": VENDOR},
            "seal_id": seal.code,
            "property": {
                "type": ORGAN,
                "name": seal.holder,
                "cert_list_type": CERTIFICATES,
                "cert_list": CertInfoList([core.OctetString(der) for der in signers]),
                "created": start,
                "valid_from": start,
                "valid_until": start + SEAL_LIFETIME,
            },
            "picture": {"type": "PNG", "data": picture_png, "width": side, "height": side},
        }
    )
    made = SealData(
        {
            "info": info,
            "maker": maker.dump(),
            "algorithm": SM2_WITH_SM3,
            "signature": keys.sign(maker_key, info.dump()),
        }
    )
    return bytes(made.dump())


class OfdSealer:
    """Seals OFD documents for one organ. Keep one per process and organ."""

    def __init__(
        self,
        credential: OfdCredential,
        *,
        keys: KeyStore,
        time_stamps: TimeStampAuthority,
        trust: Callable[[datetime], Trust],
        clock: Callable[[], datetime],
    ) -> None:
        """`trust` gives, at every seal, the roots and the revocation lists that count then."""
        self._credential = credential
        self._keys = keys
        self._time_stamps = time_stamps
        self._trust = trust
        self._clock = clock
        self._admitted: _Admitted | None = None

    @property
    def seal_of(self) -> Seal:
        return self._credential.seal

    @property
    def identifier(self) -> str:
        """The organ's number as the signer's certificate states it; empty where it states none."""
        return self._credential.identifier

    def seal(
        self, parts: Mapping[str, bytes], *, place: SealPlace, crossing: CrossingSeal | None = None
    ) -> SealedOfd:
        """Seal a document as `signing.ofd.document.build` gives it, over the edges of its pages where asked.

        Raises SealRefused for one that carries a seal already or has no room for one over its edges,
        CertificateRefused where the certificate is expired, revoked or not yet valid, TimeStampUnavailable,
        KeyUnavailable.
        """
        if SIGNATURE in parts or SIGNATURES in parts:
            raise SealRefused("This document carries a seal already.")
        now = self._clock().replace(microsecond=0)
        self._require_usable(now)
        credential = self._credential
        listed = {**parts, SIGNATURES: _SIGNATURES, SEAL: credential.seal_data}
        drawn = stamps(
            place,
            crossing,
            page_ids=page_ids(parts),
            sizes_mm=page_sizes_mm(parts) if crossing is not None else (),
            side_mm=credential.seal.diameter_mm,
        )
        signature_xml = _signature(listed, drawn=drawn, now=now)
        signed = to_sign(credential.seal_data, at=now, digest=sm3(signature_xml), part=SIGNATURE)
        value = self._keys.sign(credential.key_name, signed)
        stamp = request_token(self._time_stamps, value)
        whole = pack(
            {
                **listed,
                SIGNATURE: signature_xml,
                SIGNED_VALUE: seal_signature(
                    signed, signer=credential.certificate, signature=value, time_stamp=stamp
                ),
            }
        )
        return SealedOfd(
            ofd=whole,
            seal_digest=hashlib.sha256(signed).hexdigest(),
            certificate_serial=f"{read_certificate(credential.certificate).serial_number:x}",
            sealed_at=now,
        )

    def _require_usable(self, now: datetime) -> None:
        """Ask for the path of the certificate, unless the same trust was asked and its answer still holds."""
        trust = self._trust(now)
        if self._admitted is not None and self._admitted.holds(trust, now):
            return
        credential = self._credential
        try:
            certificate = read_certificate(credential.certificate)
            until = require_trusted(certificate, trust, at=now)
        except PathRefused as refused:
            raise CertificateRefused(f"The seal's certificate was refused: {refused}") from None
        if self._keys.public_key_info(credential.key_name) != public_key(certificate).info.dump():
            raise CertificateRefused("The seal's certificate and its key do not belong together.")
        self._admitted = _Admitted(trust, now, until)


@dataclass(frozen=True, slots=True)
class _Admitted:
    """A certificate was found usable by this trust, from one moment until another."""

    trust: Trust
    since: datetime
    until: datetime

    def holds(self, trust: Trust, now: datetime) -> bool:
        return self.since <= now <= self.until and self.trust == trust


_SIGNATURES = document(
    "Signatures",
    f"<ofd:MaxSignId>{SIGN_ID}</ofd:MaxSignId>"
    f'<ofd:Signature ID="{SIGN_ID}" Type="Seal" BaseLoc="/{SIGNATURE}"/>',
)


def _signature(listed: Mapping[str, bytes], *, drawn: str, now: datetime) -> bytes:
    references = "".join(
        f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>{base64.b64encode(digest(content)).decode()}'
        "</ofd:CheckValue></ofd:Reference>"
        for name, content in listed.items()
    )
    return document(
        "Signature",
        f'<ofd:SignedInfo><ofd:Provider ProviderName="{VENDOR}" Version="1.0" Company="{VENDOR}"/>'
        f"<ofd:SignatureMethod>{SM2_WITH_SM3}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{now:%Y%m%d%H%M%SZ}</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="{SM3}">{references}</ofd:References>'
        f"{drawn}<ofd:Seal><ofd:BaseLoc>/{SEAL}</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>"
        f"<ofd:SignedValue>/{SIGNED_VALUE}</ofd:SignedValue>",
    )
