"""What follows in a demonstration, whose own authority certifies, when a key is rotated or revoked."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from api.installation import is_demonstration

if TYPE_CHECKING:
    from api.settings import Settings
    from signing.keys import KeyMaker
    from signing.keys.journal import KeyRecord

EVIDENCE: Final = "records"
PDF_SEAL: Final = "seal-"
OFD_SEAL: Final = "sm2-seal-"

Clock = Callable[[], datetime]


def certify_rotated(settings: "Settings", clock: Clock, keys: "KeyMaker", record: "KeyRecord") -> bool:
    """Have a rotated key certified from when it is in force; tell whether the demonstration did."""
    from signing.demonstration import open_folder

    if settings.is_production or not is_demonstration(settings):
        return False
    if record.purpose == EVIDENCE:
        # Certified when it first signs.
        return True
    if not record.purpose.startswith(PDF_SEAL):
        return False
    organ_id = record.purpose.removeprefix(PDF_SEAL)
    open_folder(settings.seal_dir, clock, keys).rotate(organ_id, record.name, since=record.since)
    return True


def publish_revocation(settings: "Settings", clock: Clock, record: "KeyRecord", since: datetime) -> bool:
    """Put a key's certificate on the demonstration's revocation lists; tell whether it had one."""
    from signing.ofd.demonstration import OfdDemonstration
    from signing.office import DemonstrationOffice

    if settings.is_production or not is_demonstration(settings):
        return False
    office = DemonstrationOffice(settings.seal_dir, clock)
    if not record.purpose.startswith(OFD_SEAL):
        return office.revoke_key(record.name, since=since)
    ofd = OfdDemonstration(settings.seal_dir, office, clock)
    organ_id = record.purpose.removeprefix(OFD_SEAL)
    if not ofd.shelf.has(organ_id) or ofd.shelf.credential(organ_id).key_name != record.name:
        return False
    ofd.revoke(organ_id, since=since)
    return True
