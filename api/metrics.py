"""Figures for the operator, in the form Prometheus reads."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

if TYPE_CHECKING:
    from signing.keys.ledger import KeyState

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]


class Metrics:
    """Counts and times of one application; each has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "novisit_requests",
            "Requests by route and status.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "novisit_request_seconds",
            "Seconds from request to answer.",
            ("route",),
            registry=self.registry,
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
        )

        self._streams = Gauge(
            "novisit_streams", "Videos that are judged while they are recorded.", registry=self.registry
        )
        self._refused = Counter(
            "novisit_streams_refused",
            "Streams that could not begin, by reason.",
            ("code",),
            registry=self.registry,
        )
        self._verdicts = Histogram(
            "novisit_stream_verdict_seconds",
            "Seconds from the last byte of a stream to its answer.",
            registry=self.registry,
            buckets=(0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2.5, 5, 10),
        )

        self._alternatives = Counter(
            "novisit_liveness_alternatives",
            "Other movements, longer windows and ways without the face that people took, by kind.",
            ("kind",),
            registry=self.registry,
        )

        self._time_stamps = Counter(
            "novisit_time_stamps",
            "Time-stamp authorities and revocation lists asked, by host and outcome.",
            ("host", "outcome"),
            registry=self.registry,
        )

        self._signer_up = Gauge(
            "novisit_signer_up", "Whether the signer answers: 1 yes, 0 no.", registry=self.registry
        )
        self._key_uses = Gauge(
            "novisit_key_uses", "Signatures made by a key.", ("key",), registry=self.registry
        )
        self._key_limit = Gauge(
            "novisit_key_limit",
            "Signatures a key may make; absent where any number.",
            ("key",),
            registry=self.registry,
        )
        self._key_revoked = Gauge(
            "novisit_key_revoked", "Keys that are revoked or will be.", ("key",), registry=self.registry
        )

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def streams_running(self, count: int) -> None:
        self._streams.set(count)

    def stream_refused(self, code: str) -> None:
        self._refused.labels(code).inc()

    def verdict_came(self, *, seconds: float) -> None:
        self._verdicts.observe(seconds)

    def alternative_taken(self, kind: str) -> None:
        self._alternatives.labels(kind).inc()

    def time_stamp_asked(self, *, host: str, outcome: str) -> None:
        self._time_stamps.labels(host, outcome).inc()

    def signer_seen(self, keys: "Iterable[KeyState] | None") -> None:
        """What the signer said of its keys; None where it did not answer, and then the last counts stay."""
        self._signer_up.set(keys is not None)
        if keys is not None:
            self._key_limit.clear()
        for state in keys or ():
            name, limit = state.record.name, state.record.limit
            self._key_uses.labels(name).set(state.uses)
            if limit is not None:
                self._key_limit.labels(name).set(limit)
            if state.record.revoked_since is not None:
                self._key_revoked.labels(name).set(1)

    def text(self) -> bytes:
        return generate_latest(self.registry)
