"""OFD seals on the disk of an installation: what each organ seals with, and what their paths are built from.

    roots/*.crt  intermediates/*.crt  crls/*.crl      SM2 certificates and revocation lists, DER
    seals/<organ_id>/seal.esl                         the seal as its maker made it (SESeal)
    seals/<organ_id>/signer.crt                       the certificate that seals; the seal lists it
    seals/<organ_id>/seal.json                        the organ's data and the name of the key

A licensed authority's answer and an officially made seal go into the same places as the demonstration's.
"""

import json
import os
from pathlib import Path
from typing import Any, Final

from asn1crypto import x509

from signing.certificates import DEMONSTRATION_UNIT
from signing.errors import CertificateRefused, DemonstrationRefused, SealMalformed
from signing.gm.paths import PathRefused, Trust, read_certificate
from signing.ofd.seal_format import SealData, listed_certificates, parse
from signing.ofd.sealing import OfdCredential
from signing.seal import Seal

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

    def refuse_demonstration(self, organ_id: str) -> None:
        """Refuse a seal, signer or maker of a demonstration authority. Raises DemonstrationRefused."""
        if self.is_demonstration(organ_id):
            raise DemonstrationRefused(
                f"The OFD seal of {organ_id} comes from a demonstration authority. "
                "Production needs an SM2 certificate of a licensed authority and an officially made seal."
            )

    def is_demonstration(self, organ_id: str) -> bool:
        """Whether a seal, its signer or its maker is a demonstration authority's."""
        credential = self.credential(organ_id)
        maker = parse(SealData, credential.seal_data)["maker"].native
        certificates = map(x509.Certificate.load, (credential.certificate, maker))
        return any(
            name.native.get("organizational_unit_name") == DEMONSTRATION_UNIT
            for certificate in certificates
            for name in (certificate.subject, certificate.issuer)
        )


def facts_of(seal: Seal, key_name: str) -> bytes:
    """The content of `seal.json`."""
    return json.dumps({"seal": seal.as_record(), "key": key_name}, ensure_ascii=False, indent=1).encode()


def _contents(folder: Path, suffix: str) -> tuple[bytes, ...]:
    """The files in a folder by their names; none where there is no folder."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith(suffix))
    except FileNotFoundError:
        return ()
    return tuple((folder / name).read_bytes() for name in names)


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
