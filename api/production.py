"""What production refuses beyond its settings."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from api.errors import UnsafeForProduction


def refuse_demonstration_seals(folder: Path, clock: Callable[[], datetime]) -> None:
    """Look at the certificates themselves: a marker file can be deleted, an issuer cannot.

    Raises UnsafeForProduction.
    """
    from signing.demonstration import open_folder, refuse_demonstration
    from signing.errors import DemonstrationRefused
    from signing.records.demonstration import record_credential, refuse_demonstration_records

    if not (folder / "root.crt").exists():
        return
    authority = open_folder(folder, clock)
    try:
        for seal in authority.seals:
            refuse_demonstration(authority.credential(seal.organ_id))
        if (folder / "records.crt").exists():
            refuse_demonstration_records(record_credential(authority))
    except DemonstrationRefused as error:
        raise UnsafeForProduction([str(error)]) from None
