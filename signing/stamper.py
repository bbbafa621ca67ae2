"""Time stamps for seals: asked for, and each authority that answers is held against the trusted roots.

pyHanko validates an authority's certificate once; it is asked again when the revocation lists change, when a
certificate or list of the path begins or ends, and at every use where a list names one of its certificates.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from asn1crypto import cms, crl, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathError, ValidationError

from signing.errors import TimeStampUnavailable
from signing.stamp_tokens import stamp_digest
from signing.timestamps import TimeStampAuthority

_REFUSED: Final = (PathBuildingError, PathError, ValidationError)
_PROBE: Final = bytes(32)
_MOST_REMEMBERED: Final = 16


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token (DER) and the certificates from its maker to the root."""

    token: bytes
    certificates: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _Path:
    certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    begins: datetime
    ends: datetime

    def holds(self, lists: tuple[bytes, ...], now: datetime) -> bool:
        return self.lists == lists and self.begins <= now <= self.ends


class Stamper:
    """Stamps digests by an authority whose certificates lead to one of the roots (DER)."""

    def __init__(
        self, authority: TimeStampAuthority, roots: Sequence[bytes], others: Sequence[bytes]
    ) -> None:
        self._authority = authority
        self._roots = [x509.Certificate.load(root) for root in roots]
        self._others = [x509.Certificate.load(item) for item in others]
        self._known: dict[bytes, _Path] = {}
        self._last: Stamp | None = None

    def expected(self, lists: tuple[bytes, ...], now: datetime) -> Stamp:
        """The last stamp, or a first one for nothing: who will stamp next, and how large tokens are."""
        if self._last is None:
            return self.stamp(_PROBE, lists, now)
        return self._last

    def stamp(self, digest: bytes, lists: tuple[bytes, ...], now: datetime) -> Stamp:
        """Stamp a SHA-256 digest.

        Raises TimeStampUnavailable where the authority does not answer or may not stamp now by these lists.
        """
        token = stamp_digest(self._authority, digest)
        signed = cms.ContentInfo.load(token)["content"]
        certificates = tuple(item.chosen.dump() for item in signed["certificates"])
        maker = _maker(signed["signer_infos"][0]["sid"].dump(), certificates)
        path = self._known.get(maker)
        if path is None or not path.holds(lists, now):
            path = self._validate(maker, certificates, lists, now)
            kept = dict(list(self._known.items())[-_MOST_REMEMBERED:])
            self._known = {**kept, maker: path}
        self._last = Stamp(token, path.certificates)
        return self._last

    def _validate(
        self, maker: bytes, certificates: Sequence[bytes], lists: tuple[bytes, ...], now: datetime
    ) -> _Path:
        context = ValidationContext(
            trust_roots=self._roots,
            other_certs=[*self._others, *(x509.Certificate.load(item) for item in certificates)],
            crls=list(lists),
            moment=now,
            allow_fetching=False,
            revocation_mode="require",
        )
        validator = CertificateValidator(x509.Certificate.load(maker), validation_context=context)
        try:
            path = asyncio.run(validator.async_validate_usage(set(), {"time_stamping"}))
        except _REFUSED as error:
            raise TimeStampUnavailable(
                f"The time-stamp authority's certificate was refused: {error}"
            ) from error
        return _remember([item.dump() for item in path.iter_certs(include_root=True)], lists)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _maker(signer_id: bytes, certificates: tuple[bytes, ...]) -> bytes:
    """The certificate of whoever signed, from those that came along."""
    signer = cms.SignerIdentifier.load(signer_id).chosen
    for content in certificates:
        if not isinstance(signer, cms.IssuerAndSerialNumber):
            break
        certificate = x509.Certificate.load(content)
        if certificate.serial_number == signer["serial_number"].native and (
            certificate.issuer.dump() == signer["issuer"].dump()
        ):
            return content
    raise TimeStampUnavailable("The time stamp came without the certificate of its maker.", fault="malformed")


def _remember(path: Sequence[bytes], lists: tuple[bytes, ...]) -> _Path:
    """A path with the time in which nothing about it changes."""
    certificates = [x509.Certificate.load(item) for item in path]
    begins = [item.not_valid_before for item in certificates]
    ends = [item.not_valid_after for item in certificates]
    named = False
    serials = {item.serial_number for item in certificates}
    for content in lists:
        body = crl.CertificateList.load(content)["tbs_cert_list"]
        begins.append(body["this_update"].native)
        ends.append(body["next_update"].native or body["this_update"].native)
        named = named or any(
            entry["user_certificate"].native in serials for entry in body["revoked_certificates"]
        )
    first = max(begins)
    return _Path(tuple(path), lists, first, min(begins) if named else min(ends))
