from decimal import Decimal

import pytest

from filing.cases import CaseState
from filing.docket import verify_chain
from filing.errors import (
    CaseNotFound,
    InvitationExpired,
    InvitationNotFound,
    InvitationTaken,
    MatterTakesNoParties,
    NameInvalid,
    NotReadyToSubmit,
    PartyNotFound,
    ShareInvalid,
    TextChanged,
    TooManyParties,
    UnknownRole,
    VerificationExpired,
    VerificationMissing,
    VerificationNotBound,
)
from filing.participation import Invitation
from filing.ports import AsApplicant, Page
from filing.submission import IdentityCheck
from tests.filing.builders import (
    APPLICANT,
    CHANGE,
    COMPLETE_CHANGE,
    DIGESTS,
    make_bench,
    make_draft,
    make_material,
    make_verification,
)

PEOPLE = {
    "李法人": ("legal_representative", None, "110101199003071233"),
    "王股东": ("shareholder", Decimal(60), "110101198003071234"),
    "赵股东": ("shareholder", Decimal(40), "P1234567"),
}


@pytest.fixture
def bench():
    return make_bench()


@pytest.fixture
def case(bench):
    case = bench.cases.create(APPLICANT, matter_id=CHANGE, organ_id="jiangan-approval")
    bench.cases.attach(APPLICANT, case.id, make_material("business_licence"))
    return bench.cases.fill(APPLICANT, case.id, dict(COMPLETE_CHANGE))


def invite(bench, case, name: str) -> Invitation:
    role, share, _ = PEOPLE[name]
    made: Invitation = bench.parties.invite(APPLICANT, case.id, role_id=role, display_name=name, share=share)
    return made


def account_of(name: str) -> str:
    return f"account-{name}"


def proof(bench, case, invitation, person: str, **changes):
    values = {
        "account_id": account_of(person),
        "party_id": invitation.party.id,
        "name": person,
        "number": PEOPLE[person][2],
    }
    return make_verification(bench, case.id, **values | changes)


def verify(bench, case, invitation, name: str) -> None:
    bench.parties.accept(account_of(name), invitation.token)
    bench.cases.record_verification(proof(bench, case, invitation, name))


def consent(bench, case, invitation, name: str) -> None:
    view = bench.parties.view(account_of(name), case.id, invitation.party.id)
    bench.parties.consent(account_of(name), case.id, invitation.party.id, text_digest=view.text.digest)


def everybody(bench, case) -> dict[str, Invitation]:
    invitations = {name: invite(bench, case, name) for name in PEOPLE}
    for name, invitation in invitations.items():
        verify(bench, case, invitation, name)
        consent(bench, case, invitation, name)
    bench.cases.record_verification(make_verification(bench, case.id))
    return invitations


def missing(bench, case) -> list[tuple[str, str]]:
    found = bench.parties.missing(bench.cases.find(APPLICANT, case.id))
    return [(finding.code, finding.field) for finding in found]


def test_the_case_moves_when_all_have_consented(bench, case) -> None:
    everybody(bench, case)
    submitted = bench.cases.submit(APPLICANT, case.id)
    assert submitted.state is CaseState.SUBMITTED
    docket = bench.office.cases.docket_of(case.id, AsApplicant(APPLICANT))
    assert verify_chain(docket, head=submitted.head).is_whole


@pytest.mark.parametrize("absent", list(PEOPLE))
def test_the_case_does_not_move_while_one_is_missing(bench, case, absent) -> None:
    invitations = {name: invite(bench, case, name) for name in PEOPLE}
    bench.cases.record_verification(make_verification(bench, case.id))
    for name, invitation in invitations.items():
        if name != absent:
            verify(bench, case, invitation, name)
            consent(bench, case, invitation, name)
    where = f"party:{invitations[absent].party.id}"
    steps: list[tuple[str, str]] = []

    def try_it() -> None:
        with pytest.raises(NotReadyToSubmit) as refused:
            bench.cases.submit(APPLICANT, case.id)
        steps.extend((f.code, f.field) for f in refused.value.findings)

    try_it()
    bench.parties.accept(account_of(absent), invitations[absent].token)
    try_it()
    bench.cases.record_verification(proof(bench, case, invitations[absent], absent))
    try_it()
    assert steps == [
        ("party.not_accepted", where),
        ("party.not_verified", where),
        ("party.not_consented", where),
    ]
    consent(bench, case, invitations[absent], absent)
    assert bench.cases.submit(APPLICANT, case.id)


