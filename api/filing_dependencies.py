"""What the routes of filing ask for: its services over a transaction, and who reviews."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Query

from api.auth.accounts import Account, Role
from api.dependencies import Db, ServicesDep, current_account
from api.errors import NotAllowed
from api.store.filing import FilingServices, filing_services
from filing.ports import Page
from filing.review import Reviewer


def get_filing(db: Db, services: ServicesDep) -> FilingServices:
    """Filing over the write transaction of the request."""
    return filing_services(db, services)


def get_filing_reading(services: ServicesDep) -> Iterator[FilingServices]:
    """Filing over a transaction that only reads."""
    with services.reading() as db:
        yield filing_services(db, services)


Filing = Annotated[FilingServices, Depends(get_filing, scope="function")]
FilingReading = Annotated[FilingServices, Depends(get_filing_reading, scope="function")]


def get_page(
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str, Query(max_length=36, description="上一页最后一项 The last item before this page")
    ] = "",
) -> Page:
    """A slice of a list."""
    return Page(limit, after)


PageDep = Annotated[Page, Depends(get_page)]


def reviewer_of(account: Account) -> Reviewer:
    """Who a member of staff is to the cases of their organ. Raises NotAllowed without an organ."""
    if not account.organ_id:
        raise NotAllowed
    return Reviewer(account.id, account.organ_id)


def get_reviewer(account: Annotated[Account, Depends(current_account(Role.REVIEWER))]) -> Reviewer:
    """A reviewer, who may claim and decide."""
    return reviewer_of(account)


def get_reader(
    account: Annotated[Account, Depends(current_account(Role.REVIEWER, Role.SUPERVISOR))],
) -> Reviewer:
    """A reviewer or a supervisor, who may look."""
    return reviewer_of(account)


ReviewerDep = Annotated[Reviewer, Depends(get_reviewer)]
ReaderDep = Annotated[Reviewer, Depends(get_reader)]
