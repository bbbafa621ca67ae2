"""Pictures that come a second time: a stretch that is played again, as a virtual camera does with a file."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from liveness.pad.measurement import Measurement, Unit

Doubles = npt.NDArray[np.float64]

STEP_MS: Final = 74
FRAMES: Final = 10
LEAST_LAG_MS: Final = 900
LAG_STEP_MS: Final = 20
LEAST_CHANGE: Final = 2.5
_LONGEST_GAP_MS = 250
_LAGS_AT_ONCE = 100


@dataclass(slots=True)
class RepeatWatch:
    """Remembers thumbnails of frames, analysed or not, to find a stretch that was shown before."""

    times_ms: list[int] = field(default_factory=list)
    thumbs: list[npt.NDArray[np.float32]] = field(default_factory=list, repr=False)

    def wants(self, time_ms: int) -> bool:
        """Whether the last picture is old enough."""
        return not self.times_ms or time_ms >= self.times_ms[-1] + STEP_MS

    def look(self, time_ms: int, thumbnail: npt.NDArray[np.float32]) -> None:
        """Keep a picture, as small as it comes, float32 (n,)."""
        if self.wants(time_ms):
            self.times_ms.append(time_ms)
            self.thumbs.append(thumbnail)

    def measure(self) -> Measurement:
        """How unlike the two likest stretches of moving pictures are, as a share of the movement in them.

        Two stretches lie at least 0.9 s apart and last as long as ten thumbnails, 0.7 to 1.1 s. Pictures that
        a camera took differ by noise, light and the hand, however alike the movement; played twice they are
        the same. Where too little moves there is nothing to tell a repetition by. That nobody watched is a
        doubt.
        """
        count = len(self.thumbs)
        if count < 2 * FRAMES:
            return Measurement("repeated_pictures", None, Unit.SHARE, looks=count, expected=not count)
        pictures = np.stack(self.thumbs).astype(np.float64)
        moving = _movement(pictures)
        best, at_ms = np.inf, None
        pairs = _Pairs.of(np.array(self.times_ms, np.float64), pictures)
        longest_ms = self.times_ms[-1] - self.times_ms[0]
        lags_ms = np.arange(LEAST_LAG_MS, longest_ms, LAG_STEP_MS).astype(np.float64)
        for some_ms in np.array_split(lags_ms, max(1, len(lags_ms) // _LAGS_AT_ONCE)):
            share = pairs.unlike(some_ms) / np.maximum(moving, 1e-6)
            share[:, moving < LEAST_CHANGE] = np.inf
            if share.min(initial=np.inf) < best:
                best, at_ms = float(share.min()), self.times_ms[int(share.min(axis=0).argmin())]
        value = best if np.isfinite(best) else None
        return Measurement("repeated_pictures", value, Unit.SHARE, at_ms, looks=count)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Every picture against what was there some time before, whenever the frames of then were taken.

    A stretch played again falls between the frames that were looked at the first time; what lay between two
    of them is taken for their mixture. products: float64 (n, n), of all pictures with each other.
    """

    times_ms: Doubles
    products: Doubles
    pixels: int

    @classmethod
    def of(cls, times_ms: Doubles, pictures: Doubles) -> "_Pairs":
        apart = pictures - pictures.mean(axis=0)
        return cls(times_ms, apart @ apart.T, pictures.shape[1])

    def unlike(self, lags_ms: Doubles) -> Doubles:
        """How far each stretch of FRAMES pictures is from that of each lag before, (lags, n - FRAMES + 1).

        Root of the mean square, in grey levels; infinite where there was none.
        """
        times, squares = self.times_ms, np.diagonal(self.products)
        wanted = times - lags_ms[:, None]
        here = np.arange(len(times))
        before = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, len(times) - 2)
        gap = np.diff(times)[before]
        late = (wanted - times[before]) / gap
        seen = (late >= 0) & (late <= 1) & (gap <= _LONGEST_GAP_MS)
        late = late.clip(0, 1)
        early = 1 - late
        neighbours = np.append(np.diagonal(self.products, 1), 0.0)
        square = (
            squares
            - 2 * (early * self.products[here, before] + late * self.products[here, before + 1])
            + early**2 * squares[before]
            + late**2 * squares[before + 1]
            + 2 * early * late * neighbours[before]
        )
        mean = _rolling_mean(np.maximum(square, 0).T / self.pixels).T
        whole = _rolling_mean(seen.astype(np.float64).T).T > 1 - 0.5 / FRAMES
        return np.asarray(np.where(whole, np.sqrt(np.maximum(mean, 0)), np.inf), np.float64)


def _movement(pictures: Doubles) -> Doubles:
    """Standard deviation over each stretch from a frame on, in grey levels, all pixels together."""
    mean, square = _rolling_mean(pictures), _rolling_mean(pictures**2)
    return np.asarray(np.sqrt(np.maximum(square - mean**2, 0).mean(axis=1)), np.float64)


def _rolling_mean(values: Doubles) -> Doubles:
    """The mean over FRAMES values from each on, along the first axis."""
    total = np.cumsum(np.concatenate([np.zeros_like(values[:1]), values]), axis=0)
    return np.asarray((total[FRAMES:] - total[:-FRAMES]) / FRAMES, np.float64)
