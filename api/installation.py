"""What a fresh machine gets before it serves: tables, and in development a demonstration office.

Everything here may be run again; what is there already stays as it is.
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from api import bootstrap
from api.auth.accounts import Role
from api.bootstrap import Services
from api.settings import DEMONSTRATION_MARK, Settings
from signing.transparency.entries import DocumentForm

REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """An account made just now. The password is shown once and kept nowhere."""

    username: str
    one_time_password: str
    organ_id: str

    def __repr__(self) -> str:
        return f"OpenedAccount({self.username!r})"


def prepare(services: Services) -> OpenedAccount | None:
    """Make ready for serving; give the reviewer's account where it was made just now.

    In production nothing is made: the tables must be up to date already. Raises SchemaOutdated.
    """
    if services.settings.is_production:
        from api.store import schema

        schema.check_current(services.engine)
        return None
    bootstrap.upgrade_database(services)
    services.keyring()
    _enter_organs(services)
    _make_demonstration_authority(services)
    return _open_reviewer(services)


def _make_demonstration_authority(services: Services) -> None:
    from api.store.organs import SqlOrgans
    from filing.organs import demonstration_organs
    from signing import demonstration
    from signing.seal import Seal

    with services.reading() as db:
        designs = {organ.id: SqlOrgans(db).organ(organ.id).seal_design for organ in demonstration_organs()}
    seals = [
        Seal(organ.id, organ.name_zh, f"{organ.numbering_area}{number:07}", designs[organ.id])
        for number, organ in enumerate(demonstration_organs(), start=1)
    ]
    base_url = services.settings.public_url
    demonstration.create(
        services.settings.seal_dir,
        seals,
        services.clock,
        base_url=base_url,
        sealing_keys=services.keys,
    )
    if DocumentForm.OFD in services.settings.forms:
        from signing.ofd.demonstration import create
        from signing.office import DemonstrationOffice

        base = DemonstrationOffice(services.settings.seal_dir, services.clock, services.keys)
        create(services.settings.seal_dir, base, seals, services.clock, base_url=base_url)


def _enter_organs(services: Services) -> None:
    from api.store.organs import seed_organs
    from filing.organs import demonstration_organs

    with services.transaction() as db:
        seed_organs(db, demonstration_organs(), [matter.id for matter in services.matters.matters])


def _open_reviewer(services: Services) -> OpenedAccount | None:
    from api.store.tables.accounts import accounts
    from filing.organs import demonstration_organs

    with services.reading() as db:
        staff = select(func.count()).where(accounts.c.role != Role.APPLICANT.value)
        if db.execute(staff).scalar_one():
            return None
    organ = demonstration_organs()[0]
    account, password = services.sign_ins.create_staff(
        username=REVIEWER, role=Role.REVIEWER, organ_id=organ.id
    )
    return OpenedAccount(account.username, password, organ.id)


def is_demonstration(settings: Settings) -> bool:
    """Whether the seals of this installation are the demonstration's."""
    return (settings.seal_dir / DEMONSTRATION_MARK).exists()


def takes_own_portraits(settings: Settings) -> bool:
    """Whether visitors may play the register: never in production, nor beside the official comparison."""
    return not settings.is_production and is_demonstration(settings) and settings.comparator != "authority"
