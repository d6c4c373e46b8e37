"""What this room refuses."""

from __future__ import annotations


class DirectoryError(Exception):
    code = "directory_error"
    status = 400

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


class QueryTooLong(DirectoryError):
    code = "query_too_long"
    status = 422


class NotFound(DirectoryError):
    code = "not_found"
    status = 404


class UnreadableSource(DirectoryError):
    """Nothing of the source was taken; `detail` says which file and why."""

    code = "unreadable_source"
    status = 422
