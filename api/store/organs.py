"""Organs and the matters each takes, in the database."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.store.tables.filing import organ_matters, organs
from filing.errors import OrganNotFound
from filing.organs import Organ
from signing.design import SealDesign


class SqlOrgans:
    """An OrganRegister over one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def organ(self, organ_id: str) -> Organ:
        row = self._db.execute(select(organs).where(organs.c.id == organ_id)).one_or_none()
        if row is None:
            raise OrganNotFound
        return _organ(row)

    def all(self) -> Sequence[Organ]:
        """Every organ, by its id."""
        return tuple(_organ(row) for row in self._db.execute(select(organs).order_by(organs.c.id)))

    def organs_for(self, matter_id: str) -> Sequence[Organ]:
        taken = organs.join(organ_matters)
        query = select(organs).select_from(taken).where(organ_matters.c.matter_id == matter_id)
        return tuple(_organ(row) for row in self._db.execute(query.order_by(organs.c.id)))

    def by_matter(self) -> dict[str, tuple[Organ, ...]]:
        """List all organs by the matters they take."""
        query = select(organ_matters.c.matter_id, organs).join_from(organ_matters, organs)
        found: dict[str, tuple[Organ, ...]] = {}
        for row in self._db.execute(query.order_by(organs.c.id)):
            found[row.matter_id] = (*found.get(row.matter_id, ()), _organ(row))
        return found

    def redesign_seal(self, organ_id: str, design: SealDesign) -> None:
        """Set how the next seal of an organ looks. Raises OrganNotFound."""
        changed = update(organs).where(organs.c.id == organ_id).values(seal_design=design.as_record())
        if self._db.execute(changed).rowcount != 1:
            raise OrganNotFound


def seed_organs(db: Connection, seeded: Iterable[Organ], matter_ids: Iterable[str]) -> None:
    """Enter organs that take all of these matters; what is there already stays as it is."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    wanted = tuple(matter_ids)
    for organ in seeded:
        values = {name: getattr(organ, name) for name in Organ.__slots__}
        values["seal_design"] = organ.seal_design.as_record()
        db.execute(insert(organs).values(values).on_conflict_do_nothing())
        for matter_id in wanted:
            taken = {"organ_id": organ.id, "matter_id": matter_id}
            db.execute(insert(organ_matters).values(taken).on_conflict_do_nothing())


def _organ(row: Row[tuple[object, ...]]) -> Organ:
    values = {name: getattr(row, name) for name in Organ.__slots__}
    return Organ(**{**values, "seal_design": SealDesign.from_record(values["seal_design"])})
