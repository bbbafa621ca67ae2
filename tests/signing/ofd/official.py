"""A licensed SM2 authority and a maker of seals, who are not the demonstration's, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import csr, pem, x509

from signing.appearance import draw_seal_png
from signing.certificates import SEAL, SEAL_MAKER, Profile, subject
from signing.gm.certificates import issue
from signing.gm.sm2 import Sm2PublicKey
from signing.keys import EncryptedKeyFolder, KeyAlgorithm
from signing.ofd.sealing import make_seal
from signing.seal import Seal
from tests.signing.gm.authority import Sm2Authority

MAKER = "maker"


def named(organization: str, common_name: str) -> x509.Name:
    return x509.Name.load(subject(common_name, organization=organization).public_bytes())


def armored(*certificates: x509.Certificate) -> bytes:
    return b"".join(pem.armor("CERTIFICATE", certificate.dump()) for certificate in certificates)


@dataclass
class Officials:
    """Answers requests for SM2 keys, and makes seals."""

    folder: Path
    now: datetime
    authority: Sm2Authority = field(init=False)

    def __post_init__(self) -> None:
        self.authority = Sm2Authority(made_at=self.now)
        self.keys = EncryptedKeyFolder(self.folder, b"maker's own")
        self.keys.generate(MAKER, KeyAlgorithm.SM2)
        self.maker = self.certify(self.keys.sm2_private_key(MAKER).public, "某制章机构", profile=SEAL_MAKER)

    def certify(
        self, key: Sm2PublicKey, organization: str, *, profile: Profile = SEAL, now: datetime | None = None
    ) -> x509.Certificate:
        issuer = self.authority.issuing
        return issue(
            profile, named(organization, f"{organization} SM2"), key, issuer=issuer, now=now or self.now
        )

    def answer(self, request: bytes, *, organization: str = "", now: datetime | None = None) -> bytes:
        """The certificate for a request (PEM), with the one above it."""
        info = csr.CertificationRequest.load(pem.unarmor(request)[2])
        content = info["certification_request_info"]
        key = Sm2PublicKey.from_info(content["subject_pk_info"])
        if not key.verifies(content.dump(), info["signature"].native):
            raise ValueError("the request is not signed by its key")
        holder = organization or content["subject"].native["organization_name"]
        return armored(self.certify(key, holder, now=now), self.authority.issuing.certificate)

    @property
    def root(self) -> bytes:
        return armored(self.authority.root.certificate)

    def crls(self, revoked: Mapping[int, datetime] | None = None) -> tuple[bytes, ...]:
        return tuple(self.authority.trust(revoked).crls)

    def seal(self, seal: Seal, signer: bytes, **changes: Any) -> bytes:
        """The seal (`.esl`) for the organ, which lists the first certificate of an answer."""
        certificate = pem.unarmor(signer)[2]
        return make_seal(
            seal,
            **{
                "picture_png": draw_seal_png(seal),
                "signers": [certificate],
                "maker": self.maker,
                "maker_key": MAKER,
                "keys": self.keys,
                "now": self.now,
                **changes,
            },
        )
