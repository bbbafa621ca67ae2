"""The main job step by step: a made-up applicant verifies, files, a reviewer approves, a seal is checked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp

from api.demonstration.papers import Applicant, catering_form, enterprise_form, scanned_page
from api.demonstration.person import FINAL_STATES, PASSWORD, DemonstrationFailed, Person
from api.demonstration.timing import Timeline

CATERING = "catering-under-150"
ENTERPRISE = "enterprise-change"
PNG = "image/png"

Recorder = Callable[[Sequence[str], int], Path]
"""Gives a video of the actions in their order; the number tells recordings apart."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The reviewer's account as the operator opened it."""

    username: str
    one_time_password: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story plays and with whom."""

    url: str
    organ_id: str
    reviewer: Reviewer
    record: Recorder
    timeline: Timeline


def restaurant(stage: Stage, applicant: Applicant) -> bytes:
    """File a small restaurant, from the account to the sealed PDF."""
    step = stage.timeline.step
    with Person(stage.url) as person:
        with step("account", "开设账号并登录 account and sign-in"):
            person.sign_up(applicant.username)
        with step("draft", "判断是否适用并填表 eligibility and form"):
            asked = {"area_m2": "149.99", "central_kitchen": False, "group_meals": False}
            eligible = person.post(f"/v1/matters/{CATERING}/eligibility", {"answers": asked})
            if not eligible["eligible"]:
                raise DemonstrationFailed(f"149.99 m2 is not eligible: {eligible}")
            case = _draft(person, stage.organ_id, CATERING, catering_form())
        with step("materials", "上传申请材料 materials"):
            for name in ("application", "business_licence", "layout", "safety_rules"):
                person.send_file(f"/v1/cases/{case}/materials/{name}", scanned_page(name), PNG)
        verify(stage, person, applicant, number=1, case_id=case)
        with step("submit", "提交备案 submission"):
            person.post(f"/v1/cases/{case}/submission")
        _review(stage, case)
        return _certificate(stage, person, case)


def shareholders(stage: Stage, people: Sequence[Applicant]) -> bytes:
    """Change an enterprise: its legal representative, the first, and every shareholder verify by phone."""
    step = stage.timeline.step
    with Person(stage.url) as applicant:
        with step("account", "开设账号并登录 account and sign-in"):
            applicant.sign_up(people[0].username)
        with step("draft", "填表 form"):
            case = _draft(applicant, stage.organ_id, ENTERPRISE, enterprise_form())
            licence = f"/v1/cases/{case}/materials/business_licence"
            applicant.send_file(licence, scanned_page("business licence"), PNG)
        with step("invite", f"邀请法定代表人和 {len(people) - 1} 位股东 invitations"):
            parties = _invite(applicant, case, people)
        _take_part(stage, applicant, people[0], parties[0], number=1, case_id=case)
        for number, (shareholder, invited) in enumerate(zip(people[1:], parties[1:], strict=True), start=2):
            with Person(stage.url) as phone:
                phone.sign_up(shareholder.username)
                _take_part(stage, phone, shareholder, invited, number=number, case_id=case)
        verify(stage, applicant, people[0], number=len(people) + 1, case_id=case)
        with step("submit", "提交登记 submission"):
            applicant.post(f"/v1/cases/{case}/submission")
        _review(stage, case)
        return _certificate(stage, applicant, case)


def verify(
    stage: Stage,
    person: Person,
    claimed: Applicant,
    *,
    number: int,
    case_id: str,
    party_id: str | None = None,
) -> None:
    """Consent, take the challenge, record it, send it, and wait for a pass. Raises DemonstrationFailed."""
    step = stage.timeline.step
    with step("consent", "同意人脸核验 consent to the use of the face"):
        text = person.get("/v1/consents/current")
        consent = person.post("/v1/consents", {"version": text["version"]})
        purpose = {"case_id": case_id, **({"party_id": party_id} if party_id else {})}
        opened = {"consent_id": consent["id"], "claim": claimed.claim, **purpose}
        session = person.post("/v1/liveness-sessions", opened)
    asked = [prompt["action"] for prompt in session["prompts"]]
    with step("video", f"录制视频：{' → '.join(asked)} the video"):
        video = stage.record(asked, number)
    with step("upload", f"上传 {video.stat().st_size / 1e6:.1f} MB upload"):
        person.send_file(session["upload_url"], video, "application/octet-stream")
    with step("verify", "活体检测与人脸比对 liveness and face comparison"):
        address = f"/v1/liveness-sessions/{session['id']}"
        answer = person.wait_for(address, until=lambda one: one["state"] in FINAL_STATES)
    if answer["outcome"] != "passed":
        told = [
            f"  {reason['code']}  {reason['text']}{reason['remedy'] or ''}" for reason in answer["reasons"]
        ]
        raise DemonstrationFailed("\n".join(["核验未通过。 The verification did not pass.", *told]))


def _draft(person: Person, organ_id: str, matter_id: str, form: dict[str, object]) -> str:
    case = person.post("/v1/cases", {"matter_id": matter_id, "organ_id": organ_id})
    person.patch(f"/v1/cases/{case['id']}", {"form": form})
    return str(case["id"])


def _invite(applicant: Person, case: str, people: Sequence[Applicant]) -> list[Any]:
    """Invite the first as legal representative and the others as shareholders of equal parts."""
    invited = []
    others = len(people) - 1
    for number, person in enumerate(people):
        role = "shareholder" if number else "legal_representative"
        party: dict[str, object] = {"role": role, "display_name": person.name}
        if number:
            even = 100 // others
            party["share"] = str(even if number < others else 100 - even * (others - 1))
        invited.append(applicant.post(f"/v1/cases/{case}/parties", party))
    return invited


def _take_part(
    stage: Stage,
    person: Person,
    claimed: Applicant,
    invited: Any,  # noqa: ANN401  JSON
    *,
    number: int,
    case_id: str,
) -> None:
    """Open the invitation, verify, read the text and consent to it."""
    step = stage.timeline.step
    token = invited["invitation_url"].rstrip("/").rpartition("/")[2]
    with step("accept", f"{claimed.name}打开邀请 the invitation is opened"):
        person.post(f"/v1/invitations/{token}/acceptance")
    verify(stage, person, claimed, number=number, case_id=case_id, party_id=invited["id"])
    with step("agree", f"{claimed.name}确认同一文本 consent to the same text"):
        place = f"/v1/cases/{case_id}/parties/{invited['id']}"
        digest = {"text_digest": person.get(place)["text_digest"]}
        person.post(f"{place}/consent", digest)


def _review(stage: Stage, case: str) -> None:
    """Sign in as the reviewer with a second factor, take the case and approve it."""
    with (
        stage.timeline.step("review", "审核员双因素登录并批准 the reviewer approves"),
        Person(stage.url) as person,
    ):
        password = stage.reviewer.one_time_password
        person.post("/v1/sign-ins", {"username": stage.reviewer.username, "password": password})
        person.post("/v1/accounts/me/password", {"current": password, "new": PASSWORD})
        secret = person.post("/v1/accounts/me/totp")["secret"]
        person.put("/v1/accounts/me/totp", {"code": pyotp.TOTP(secret).now()})
        person.post(f"/v1/review/cases/{case}/claim")
        decision = {"decision": "approve", "reason": "材料齐全，符合条件。"}
        person.post(f"/v1/review/cases/{case}/decision", decision)


def _certificate(stage: Stage, person: Person, case: str) -> bytes:
    """Wait for the sealed certificate, and have its seal checked by anyone."""
    step = stage.timeline.step
    with step("seal", "出证并加盖电子印章 certificate and seal"):
        person.wait_for(f"/v1/cases/{case}", until=lambda one: one["certificate_issued"])
        pdf = person.download(f"/v1/cases/{case}/certificate")
    with step("check-seal", "任何人验证印章 anyone verifies the seal"), Person(stage.url) as anyone:
        checked = anyone.post_file("/v1/seal-verifications", pdf, "application/pdf")
        if checked["status"] != "TOTAL_PASSED":
            raise DemonstrationFailed(f"印章验证未通过。 The seal did not verify: {checked['status']}")
    return pdf
