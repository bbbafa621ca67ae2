"""Users of this machine, as settings name them: by name or by number."""

import os
import pwd
from pathlib import Path
from typing import Final

from api.errors import SettingsInvalid

LOGIN_UID: Final = Path("/proc/self/loginuid")
"""Kept by the kernel since sign-in, whatever user a command runs as later."""
NO_LOGIN: Final = 0xFFFFFFFF


def uid_of(user: str, *, setting: str) -> int:
    """The number of a user. Raises SettingsInvalid, which names the setting, where there is no such user."""
    if user.isdigit():
        return int(user)
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        raise SettingsInvalid([f"{setting}: there is no user {user!r} on this machine"]) from None


def who_acts() -> str:
    """Who runs this command, as the journal of keys names them: our user, and who signed in behind sudo."""
    acting = _name(os.getuid())
    try:
        signed_in = int(LOGIN_UID.read_text())
    except (OSError, ValueError):
        return acting
    if signed_in in (NO_LOGIN, os.getuid()):
        return acting
    return f"{acting} ({_name(signed_in)})"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
