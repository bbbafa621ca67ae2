"""How a case becomes rows and rows become a case again. What people typed is sealed on the way."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Row

from api.evidence.fields import FieldCipher, field_context
from api.store.tables.filing import case_parties, cases
from filing.cases import Case, CaseState, Claim, Correction, Decision, DecisionKind
from filing.clock import Budget, Ledger, Suspension
from filing.docket import ActorRole, DocketEntry, DocketKind, Head
from filing.materials import FiledMaterial, MaterialFormat
from filing.parties import Consent, Party
from filing.verification import Verification

Values = dict[str, Any]
AnyRow = Row[tuple[Any, ...]]


class CaseRows:
    """Turns cases into rows and back, with the cipher for what is sealed."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def of_case(self, case: Case) -> Values:
        """Give the row of the table `cases`."""
        return {
            "id": case.id,
            "organ_id": case.organ_id,
            "matter_id": case.matter_id,
            "matter_version": case.matter_version,
            "applicant_account_id": case.applicant_account_id,
            "state": case.state.value,
            "form": self._seal(cases.c.form, case.id, dict(case.form)),
            "decisions": self._seal(cases.c.decisions, case.id, [_decision(d) for d in case.decisions]),
            "salt": self._seal(cases.c.salt, case.id, case.salt),
            "verification_id": case.verification.id if case.verification else None,
            "claim_account_id": case.claim.reviewer_account_id if case.claim else None,
            "claim_until": case.claim.until if case.claim else None,
            "ledger": _ledger(case.ledger) if case.ledger else None,
            "created_at": case.created_at,
            "updated_at": case.updated_at,
            "submitted_at": case.submitted_at,
            "head_length": case.head.length,
            "head_hash": case.head.hash,
            "revision": case.revision,
        }

    def of_parties(self, case: Case) -> list[Values]:
        """Give the rows of the table `case_parties`."""
        return [
            {
                "id": party.id,
                "organ_id": case.organ_id,
                "case_id": case.id,
                "position": position,
                "role": party.role,
                "display_name": self._seal(case_parties.c.display_name, party.id, party.display_name),
                "share": str(party.share) if party.share is not None else None,
                "token_hash": party.token_hash,
                "invited_at": party.invited_at,
                "expires_at": party.expires_at,
                "account_id": party.account_id,
                "verification_id": party.verification.id if party.verification else None,
                "consent_text_digest": party.consent.text_digest if party.consent else None,
                "consent_verification_id": party.consent.verification_id if party.consent else None,
                "consent_given_at": party.consent.given_at if party.consent else None,
            }
            for position, party in enumerate(case.parties)
        ]

    def case(
        self,
        row: AnyRow,
        *,
        materials: Iterable[AnyRow],
        parties: Iterable[AnyRow],
        verifications: Iterable[AnyRow],
    ) -> Case:
        """Build the case of a row of `cases` and what belongs to it."""
        proofs = {proof.id: _verification(proof) for proof in verifications}
        return Case(
            id=row.id,
            organ_id=row.organ_id,
            matter_id=row.matter_id,
            matter_version=row.matter_version,
            applicant_account_id=row.applicant_account_id,
            state=CaseState(row.state),
            salt=self._open(cases.c.salt, row.id, row.salt),
            created_at=row.created_at,
            updated_at=row.updated_at,
            form=self._open(cases.c.form, row.id, row.form),
            materials=tuple(_material(material) for material in materials),
            parties=tuple(self._party(party, proofs) for party in parties),
            verification=proofs[row.verification_id] if row.verification_id else None,
            claim=Claim(row.claim_account_id, row.claim_until) if row.claim_account_id else None,
            decisions=tuple(
                _decision_from(plain) for plain in self._open(cases.c.decisions, row.id, row.decisions)
            ),
            ledger=_ledger_from(row.ledger) if row.ledger else None,
            submitted_at=row.submitted_at,
            head=Head(row.head_length, row.head_hash),
            revision=row.revision,
        )

    def _party(self, row: AnyRow, proofs: Mapping[str, Verification]) -> Party:
        consent = None
        if row.consent_text_digest:
            consent = Consent(row.consent_text_digest, row.consent_verification_id, row.consent_given_at)
        return Party(
            id=row.id,
            role=row.role,
            display_name=self._open(case_parties.c.display_name, row.id, row.display_name),
            share=Decimal(row.share) if row.share is not None else None,
            token_hash=row.token_hash,
            invited_at=row.invited_at,
            expires_at=row.expires_at,
            account_id=row.account_id,
            verification=proofs[row.verification_id] if row.verification_id else None,
            consent=consent,
        )

    def _seal(self, column: Column[str], row_id: str, value: object) -> str:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return self._cipher.seal(text, context=field_context(column, row_id))

    def _open(self, column: Column[str], row_id: str, sealed: str) -> Any:  # noqa: ANN401  any JSON value
        return json.loads(self._cipher.open(sealed, context=field_context(column, row_id)))