@pytest.mark.parametrize(
    "changed", [{"after": "示例路3号"}, {"capital_yuan": "1000000"}, {"change_item": "name"}], ids=str
)
def test_a_changed_form_voids_every_consent(bench, case, changed) -> None:
    invitations = everybody(bench, case)
    bench.cases.fill(APPLICANT, case.id, changed)
    assert [code for code, _ in missing(bench, case)] == ["party.not_consented"] * 3
    for name, invitation in invitations.items():
        consent(bench, case, invitation, name)
    assert missing(bench, case) == []


def test_consent_is_to_the_text_that_was_shown(bench, case) -> None:
    invitations = {name: invite(bench, case, name) for name in PEOPLE}
    name, invitation = next(iter(invitations.items()))
    verify(bench, case, invitation, name)
    shown = bench.parties.view(account_of(name), case.id, invitation.party.id).text
    assert "示例路2号" in shown.zh
    assert "股东：王股东，60%" in shown.zh
    assert "shareholder: 王股东, 60 %" in shown.en
    bench.cases.fill(APPLICANT, case.id, {"after": "示例路9号"})
    with pytest.raises(TextChanged):
        bench.parties.consent(account_of(name), case.id, invitation.party.id, text_digest=shown.digest)


def test_nobody_consents_unverified_or_with_an_expired_proof(bench, case) -> None:
    invitation = invite(bench, case, "王股东")
    account = account_of("王股东")
    view = bench.parties.accept(account, invitation.token)
    with pytest.raises(VerificationMissing):
        bench.parties.consent(account, case.id, invitation.party.id, text_digest=view.text.digest)
    bench.cases.record_verification(proof(bench, case, invitation, "王股东"))
    bench.now.advance(hours=25)
    with pytest.raises(VerificationExpired):
        bench.parties.consent(account, case.id, invitation.party.id, text_digest=view.text.digest)


def test_an_invitation_is_for_one_account(bench, case) -> None:
    invitation = invite(bench, case, "王股东")
    assert bench.parties.look(invitation.token).text
    bench.parties.accept(account_of("王股东"), invitation.token)
    assert bench.parties.accept(account_of("王股东"), invitation.token)
    for refused in (
        lambda: bench.parties.accept("a-stranger", invitation.token),
        lambda: bench.parties.look(invitation.token),
    ):
        with pytest.raises(InvitationTaken):
            refused()


def test_an_invitation_expires_and_a_guess_finds_nothing(bench, case) -> None:
    invitation = invite(bench, case, "王股东")
    with pytest.raises(InvitationNotFound):
        bench.parties.look(invitation.token[:-1] + "0")
    bench.now.advance(days=7)
    with pytest.raises(InvitationExpired):
        bench.parties.accept(account_of("王股东"), invitation.token)
    with pytest.raises(InvitationExpired):
        bench.parties.look(invitation.token)


def test_only_the_hash_of_the_token_is_kept(bench, case) -> None:
    invitation = invite(bench, case, "王股东")
    kept = bench.cases.find(APPLICANT, case.id).party(invitation.party.id)
    assert invitation.token not in {getattr(kept, name) for name in type(kept).__slots__}
    assert invitation.token not in repr(invitation)


def test_a_party_is_verified_as_the_person_who_was_invited(bench, case) -> None:
    invitation = invite(bench, case, "王股东")
    bench.parties.accept(account_of("王股东"), invitation.token)
    for changes in (
        {"name": "另一人"},
        {"account_id": "a-stranger"},
        {"account_id": APPLICANT},
        {"party_id": None},
    ):
        with pytest.raises(VerificationNotBound):
            bench.cases.record_verification(proof(bench, case, invitation, "王股东", **changes))


def test_one_person_is_not_two_shareholders(bench, case) -> None:
    first = invite(bench, case, "王股东")
    verify(bench, case, first, "王股东")
    second = bench.parties.invite(
        APPLICANT, case.id, role_id="shareholder", display_name="王股东", share=Decimal(40)
    )
    bench.parties.accept(account_of("王股东"), second.token)
    with pytest.raises(VerificationNotBound):
        bench.cases.record_verification(proof(bench, case, second, "王股东"))


