"""How a docket looks over HTTP."""

from datetime import datetime

from pydantic import BaseModel

from filing.docket import DocketEntry, Head, verify_chain


class DocketEntryView(BaseModel):
    """One entry of the docket: no personal datum, only salted digests."""

    sequence: int
    at: datetime
    kind: str
    state: str
    actor_role: str
    actor_digest: str
    facts_digest: str
    previous: str
    hash: str


class DocketView(BaseModel):
    """The docket of a case, verified as it is given."""

    case_id: str
    is_whole: bool
    head: str
    entries: list[DocketEntryView]

    @classmethod
    def of(cls, case_id: str, entries: tuple[DocketEntry, ...], head: Head) -> "DocketView":
        shown = [
            DocketEntryView(**{name: getattr(entry, name) for name in DocketEntryView.model_fields})
            for entry in entries
        ]
        whole = verify_chain(entries, head=head).is_whole
        return cls(case_id=case_id, is_whole=whole, head=head.hash, entries=shown)
