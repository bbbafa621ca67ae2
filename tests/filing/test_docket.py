from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.docket import (
    Actor,
    ActorRole,
    DocketKind,
    Happening,
    Head,
    entry_for,
    salted_digest,
    verify_chain,
)
from filing.ports import AsApplicant
from tests.filing.builders import (
    APPLICANT,
    COMPLETE_CATERING,
    MONDAY_MORNING,
    REVIEWER,
    make_bench,
    make_claimed,
)

SALT = "5a" * 32
ACTOR = Actor(ActorRole.APPLICANT, APPLICANT)

happenings = st.lists(
    st.builds(
        Happening,
        kind=st.sampled_from(DocketKind),
        actor=st.just(ACTOR),
        at=st.just(MONDAY_MORNING),
        facts=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
    ),
    min_size=1,
    max_size=8,
)


def chain(of):
    entries, head = [], Head()
    for happening in of:
        entry = entry_for(happening, organ_id="organ", case_id="case", state="draft", salt=SALT, head=head)
        entries.append(entry)
        head = Head(entry.sequence, entry.hash)
    return entries, head


@given(happenings)
def test_a_chain_as_it_was_written_is_whole(of) -> None:
    entries, head = chain(of)
    assert verify_chain(entries, head=head).is_whole


@given(happenings, st.data())
def test_any_changed_entry_is_found_where_it_stands(of, data) -> None:
    entries, head = chain(of)
    index = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(
        st.sampled_from(
            ["organ_id", "case_id", "state", "actor_digest", "facts_digest", "previous", "hash", "sequence"]
        )
    )
    old = getattr(entries[index], name)
    entries[index] = replace(entries[index], **{name: old + 1 if isinstance(old, int) else old + "x"})
    found = verify_chain(entries, head=head)
    assert not found.is_whole
    # a first entry of another case is told by the entries after it
    assert found.broken_at in (index + 1, index + 2)


@given(happenings, st.data())
def test_a_missing_entry_is_found_wherever_it_was(of, data) -> None:
    entries, head = chain(of)
    del entries[data.draw(st.integers(0, len(entries) - 1))]
    assert not verify_chain(entries, head=head).is_whole


def test_an_empty_chain_is_never_whole() -> None:
    assert not verify_chain([], head=Head()).is_whole


def test_a_digest_needs_a_long_salt_and_depends_on_it() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        salted_digest("00" * 31, "facts", "x")
    assert salted_digest("00" * 32, "facts", "x") != salted_digest("01" * 32, "facts", "x")
    assert salted_digest(SALT, "facts", "x") != salted_digest(SALT, "actor", "x")


def test_every_change_of_a_case_is_one_entry_and_none_tells_who_or_what() -> None:
    bench = make_bench()
    case = make_claimed(bench)
    entries = bench.office.cases.docket_of(case.id, AsApplicant(APPLICANT))
    assert [entry.kind for entry in entries] == [
        DocketKind.CREATED,
        *[DocketKind.MATERIAL_FILED] * 4,
        DocketKind.FORM_SAVED,
        DocketKind.APPLICANT_VERIFIED,
        DocketKind.SUBMITTED,
        DocketKind.CLAIMED,
    ]
    assert case.revision == len(entries)
    assert verify_chain(entries, head=case.head).is_whole
    text = repr(entries)
    personal = [
        APPLICANT,
        REVIEWER.account_id,
        *(v for v in COMPLETE_CATERING.values() if isinstance(v, str)),
    ]
    assert [word for word in personal if len(word) > 3 and word in text] == []
