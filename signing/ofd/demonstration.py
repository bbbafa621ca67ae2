"""A demonstration authority for OFD seals: SM2 root, issuing and seal maker, and one seal per organ.

It lies in a folder of its own beside the demonstration authority of PDF seals, which lends it the store of
keys and the time stamps. Every subject says DEMONSTRATION; production refuses to seal with it.
"""

import json
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from asn1crypto import crl, x509

from signing.appearance import draw_seal_png
from signing.certificates import DEMONSTRATION_UNIT, ISSUING, SEAL, SEAL_MAKER, Profile, subject
from signing.demonstration.authority import OPERATOR, RENEW_CERTIFICATE_WITHIN, RENEW_CRL_WITHIN
from signing.demonstration.files import locked, write
from signing.errors import CertificateRefused
from signing.gm.certificates import Sm2Issuer, issue, make_crl, self_sign
from signing.gm.sm2 import Sm2PublicKey
from signing.keys import KeyAlgorithm, KeyMaker
from signing.ofd.office import FOLDER, OfdOffice
from signing.ofd.sealing import make_seal
from signing.ofd.shelf import FACTS_FILE, SEAL_FILE, SIGNER_FILE, facts_of
from signing.office import DemonstrationOffice
from signing.seal import Seal

MAKER_KEY: Final = "seal-maker"
AUTHORITIES: Final = ("root", "issuing")
PUBLISHED: Final = {
    "sm2-root.crt": "roots/root.crt",
    "sm2-issuing.crt": "intermediates/issuing.crt",
    "sm2-root.crl": "crls/root.crl",
    "sm2-issuing.crl": "crls/issuing.crl",
}
"""Files that certificates point at and that the service gives out, all DER, and where each lies."""


