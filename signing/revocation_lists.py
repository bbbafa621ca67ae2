"""Revocation lists of licensed authorities: fetched from the addresses that are set, kept in a folder.

A list is asked for anew when half its life is over. Where that fails the kept one counts until it runs out;
then nothing is sealed until there is another, fetched or brought by hand. What a list revoked stays revoked.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import httpx
from asn1crypto import pem
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from signing.errors import RevocationUnknown

LARGEST_LIST: Final = 64 << 20
TIMEOUT_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 300.0
"""How long an address that failed is left alone while an older list still counts."""


class RevocationLists:
    """The lists in a folder, renewed from their addresses. Calls no host but those it is given."""

    def __init__(
        self,
        folder: Path,
        urls: Sequence[str],
        *,
        on_failure: Callable[[str, str], None],
        authorities: Callable[[], Iterable[x509.Certificate]] = tuple,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`on_failure` hears of an address that gave no list, and why: to log and to count it.

        A list in the name of one of the `authorities` counts only where one of that name signed it.
        """
        self._folder = folder
        self._urls = tuple(urls)
        self._on_failure = on_failure
        self._authorities = authorities
        self._monotonic = monotonic
        self._failed_at: dict[str, float] = {}

    def current(self, now: datetime) -> tuple[bytes, ...]:
        """Every list (DER) that counts now, renewed first where it is time."""
        return tuple(content for content in self.known(now) if _lives(content, now))

    def known(self, now: datetime) -> tuple[bytes, ...]:
        """Every list (DER) that is here, run out or not, renewed first where it is time.

        By the older ones nothing is sealed. But whoever keeps a newer list from coming does not thereby make
        a seal good again that one of these revoked.
        """
        for url in self._urls:
            path = self._path(url)
            if not _in_first_half(path, now) and not self._rests(url, path):
                self._renew(url, path, now)
        return tuple(path.read_bytes() for path in sorted(self._folder.glob("*.crl")))

    def add(self, content: bytes, now: datetime) -> x509.CertificateRevocationList:
        """Keep a list brought by hand (PEM or DER). Raises RevocationUnknown for what is none, or is over."""
        listed = read_current(content, now)
        name = hashlib.sha256(listed.issuer.public_bytes()).hexdigest()[:16]
        self._keep(self._folder / f"by-hand-{name}.crl", listed)
        return listed

    def _path(self, url: str) -> Path:
        return self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.crl"

    def _rests(self, url: str, path: Path) -> bool:
        failed = self._failed_at.get(url)
        return path.exists() and failed is not None and self._monotonic() - failed < RETRY_SECONDS

    def _renew(self, url: str, path: Path, now: datetime) -> None:
        try:
            self._keep(path, read_current(_fetch(url), now))
        except RevocationUnknown as error:
            self._failed_at[url] = self._monotonic()
            self._on_failure(httpx.URL(url).host, str(error))
        else:
            self._failed_at.pop(url, None)

    def _keep(self, path: Path, listed: x509.CertificateRevocationList) -> None:
        """Write a list, but never over a newer one of its authority: an old one would hide who is revoked.

        So would a forged one, which comes easily: lists are fetched over plain HTTP.
        """
        named = [item for item in self._authorities() if item.subject == listed.issuer]
        if named and not any(is_signed_by(listed, item) for item in named):
            raise RevocationUnknown("The authority that the list names did not sign it.")
        if path.exists():
            had = x509.load_der_x509_crl(path.read_bytes())
            if had.issuer == listed.issuer and had.last_update_utc > listed.last_update_utc:
                raise RevocationUnknown("The list is older than the one that is here.")
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        draft.write_bytes(listed.public_bytes(Encoding.DER))
        draft.replace(path)


def is_signed_by(listed: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    """Whether a list is signed by an authority's key."""
    try:
        return listed.is_signature_valid(authority.public_key())  # type: ignore[arg-type]  # checked inside
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False


def read_list(content: bytes) -> x509.CertificateRevocationList:
    """Read a revocation list from PEM or DER. Raises RevocationUnknown."""
    try:
        if pem.detect(content):
            return x509.load_pem_x509_crl(content)
        return x509.load_der_x509_crl(content)
    except (ValueError, TypeError):
        raise RevocationUnknown("This is no revocation list (PEM or DER).") from None


def read_current(content: bytes, now: datetime) -> x509.CertificateRevocationList:
    """Read a list that counts now. Raises RevocationUnknown."""
    listed = read_list(content)
    if not _lives(content, now):
        raise RevocationUnknown("This revocation list has run out, or is not due yet; fetch a current one.")
    return listed


def _fetch(url: str) -> bytes:
    body, ends = bytearray(), time.monotonic() + TIMEOUT_SECONDS
    try:
        with httpx.stream(
            "GET", url, timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                raise RevocationUnknown(f"It answered HTTP {answer.status_code}.")
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST_LIST or time.monotonic() > ends:
                    raise RevocationUnknown("Its list is too long, or comes too slowly.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RevocationUnknown(f"It did not answer ({type(error).__name__}).") from None
    return bytes(body)


def _lives(content: bytes, now: datetime) -> bool:
    listed = read_list(content)
    return listed.next_update_utc is not None and listed.last_update_utc <= now < listed.next_update_utc


def _in_first_half(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    listed = x509.load_der_x509_crl(path.read_bytes())
    begin, end = listed.last_update_utc, listed.next_update_utc
    return end is not None and now < begin + (end - begin) / 2
