"""Certification paths of SM2 certificates (RFC 5280, section 6): from a certificate up to a trusted root.

Libraries that validate paths know no SM2. This one is small because it refuses what it does not know: any
critical extension, algorithm or form beyond the profiles of Chinese seal certificates makes a path fail.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final, TypeVar

from asn1crypto import crl as asn1_crl
from asn1crypto import x509

from signing.errors import KeyUnavailable
from signing.gm.sm2 import SM2_WITH_SM3, Sm2PublicKey
from signing.spelling import is_signed_plainly

LONGEST_PATH: Final = 5
MOST_PATHS: Final = 16
"""How many ways up are tried for one certificate."""
LARGEST_CERTIFICATE: Final = 16 << 10
_KNOWN_CRITICAL: Final = frozenset({"basic_constraints", "key_usage", "extended_key_usage"})
_UNREADABLE: Final = (ValueError, TypeError, KeyError, OverflowError, AttributeError, IndexError)
"""What asn1crypto raises on bytes that nobody meant as a certificate."""


Found = TypeVar("Found")


class PathFault(StrEnum):
    """Why a certificate is not trusted; the words are the sub-indications of ETSI EN 319 102-1."""

    UNREADABLE = "FORMAT_FAILURE"
    NO_PATH = "NO_CERTIFICATE_CHAIN_FOUND"
    FORGED = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CONSTRAINTS = "CHAIN_CONSTRAINTS_FAILURE"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    UNKNOWN_STATUS = "TRY_LATER"


class PathRefused(Exception):
    """A certificate is not trusted."""

    def __init__(self, fault: PathFault, subject: str = "") -> None:
        self.fault = fault
        self.subject = subject
        super().__init__(f"{fault}: {subject}" if subject else fault)


@dataclass(frozen=True, slots=True)
class Trust:
    """What paths are built from, all DER. Roots are trusted; intermediates and lists need not be."""

    roots: Sequence[bytes]
    intermediates: Sequence[bytes] = ()
    crls: Sequence[bytes] = ()


@lru_cache(maxsize=64)
def read_certificate(der: bytes) -> x509.Certificate:
    """Read one certificate strictly. Raises PathRefused."""
    if len(der) > LARGEST_CERTIFICATE:
        raise PathRefused(PathFault.UNREADABLE)
    try:
        certificate = x509.Certificate.load(der, strict=True)
        certificate.native  # noqa: B018 - parses every part, which asn1crypto puts off
    except _UNREADABLE:
        raise PathRefused(PathFault.UNREADABLE) from None
    return certificate


def require_trusted(certificate: x509.Certificate, trust: Trust, *, at: datetime) -> datetime:
    """Check a path from a certificate to a root, as of a moment; give until when the same trust says so.

    Takes the steps of `require_path`, and 6. a list signed by the issuer and current at the moment does not
    name a certificate of the path. Raises PathRefused with the first fault.
    """
    return _first_good(certificate, trust, lambda path: _require_good(path, trust.crls, at))


def require_path(certificate: x509.Certificate, trust: Trust, *, at: datetime) -> list[x509.Certificate]:
    """Give the path from a certificate to a root, which is valid at a moment if nothing of it was revoked.

    1. A path of names and key identifiers leads to a root. 2. Every signature on it is its issuer's. 3. Every
    certificate is valid at the moment. 4. Issuers may issue, and this deep. 5. No critical extension is
    unknown. Where an authority has several certificates for one key, as after a renewal, each is tried.
    Raises PathRefused with the first fault, of several paths with a revocation.
    """
    return _first_good(certificate, trust, lambda path: _require_links(path, at))


def _first_good(
    certificate: x509.Certificate, trust: Trust, check: Callable[[list[x509.Certificate]], Found]
) -> Found:
    found: list[PathRefused] = []
    for path in islice(_paths([certificate], trust), MOST_PATHS):
        try:
            return check(path)
        except PathRefused as refused:
            found.append(refused)
    revoked = (refused for refused in found if refused.fault is PathFault.REVOKED)
    raise next(revoked, found[0] if found else _refused(PathFault.NO_PATH, certificate))


def _require_good(path: list[x509.Certificate], crls: Sequence[bytes], at: datetime) -> datetime:
    _require_links(path, at)
    bounds: list[datetime] = [member.not_valid_after for member in path]
    for lower, issuer in pairwise(path):
        bounds.append(_require_unrevoked(lower, issuer, crls, at))
    return min(bounds)


def _require_links(path: list[x509.Certificate], at: datetime) -> list[x509.Certificate]:
    for depth, (lower, issuer) in enumerate(pairwise([*path, path[-1]])):
        if not _is_signed(lower.dump(), issuer.dump()):
            raise _refused(PathFault.FORGED, lower)
        _require_valid(lower, at)
        _require_constraints(lower, depth)
    return path


def _paths(path: list[x509.Certificate], trust: Trust) -> Iterator[list[x509.Certificate]]:
    """Every way up from the last of a path to a root, by names and key identifiers."""
    last = path[-1]
    if last.dump() in trust.roots:
        yield path
        return
    if len(path) == LONGEST_PATH:
        return
    members = {member.dump() for member in path}
    for other in map(read_certificate, (*trust.roots, *trust.intermediates)):
        if _may_be_issuer(other, last) and other.dump() not in members:
            yield from _paths([*path, other], trust)


def _may_be_issuer(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    if issuer.subject.dump() != certificate.issuer.dump():
        return False
    wanted = certificate.authority_key_identifier
    return wanted is None or wanted == issuer.key_identifier


@lru_cache(maxsize=256)
def _is_signed(der: bytes, issuer_der: bytes) -> bool:
    """Whether an issuer signed a certificate; it did or did not for good, so that it is asked once."""
    certificate, issuer = read_certificate(der), read_certificate(issuer_der)
    inner = certificate["tbs_certificate"]["signature"]["algorithm"].dotted
    if inner != SM2_WITH_SM3 or not is_signed_plainly(certificate):
        return False
    key = public_key(issuer)
    return key.verifies(certificate["tbs_certificate"].dump(), certificate["signature_value"].native)


def public_key(certificate: x509.Certificate) -> Sm2PublicKey:
    """The SM2 key of a certificate. Raises PathRefused where it holds another."""
    try:
        return Sm2PublicKey.from_info(certificate.public_key)
    except KeyUnavailable:
        raise PathRefused(PathFault.FORGED, certificate.subject.human_friendly) from None


def _refused(fault: PathFault, certificate: x509.Certificate) -> PathRefused:
    return PathRefused(fault, certificate.subject.human_friendly)


def _require_valid(certificate: x509.Certificate, at: datetime) -> None:
    if at < certificate.not_valid_before:
        raise _refused(PathFault.NOT_YET_VALID, certificate)
    if at > certificate.not_valid_after:
        raise _refused(PathFault.EXPIRED, certificate)


def _require_constraints(certificate: x509.Certificate, depth: int) -> None:
    """depth counts the certificates below this one; the lowest of them is no issuer (RFC 5280, 4.2.1.9)."""
    if set(certificate.critical_extensions) - _KNOWN_CRITICAL:
        raise _refused(PathFault.CONSTRAINTS, certificate)
    if depth == 0:
        return
    constraints, usage = certificate.basic_constraints_value, certificate.key_usage_value
    limit = certificate.max_path_length
    if (
        constraints is None
        or not constraints["ca"].native
        or usage is None
        or "key_cert_sign" not in usage.native
        or (limit is not None and depth - 1 > limit)
    ):
        raise _refused(PathFault.CONSTRAINTS, certificate)


def _require_unrevoked(
    certificate: x509.Certificate, issuer: x509.Certificate, crls: Sequence[bytes], at: datetime
) -> datetime:
    """A revocation counts from its date on, whenever it was listed; a list is needed that reaches `at`.

    Give until when both will be so.
    """
    reaches: list[datetime] = []
    revoked: list[datetime] = []
    for der in crls:
        listed = read_list(der, issuer.dump())
        if listed is not None:
            revoked += listed.revoked.get(certificate.serial_number, ())
            reaches += [listed.until] if listed.until is not None else []
    if any(since <= at for since in revoked):
        raise _refused(PathFault.REVOKED, certificate)
    if not reaches or max(reaches) < at:
        raise _refused(PathFault.UNKNOWN_STATUS, certificate)
    return min([max(reaches), *(since - timedelta.resolution for since in revoked)])


@dataclass(frozen=True, slots=True)
class RevocationList:
    """What a list of an issuer says: from when serial numbers are revoked, its day, until when it counts."""

    revoked: Mapping[int, Sequence[datetime]]
    since: datetime
    until: datetime | None


@lru_cache(maxsize=32)
def read_list(der: bytes, issuer_der: bytes) -> RevocationList | None:
    """A revocation list, where it is one that this issuer signed; asked once of the same two."""
    try:
        listed = asn1_crl.CertificateList.load(der, strict=True)
        listed.native  # noqa: B018 - parses every part
    except _UNREADABLE:
        return None
    if not _is_of(listed, read_certificate(issuer_der)):
        return None
    content = listed["tbs_cert_list"]
    revoked: dict[int, list[datetime]] = {}
    for entry in content["revoked_certificates"]:
        serial = entry["user_certificate"].native
        revoked.setdefault(serial, []).append(entry["revocation_date"].native)
    return RevocationList(revoked, content["this_update"].native, content["next_update"].native)


def _is_of(listed: asn1_crl.CertificateList, issuer: x509.Certificate) -> bool:
    usage = issuer.key_usage_value
    return (
        listed["tbs_cert_list"]["issuer"].dump() == issuer.subject.dump()
        and is_signed_plainly(listed)
        and listed["tbs_cert_list"]["signature"]["algorithm"].dotted == SM2_WITH_SM3
        and usage is not None
        and "crl_sign" in usage.native
        and not any(extension["critical"].native for extension in listed["tbs_cert_list"]["crl_extensions"])
        and public_key(issuer).verifies(listed["tbs_cert_list"].dump(), listed["signature"].native)
    )
