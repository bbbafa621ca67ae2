from structlog.testing import capture_logs

from api.notices.log_channel import LogChannel
from api.notices.port import Notice, PostedNotice


def test_a_notice_is_one_line_of_ids_and_a_code() -> None:
    with capture_logs() as lines:
        LogChannel().deliver(PostedNotice("n-1", Notice("case-1", "account-1", "case.approved", {"days": 1})))
    assert lines == [
        {
            "event": "notice",
            "log_level": "info",
            "notice": "n-1",
            "case": "case-1",
            "recipient": "account-1",
            "code": "case.approved",
            "parameters": {"days": 1},
        }
    ]
