"""The two authorities of the demonstration, what they issued and what they revoked, in one folder."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from signing.certificates import (
    DEMONSTRATION_UNIT,
    ISSUING,
    Issuer,
    Profile,
    der,
    issue,
    make_crl,
    self_sign,
    subject,
)
from signing.demonstration.files import write
from signing.errors import CertificateRefused
from signing.keys import EncryptedKeyFolder, KeyMaker

OPERATOR: Final = "novisit demonstration authority 演示认证机构"
RENEW_CRL_WITHIN: Final = timedelta(days=15)
RENEW_CERTIFICATE_WITHIN: Final = timedelta(days=30)
PUBLISHED: Final = ("root.crt", "issuing.crt", "root.crl", "issuing.crl")
"""Files that certificates point at and that the service gives out, all DER."""
AUTHORITIES: Final = ("root", "issuing")


class CertificateAuthority:
    """Root and issuing authority. Every certificate they issue is kept in `issued`, by its serial number.

    Methods that change the folder expect its lock to be held (`files.locked`).
    """

    def __init__(self, folder: Path, keys: EncryptedKeyFolder) -> None:
        self._folder = folder
        self._keys = keys

    def __repr__(self) -> str:
        return f"CertificateAuthority({str(self._folder)!r})"

    def published(self, name: str) -> bytes:
        """A file that certificates point at. Raises CertificateRefused for any other name."""
        if name not in PUBLISHED:
            raise CertificateRefused(f"The authority publishes {', '.join(PUBLISHED)}.")
        return (self._folder / name).read_bytes()

    def certificate(self, authority: str) -> x509.Certificate:
        """The certificate of `root` or `issuing`."""
        return x509.load_der_x509_certificate(self.published(f"{authority}.crt"))

    def issuer(self, authority: str) -> Issuer:
        """What `root` or `issuing` signs with, and where the service serves what checking it needs."""
        base_url = (self._folder / "base-url").read_text(encoding="utf-8").strip()
        return Issuer(
            self.certificate(authority),
            self._keys.private_key(authority),
            f"{base_url}/v1/pki/{authority}.crt",
            f"{base_url}/v1/pki/{authority}.crl",
            f"{base_url}/v1/pki/ocsp",
        )

    def issue(
        self,
        profile: Profile,
        name: x509.Name,
        public_key: ec.EllipticCurvePublicKey,
        *,
        now: datetime,
        authority: str = "issuing",
        alternative_names: Sequence[x509.GeneralName] = (),
    ) -> x509.Certificate:
        """Make a certificate and remember it."""
        made = issue(
            profile,
            name,
            public_key,
            issuer=self.issuer(authority),
            now=now,
            alternative_names=alternative_names,
        )
        self._remember(authority, made)
        return made

    def has_issued(self, authority: str, serial: int) -> bool:
        return self._issued(authority, serial).exists()

    def revoked(self) -> Mapping[int, datetime]:
        """Serial numbers of the issuing authority that are revoked, and since when."""
        path = self._folder / "revoked.json"
        entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return {int(serial): datetime.fromisoformat(since) for serial, since in entries.items()}

    def revoke(self, serial: int, *, since: datetime, now: datetime) -> None:
        """Revoke a certificate of the issuing authority from a moment on, and publish it at once."""
        revoked = {**self.revoked(), serial: since.replace(microsecond=0)}
        text = json.dumps({str(number): moment.isoformat() for number, moment in revoked.items()})
        write(self._folder / "revoked.json", text.encode())
        self.write_crls(now)

    def write_crls(self, now: datetime) -> None:
        """Publish both revocation lists anew."""
        write(self._folder / "root.crl", make_crl(self.issuer("root"), {}, now=now))
        write(self._folder / "issuing.crl", make_crl(self.issuer("issuing"), self.revoked(), now=now))

    def crls_last(self, now: datetime) -> bool:
        """Whether both lists are there and not about to run out."""
        lists = [self._folder / f"{name}.crl" for name in AUTHORITIES]
        return all(path.exists() and _lives_on(path.read_bytes(), now + RENEW_CRL_WITHIN) for path in lists)

    def make(self, now: datetime) -> None:
        """Make the keys and certificates that are missing, renew what runs out; all else is left alone."""
        for name in AUTHORITIES:
            if not self._keys.has(name):
                self._keys.generate(name)
        if not (self._folder / "root.crt").exists():
            root = self_sign(own_name("novisit DEMONSTRATION root"), self._keys.private_key("root"), now=now)
            write(self._folder / "root.crt", der(root))
        self.certify("issuing", ISSUING, "novisit DEMONSTRATION issuing", now=now, authority="root")
        self._remember_older()
        if not all((self._folder / f"{name}.crl").exists() for name in AUTHORITIES):
            self.write_crls(now)

    def certify(
        self,
        name: str,
        profile: Profile,
        common_name: str,
        *,
        now: datetime,
        authority: str = "issuing",
        keys: KeyMaker | None = None,
    ) -> bytes:
        """The certificate (DER) of a key, both made and renewed here as they are asked for.

        The key is one of the authority's own where no other `keys` are given.
        """
        path = self._folder / f"{name}.crt"
        keys = self._keys if keys is None else keys
        if not keys.has(name):
            keys.generate(name)
        public_key = keys.public_key(name)
        if not (path.exists() and lasts(path.read_bytes(), now) and _is_of(path.read_bytes(), public_key)):
            made = self.issue(profile, own_name(common_name), public_key, now=now, authority=authority)
            write(path, der(made))
        return path.read_bytes()

    def _remember(self, authority: str, certificate: x509.Certificate) -> None:
        path = self._issued(authority, certificate.serial_number)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        write(path, der(certificate))

    def _remember_older(self) -> None:
        """Take in what a folder holds that was made before certificates were remembered."""
        paths = [*self._folder.glob("*.crt"), *(self._folder / "seals").glob("*.crt")]
        for certificate in map(x509.load_der_x509_certificate, (path.read_bytes() for path in paths)):
            for authority in AUTHORITIES:
                above = self.certificate(authority)
                mine = certificate.issuer == above.subject and certificate != above
                if mine and not self.has_issued(authority, certificate.serial_number):
                    self._remember(authority, certificate)

    def _issued(self, authority: str, serial: int) -> Path:
        return self._folder / "issued" / f"{authority}-{serial:x}.crt"


def own_name(common_name: str) -> x509.Name:
    """A subject of the demonstration's own, marked as such."""
    return subject(common_name, organization=OPERATOR, unit=DEMONSTRATION_UNIT)


def lasts(certificate: bytes, now: datetime) -> bool:
    """Whether a certificate (DER) is good for a while yet."""
    until = x509.load_der_x509_certificate(certificate).not_valid_after_utc
    return until > now + RENEW_CERTIFICATE_WITHIN


def _lives_on(crl: bytes, moment: datetime) -> bool:
    until = x509.load_der_x509_crl(crl).next_update_utc
    return until is not None and until > moment


def _is_of(certificate: bytes, public_key: ec.EllipticCurvePublicKey) -> bool:
    """Whether a certificate (DER) speaks for this key; it does not where the key was made anew."""
    return x509.load_der_x509_certificate(certificate).public_key() == public_key