class OfdDemonstration(OfdOffice):
    """The opened authority; it renews its revocation lists as it is asked for them."""

    def __init__(self, folder: Path, base: DemonstrationOffice, clock: Callable[[], datetime]) -> None:
        """Name the folder of all seals; `base` is the demonstration authority that lies in it."""
        super().__init__(folder, base, clock)
        self._base = base

    def published(self, name: str) -> bytes:
        """A file that certificates point at. Raises CertificateRefused for any other name."""
        place = PUBLISHED.get(name)
        if place is None:
            raise CertificateRefused(f"The authority publishes {', '.join(PUBLISHED)}.")
        self.refresh(self._clock())
        return (self._folder / place).read_bytes()

    def refresh(self, now: datetime) -> None:
        """Renew the revocation lists in good time before they run out; none where nothing was made yet."""
        if not (self._folder / PUBLISHED["sm2-root.crt"]).exists():
            return
        lists = (self._folder / PUBLISHED[f"sm2-{name}.crl"] for name in AUTHORITIES)
        if not all(_lives_on(path.read_bytes(), now) for path in lists):
            with locked(self._folder):
                self._write_lists(now)

    def revoke(self, organ_id: str, *, since: datetime) -> None:
        """Revoke an organ's current certificate from a moment on; `create` then makes it a new seal."""
        certificate = x509.Certificate.load(self.shelf.credential(organ_id).certificate)
        with locked(self._folder):
            revoked = self._revoked() | {certificate.serial_number: since.replace(microsecond=0)}
            text = json.dumps({str(serial): moment.isoformat() for serial, moment in revoked.items()})
            write(self._folder / "revoked.json", text.encode())
            self._write_lists(self._clock())

    def make(self, seals: Iterable[Seal], base_url: str) -> None:
        """Make what is missing and renew what runs out; the folder's lock is held by `create`."""
        now = self._clock()
        write(self._folder / "base-url", base_url.rstrip("/").encode())
        for name in AUTHORITIES:
            self._key(self._base.keys, f"sm2-{name}")
        self._certify_authorities(now)
        for seal in seals:
            self._make_seal(seal, now)
        self._write_lists(now)

    def _certify_authorities(self, now: datetime) -> None:
        root, issuing = (self._folder / PUBLISHED[f"sm2-{name}.crt"] for name in AUTHORITIES)
        if not root.exists():
            own_key = self._base.keys.sm2_private_key("sm2-root")
            _write_into(root, self_sign(_own_name("root"), own_key, now=now).dump())
        if not _lasts(issuing, now):
            public = self._base.keys.sm2_private_key("sm2-issuing").public
            made = issue(ISSUING, _own_name("issuing"), public, issuer=self._issuer("root"), now=now)
            _write_into(issuing, made.dump())

    def _make_seal(self, seal: Seal, now: datetime) -> None:
        """Give an organ a new key, certificate and seal, unless what it has is the same seal and good."""
        if self.shelf.has(seal.organ_id):
            had = self.shelf.credential(seal.organ_id)
            serial = x509.Certificate.load(had.certificate).serial_number
            path = self._folder / "seals" / seal.organ_id / SIGNER_FILE
            if had.seal == seal and _lasts(path, now) and serial not in self._revoked():
                return
        key_name = f"sm2-seal-{seal.organ_id}-{secrets.token_hex(4)}"
        name = subject(
            f"{seal.holder}电子印章",
            organization=seal.holder,
            organization_id=seal.organ_id,
            unit=DEMONSTRATION_UNIT,
            code=seal.code,
        )
        certificate = self._certify(key_name, SEAL, x509.Name.load(name.public_bytes()), now)
        made = make_seal(
            seal,
            picture_png=draw_seal_png(seal),
            signers=[certificate.dump()],
            maker=self._maker(now),
            maker_key=MAKER_KEY,
            keys=self._base.sealing_keys,
            now=now,
        )
        folder = self._folder / "seals" / seal.organ_id
        _write_into(folder / SIGNER_FILE, certificate.dump())
        _write_into(folder / SEAL_FILE, made)
        _write_into(folder / FACTS_FILE, facts_of(seal, key_name))

    def _maker(self, now: datetime) -> x509.Certificate:
        path = self._folder / "maker.crt"
        if not _lasts(path, now):
            _write_into(path, self._certify(MAKER_KEY, SEAL_MAKER, _own_name("seal maker"), now).dump())
        return x509.Certificate.load(path.read_bytes())

    def _certify(self, key_name: str, profile: Profile, name: x509.Name, now: datetime) -> x509.Certificate:
        keys = self._base.sealing_keys
        self._key(keys, key_name)
        info = x509.PublicKeyInfo.load(keys.public_key_info(key_name))
        return issue(profile, name, Sm2PublicKey.from_info(info), issuer=self._issuer("issuing"), now=now)

    def _key(self, keys: KeyMaker, name: str) -> None:
        if not keys.has(name):
            keys.generate(name, KeyAlgorithm.SM2)

    def _issuer(self, name: str) -> Sm2Issuer:
        base_url = (self._folder / "base-url").read_text(encoding="utf-8").strip()
        return Sm2Issuer(
            x509.Certificate.load((self._folder / PUBLISHED[f"sm2-{name}.crt"]).read_bytes()),
            self._base.keys.sm2_private_key(f"sm2-{name}"),
            f"{base_url}/v1/pki/sm2-{name}.crt",
            f"{base_url}/v1/pki/sm2-{name}.crl",
        )

    def _revoked(self) -> dict[int, datetime]:
        path = self._folder / "revoked.json"
        entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return {int(serial): datetime.fromisoformat(since) for serial, since in entries.items()}

    def _write_lists(self, now: datetime) -> None:
        for name in AUTHORITIES:
            revoked = self._revoked() if name == "issuing" else {}
            listed = make_crl(self._issuer(name), revoked, now=now)
            _write_into(self._folder / PUBLISHED[f"sm2-{name}.crl"], listed)


def create(
    folder: Path,
    base: DemonstrationOffice,
    seals: Iterable[Seal],
    clock: Callable[[], datetime],
    *,
    base_url: str = "http://127.0.0.1:8000",
) -> OfdDemonstration:
    """Make what is missing of the SM2 authority beside an opened demonstration authority, and open it.

    Running it again changes nothing that is still good.
    """
    (folder / FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
    made = OfdDemonstration(folder, base, clock)
    with locked(folder / FOLDER):
        made.make(seals, base_url)
    return made


def _own_name(common_name: str) -> x509.Name:
    name = subject(f"novisit DEMONSTRATION SM2 {common_name}", organization=OPERATOR, unit=DEMONSTRATION_UNIT)
    return x509.Name.load(name.public_bytes())


def _lasts(path: Path, now: datetime) -> bool:
    """Whether a certificate is there and good for a while yet."""
    if not path.exists():
        return False
    until: datetime = x509.Certificate.load(path.read_bytes()).not_valid_after
    return until > now + RENEW_CERTIFICATE_WITHIN


def _lives_on(listed: bytes, now: datetime) -> bool:
    return _next_update(listed) > now + RENEW_CRL_WITHIN


@lru_cache(maxsize=8)
def _next_update(listed: bytes) -> datetime:
    until: datetime = crl.CertificateList.load(listed)["tbs_cert_list"]["next_update"].native
    return until


def _write_into(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write(path, content)
