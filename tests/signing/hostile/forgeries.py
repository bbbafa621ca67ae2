"""Seals that somebody else made, or the right one with the wrong means."""

import dataclasses
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from asn1crypto import crl, keys, ocsp, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp as pyca_ocsp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.certificates import RECORD, SEAL, Profile, der, issue, make_crl, subject
from signing.demonstration import Demonstration, create
from signing.demonstration.files import locked
from signing.demonstration.responder import certify_responder
from tests.signing.conftest import JIANGAN, JIANGHAN, PLACE
from tests.signing.hostile.materials import Materials, restamped
from tests.signing.stock import AuthorityTimeStamper


@dataclass(frozen=True)
class Forged:
    """A signer with its own key, and how it signs."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: bytes
    digest: str = "sha256"
    certify: bool = True
    field: str = "Seal"
    with_lists: bool = True
    crls: tuple[bytes, ...] | None = None
    ocsps: tuple[bytes, ...] = ()

    def sign(self, pdf: bytes, materials: Materials) -> bytes:
        plain = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        chain = SimpleCertificateStore()
        chain.register_multiple(
            x509.Certificate.load(materials.authority.published(name)) for name in ("issuing.crt", "root.crt")
        )
        signer = SimpleSigner(
            x509.Certificate.load(self.certificate), keys.PrivateKeyInfo.load(plain), cert_registry=chain
        )
        metadata = PdfSignatureMetadata(
            field_name=self.field,
            md_algorithm=self.digest,
            certify=self.certify,
            subfilter=SigSeedSubFilter.PADES,
            docmdp_permissions=MDPPerm.FILL_FORMS,
        )
        stamps = materials.authority.time_stamp_authority()
        output = PdfSigner(
            metadata,
            signer,
            timestamper=AuthorityTimeStamper(stamps) if self.digest == "sha256" else None,
            new_field_spec=SigFieldSpec(self.field),
        ).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), bytes_reserved=20480)
        if self.with_lists:
            given = materials.authority.crls(materials.clock()) if self.crls is None else self.crls
            chain.register(signer.signing_cert)
            for answer in self.ocsps:
                chain.register_multiple(ocsp.OCSPResponse.load(answer).basic_ocsp_response["certs"])
            DocumentSecurityStore.add_dss(
                output,
                None,
                certs=list(chain),
                crls=[crl.CertificateList.load(item) for item in given],
                ocsps=[ocsp.OCSPResponse.load(item) for item in self.ocsps],
            )
        return restamped(output.getvalue(), stamps)


def own_seal_name() -> pyca.Name:
    return subject("电子印章", organization=JIANGAN.holder, organization_id=JIANGAN.organ_id)


def weak_certificate(materials: Materials, key: rsa.RSAPrivateKey) -> bytes:
    """A 1024-bit RSA seal certificate that the real authority issued."""
    issuer = materials.authority.authority.issuer("issuing")
    certificate = issue(
        SEAL,
        own_seal_name(),
        key.public_key(),  # type: ignore[arg-type]  # the weak key is the point
        issuer=issuer,
        now=materials.clock(),
    )
    return der(certificate)


def self_made_certificate(key: ec.EllipticCurvePrivateKey, now: datetime) -> bytes:
    name = own_seal_name()
    builder = (
        pyca.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(pyca.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=9))
    )
    return der(builder.sign(key, hashes.SHA256()))


def signed_by_others(materials: Materials) -> Iterator[tuple[str, bytes]]:
    """Seals of other organs, other authorities and other kinds of certificates."""
    authority, page, now = materials.authority, materials.page, materials.clock()
    other = authority.sealer(JIANGHAN.organ_id).seal(page, reason="1", place=PLACE)
    yield "other organ's seal", other.pdf
    look_alike = create(materials.folder / "look-alike", [JIANGAN], materials.clock)
    yield "look-alike authority", look_alike.sealer(JIANGAN.organ_id).seal(page, reason="1", place=PLACE).pdf
    credential = authority.credential(JIANGAN.organ_id)
    real = Forged(authority.keys.private_key(credential.key_name), credential.certificate)
    tsa = (authority._folder / "tsa.crt").read_bytes()
    authority.tls_files(["localhost"])
    tls = pyca.load_pem_x509_certificate((authority._folder / "tls.pem").read_bytes())
    own = ec.generate_private_key(ec.SECP256R1())
    rsa_key = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the weak key is the point
    yield "sha-1", Forged(real.key, real.certificate, digest="sha1").sign(page, materials)
    yield "rsa-1024", Forged(rsa_key, weak_certificate(materials, rsa_key)).sign(page, materials)
    yield "no revocation lists", Forged(real.key, real.certificate, with_lists=False).sign(page, materials)
    yield "not certifying", Forged(real.key, real.certificate, certify=False).sign(page, materials)
    yield "self-signed", Forged(own, self_made_certificate(own, now)).sign(page, materials)
    yield "wrong key", Forged(own, credential.certificate).sign(page, materials)
    yield "time-stamp certificate", Forged(authority.keys.private_key("tsa"), tsa).sign(page, materials)
    yield "tls certificate", Forged(authority.keys.private_key("tls"), der(tls)).sign(page, materials)
    evidence = dataclasses.replace(RECORD, lifetime=SEAL.lifetime)
    for name, profile, begins in (
        ("expired certificate", SEAL, now - timedelta(days=2000)),
        ("certificate not yet valid", SEAL, now + timedelta(days=2)),
        ("evidence certificate", evidence, now),
    ):
        yield name, Forged(own, own_certificate(materials, own, profile, begins)).sign(page, materials)
    yield from by_status(materials, real)
    second = Forged(real.key, real.certificate, certify=False, field="Second")
    yield "two signatures", second.sign(materials.sealed, materials)
    yield "sealed around a foreign signature", sealed_twice(materials)


def own_certificate(
    materials: Materials, key: ec.EllipticCurvePrivateKey, profile: Profile, begins: datetime
) -> bytes:
    """A certificate that the real authority issued in the organ's name, but of another kind or day."""
    issuer = materials.authority.authority.issuer("issuing")
    return der(issue(profile, own_seal_name(), key.public_key(), issuer=issuer, now=begins))


