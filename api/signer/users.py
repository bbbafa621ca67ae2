"""Users of this machine, as settings name them: by name or by number."""

import os
import pwd

from api.errors import SettingsInvalid


def uid_of(user: str, *, setting: str) -> int:
    """The number of a user. Raises SettingsInvalid, which names the setting, where there is no such user."""
    if user.isdigit():
        return int(user)
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        raise SettingsInvalid([f"{setting}: there is no user {user!r} on this machine"]) from None


def own_name() -> str:
    """Who runs this command, as the journal of keys names them; behind sudo, who called it."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
