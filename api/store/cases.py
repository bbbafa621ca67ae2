"""Cases and their dockets in the database. Who asks is part of every query."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    delete,
    exists,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy import and_ as both
from sqlalchemy.dialects import postgresql, sqlite

from api.evidence.fields import FieldCipher
from api.store.case_rows import AnyRow, CaseRows, entry_from, entry_row, material_rows, verification_rows
from api.store.tables.filing import (
    case_materials,
    case_parties,
    case_verifications,
    cases,
    docket_entries,
)
from filing.cases import WITH_OFFICE, Case
from filing.docket import DocketEntry
from filing.errors import CaseChangedMeanwhile, CaseNotFound, InvitationNotFound
from filing.ports import AsApplicant, AsOrgan, AsParty, AsService, Page, Viewer


class SqlCases:
    """A CaseStore over one transaction."""

    def __init__(self, db: Connection, *, cipher: FieldCipher) -> None:
        self._db = db
        self._rows = CaseRows(cipher)

    def add(self, case: Case, entry: DocketEntry) -> None:
        self._db.execute(insert(cases).values(self._rows.of_case(case)))
        self._write_rest(case, entry)

    def save(self, case: Case, entry: DocketEntry) -> None:
        same = both(
            cases.c.id == case.id, cases.c.organ_id == case.organ_id, cases.c.revision == case.revision - 1
        )
        changed = self._db.execute(update(cases).where(same).values(self._rows.of_case(case)))
        if changed.rowcount != 1:
            raise CaseChangedMeanwhile
        self._write_rest(case, entry)

    def find(self, case_id: str, viewer: Viewer) -> Case:
        return self._one(select(cases).where(cases.c.id == case_id, _visible_to(viewer)))

    def hold(self, case_id: str, viewer: Viewer) -> Case:
        query = select(cases).where(cases.c.id == case_id, _visible_to(viewer))
        return self._one(query.with_for_update(of=cases))

    def find_by_invitation(self, token_hash: str) -> Case:
        return self.find(self._invited_to(token_hash), AsService())

    def hold_by_invitation(self, token_hash: str) -> Case:
        return self.hold(self._invited_to(token_hash), AsService())

    def cases_of(self, viewer: AsApplicant | AsParty, page: Page) -> tuple[Case, ...]:
        query = select(cases).where(_visible_to(viewer)).order_by(cases.c.id.desc()).limit(page.limit)
        return self._many(query.where(cases.c.id < page.after) if page.after else query)

    def queue_of(self, viewer: AsOrgan, page: Page) -> tuple[Case, ...]:
        waiting = both(_visible_to(viewer), cases.c.state.in_(sorted(WITH_OFFICE)))
        query = select(cases).where(waiting).order_by(cases.c.submitted_at, cases.c.id).limit(page.limit)
        if page.after:
            since = self._db.scalar(
                select(cases.c.submitted_at).where(cases.c.id == page.after, _visible_to(viewer))
            )
            if since is not None:
                later = cases.c.submitted_at > since
                same = both(cases.c.submitted_at == since, cases.c.id > page.after)
                query = query.where(or_(later, same))
        return self._many(query)

    def docket_of(self, case_id: str, viewer: Viewer) -> tuple[DocketEntry, ...]:
        if self._db.scalar(select(cases.c.id).where(cases.c.id == case_id, _visible_to(viewer))) is None:
            raise CaseNotFound
        of_case = select(docket_entries).where(docket_entries.c.case_id == case_id)
        return tuple(entry_from(row) for row in self._db.execute(of_case.order_by(docket_entries.c.sequence)))

    def persons_of(self, account_id: str) -> frozenset[str]:
        verified_as = select(case_verifications.c.person_digest).where(
            case_verifications.c.account_id == account_id
        )
        return frozenset(self._db.scalars(verified_as))

    def _invited_to(self, token_hash: str) -> str:
        invited = select(case_parties.c.case_id).where(case_parties.c.token_hash == token_hash)
        case_id = self._db.scalar(invited)
        if case_id is None:
            raise InvitationNotFound
        return str(case_id)

    def _write_rest(self, case: Case, entry: DocketEntry) -> None:
        self._replace(case_materials, case, material_rows(case))
        self._replace(case_parties, case, self._rows.of_parties(case))
        # Verifications are kept for good: they tell which persons an account has been.
        upsert = postgresql.insert if self._db.dialect.name == "postgresql" else sqlite.insert
        for row in verification_rows(case):
            self._db.execute(upsert(case_verifications).values(row).on_conflict_do_nothing())
        self._db.execute(insert(docket_entries).values(entry_row(entry)))

    def _replace(self, table: Table, case: Case, rows: Sequence[dict[str, Any]]) -> None:
        self._db.execute(delete(table).where(table.c.case_id == case.id, table.c.organ_id == case.organ_id))
        if rows:
            self._db.execute(insert(table), rows)

    def _one(self, query: Select[Any]) -> Case:
        found = self._many(query)
        if not found:
            raise CaseNotFound
        return found[0]

    def _many(self, query: Select[Any]) -> tuple[Case, ...]:
        rows = self._db.execute(query).all()
        ids = [row.id for row in rows]
        if not ids:
            return ()
        materials = self._by_case(case_materials, ids, order=case_materials.c.filed_at)
        parties = self._by_case(case_parties, ids, order=case_parties.c.position)
        proofs = self._by_case(case_verifications, ids, order=case_verifications.c.verified_at)
        return tuple(
            self._rows.case(
                row, materials=materials[row.id], parties=parties[row.id], verifications=proofs[row.id]
            )
            for row in rows
        )

    def _by_case(
        self, table: Table, ids: Sequence[str], *, order: Column[Any]
    ) -> defaultdict[str, list[AnyRow]]:
        grouped: defaultdict[str, list[AnyRow]] = defaultdict(list)
        for row in self._db.execute(select(table).where(table.c.case_id.in_(ids)).order_by(order)):
            grouped[row.case_id].append(row)
        return grouped


def _visible_to(viewer: Viewer) -> ColumnElement[bool]:
    match viewer:
        case AsApplicant(account_id):
            return cases.c.applicant_account_id == account_id
        case AsParty(account_id):
            own = (case_parties.c.case_id == cases.c.id, case_parties.c.account_id == account_id)
            return exists(select(case_parties.c.id).where(*own).correlate(cases))
        case AsOrgan(organ_id):
            return both(cases.c.organ_id == organ_id, cases.c.submitted_at.is_not(None))
        case AsService():
            return true()
