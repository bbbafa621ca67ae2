"""Whether each backend can work: what /readyz asks."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from signing.transparency.entries import DocumentForm

if TYPE_CHECKING:
    from api.bootstrap import Services

REQUIRED_WEIGHTS = ("face_landmarker", "sface", "yunet")


def checks(services: "Services") -> dict[str, Callable[[], None]]:
    """One check a backend, by name; each returns when its backend can work and raises where not."""
    return {
        "database": lambda: check_database(services),
        "keyring": lambda: check_keyring(services),
        "evidence": services.evidence.check,
        "jobs": services.jobs.check,
        "pool": services.pool.check,
        "weights": lambda: check_weights(services),
        "comparator": lambda: services.comparator.check(),
        "signer": lambda: check_signer(services),
        "seals": lambda: check_seals(services),
        "log": lambda: check_log(services),
    }


def check_database(services: "Services") -> None:
    """Raise where the tables are not those of this version."""
    from api.store import schema

    schema.check_current(services.engine)


def check_keyring(services: "Services") -> None:
    """Raise where the key-encryption keys cannot be read."""
    services.keyring()


def check_seals(services: "Services") -> None:
    """Raise where a seal has no key or no certificate."""
    services.seal_office.check()
    if DocumentForm.OFD in services.settings.forms:
        services.ofd_office.check()


def check_signer(services: "Services") -> None:
    """Raise where the signer does not answer, or is another user's than it should be."""
    services.keys.status()


def check_log(services: "Services") -> None:
    """Raise where the log of seals has no key, or lost or changed entries over which a head was signed."""
    from api.log_watch import log_watch
    from api.transparency import log_keys

    if services.settings.is_production:
        log_keys(services).signer()
    log_watch(services).check()


def check_weights(services: "Services") -> None:
    """Raise where a network the service needs is missing or differs."""
    for name in REQUIRED_WEIGHTS:
        services.weights.path(name)
