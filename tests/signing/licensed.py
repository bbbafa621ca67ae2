"""An authority that is not the demonstration's: it answers requests as a licensed one does."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signing.certificates import ISSUING, SEAL, Issuer, Profile, der, issue, make_crl, self_sign, subject

PEM = serialization.Encoding.PEM


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class LicensedAuthority:
    """Root and issuing authority; `answer` reads a PKCS#10 request and certifies it."""

    now: datetime
    name: str = "Licensed CA"
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    key: ec.EllipticCurvePrivateKey = field(default_factory=new_key)
    revoked: dict[int, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self_sign(self._named("root"), self.root_key, now=self.now)
        below = issue(
            ISSUING, self._named("issuing"), self.key.public_key(), issuer=self._root(), now=self.now
        )
        self.issuing = below

    def _named(self, kind: str) -> x509.Name:
        return subject(f"{self.name} {kind}", organization=self.name)

    def _root(self) -> Issuer:
        return Issuer(self.root, self.root_key, "http://ca.test/root.crt", "http://ca.test/root.crl")

    def issuer(self) -> Issuer:
        return Issuer(self.issuing, self.key, "http://ca.test/i.crt", "http://ca.test/i.crl")

    def answer(
        self,
        request: bytes,
        *,
        organization: str = "",
        organization_id: str = "",
        profile: Profile = SEAL,
        now: datetime | None = None,
    ) -> bytes:
        """The certificate with its chain (PEM), for the name in the request or another."""
        asked = x509.load_pem_x509_csr(request)
        if not asked.is_signature_valid:
            raise ValueError("the request is not signed by its key")
        named = str(asked.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)
        common = str(asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        key = asked.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise TypeError("a P-256 key")
        made = issue(
            profile,
            subject(common, organization=organization or named, organization_id=organization_id),
            key,
            issuer=self.issuer(),
            now=now or self.now,
        )
        return b"".join(item.public_bytes(PEM) for item in (made, self.issuing, self.root))

    def crls(self, now: datetime | None = None) -> tuple[bytes, ...]:
        moment = now or self.now
        return (
            make_crl(self._root(), {}, now=moment),
            make_crl(self.issuer(), self.revoked, now=moment),
        )

    @property
    def anchor(self) -> bytes:
        return der(self.root)


LATE = timedelta(days=1096)
"""Longer than a seal's certificate lives."""
