"""Passwords: argon2id (RFC 9106) with the parameters OWASP recommends, a floor under their strength."""

import threading
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from api.errors import PasswordTooWeak

LEAST_LENGTH = 12
MOST_LENGTH = 256
LEAST_DIFFERENT = 5
COMMON_PARTS = ("password", "123456", "qwerty", "abcdef", "111111", "000000", "admin", "iloveyou", "letmein")
ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
MEMORY_KIB = 19 * 1024
PASSES = 2
AT_ONCE = 4
"""Hashings at the same time."""


def require_strong(password: str, *, username: str) -> None:
    """Raise PasswordTooWeak for a password that is short, common, or made of the username."""
    lowered = password.lower()
    rest = lowered
    for part in (*COMMON_PARTS, username.lower()):
        rest = rest.replace(part, "")
    too_weak = (
        not LEAST_LENGTH <= len(password) <= MOST_LENGTH
        or len(set(lowered)) < LEAST_DIFFERENT
        or len(rest) < LEAST_LENGTH // 2
    )
    if too_weak:
        raise PasswordTooWeak


def one_time_password(random_bytes: Callable[[int], bytes]) -> str:
    """Make a password of 4 groups of 4 letters, easy to read out: about 79 bits."""
    letters: list[str] = []
    while len(letters) < 16:
        number = random_bytes(1)[0]
        if number < 256 // len(ONE_TIME_ALPHABET) * len(ONE_TIME_ALPHABET):
            letters.append(ONE_TIME_ALPHABET[number % len(ONE_TIME_ALPHABET)])
    return "-".join("".join(letters[at : at + 4]) for at in range(0, 16, 4))


class Passwords:
    """Hashes and verifies passwords, a few at a time, in the same time whether an account exists or not."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._gate = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        with self._gate:
            return self._hasher.hash(password)

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is right; with no hash, false after the same work."""
        with self._gate:
            try:
                right = self._hasher.verify(password_hash or self._nobody, password[: MOST_LENGTH + 1])
            except (VerifyMismatchError, InvalidHashError):
                return False
        return right and password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)
