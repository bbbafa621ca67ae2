"""The answer of a licensed authority to a request: read, put in order, taken only where all of it fits."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from signing.admission import CertificatePath, check_path
from signing.certificates import is_demonstration
from signing.errors import CertificateUnfit, DemonstrationRefused, OrganMismatch
from signing.purposes import Purpose, can_seal, organization_of
from signing.seal import Seal
from signing.verdict import spelled

LARGEST_ANSWER = 1 << 20
MOST_CERTIFICATES = 20


def read_certificates(content: bytes) -> tuple[x509.Certificate, ...]:
    """Read certificates from PEM, DER or PKCS#7 (p7b), as authorities send them. Raises CertificateUnfit."""
    found: list[x509.Certificate] = []
    if len(content) <= LARGEST_ANSWER:
        for read in (
            x509.load_pem_x509_certificates,
            lambda item: [x509.load_der_x509_certificate(item)],
            pkcs7.load_pem_pkcs7_certificates,
            pkcs7.load_der_pkcs7_certificates,
        ):
            try:
                found = read(content)
            except (ValueError, TypeError, UnsupportedAlgorithm):
                continue
            break
    if not 0 < len(found) <= MOST_CERTIFICATES:
        raise CertificateUnfit("This is no certificate: PEM, DER or PKCS#7 (.p7b) is expected.")
    return tuple(found)


def find_path(
    content: bytes, *, public_key_info: bytes, roots: Sequence[bytes] = (), others: bytes = b""
) -> CertificatePath:
    """Put the certificates of an answer in order, from that of our key up to a root.

    `others` are further certificates (an authority often sends its own apart). Where `roots` (DER) are given
    the path must end at one of them, else at a root in the answer. Raises CertificateUnfit.
    """
    known = [*read_certificates(content), *(read_certificates(others) if others else ())]
    trusted = [x509.load_der_x509_certificate(root) for root in roots]
    ours = [item for item in known if _public_key_info(item) == public_key_info]
    if len(ours) != 1:
        raise CertificateUnfit(
            "The answer holds no certificate of the key that the request was made with. Was another key used?"
            if not ours
            else "The answer holds several certificates of the key; keep the one that is meant."
        )
    path = [ours[0]]
    while path[-1].issuer != path[-1].subject and len(path) <= MOST_CERTIFICATES:
        above = [item for item in (*trusted, *known) if item.subject == path[-1].issuer]
        if not above:
            raise CertificateUnfit(
                f"The certificate of {path[-1].issuer.rfc4514_string()} is missing; give it by --chain."
            )
        path.append(above[0])
    if trusted and path[-1] not in trusted:
        raise CertificateUnfit("The chain ends at another root than the one that is given.")
    if len(path) < 2:
        raise CertificateUnfit("The certificate is signed by itself; a licensed authority must have made it.")
    certificate, *chain, root = (item.public_bytes(serialization.Encoding.DER) for item in path)
    return CertificatePath(certificate, tuple(chain), root)


def check_answer(
    content: bytes,
    *,
    seal: Seal,
    public_key_info: bytes,
    at: datetime,
    roots: Sequence[bytes] = (),
    others: bytes = b"",
) -> CertificatePath:
    """Take the answer for an organ's seal: key, chain, validity, usage and the organ's name all fit.

    Raises a CertificateRefused whose message says what does not, in one sentence.
    """
    path = find_path(content, public_key_info=public_key_info, roots=roots, others=others)
    _check(path, Purpose.SEAL, at)
    holder = organization_of(path.loaded()[0])
    if spelled(holder) != spelled(seal.holder):
        raise OrganMismatch(
            f"The certificate speaks for {holder or 'nobody'}, the seal is that of {seal.holder}. "
            "The organization (O) in the certificate must be the organ's full name."
        )
    return path


def check_evidence_answer(
    content: bytes,
    *,
    public_key_info: bytes,
    at: datetime,
    holders: Sequence[str],
    roots: Sequence[bytes] = (),
    others: bytes = b"",
) -> CertificatePath:
    """Take the answer for the key that signs evidence; `holders` are the organs that have seals here.

    A certificate that a verifier would take for the seal of one of them is refused: evidence is signed by
    the thousand, without an officer's decision. Raises CertificateRefused.
    """
    path = find_path(content, public_key_info=public_key_info, roots=roots, others=others)
    _check(path, Purpose.EVIDENCE, at)
    certificate = path.loaded()[0]
    named = spelled(organization_of(certificate))
    if can_seal(certificate) and named in {spelled(holder) for holder in holders}:
        raise CertificateUnfit(
            f"With this certificate evidence could pass for a seal of {named}. Ask for one in the name of "
            "the service's operator, or for authentication only (extended key usage clientAuth)."
        )
    return path


def _check(path: CertificatePath, purpose: Purpose, at: datetime) -> None:
    if any(is_demonstration(certificate) for certificate in path.loaded()):
        raise DemonstrationRefused(
            "A demonstration authority made this certificate; `novisit serve` needs no import of it. "
            "Import the answer of a licensed authority."
        )
    check_path(path, purpose, at=at)


def _public_key_info(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    except (ValueError, UnsupportedAlgorithm):
        # A key of a kind that nobody here reads is not ours.
        return b""
