"""The demonstration authority as the service uses it: seals, lists, answers, time stamps, TLS."""

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from signing.certificates import DEMONSTRATION_UNIT, SEAL, TIME_STAMP, Profile, der, subject
from signing.credentials import SealCredential
from signing.demonstration.authority import AUTHORITIES, CertificateAuthority, lasts
from signing.demonstration.files import locked, write
from signing.demonstration.responder import OcspResponder, certify_responder
from signing.demonstration.tls import TlsFiles, certify_hosts
from signing.errors import CertificateRefused, KeyMissing
from signing.keys import EncryptedKeyFolder, KeyMaker, read_passphrase
from signing.seal import Seal
from signing.timestamps import LocalTimeStampAuthority

if TYPE_CHECKING:
    from signing.sealing import PdfSealer

WARNING = """\
A demonstration authority. It is not lawful for real seals: whoever runs the service could make any
certificate. Every subject says DEMONSTRATION, and production refuses to seal with it.
"""


class Demonstration:
    """An opened demonstration authority. Cheap to build; reads its folder when asked.

    `keys` are the authority's own: root, issuing, time stamps, TLS. What seals and signs for organs lies in
    `sealing_keys`: the signer's where the service runs, and beside the others where none is given.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], datetime], sealing_keys: KeyMaker | None = None
    ) -> None:
        self._folder = folder
        self._clock = clock
        self.keys = EncryptedKeyFolder(folder / "keys", read_passphrase(folder / "passphrase"))
        self.authority = CertificateAuthority(folder, self.keys)
        self.sealing_keys: KeyMaker = self.keys if sealing_keys is None else sealing_keys

    def __repr__(self) -> str:
        return f"Demonstration({str(self._folder)!r})"

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """The root certificate (DER): what a verifier trusts."""
        return (self.published("root.crt"),)

    @property
    def seals(self) -> tuple[Seal, ...]:
        return tuple(self._record(path)[0] for path in sorted((self._folder / "seals").glob("*.json")))

    def check(self) -> None:
        """Return when every seal can be used; raise KeyUnavailable or CertificateRefused where not."""
        if not self.seals:
            raise CertificateRefused("No seal was made in this folder.")
        if not self.keys.has("tsa"):
            raise KeyMissing("The key tsa of the time stamps is missing.")
        for seal in self.seals:
            name = self.credential(seal.organ_id).key_name
            if not self.sealing_keys.has(name):
                raise KeyMissing(f"The key {name} of a seal is missing.")

    def published(self, name: str) -> bytes:
        """A file that certificates point at. Raises CertificateRefused for any other name."""
        return self.authority.published(name)

    def crls(self, now: datetime) -> tuple[bytes, ...]:
        """Both revocation lists, renewed in good time before they run out."""
        if not self.authority.crls_last(now):
            with locked(self._folder):
                self.authority.write_crls(now)
        return tuple(self.published(f"{name}.crl") for name in AUTHORITIES)

    def credential(self, organ_id: str) -> SealCredential:
        """The seal of an organ. Raises CertificateRefused where none was made."""
        path = self._folder / "seals" / f"{organ_id}.json"
        if organ_id != Path(organ_id).name or not path.exists():
            raise CertificateRefused(f"No seal was made for the organ {organ_id}.")
        seal, key_name, certificate = self._record(path)
        return SealCredential(
            seal=seal,
            key_name=key_name,
            certificate=certificate,
            chain=(self.published("issuing.crt"),),
            root=self.published("root.crt"),
        )

    def certify(self, name: str, profile: Profile, common_name: str) -> bytes:
        """The certificate (DER) of a key that signs, both made and renewed here as they are asked for."""
        with locked(self._folder):
            return self.authority.certify(
                name, profile, common_name, now=self._clock(), keys=self.sealing_keys
            )

    def ocsp_responder(self) -> OcspResponder:
        """What answers whether a certificate is revoked."""

        def certificate_of(name: str) -> bytes:
            with locked(self._folder):
                return certify_responder(self.authority, name, now=self._clock())

        return OcspResponder(self.authority, keys=self.keys, certificate_of=certificate_of, clock=self._clock)

    def time_stamp_authority(self) -> LocalTimeStampAuthority:
        return LocalTimeStampAuthority(
            certificate=(self._folder / "tsa.crt").read_bytes(),
            chain=(self.published("issuing.crt"),),
            keys=self.keys,
            key_name="tsa",
            clock=self._clock,
            serials=lambda: secrets.randbits(63) + 1,
        )

    def sealer(self, organ_id: str) -> "PdfSealer":
        """Build what seals for an organ; keep it, it caches its key."""
        from signing.sealing import PdfSealer  # heavy, and only those who seal need it

        return PdfSealer(
            self.credential(organ_id),
            keys=self.sealing_keys,
            time_stamps=self.time_stamp_authority(),
            crls=self.crls,
            clock=self._clock,
        )

    def revoke(self, organ_id: str, *, since: datetime) -> None:
        """Revoke an organ's current seal certificate from a moment on; `create` then makes it a new one."""
        credential = self.credential(organ_id)
        serial = x509.load_der_x509_certificate(credential.certificate).serial_number
        with locked(self._folder):
            self.authority.revoke(serial, since=since, now=self._clock())

    def revoke_key(self, key_name: str, *, since: datetime) -> bool:
        """Revoke the certificate of a key from a moment on; tell whether this authority issued one."""
        found = [self._folder / "seals" / f"{key_name}.crt", self._folder / f"{key_name}.crt"]
        certificates = [path.read_bytes() for path in found if path.exists()]
        for certificate in certificates:
            serial = x509.load_der_x509_certificate(certificate).serial_number
            with locked(self._folder):
                self.authority.revoke(serial, since=since, now=self._clock())
        return bool(certificates)

    def replace_seal(self, seal: Seal, key_name: str) -> None:
        """Give an organ another seal, by a key that was made for it. Doing it again changes nothing."""
        path = self._folder / "seals" / f"{seal.organ_id}.json"
        with locked(self._folder):
            if path.exists():
                had, used, _ = self._record(path)
                if (had, used) == (seal, key_name):
                    return
            record = {"seal": seal.as_record(), **self._certify_seal(seal, key_name, self._clock())}
            write(path, json.dumps(record, ensure_ascii=False, indent=1).encode())

    def rotate(self, organ_id: str, key_name: str, *, since: datetime) -> None:
        """Certify another key for an organ, which takes over at a moment. Raises CertificateRefused."""
        seal = self.credential(organ_id).seal
        path = self._folder / "seals" / f"{organ_id}.json"
        with locked(self._folder):
            record = json.loads(path.read_text(encoding="utf-8"))
            later = self._certify_seal(seal, key_name, self._clock())
            record.setdefault("later", []).append({**later, "since": since.isoformat()})
            write(path, json.dumps(record, ensure_ascii=False, indent=1).encode())

    def tls_files(self, hosts: Sequence[str]) -> TlsFiles:
        """A TLS certificate for these host names and addresses, made anew when they change or it runs out."""
        path = self._folder / "tls.pem"
        with locked(self._folder):
            certify_hosts(self.authority, self.keys, path, hosts, now=self._clock())
        passphrase = read_passphrase(self._folder / "passphrase").decode()
        return TlsFiles(path, self._folder / "keys" / "tls.key", passphrase)

    def _record(self, path: Path) -> tuple[Seal, str, bytes]:
        """An organ's seal with the key and certificate that are in force now."""
        record = json.loads(path.read_text(encoding="utf-8"))
        now, chosen = self._clock(), record
        for later in sorted(record.get("later", []), key=lambda item: str(item["since"])):
            if datetime.fromisoformat(later["since"]) <= now:
                chosen = later
        certificate = path.with_name(chosen["certificate"]).read_bytes()
        return Seal.from_record(record["seal"]), chosen["key"], certificate

    def make_seal(self, seal: Seal, now: datetime) -> None:
        """Give an organ a new key and certificate, unless what it has is the same seal and still good."""
        path = self._folder / "seals" / f"{seal.organ_id}.json"
        if path.exists():
            had, key_name, current = self._record(path)
            serial = x509.load_der_x509_certificate(current).serial_number
            is_good = lasts(current, now) and serial not in self.authority.revoked()
            if had == seal and is_good and self.sealing_keys.has(key_name):
                return
        key_name = f"seal-{seal.organ_id}-{secrets.token_hex(4)}"
        self.sealing_keys.generate(key_name)
        record = {"seal": seal.as_record(), **self._certify_seal(seal, key_name, now)}
        write(path, json.dumps(record, ensure_ascii=False, indent=1).encode())

    def _certify_seal(self, seal: Seal, key_name: str, now: datetime) -> dict[str, str]:
        """Issue the certificate of a seal's key; give what a record says of both."""
        name = subject(
            f"{seal.holder}电子印章",
            organization=seal.holder,
            organization_id=seal.organ_id,
            unit=DEMONSTRATION_UNIT,
            code=seal.code,
        )
        public_key = self.sealing_keys.public_key(key_name)
        certificate = self.authority.issue(SEAL, name, public_key, now=now)
        write(self._folder / "seals" / f"{key_name}.crt", der(certificate))
        return {"key": key_name, "certificate": f"{key_name}.crt"}


