"""The seal and the seal signature of GB/T 38540-2020, version 4, in ASN.1 (chapters 6 and 7)."""

from datetime import datetime
from typing import Any, Final

from asn1crypto import core

from signing import der
from signing.errors import SealMalformed
from signing.gm.sm2 import SM2_WITH_SM3

VERSION: Final = 4
HEADER_ID: Final = "ES"
LARGEST_SEAL: Final = 2 << 20
CERTIFICATES: Final = 1
"""`certListType`: the list holds whole certificates, not their digests."""
ORGAN: Final = 1
"""`type` of a seal's property: the seal of an organ, not of a person."""

_BIT_STRING = 0x03
_IA5_STRING = 0x16


class ExtData(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    _fields = [  # noqa: RUF012 - the form asn1crypto asks for
        ("ext_id", core.ObjectIdentifier),
        ("critical", core.Boolean, {"default": False}),
        ("value", core.OctetString),
    ]


class ExtensionData(core.SequenceOf):  # type: ignore[misc]  # as above
    _child_spec = ExtData


class Header(core.Sequence):  # type: ignore[misc]  # as above
    _fields = [("id", core.IA5String), ("version", core.Integer), ("vendor", core.IA5String)]  # noqa: RUF012


class CertInfoList(core.SequenceOf):  # type: ignore[misc]  # as above
    _child_spec = core.OctetString


class CertDigest(core.Sequence):  # type: ignore[misc]  # as above
    _fields = [("type", core.PrintableString), ("value", core.OctetString)]  # noqa: RUF012


class CertDigestList(core.SequenceOf):  # type: ignore[misc]  # as above
    _child_spec = CertDigest


class Property(core.Sequence):  # type: ignore[misc]  # as above
    """Whose seal it is, which certificates may sign with it, and how long (SES_ESPropertyInfo).

    The list is a SEQUENCE in both of its kinds; `certListType` tells which, so it is read only when asked.
    """

    _fields = [  # noqa: RUF012 - as above
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list_type", core.Integer),
        ("cert_list", core.Any),
        ("created", core.GeneralizedTime),
        ("valid_from", core.GeneralizedTime),
        ("valid_until", core.GeneralizedTime),
    ]


class Picture(core.Sequence):  # type: ignore[misc]  # as above
    """The seal's looks: kind of file, file, width and height in millimetres (SES_ESPictrueInfo)."""

    _fields = [  # noqa: RUF012 - as above
        ("type", core.IA5String),
        ("data", core.OctetString),
        ("width", core.Integer),
        ("height", core.Integer),
    ]


class SealInfo(core.Sequence):  # type: ignore[misc]  # as above
    _fields = [  # noqa: RUF012 - as above
        ("header", Header),
        ("seal_id", core.IA5String),
        ("property", Property),
        ("picture", Picture),
        ("extensions", ExtensionData, {"explicit": 0, "optional": True}),
    ]


class SealData(core.Sequence):  # type: ignore[misc]  # as above
    """SESeal: what the maker signed is the seal's information (as the reference implementations do)."""

    _fields = [  # noqa: RUF012 - as above
        ("info", SealInfo),
        ("maker", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
    ]


class ToSign(core.Sequence):  # type: ignore[misc]  # as above
    """TBS_Sign: the seal, the moment, SM3 of Signature.xml, and where that file lies."""

    _fields = [  # noqa: RUF012 - as above
        ("version", core.Integer),
        ("seal", SealData),
        ("time", core.GeneralizedTime),
        ("digest", core.OctetBitString),
        ("property", core.IA5String),
        ("extensions", ExtensionData, {"explicit": 0, "optional": True}),
    ]


class SealSignature(core.Sequence):  # type: ignore[misc]  # as above
    """SES_Signature, the content of SignedValue.dat."""

    _fields = [  # noqa: RUF012 - as above
        ("to_sign", ToSign),
        ("signer", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
        ("time_stamp", core.OctetBitString, {"explicit": 0, "optional": True}),
    ]


def to_sign(seal_data: bytes, *, at: datetime, digest: bytes, part: str) -> bytes:
    """Write a TBS_Sign (DER): a seal (DER), the moment, SM3 of Signature.xml, and the part that this is."""
    return der.sequence(
        der.integer(VERSION),
        seal_data,
        der.generalized_time(at),
        _bits(digest),
        der.element(_IA5_STRING, f"/{part}".encode("ascii")),
    )


def seal_signature(signed: bytes, *, signer: bytes, signature: bytes, time_stamp: bytes) -> bytes:
    """Write a SES_Signature (DER) from what was signed, by whom, the signature, and the token over it."""
    return der.sequence(
        signed,
        der.octets(signer),
        der.oid(SM2_WITH_SM3),
        _bits(signature),
        der.explicit(0, _bits(time_stamp)),
    )


def _bits(whole_bytes: bytes) -> bytes:
    return der.element(_BIT_STRING, b"\0", whole_bytes)


def parse(kind: type[core.Sequence], der: bytes) -> Any:  # noqa: ANN401  asn1crypto carries no types
    """Read one structure strictly: nothing after it, every part well formed, and in DER.

    Raises SealMalformed.
    """
    if len(der) > LARGEST_SEAL:
        raise SealMalformed("The seal is larger than any seal is.")
    try:
        value = kind.load(der, strict=True)
        value.native  # noqa: B018 - parses every part, which asn1crypto puts off
        if value.dump(force=True) != der:
            raise SealMalformed("The seal is not encoded in DER.")
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise SealMalformed from None
    return value


def listed_certificates(info: Any) -> list[bytes]:  # noqa: ANN401  as above
    """The certificates that may sign with a seal. Raises SealMalformed for a list of another kind."""
    holder = info["property"]
    if holder["cert_list_type"].native != CERTIFICATES:
        raise SealMalformed("The seal lists digests of certificates, not certificates.")
    try:
        return [bytes(item.native) for item in holder["cert_list"].parse(CertInfoList)]
    except (ValueError, TypeError):
        raise SealMalformed from None


def has_critical(extensions: Any) -> bool:  # noqa: ANN401  as above
    """Whether extensions (or none) hold one that nobody here understands and that must be understood."""
    return any(item["critical"].native for item in extensions) if extensions.native else False
