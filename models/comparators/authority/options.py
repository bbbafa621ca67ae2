"""What an operator sets to use an official comparison service."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self
from urllib.parse import urlsplit

from models.comparators.authority.signature import SigningKey
from models.errors import ComparatorMisconfigured

FMR_BY_THRESHOLD: Final = {70.0: 1e-3, 80.0: 1e-4}
"""The service's scores run from 0 to 100; these are the false match rates it states for two of them."""

KNOWN: Final = ("url", "key_id", "key_file", "timeout_s", "attempts", "threshold", "grey_from")


@dataclass(frozen=True, slots=True)
class AuthorityOptions:
    """Address, key and limits.

    threshold: a score from here on matches. grey_from: a score from here up to the threshold decides nothing.
    """

    url: str
    key: SigningKey
    timeout_s: float
    attempts: int
    threshold: float
    grey_from: float

    @classmethod
    def read(cls, given: Mapping[str, str], *, production: bool) -> Self:
        """Read and check options. Raises ComparatorMisconfigured, which names the option at fault."""
        missing = [name for name in ("url", "key_id", "key_file") if not given.get(name)]
        if missing:
            raise ComparatorMisconfigured(f"The authority comparator needs the options {', '.join(missing)}.")
        threshold = _number(given, "threshold", 80, low=0, high=100)
        if threshold not in FMR_BY_THRESHOLD:
            stated = ", ".join(f"{known:g}" for known in FMR_BY_THRESHOLD)
            raise ComparatorMisconfigured(f"threshold must be one the service states a rate for: {stated}.")
        return cls(
            url=_address(given["url"], production=production),
            key=_key(given["key_id"], Path(given["key_file"]), production=production),
            timeout_s=_number(given, "timeout_s", 5, low=0.1, high=60),
            attempts=int(_number(given, "attempts", 3, low=1, high=5)),
            threshold=threshold,
            grey_from=_number(given, "grey_from", min(70, threshold), low=0, high=threshold),
        )


def _number(given: Mapping[str, str], name: str, default: float, *, low: float, high: float) -> float:
    try:
        value = float(given.get(name, default))
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise ComparatorMisconfigured(f"{name} must be a number from {low:g} to {high:g}.")
    return value


def _address(url: str, *, production: bool) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise ComparatorMisconfigured("url must be https://HOST[:PORT][/PATH].")
    if parts.scheme == "http" and (production or not _is_loopback(parts.hostname)):
        raise ComparatorMisconfigured("url must be https: faces and names do not travel in the open.")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key(key_id: str, file: Path, *, production: bool) -> SigningKey:
    try:
        if production and file.stat().st_mode & 0o077:
            raise ComparatorMisconfigured(f"key_file {file} can be read by other users: chmod 600.")
        return SigningKey(key_id=key_id, secret=bytes.fromhex(file.read_text(encoding="ascii").strip()))
    except OSError as error:
        raise ComparatorMisconfigured(f"key_file {file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ComparatorMisconfigured(
            "key_id is letters, digits and hyphens, and key_file holds at least 64 hexadecimal digits."
        ) from error
