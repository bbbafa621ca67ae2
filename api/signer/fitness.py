"""What production asks of the signer before the service starts: that the keys are out of its reach."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from api.errors import UnsafeForProduction
from api.settings import Settings
from signing.errors import KeyUnavailable
from signing.signer.addresses import SignerAddress
from signing.signer.client import SignerKeyStore

ROOT = 0


def require_fit(settings: Settings, address: SignerAddress) -> None:
    """Return where the signer runs as another user whose keys this process cannot read.

    Raises UnsafeForProduction with every obstacle at once, each with what to do.
    """
    found = list(_obstacles(settings, address))
    if found:
        raise UnsafeForProduction(found)


def _obstacles(settings: Settings, address: SignerAddress) -> Iterator[str]:
    own = os.geteuid()
    if own == ROOT:
        yield "the service runs as root, who reads every key: give it a user of its own, the signer another"
    if address.uid is None:
        yield "NOVISIT_SIGNER_USER is not set: name the user `novisit signer` runs as"
    if address.uid == own:
        yield "NOVISIT_SIGNER_USER is the service's own user: the signer must run as another"
    yield from _readable(settings.signer_dir)
    yield from _readable(settings.signer_secret_file)
    yield from _socket_faults(address)
    keys = SignerKeyStore.at(address)
    try:
        status = keys.status()
    except KeyUnavailable as error:
        yield str(error)
        return
    finally:
        keys.close()
    if status.uid == own:
        yield "the signer runs as the service's own user: run `novisit signer` as another"
    for folder in status.folders:
        yield from _readable(Path(folder))


def _readable(path: Path) -> Iterator[str]:
    """Whether this process can look into a folder or file of keys; one that is not there is no obstacle."""
    if os.access(path, os.R_OK) or os.access(path, os.W_OK):
        yield f"{path} is open to the service: give it to the signer's user alone and chmod go-rwx"


def _socket_faults(address: SignerAddress) -> Iterator[str]:
    path = address.path
    try:
        status, folder = path.stat(), path.parent.stat()
    except OSError as error:
        yield f"the signer's socket {path} is not there ({error.strerror}): start `novisit signer` first"
        return
    if not stat.S_ISSOCK(status.st_mode):
        yield f"{path} is no socket"
    elif status.st_mode & stat.S_IRWXO:
        yield f"{path} is open to every user: chmod o-rwx"
    for place, owner in ((path, status.st_uid), (path.parent, folder.st_uid)):
        if address.uid is not None and owner not in (address.uid, ROOT):
            yield f"{place} belongs to another user than the signer's"
    if folder.st_mode & stat.S_IWOTH or os.access(path.parent, os.W_OK):
        yield f"the service can write to {path.parent} and put a socket of its own there: chmod go-w"
