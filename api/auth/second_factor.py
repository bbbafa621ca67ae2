"""Time-based one-time codes (RFC 6238), each usable once."""

import base64
import hmac
from collections.abc import Callable
from datetime import datetime

import pyotp

STEP_SECONDS = 30
ISSUER = "novisit"
SECRET_BYTES = 20


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Make a secret in base32, as authenticator apps take it."""
    return base64.b32encode(random_bytes(SECRET_BYTES)).decode()


def provisioning_uri(secret: str, *, username: str) -> str:
    """The otpauth:// address for a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def matching_step(secret: str, code: str, *, now: datetime, after_step: int) -> int | None:
    """Find the time step of a code: this one or a neighbour, and later than the last that was used."""
    current = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    digits = code.replace(" ", "")
    matches = [
        step
        for step in (current - 1, current, current + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode())
    ]
    return next((step for step in matches if step > after_step), None)
