"""RFC 3161 time stamps: the seam, an authority in this process, and official ones over HTTP with failover."""

from signing.timestamps.failover import Attempt, FailoverTimeStamps
from signing.timestamps.local import DEMONSTRATION_POLICY, LocalTimeStampAuthority
from signing.timestamps.port import TimeStampAuthority, read_answer
from signing.timestamps.remote import HttpTimeStampAuthority, TimeStampSource

__all__ = [
    "DEMONSTRATION_POLICY",
    "Attempt",
    "FailoverTimeStamps",
    "HttpTimeStampAuthority",
    "LocalTimeStampAuthority",
    "TimeStampAuthority",
    "TimeStampSource",
    "read_answer",
]
