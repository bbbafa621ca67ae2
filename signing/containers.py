"""CMS containers (RFC 5652) with one signer, ECDSA over SHA-256, in the form CAdES and RFC 3161 ask for.

What is the same in every container of a certificate is written once, when the writer is built.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from asn1crypto import x509

from signing import der

DATA: Final = "1.2.840.113549.1.7.1"
TIME_STAMP_INFO: Final = "1.2.840.113549.1.9.16.1.4"
_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
_TIME_STAMP_TOKEN: Final = "1.2.840.113549.1.9.16.2.14"  # noqa: S105 - an object identifier
_ECDSA_SHA256: Final = "1.2.840.10045.4.3.2"
SHA256: Final = der.sequence(der.oid("2.16.840.1.101.3.4.2.1"), b"\x05\x00")

Sign = Callable[[bytes], bytes]
Stamp = Callable[[bytes], bytes]
"""Gives a time-stamp token (DER) over bytes."""


class ContainerWriter:
    """Writes the containers of one certificate."""

    def __init__(self, certificate: bytes, chain: Sequence[bytes], *, content_type: str) -> None:
        """Name the signer's certificate (DER), what leads from it to the root, and what is signed."""
        read = x509.Certificate.load(certificate)
        issuer, serial = read.issuer.dump(), der.integer(read.serial_number)
        general_names = der.sequence(der.explicit(4, issuer))
        certificate_id = der.sequence(
            der.octets(hashlib.sha256(certificate).digest()), der.sequence(general_names, serial)
        )
        signature_algorithm = der.sequence(der.oid(_ECDSA_SHA256))
        self._content_type = der.oid(content_type)
        self._version = der.integer(1 if content_type == DATA else 3)
        self._certificates = der.explicit(0, *sorted({certificate, *chain}))
        self._signer = der.integer(1) + der.sequence(issuer, serial) + SHA256
        self._signature_algorithm = signature_algorithm
        self._attributes = (
            _attribute(_CONTENT_TYPE, self._content_type),
            _attribute(_SIGNING_CERTIFICATE_V2, der.sequence(der.sequence(certificate_id))),
            # RFC 6211; its tag replaces that of the algorithm
            _attribute(
                _ALGORITHM_PROTECTION,
                der.sequence(SHA256, der.explicit(1, der.oid(_ECDSA_SHA256))),
            ),
        )

    def detached(self, digest: bytes, sign: Sign, *, stamp: Stamp) -> bytes:
        """A container over something outside of it, by its SHA-256, with a time stamp over the signature."""
        return self._write(digest, sign, b"", stamp)

    def enclosing(self, content: bytes, sign: Sign) -> bytes:
        """A container with its content inside."""
        enclosed = der.explicit(0, der.octets(content))
        return self._write(hashlib.sha256(content).digest(), sign, enclosed, None)

    def _write(self, digest: bytes, sign: Sign, enclosed: bytes, stamp: Stamp | None) -> bytes:
        attributes = der.set_of([*self._attributes, _attribute(_MESSAGE_DIGEST, der.octets(digest))])
        signature = sign(attributes)
        unsigned = b""
        if stamp is not None:
            unsigned = der.explicit(1, _attribute(_TIME_STAMP_TOKEN, stamp(signature)))
        signer = der.sequence(
            self._signer,
            b"\xa0" + attributes[1:],  # signed as a SET, kept under the context's tag (RFC 5652, 5.4)
            self._signature_algorithm,
            der.octets(signature),
            unsigned,
        )
        signed = der.sequence(
            self._version,
            der.set_of([SHA256]),
            der.sequence(self._content_type, enclosed),
            self._certificates,
            der.set_of([signer]),
        )
        return der.sequence(der.oid(_SIGNED_DATA), der.explicit(0, signed))


def _attribute(kind: str, value: bytes) -> bytes:
    return der.sequence(der.oid(kind), der.set_of([value]))
