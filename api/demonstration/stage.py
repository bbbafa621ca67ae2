"""Sets the stage: a server of its own, portraits in the register, a reviewer; and takes it down again."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.demonstration.papers import Applicant
from api.demonstration.server import Place, open_reviewer, run_command, running
from api.demonstration.story import Recorder, Stage
from api.demonstration.timing import Timeline
from filing.organs import demonstration_organs

ADDING_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part, and the portrait the office holds of them."""

    people: Sequence[Applicant]
    portrait: Path


@contextmanager
def set_up(place: Place, cast: Cast, *, record: Recorder, timeline: Timeline) -> Iterator[Stage]:
    """Run a server over the place until the end of the block."""
    organ_id = demonstration_organs()[0].id
    with ExitStack() as stack:
        with timeline.step("server", "启动自己的服务 a server of its own"):
            started = stack.enter_context(running(place))
        with timeline.step("register", "登记参考照片 reference portraits into the register"):
            register(place, cast)
        yield Stage(
            url=started,
            organ_id=organ_id,
            reviewer=open_reviewer(place, organ_id=organ_id),
            record=record,
            timeline=timeline,
        )


def register(place: Place, cast: Cast) -> None:
    """Add the portrait for every person, as an operator does."""

    def add(person: Applicant) -> None:
        who = ["--number", person.document_number, "--name", person.name]
        run_command(place, ["portraits", "add", str(cast.portrait), *who])

    with ThreadPoolExecutor(ADDING_AT_ONCE) as pool:
        list(pool.map(add, cast.people))
