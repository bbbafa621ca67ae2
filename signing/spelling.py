"""One spelling only: DER that could be written in another way, and still be believed, is refused.

What stands outside a signature (lengths, repeated names of algorithms, the bits that pad a signature) says
nothing of its own. Parsers read it kindly, so that a changed byte there would go unseen.
"""

from typing import Final

from asn1crypto import algos, cms, crl, parser, x509

_DEEPEST: Final = 32
_UNIVERSAL: Final = 0
_BOOLEAN, _INTEGER, _BIT_STRING, _NULL = 1, 2, 3, 5
_NO_PARAMETERS: Final = (b"", b"\x05\x00")
"""Absent, or NULL: both are allowed for a digest (RFC 5754, section 2)."""


def is_der(data: bytes) -> bool:
    """Whether bytes are one DER element, down to every element inside that is not wrapped in a string."""
    try:
        return _is_der(data, 0)
    except ValueError:
        return False


def is_signed_plainly(signed: x509.Certificate | crl.CertificateList) -> bool:
    """Whether what surrounds the signed part of a certificate or a list repeats it and adds nothing.

    The algorithm outside must be that inside (RFC 5280, 4.1.1.2 and 5.1.1.2), the signature whole bytes.
    """
    inside, algorithm, signature = (signed[index] for index in range(3))
    contents: bytes = signature.contents
    return (
        is_der(signed.dump())
        and algorithm.dump() == inside["signature"].dump()
        and signature.method == 0
        and contents[:1] == b"\0"
    )


def is_plain_digest(algorithm: algos.DigestAlgorithm) -> bool:
    """Whether a digest is named without parameters."""
    dump: bytes = algorithm["parameters"].dump()
    return dump in _NO_PARAMETERS


def are_algorithms_plain(data: cms.SignedData) -> bool:
    """Whether signed data with one signer names one digest, the same way twice, and a plain signature."""
    (signer,) = data["signer_infos"]
    digest, signature = signer["digest_algorithm"], signer["signature_algorithm"]
    named = [item.dump() for item in data["digest_algorithms"]]
    return (
        named == [digest.dump()]
        and is_plain_digest(digest)
        and (signature.signature_algo == "rsassa_pss" or signature["parameters"].dump() in _NO_PARAMETERS)
    )


def _is_der(data: bytes, depth: int) -> bool:
    kind, method, tag, header, contents, trailer = parser.parse(data, strict=True)
    if trailer or depth > _DEEPEST or parser.emit(kind, method, tag, contents) != header + contents:
        return False
    if method:
        return all(_is_der(child, depth + 1) for child in _children(contents))
    return kind != _UNIVERSAL or _is_primitive_der(tag, contents)


def _children(contents: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(contents):
        _, _, _, header, inner, trailer = parser.parse(contents[at:])
        length = len(header) + len(inner) + len(trailer)
        found.append(contents[at : at + length])
        at += length
    return found


def _is_primitive_der(tag: int, contents: bytes) -> bool:
    if tag == _BOOLEAN:
        return contents in (b"\0", b"\xff")
    if tag == _INTEGER:
        padded = len(contents) > 1 and contents[0] in (0, 0xFF) and contents[0] >> 7 == contents[1] >> 7
        return contents != b"" and not padded
    if tag == _NULL:
        return not contents
    return tag != _BIT_STRING or (contents != b"" and contents[0] < 8)