def test_who_may_verify_is_known_before_the_video(bench, case) -> None:
    invitation = invite(bench, case, "王股东")

    def check(**changes):
        values = {
            "case_id": case.id,
            "party_id": invitation.party.id,
            "account_id": account_of("王股东"),
            "person_digest": DIGESTS.person("resident_id", "110101198003071234"),
            "name_digest": DIGESTS.name("王股东"),
        }
        return bench.cases.require_verifiable(IdentityCheck(**values | changes))

    with pytest.raises(VerificationNotBound):
        check()
    bench.parties.accept(account_of("王股东"), invitation.token)
    assert check() == "ordered"
    assert check(name_digest=DIGESTS.name("王 股东"))
    for changes, error in (
        ({"name_digest": DIGESTS.name("李四")}, VerificationNotBound),
        ({"account_id": "a-stranger"}, VerificationNotBound),
        ({"party_id": "nobody"}, PartyNotFound),
        ({"case_id": "nothing"}, CaseNotFound),
    ):
        with pytest.raises(error):
            check(**changes)


def test_a_party_sees_only_their_own_place(bench, case) -> None:
    invitations = everybody(bench, case)
    own, other = invitations["王股东"].party.id, invitations["赵股东"].party.id
    assert bench.parties.view(account_of("王股东"), case.id, own).has_consented
    with pytest.raises(PartyNotFound):
        bench.parties.view(account_of("王股东"), case.id, other)
    with pytest.raises(CaseNotFound):
        bench.parties.view("a-stranger", case.id, own)
    with pytest.raises(CaseNotFound):
        bench.cases.find(account_of("王股东"), case.id)
    assert len(bench.cases.list_as_party(account_of("王股东"), Page())) == 1


def test_shares_must_add_up_and_every_role_must_be_filled(bench, case) -> None:
    invite(bench, case, "王股东")
    codes = [code for code, _ in missing(bench, case)]
    assert codes == ["party.too_few", "party.shares_total", "party.not_accepted"]


def test_an_agent_need_not_consent(bench, case) -> None:
    invitations = everybody(bench, case)
    bench.parties.invite(APPLICANT, case.id, role_id="agent", display_name="钱代理", share=None)
    for name, invitation in invitations.items():
        consent(bench, case, invitation, name)
    assert missing(bench, case) == []


def test_a_removed_party_is_gone_and_the_text_is_another(bench, case) -> None:
    invitations = everybody(bench, case)
    bench.parties.remove(APPLICANT, case.id, invitations["赵股东"].party.id)
    assert [code for code, _ in missing(bench, case)] == [
        "party.shares_total",
        "party.not_consented",
        "party.not_consented",
    ]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"role_id": "king"}, UnknownRole),
        ({"display_name": " "}, NameInvalid),
        ({"display_name": "名" * 61}, NameInvalid),
        ({"display_name": "王\n股东"}, NameInvalid),
        ({"share": None}, ShareInvalid),
        ({"share": Decimal(0)}, ShareInvalid),
        ({"share": Decimal("100.01")}, ShareInvalid),
        ({"share": Decimal("NaN")}, ShareInvalid),
        ({"role_id": "agent", "share": Decimal(1)}, ShareInvalid),
    ],
)
def test_a_wrong_invitation_is_refused(bench, case, changes, error) -> None:
    values = {"role_id": "shareholder", "display_name": "王股东", "share": Decimal(60)} | changes
    with pytest.raises(error):
        bench.parties.invite(APPLICANT, case.id, **values)


def test_there_is_one_legal_representative(bench, case) -> None:
    invite(bench, case, "李法人")
    with pytest.raises(TooManyParties):
        invite(bench, case, "李法人")


def test_a_matter_without_parties_invites_nobody(bench) -> None:
    case = make_draft(bench)
    with pytest.raises(MatterTakesNoParties):
        bench.parties.invite(APPLICANT, case.id, role_id="agent", display_name="钱代理", share=None)
    assert bench.parties.missing(case) == ()
