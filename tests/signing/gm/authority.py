"""An SM2 authority for tests: root, issuing, and whatever is issued under them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from asn1crypto import x509

from signing.certificates import ISSUING, SEAL, Profile, subject
from signing.gm.certificates import Sm2Issuer, issue, make_crl, self_sign
from signing.gm.paths import Trust
from signing.gm.sm2 import Sm2PrivateKey

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def name(common_name: str) -> x509.Name:
    return x509.Name.load(subject(common_name, organization="示范机关").public_bytes())


@dataclass(frozen=True)
class Sm2Authority:
    root_key: Sm2PrivateKey = field(default_factory=Sm2PrivateKey.generate)
    issuing_key: Sm2PrivateKey = field(default_factory=Sm2PrivateKey.generate)
    made_at: datetime = NOW
    root: Sm2Issuer = field(init=False)
    issuing: Sm2Issuer = field(init=False)

    def __post_init__(self) -> None:
        certificate = self_sign(name("root"), self.root_key, now=self.made_at)
        self._set(
            "root",
            Sm2Issuer(certificate, self.root_key, "http://ca.test/root.crt", "http://ca.test/root.crl"),
        )
        below = issue(ISSUING, name("issuing"), self.issuing_key.public, issuer=self.root, now=self.made_at)
        self._set(
            "issuing", Sm2Issuer(below, self.issuing_key, "http://ca.test/i.crt", "http://ca.test/i.crl")
        )

    def _set(self, attribute: str, value: Sm2Issuer) -> None:
        object.__setattr__(self, attribute, value)

    def seal(self, key: Sm2PrivateKey | None = None, profile: Profile = SEAL) -> x509.Certificate:
        public = (key or Sm2PrivateKey.generate()).public
        return issue(profile, name("seal"), public, issuer=self.issuing, now=self.made_at)

    def trust(self, revoked: Mapping[int, datetime] | None = None) -> Trust:
        return Trust(
            roots=[self.root.certificate.dump()],
            intermediates=[self.issuing.certificate.dump()],
            crls=[
                make_crl(self.root, {}, now=self.made_at),
                make_crl(self.issuing, revoked or {}, now=self.made_at),
            ],
        )