def material_rows(case: Case) -> list[Values]:
    """Give the rows of the table `case_materials`."""
    return [
        {
            "case_id": case.id,
            "name": material.name,
            "organ_id": case.organ_id,
            "evidence_id": material.evidence_id,
            "sha256": material.sha256,
            "size": material.size,
            "media_type": material.media_type.value,
            "filed_at": material.filed_at,
        }
        for material in case.materials
    ]


def verification_rows(case: Case) -> list[Values]:
    """Give the rows of the table `case_verifications` that the case names now."""
    proofs = (case.verification, *(party.verification for party in case.parties))
    return [
        {name: getattr(proof, name) for name in Verification.__slots__} | {"organ_id": case.organ_id}
        for proof in proofs
        if proof is not None
    ]


def entry_row(entry: DocketEntry) -> Values:
    """Give the row of a docket entry."""
    return {name: getattr(entry, name) for name in DocketEntry.__slots__}


def entry_from(row: AnyRow) -> DocketEntry:
    """Build the docket entry of a row."""
    values = {name: getattr(row, name) for name in DocketEntry.__slots__}
    return DocketEntry(**values | {"kind": DocketKind(row.kind), "actor_role": ActorRole(row.actor_role)})


def _material(row: AnyRow) -> FiledMaterial:
    values = {name: getattr(row, name) for name in FiledMaterial.__slots__}
    return FiledMaterial(**values | {"media_type": MaterialFormat(row.media_type)})


def _verification(row: AnyRow) -> Verification:
    return Verification(**{name: getattr(row, name) for name in Verification.__slots__})


def _decision(decision: Decision) -> Values:
    return {
        "kind": decision.kind.value,
        "reason": decision.reason,
        "corrections": [[c.target, c.remark] for c in decision.corrections],
        "reviewer_account_id": decision.reviewer_account_id,
        "decided_at": decision.decided_at.isoformat(),
    }


def _decision_from(plain: Mapping[str, Any]) -> Decision:
    return Decision(
        kind=DecisionKind(plain["kind"]),
        reason=plain["reason"],
        corrections=tuple(Correction(target, remark) for target, remark in plain["corrections"]),
        reviewer_account_id=plain["reviewer_account_id"],
        decided_at=datetime.fromisoformat(plain["decided_at"]),
    )


def _ledger(ledger: Ledger) -> Values:
    return {
        "began_at": ledger.began_at.isoformat(),
        "budget": [ledger.budget.working_days, ledger.budget.clause],
        "extensions": [[extension.working_days, extension.clause] for extension in ledger.extensions],
        "suspensions": [
            [rest.clause, rest.since.isoformat(), rest.until.isoformat() if rest.until else None]
            for rest in ledger.suspensions
        ],
        "closed_at": ledger.closed_at.isoformat() if ledger.closed_at else None,
    }


def _ledger_from(plain: Mapping[str, Any]) -> Ledger:
    return Ledger(
        began_at=datetime.fromisoformat(plain["began_at"]),
        budget=Budget(*plain["budget"]),
        extensions=tuple(Budget(*extension) for extension in plain["extensions"]),
        suspensions=tuple(
            Suspension(clause, datetime.fromisoformat(since), _moment(until))
            for clause, since, until in plain["suspensions"]
        ),
        closed_at=_moment(plain["closed_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
