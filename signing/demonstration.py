"""A demonstration authority: root, issuing, time-stamp and TLS certificates, and one seal per organ.

It lets a fresh machine make seals that verify. It is not lawful for real seals: whoever runs the service
could make any certificate. Every subject says DEMONSTRATION, and production refuses to seal with it.
"""

import fcntl
import ipaddress
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from signing.certificates import (
    DEMONSTRATION_UNIT,
    ISSUING,
    SEAL,
    TIME_STAMP,
    TLS,
    Issuer,
    Profile,
    der,
    is_demonstration,
    issue,
    make_crl,
    self_sign,
    subject,
)
from signing.credentials import SealCredential
from signing.errors import CertificateRefused, DemonstrationRefused, KeyMissing
from signing.keys import EncryptedKeyFolder, KeyMaker, read_passphrase
from signing.seal import Seal
from signing.timestamps import LocalTimeStampAuthority

if TYPE_CHECKING:
    from signing.sealing import PdfSealer

OPERATOR = "novisit demonstration authority 演示认证机构"
RENEW_CRL_WITHIN = timedelta(days=15)
RENEW_CERTIFICATE_WITHIN = timedelta(days=30)
PUBLISHED = ("root.crt", "issuing.crt", "root.crl", "issuing.crl")
"""Files that certificates point at and that the service gives out, all DER."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What a TLS server needs: certificate chain and encrypted key (PEM), and the key's passphrase."""

    certificate: Path
    key: Path
    passphrase: str

    def __repr__(self) -> str:
        return f"TlsFiles(certificate={str(self.certificate)!r})"


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
        if name not in PUBLISHED:
            raise CertificateRefused(f"The authority publishes {', '.join(PUBLISHED)}.")
        return (self._folder / name).read_bytes()

    def crls(self, now: datetime) -> tuple[bytes, ...]:
        """Both revocation lists, renewed in good time before they run out."""
        current = tuple(self.published(name) for name in ("root.crl", "issuing.crl"))
        if all(_lives_on(crl, now + RENEW_CRL_WITHIN) for crl in current):
            return current
        with _locked(self._folder):
            self._write_crls(now)
        return tuple(self.published(name) for name in ("root.crl", "issuing.crl"))

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
        path = self._folder / f"{name}.crt"
        with _locked(self._folder):
            if not self.sealing_keys.has(name):
                self.sealing_keys.generate(name)
            now = self._clock()
            if not (path.exists() and _lasts(path.read_bytes(), now)):
                public_key = self.sealing_keys.public_key(name)
                issuer = self._issuer("issuing")
                _write(path, der(issue(profile, _name(common_name), public_key, issuer=issuer, now=now)))
        return path.read_bytes()

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
        with _locked(self._folder):
            revoked = self._revoked() | {serial: since.replace(microsecond=0)}
            text = json.dumps({str(number): moment.isoformat() for number, moment in revoked.items()})
            _write(self._folder / "revoked.json", text.encode())
            self._write_crls(self._clock())

    def tls_files(self, hosts: Sequence[str]) -> TlsFiles:
        """A TLS certificate for these host names and addresses, made anew when they change or it runs out."""
        wanted = [_general_name(host) for host in hosts]
        path = self._folder / "tls.pem"
        with _locked(self._folder):
            if not self.keys.has("tls"):
                self.keys.generate("tls")
            if not (path.exists() and _serves(path.read_bytes(), wanted, self._clock())):
                self._issue_tls(path, wanted)
        passphrase = read_passphrase(self._folder / "passphrase").decode()
        return TlsFiles(path, self._folder / "keys" / "tls.key", passphrase)

    def _issue_tls(self, path: Path, names: Sequence[x509.GeneralName]) -> None:
        issuer = self._issuer("issuing")
        certificate = issue(
            TLS,
            _name(str(names[0].value)),
            self.keys.public_key("tls"),
            issuer=issuer,
            now=self._clock(),
            alternative_names=names,
        )
        pem = serialization.Encoding.PEM
        _write(path, certificate.public_bytes(pem) + issuer.certificate.public_bytes(pem))

    def _record(self, path: Path) -> tuple[Seal, str, bytes]:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Seal(**record["seal"]), record["key"], path.with_name(record["certificate"]).read_bytes()

    def _issuer(self, name: str) -> Issuer:
        base_url = (self._folder / "base-url").read_text(encoding="utf-8").strip()
        return Issuer(
            x509.load_der_x509_certificate(self.published(f"{name}.crt")),
            self.keys.private_key(name),
            f"{base_url}/v1/pki/{name}.crt",
            f"{base_url}/v1/pki/{name}.crl",
        )

    def _revoked(self) -> dict[int, datetime]:
        path = self._folder / "revoked.json"
        entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return {int(serial): datetime.fromisoformat(since) for serial, since in entries.items()}

    def _write_crls(self, now: datetime) -> None:
        _write(self._folder / "root.crl", make_crl(self._issuer("root"), {}, now=now))
        _write(self._folder / "issuing.crl", make_crl(self._issuer("issuing"), self._revoked(), now=now))

    def _make_authorities(self, now: datetime) -> None:
        """Root, issuing and time-stamp authority; each is made once and left alone afterwards."""
        for name in ("root", "issuing", "tsa"):
            if not self.keys.has(name):
                self.keys.generate(name)
        if not (self._folder / "root.crt").exists():
            root = self_sign(_name("novisit DEMONSTRATION root"), self.keys.private_key("root"), now=now)
            _write(self._folder / "root.crt", der(root))
        for name, profile, above in (("issuing", ISSUING, "root"), ("tsa", TIME_STAMP, "issuing")):
            path = self._folder / f"{name}.crt"
            if path.exists() and _lasts(path.read_bytes(), now):
                continue
            common_name = f"novisit DEMONSTRATION {'time stamps' if name == 'tsa' else name}"
            public_key = self.keys.public_key(name)
            certificate = issue(profile, _name(common_name), public_key, issuer=self._issuer(above), now=now)
            _write(path, der(certificate))

    def _make_seal(self, seal: Seal, now: datetime) -> None:
        """Give an organ a new key and certificate, unless what it has is the same seal and still good."""
        path = self._folder / "seals" / f"{seal.organ_id}.json"
        if path.exists():
            had, _, current = self._record(path)
            serial = x509.load_der_x509_certificate(current).serial_number
            if had == seal and _lasts(current, now) and serial not in self._revoked():
                return
        key_name = f"seal-{seal.organ_id}-{secrets.token_hex(4)}"
        self.sealing_keys.generate(key_name)
        name = subject(
            f"{seal.holder}电子印章",
            organization=seal.holder,
            organization_id=seal.organ_id,
            unit=DEMONSTRATION_UNIT,
            code=seal.code,
        )
        public_key = self.sealing_keys.public_key(key_name)
        certificate = issue(SEAL, name, public_key, issuer=self._issuer("issuing"), now=now)
        _write(path.with_name(f"{key_name}.crt"), der(certificate))
        record = {"seal": asdict(seal), "key": key_name, "certificate": f"{key_name}.crt"}
        _write(path, json.dumps(record, ensure_ascii=False, indent=1).encode())


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
    with _locked(folder):
        if not (folder / "passphrase").exists():
            _write(folder / "passphrase", secrets.token_hex(32).encode())
        _write(folder / "base-url", base_url.rstrip("/").encode())
        _write(folder / "DEMONSTRATION", f"{__doc__}".encode())
        (folder / "seals").mkdir(exist_ok=True)
        authority = Demonstration(folder, clock, sealing_keys)
        authority._make_authorities(now)  # noqa: SLF001 - the same module; the lock is held here
        for seal in organs:
            authority._make_seal(seal, now)  # noqa: SLF001 - as above
        if not all((folder / name).exists() for name in ("root.crl", "issuing.crl")):
            authority._write_crls(now)  # noqa: SLF001 - as above
    authority.crls(now)
    return authority


