"""Which face comparators are installed, and how one is built: entry points in `novisit.face_comparators`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from models.comparison import FaceComparator, PortraitRegister
from models.errors import ComparatorMisconfigured, DuplicateComparator, UnknownComparator, UnsafeComparator
from models.weights import WeightStore

GROUP = "novisit.face_comparators"


@dataclass(frozen=True, slots=True)
class ComparatorConfig:
    """What a comparator may be built from.

    options: the operator's own settings for this comparator; a comparator refuses those it does not know.
    production: whether applicants depend on the answer. clock gives aware UTC; new_id gives a fresh id.
    """

    weights: WeightStore
    register: PortraitRegister | None
    options: Mapping[str, str] = field(repr=False)
    production: bool
    clock: Callable[[], datetime] = field(repr=False)
    new_id: Callable[[], str] = field(repr=False)

    def only(self, *known: str) -> Mapping[str, str]:
        """The options, all of them known. Raises ComparatorMisconfigured, which lists the known."""
        unknown = sorted(set(self.options) - set(known))
        if unknown:
            listed = ", ".join(known) or "none"
            raise ComparatorMisconfigured(f"Unknown options: {', '.join(unknown)}. Known are: {listed}.")
        return self.options


Builder = Callable[[ComparatorConfig], FaceComparator]


def comparators() -> Mapping[str, EntryPoint]:
    """Every installed comparator by its name. Raises DuplicateComparator where two claim one name."""
    return by_name(entry_points(group=GROUP))


def by_name(found: Iterable[EntryPoint]) -> Mapping[str, EntryPoint]:
    """Order entry points by name. The same entry point seen twice is one. Raises DuplicateComparator."""
    named: dict[str, EntryPoint] = {}
    for entry in found:
        other = named.setdefault(entry.name, entry)
        if other.value != entry.value:
            raise DuplicateComparator(
                f"Two face comparators are called {entry.name!r}: {other.value} and {entry.value}. "
                "Uninstall one of them; which one answers is not left to chance."
            )
    return MappingProxyType(dict(sorted(named.items())))


def build_comparator(name: str, config: ComparatorConfig) -> FaceComparator:
    """Build the comparator of this name.

    Raises UnknownComparator, which lists the installed ones; UnsafeComparator where it is not safe and this
    is production; ComparatorMisconfigured; DuplicateComparator.
    """
    installed = comparators()
    if name not in installed:
        raise UnknownComparator(
            f"No face comparator is called {name!r}. Installed are: {', '.join(installed) or 'none'}."
        )
    builder: Builder = installed[name].load()
    comparator = builder(config)
    if config.production and not comparator.safe_in_production:
        raise UnsafeComparator(f"The face comparator {name!r} is refused in production.")
    return comparator
