"""The channel of an installation that has no other: a line in the log, which an operator may act on."""

import structlog

from api.notices.port import PostedNotice

log = structlog.get_logger(__name__)


class LogChannel:
    """Writes notices to the log."""

    def deliver(self, posted: PostedNotice) -> None:
        notice = posted.notice
        log.info(
            "notice",
            notice=posted.id,
            case=notice.case_id,
            recipient=notice.recipient_id,
            code=notice.code,
            parameters=dict(notice.parameters),
        )
