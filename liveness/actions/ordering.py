"""Are the requested actions there, in their order, one after the other?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from liveness.actions.events import ActionRules, strongest
from liveness.observation.signals import Signals
from liveness.verdict import Action, ActionEvent, ActionResult

MISSING_REPEAT: Final = "action.missing_repeat"
OUT_OF_ORDER: Final = ".out_of_order"
"""How the code of a movement ends that is there, but not where it was asked for."""

_UNITS = {
    Action.NOD: "deg",
    Action.MOUTH: "ratio",
    Action.BLINK: "ratio",
    Action.TURN_LEFT: "deg",
    Action.TURN_RIGHT: "deg",
    Action.SMILE: "score",
}


def match_in_order(
    requested: Sequence[Action], events: Sequence[ActionEvent], signals: Signals, rules: ActionRules
) -> tuple[ActionResult, ...]:
    """Give each requested action the earliest event that starts after the one before it has ended.

    An action that is not found leaves the later ones their chance, so that the person learns of all of them.
    """
    pairs: list[tuple[Action, ActionEvent | None]] = []
    free_from_ms = 0
    for action in requested:
        event = min(
            (event for event in events if event.action is action and event.start_ms >= free_from_ms),
            key=lambda event: event.end_ms,
            default=None,
        )
        if event is not None:
            free_from_ms = event.end_ms
        pairs.append((action, event))
    return results_of(pairs, events, signals, rules)


def results_of(
    pairs: Sequence[tuple[Action, ActionEvent | None]],
    events: Sequence[ActionEvent],
    signals: Signals,
    rules: ActionRules,
) -> tuple[ActionResult, ...]:
    """What became of each requested action, given the event that answers it or None."""
    results = []
    before = None
    for action, event in pairs:
        of_kind = [other for other in events if other.action is action]
        result = _result(action, event, of_kind, signals, rules)
        if event is None and before is not None and before.action is action and before.found:
            result = replace(result, remedy_code=MISSING_REPEAT)
        results.append(result)
        before = result
    return tuple(results)


def required_for(action: Action, rules: ActionRules) -> float:
    """How much of a movement is asked for, in the unit of its events."""
    return {
        Action.NOD: rules.nod.required_deg,
        Action.MOUTH: rules.mouth.required_opening,
        Action.BLINK: rules.blink.required_closure,
        Action.TURN_LEFT: rules.turn.required_deg,
        Action.TURN_RIGHT: rules.turn.required_deg,
        Action.SMILE: rules.smile.required_score,
    }[action]


def _result(
    action: Action,
    event: ActionEvent | None,
    of_kind: Sequence[ActionEvent],
    signals: Signals,
    rules: ActionRules,
) -> ActionResult:
    required = required_for(action, rules)
    best = event.measured if event is not None else round(strongest(action, signals, rules), 3)
    return ActionResult(
        action=action,
        found=event is not None,
        event=event,
        best_measured=best,
        required=required,
        unit=_UNITS[action],
        remedy_code=None if event is not None else _remedy(action, of_kind, best, required),
    )


def _remedy(action: Action, of_kind: Sequence[ActionEvent], best: float, required: float) -> str:
    if of_kind:
        return f"action.{action}{OUT_OF_ORDER}"
    if best >= required:
        return f"action.{action}.unclear"
    if best >= required / 2:
        return f"action.{action}.too_small"
    return f"action.{action}.not_seen"
