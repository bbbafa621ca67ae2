"""OFD seals on the disk of an installation: what each organ seals with, and what their paths are built from.

    roots/*.crt  intermediates/*.crt  crls/*.crl      SM2 certificates and revocation lists, DER
    seals/<organ_id>/seal.esl                         the seal as its maker made it (SESeal)
    seals/<organ_id>/signer.crt                       the certificate that seals; the seal lists it
    seals/<organ_id>/seal.json                        the organ's data and the name of the key
    retired/                                          what an import has replaced

A licensed authority's answer and an officially made seal go into the same places as the demonstration's.
"""

import hashlib
import json
import os
import secrets
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import pem, x509

from signing.certificates import DEMONSTRATION_UNIT
from signing.errors import CertificateRefused, DemonstrationRefused, RevocationUnknown, SealMalformed
from signing.gm.paths import PathRefused, Trust, read_certificate, read_list
from signing.ofd.seal_format import SealData, listed_certificates, parse
from signing.ofd.sealing import OfdCredential
from signing.seal import Seal

if TYPE_CHECKING:
    from signing.ofd.licensed import OfficialSeal

SEAL_FILE: Final = "seal.esl"
SIGNER_FILE: Final = "signer.crt"
FACTS_FILE: Final = "seal.json"


class SealShelf:
    """The OFD seals in a folder. Cheap to build; reads its folder when asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __repr__(self) -> str:
        return f"SealShelf({str(self._folder)!r})"

    @property
    def organs(self) -> tuple[str, ...]:
        """The organs that have an OFD seal."""
        return tuple(sorted(path.parent.name for path in self._folder.glob(f"seals/*/{FACTS_FILE}")))

    @property
    def trust(self) -> Trust:
        """What certification paths are built from."""
        return Trust(
            roots=_contents(self._folder / "roots", ".crt"),
            intermediates=_contents(self._folder / "intermediates", ".crt"),
            crls=_contents(self._folder / "crls", ".crl"),
        )

    def has(self, organ_id: str) -> bool:
        return organ_id in self.organs

    def credential(self, organ_id: str) -> OfdCredential:
        """What an organ seals with. Raises CertificateRefused where it has none, or its parts disagree."""
        if not self.has(organ_id):
            raise CertificateRefused(f"No OFD seal was made for the organ {organ_id}.")
        folder = self._folder / "seals" / organ_id
        facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
        credential = OfdCredential(
            seal=Seal.from_record(facts["seal"]),
            seal_data=(folder / SEAL_FILE).read_bytes(),
            key_name=facts["key"],
            certificate=(folder / SIGNER_FILE).read_bytes(),
        )
        _require_whole(credential)
        return credential

    def install(self, official: "OfficialSeal") -> None:
        """Put an official seal in force for its organ; what was before is kept as retired."""
        credential = official.credential
        for kind, certificates in (("roots", official.roots), ("intermediates", official.intermediates)):
            for der in certificates:
                _write(self._folder / kind / f"{hashlib.sha256(der).hexdigest()[:16]}.crt", der)
        organ_id = credential.seal.organ_id
        draft = self._folder / "drafts" / f"{organ_id}-{secrets.token_hex(4)}"
        _write(draft / SEAL_FILE, credential.seal_data)
        _write(draft / SIGNER_FILE, credential.certificate)
        _write(draft / FACTS_FILE, facts_of(credential.seal, credential.key_name))
        place = self._folder / "seals" / organ_id
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            retired = self._folder / "retired" / f"{organ_id}-{secrets.token_hex(4)}"
            retired.parent.mkdir(exist_ok=True)
            place.rename(retired)
        draft.rename(place)

    def keep_list(self, content: bytes, now: datetime) -> datetime:
        """Keep a revocation list (PEM or DER) of an authority that is known here; give until when it counts.

        Raises RevocationUnknown for what is none, is over, or is older than the one that is here.
        """
        der = pem.unarmor(content)[2] if pem.detect(content) else content
        trust = self.trust
        for issuer in (*trust.roots, *trust.intermediates):
            listed = read_list(der, issuer)
            if listed is None:
                continue
            if listed.until is None or not listed.since <= now < listed.until:
                raise RevocationUnknown("The list does not count today.")
            path = self._folder / "crls" / f"{hashlib.sha256(issuer).hexdigest()[:16]}.crl"
            had = read_list(path.read_bytes(), issuer) if path.exists() else None
            if had is not None and had.since > listed.since:
                raise RevocationUnknown("The list is older than the one that is here.")
            _write(path, der)
            return listed.until
        raise RevocationUnknown("No authority of the OFD seals here signed this list.")

    def refuse_demonstration(self, organ_id: str) -> None:
        """Refuse a seal, signer or maker of a demonstration authority. Raises DemonstrationRefused."""
        if self.is_demonstration(organ_id):
            raise DemonstrationRefused(
                f"The OFD seal of {organ_id} comes from a demonstration authority. "
                "Production needs an SM2 certificate of a licensed authority and an officially made seal."
            )

    def is_demonstration(self, organ_id: str) -> bool:
        """Whether a seal, its signer or its maker is a demonstration authority's."""
        return _is_demonstration(self.credential(organ_id))


def facts_of(seal: Seal, key_name: str) -> bytes:
    """The content of `seal.json`."""
    return json.dumps({"seal": seal.as_record(), "key": key_name}, ensure_ascii=False, indent=1).encode()


@lru_cache(maxsize=64)
def _is_demonstration(credential: OfdCredential) -> bool:
    maker = parse(SealData, credential.seal_data)["maker"].native
    certificates = map(x509.Certificate.load, (credential.certificate, maker))
    return any(
        name.native.get("organizational_unit_name") == DEMONSTRATION_UNIT
        for certificate in certificates
        for name in (certificate.subject, certificate.issuer)
    )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(content)
    draft.replace(path)


def _contents(folder: Path, suffix: str) -> tuple[bytes, ...]:
    """The files in a folder by their names; none where there is no folder."""
    try:
        found = [(entry.name, entry.stat()) for entry in os.scandir(folder) if entry.name.endswith(suffix)]
    except FileNotFoundError:
        return ()
    return _read(folder, tuple(sorted((name, at.st_ino, at.st_mtime_ns, at.st_size) for name, at in found)))


@lru_cache(maxsize=16)
def _read(folder: Path, files: tuple[tuple[str, int, int, int], ...]) -> tuple[bytes, ...]:
    """Read files once as long as nobody replaces one, which gives it another inode."""
    return tuple((folder / name).read_bytes() for name, *_ in files)


@lru_cache(maxsize=64)
def _require_whole(credential: OfdCredential) -> None:
    """Organ, seal and signer belong together: else a document would leave that no verifier passes."""
    seal = credential.seal
    try:
        info: Any = parse(SealData, credential.seal_data)["info"]
        listed = listed_certificates(info)
        subject = read_certificate(credential.certificate).subject.native
    except (SealMalformed, PathRefused):
        raise CertificateRefused(f"The OFD seal of {seal.holder} or its certificate is unreadable.") from None
    if credential.certificate not in listed:
        raise CertificateRefused(f"The OFD seal of {seal.holder} does not list the certificate beside it.")
    if not info["property"]["name"].native == subject.get("organization_name") == seal.holder:
        raise CertificateRefused(f"The OFD seal or its certificate speaks for another than {seal.holder}.")