def create(
    folder: Path,
    organs: Iterable[Seal],
    clock: Callable[[], datetime],
    *,
    base_url: str = "http://127.0.0.1:8000",
    sealing_keys: KeyMaker | None = None,
) -> Demonstration:
    """Make what is missing of a demonstration authority in a folder, renew what runs out, and open it.

    Running it again changes nothing that is still good. `base_url` goes into new certificates as the place of
    issuer certificates and revocation lists.
    """
    now = clock()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(folder):
        if not (folder / "passphrase").exists():
            write(folder / "passphrase", secrets.token_hex(32).encode())
        write(folder / "base-url", base_url.rstrip("/").encode())
        write(folder / "DEMONSTRATION", WARNING.encode())
        (folder / "seals").mkdir(exist_ok=True)
        made = Demonstration(folder, clock, sealing_keys)
        made.authority.make(now)
        made.authority.certify("tsa", TIME_STAMP, "novisit DEMONSTRATION time stamps", now=now)
        for name in AUTHORITIES:
            certify_responder(made.authority, name, now=now)
        for seal in organs:
            made.make_seal(seal, now)
    made.crls(now)
    return made


def open_folder(
    folder: Path, clock: Callable[[], datetime], sealing_keys: KeyMaker | None = None
) -> Demonstration:
    """Open an authority that `create` made, as a worker process does. Raises KeyUnavailable where none is."""
    return Demonstration(folder, clock, sealing_keys)