def by_status(materials: Materials, real: Forged) -> Iterator[tuple[str, bytes]]:
    """The real seal with an answer about its certificate that is old, another's, or a refusal."""
    authority, page, now = materials.authority, materials.page, materials.clock()
    root_list = authority.published("root.crl")
    fresh = status_answers(materials, now)
    foreign = create(materials.folder / "foreign-status", [JIANGAN], materials.clock)
    stale = (status_answers(materials, now - timedelta(days=2))[0], fresh[1])
    others = (status_answers(materials, now, signed_by=foreign)[0], fresh[1])
    revoked = (status_answers(materials, now, since=now - timedelta(days=1))[0], fresh[1])
    for name, answers in (("stale ocsp", stale), ("foreign ocsp", others), ("revoked by ocsp", revoked)):
        forged = dataclasses.replace(real, crls=(root_list,), ocsps=answers)
        yield name, forged.sign(page, materials)
    serial = pyca.load_der_x509_certificate(real.certificate).serial_number
    issuer = authority.authority.issuer("issuing")
    listed = make_crl(issuer, {serial: now - timedelta(days=1)}, now=now)
    yield "revoked by list", dataclasses.replace(real, crls=(root_list, listed)).sign(page, materials)


def status_answers(
    materials: Materials,
    at: datetime,
    *,
    signed_by: Demonstration | None = None,
    since: datetime | None = None,
) -> tuple[bytes, bytes]:
    """OCSP answers about the seal's certificate and about the time-stamp authority's, as of a moment."""
    authority = materials.authority
    signer = signed_by or authority
    with locked(signer._folder):
        responder = pyca.load_der_x509_certificate(certify_responder(signer.authority, "issuing", now=at))
    issuing = authority.authority.certificate("issuing")
    seal = authority.credential(JIANGAN.organ_id).certificate

    def answer(certificate: bytes, revoked: datetime | None) -> bytes:
        status = pyca_ocsp.OCSPCertStatus.REVOKED if revoked else pyca_ocsp.OCSPCertStatus.GOOD
        builder = (
            pyca_ocsp.OCSPResponseBuilder()
            .add_response(
                pyca.load_der_x509_certificate(certificate),
                issuing,
                hashes.SHA256(),
                status,
                at,
                at + timedelta(hours=1),
                revoked,
                None,
            )
            .responder_id(pyca_ocsp.OCSPResponderEncoding.HASH, responder)
            .certificates([responder])
        )
        made = builder.sign(signer.keys.private_key("ocsp-issuing"), hashes.SHA256())
        return made.public_bytes(serialization.Encoding.DER)

    return answer(seal, since), answer((authority._folder / "tsa.crt").read_bytes(), None)


def sealed_twice(materials: Materials) -> bytes:
    credential = materials.authority.credential(JIANGHAN.organ_id)
    key = materials.authority.keys.private_key(credential.key_name)
    return Forged(key, credential.certificate, certify=False, field="Other").sign(materials.sealed, materials)
