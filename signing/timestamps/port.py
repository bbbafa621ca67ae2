"""The seam between what needs a time stamp and whoever makes it."""

from typing import Protocol

from asn1crypto import core, tsp

from signing.errors import TimeStampUnavailable


class TimeStampAuthority(Protocol):
    """Answers time-stamp requests."""

    def respond(self, request: bytes) -> bytes:
        """Answer a DER TimeStampReq by a DER TimeStampResp. Raises TimeStampUnavailable."""


class Refusal(core.Sequence):  # type: ignore[misc]  # asn1crypto carries no types
    """A TimeStampResp without a token, which asn1crypto's own class cannot write."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012 - the form asn1crypto asks for


def read_answer(answer: bytes) -> tsp.TimeStampResp:
    """Read a DER TimeStampResp with its token. Raises TimeStampUnavailable for a refusal or nonsense."""
    try:
        status = Refusal.load(answer)["status"]
        granted = status["status"].native in ("granted", "granted_with_mods")
        response = tsp.TimeStampResp.load(answer) if granted else None
    except (ValueError, TypeError, KeyError):
        raise TimeStampUnavailable(
            "The time-stamp authority's answer cannot be read.", fault="malformed"
        ) from None
    if response is None:
        raise TimeStampUnavailable(f"The time-stamp authority refused ({status['status'].native}).")
    return response
