"""The process that serves: its sockets, its certificate, its end."""

import errno
import socket
from dataclasses import dataclass, field

import uvicorn

from api.bootstrap import Services
from api.errors import AddressUnusable, PortTaken
from api.main import create_app

GRACE_SECONDS = 4
BACKLOG = 512
MESSAGE_BYTES = 1 << 20
"""The largest message of a WebSocket; one is read at a time, so that a fast sender waits."""

PING_SECONDS = 10.0
PONG_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of a server certificate and its key."""

    certificate: str
    key: str
    passphrase: str = field(repr=False)


def open_sockets(hosts: tuple[str, ...], port: int) -> list[socket.socket]:
    """Listen on every host. Raises PortTaken or AddressUnusable, and then listens on none."""
    opened: list[socket.socket] = []
    try:
        for host in hosts:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            opened.append(socket.create_server((host, port), family=family, backlog=BACKLOG))
    except OSError as error:
        for each in opened:
            each.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port) from None
        raise AddressUnusable(f"{'、'.join(hosts)}:{port}") from None
    return opened


def local_network_address() -> str:
    """This machine's address on the local network. Raises AddressUnusable where it has none."""
    # Nothing is sent: connecting a datagram socket only asks the system for a route.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = str(probe.getsockname()[0])
        except OSError:
            address = "127.0.0.1"
    if address.startswith("127."):
        raise AddressUnusable("192.168.0.0/16")
    return address


def make_server(services: Services, *, tls: Tls | None = None) -> uvicorn.Server:
    """Make the server over built services. Requests under way get a few seconds to finish at its end."""
    proxies = services.settings.trusted_proxies
    config = uvicorn.Config(
        create_app(services),
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        timeout_graceful_shutdown=GRACE_SECONDS,
        lifespan="on",
        ws="websockets-sansio",
        ws_max_size=MESSAGE_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PONG_SECONDS,
        ws_per_message_deflate=False,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        ssl_keyfile_password=tls.passphrase if tls else None,
    )
    return uvicorn.Server(config)


def serve(services: Services, sockets: list[socket.socket], *, tls: Tls | None) -> None:
    """Serve until the process is asked to end."""
    make_server(services, tls=tls).run(sockets=sockets)
