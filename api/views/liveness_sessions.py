"""A liveness session as its owner sees it: what is asked, how it stands. Scores are for reviewers alone."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from api.bootstrap import Services
from api.messages import Language
from api.views.liveness import ReasonView, view_reasons
from liveness.challenge.alternatives import Alternatives
from liveness.sessions.session import LivenessSession, SessionState
from liveness.verdict import Action, Assurance, Outcome, Profile
from models.comparison import DocumentType


class Claim(BaseModel):
    """Who the person says they are. It is kept encrypted and forgotten with the answer."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    document_type: DocumentType
    document_number: str = Field(min_length=3, max_length=64, repr=False, examples=["11010519491231002X"])
    name: str = Field(min_length=1, max_length=128, repr=False, examples=["张三"])


class AlternativesBody(BaseModel):
    """What the person cannot do. Others are drawn in their place; three different ones always stay."""

    model_config = ConfigDict(extra="forbid")

    cannot: list[Action] = Field(default=[], max_length=len(Action), examples=[["nod"]])
    more_time: bool = False

    def value(self) -> Alternatives:
        """Raises TooFewActions."""
        return Alternatives(frozenset(self.cannot), self.more_time)


class NewSession(BaseModel):
    """What a session is opened with; case and party where it is for a filing.

    Without a profile the matter's own is taken, and `ordered` where there is none.
    """

    model_config = ConfigDict(extra="forbid")

    consent_id: str = Field(max_length=36)
    claim: Claim
    case_id: str | None = Field(default=None, max_length=36)
    party_id: str | None = Field(default=None, max_length=36)
    profile: Profile | None = Field(default=None, examples=["ordered"])
    alternatives: AlternativesBody = AlternativesBody()


class PromptView(BaseModel):
    """One movement as it is asked for; repeats stand as often as they are asked."""

    action: Action
    text: str = Field(examples=["点头"])
    pause_ms: int
    window_ms: int


class StepView(BaseModel):
    """One action and how many times it is asked for."""

    action: Action
    repeats: int


class NewSessionView(BaseModel):
    """A challenge.

    `ordered`: the steps in the order to be shown, in one video that goes to upload_url in one piece, or to
    uploads_url by tus. `timed`: nothing is told ahead; the stream asks for one movement after the other.
    asks_for names the actions, in no order.
    """

    id: str
    profile: Profile
    assurance: Assurance
    actions: list[Action]
    steps: list[StepView]
    prompts: list[PromptView]
    asks_for: list[Action]
    more_time: bool
    nonce: str
    expires_at: datetime
    upload_url: str | None
    uploads_url: str | None
    stream_url: str
    attempts_left: int

    @classmethod
    def of(
        cls, session: LivenessSession, *, services: Services, language: Language, attempts_left: int
    ) -> "NewSessionView":
        """The view of a new session; a `timed` one keeps its order to itself."""
        told = () if session.profile is Profile.TIMED else session.challenge.steps
        place = f"/v1/liveness-sessions/{session.id}"
        return cls(
            id=session.id,
            profile=session.profile,
            assurance=session.profile.assurance,
            actions=[step.action for step in told],
            steps=[StepView(action=step.action, repeats=step.repeats) for step in told],
            prompts=[
                PromptView(
                    action=step.action,
                    text=services.catalogue.text(f"action.{step.action.value}", language),
                    pause_ms=step.pause_ms,
                    window_ms=step.window_ms,
                )
                for step in told
                for _ in range(step.repeats)
            ],
            asks_for=[action for action in Action if action in session.challenge.actions],
            more_time=session.alternatives.more_time,
            nonce=session.challenge.nonce,
            expires_at=session.expires_at,
            upload_url=f"{place}/video" if told else None,
            uploads_url=f"{place}/uploads" if told else None,
            stream_url=f"{place}/stream",
            attempts_left=attempts_left,
        )


class ActionView(BaseModel):
    """Whether an action was seen as often as it was asked for; null while nobody has looked."""

    action: Action
    found: bool | None


class SessionView(BaseModel):
    """A session as its owner sees it."""

    id: str
    state: SessionState
    outcome: Outcome | None
    reasons: list[ReasonView]
    actions: list[ActionView]
    attempts_left: int
    expires_at: datetime
    profile: Profile
    assurance: Assurance

    @classmethod
    def of(
        cls, session: LivenessSession, *, services: Services, language: Language, attempts_left: int
    ) -> "SessionView":
        """The view of a session; the order of a `timed` one is not told before its answer."""
        decision = session.decision
        return cls(
            id=session.id,
            state=session.state,
            outcome=decision.outcome if decision else None,
            reasons=view_reasons(services, decision.reasons if decision else (), language),
            actions=_actions(session),
            attempts_left=attempts_left,
            expires_at=session.expires_at,
            profile=session.profile,
            assurance=session.profile.assurance,
        )


def _actions(session: LivenessSession) -> list[ActionView]:
    verdict = session.decision.verdict if session.decision else None
    if verdict is None:
        told = () if session.profile is Profile.TIMED else session.challenge.actions
        return [ActionView(action=action, found=None) for action in told]
    return [
        ActionView(
            action=action,
            found=all(result.found for result in verdict.actions if result.action is action),
        )
        for action in dict.fromkeys(verdict.requested)
    ]
