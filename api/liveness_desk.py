"""The desk of the liveness check over the service's database."""

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from sqlalchemy import Connection

from api.bootstrap import Services
from api.store.liveness_sessions import SqlSessions
from liveness.sessions.attempts import Attempter
from liveness.sessions.desk import Desk, DeskParts


def desk(db: Connection, services: Services) -> Desk:
    """Make the desk for the time of one transaction, which the caller began and ends."""
    return Desk(
        SqlSessions(db, services.cipher),
        DeskParts(
            texts=services.consent_texts,
            challenges=services.challenges,
            clock=services.clock,
            new_id=services.new_id,
            lifetime=timedelta(minutes=services.settings.challenge_minutes),
        ),
    )


def attempter(services: Services, *, account_id: str, device: str, address: str) -> Attempter:
    """Say who tries; the address only as a keyed digest."""
    return Attempter(account_id, device, services.keyring().digest("address", network_of(address)))


def network_of(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the /64 of an IPv6 one, which has 2^64 to change among."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Network((int(parsed), 64), strict=False))


def evidence_owner(session_id: str) -> str:
    """Who the evidence of a session belongs to."""
    return f"liveness-session:{session_id}"
