"""The page a person reads after a run: one file, nothing fetched."""

from verify.report.page import write_report

__all__ = ["write_report"]
