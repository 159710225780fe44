"""The outcomes of cells and of requests."""

from enum import StrEnum


class Status(StrEnum):
    """The outcome of a cell, of one of its samples, or of a launch.

    `SKIPPED` would have taken too long or was not reached, `UNSUPPORTED` cannot be done here.
    """

    OK = "ok"
    FAILED = "failed"
    TIMEOUT = "timeout"
    SKIPPED = "skipped"
    UNSUPPORTED = "unsupported"


class RequestOutcome(StrEnum):
    """The outcome of one request, in the order in which a request can go wrong.

    `GAVE_UP` is an answer that says that its endpoint waited for something in vain: a result, not a failure.
    """

    OK = "ok"
    GAVE_UP = "gave_up"
    WRONG_BODY = "wrong_body"
    SHORT_BODY = "short_body"
    LONG_BODY = "long_body"
    NO_LENGTH = "no_length"
    MALFORMED = "malformed"
    REDIRECTED = "redirected"
    NON_2XX = "non_2xx"
    WRONG_STATUS = "wrong_status"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    ABORTED = "aborted"
    RESET = "reset"
    TOO_FAST = "too_fast"
