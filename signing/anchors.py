"""Trust anchors: the root certificates that a verifier is told to trust."""

from asn1crypto import pem, x509
from cryptography.x509 import load_der_x509_certificate

from signing.errors import AnchorsUnreadable


def read_anchors(content: bytes) -> tuple[bytes, ...]:
    """Read trust anchors (DER) from a file of one or more PEM certificates or one DER certificate.

    Raises AnchorsUnreadable where there is none.
    """
    try:
        if pem.detect(content):
            parts = [body for kind, _, body in pem.unarmor(content, multiple=True) if kind == "CERTIFICATE"]
        else:
            parts = [content]
        anchors = tuple(x509.Certificate.load(part, strict=True).dump() for part in parts)
        usable = all(load_der_x509_certificate(anchor).subject for anchor in anchors)
    except (ValueError, TypeError):
        raise AnchorsUnreadable from None
    if not anchors or not usable:
        raise AnchorsUnreadable
    return anchors