def open_folder(
    folder: Path, clock: Callable[[], datetime], sealing_keys: KeyMaker | None = None
) -> Demonstration:
    """Open an authority that `create` made, as a worker process does. Raises KeyUnavailable where none is."""
    return Demonstration(folder, clock, sealing_keys)


def refuse_demonstration(credential: SealCredential) -> None:
    """Refuse a demonstration seal; production calls this for each. Raises DemonstrationRefused."""
    for certificate in (credential.certificate, *credential.chain, credential.root):
        if is_demonstration(x509.load_der_x509_certificate(certificate)):
            raise DemonstrationRefused(
                f"The seal of {credential.seal.holder} comes from a demonstration authority. "
                "Production needs a certificate of a licensed authority and an officially made seal."
            )


def _name(common_name: str) -> x509.Name:
    return subject(common_name, organization=OPERATOR, unit=DEMONSTRATION_UNIT)


def _lasts(certificate: bytes, now: datetime) -> bool:
    until = x509.load_der_x509_certificate(certificate).not_valid_after_utc
    return until > now + RENEW_CERTIFICATE_WITHIN


def _lives_on(crl: bytes, moment: datetime) -> bool:
    until = x509.load_der_x509_crl(crl).next_update_utc
    return until is not None and until > moment


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _serves(pem: bytes, names: Sequence[x509.GeneralName], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(pem)
    covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return _lasts(der(certificate), now) and set(names) <= set(covered)


def _write(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change the folder."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
