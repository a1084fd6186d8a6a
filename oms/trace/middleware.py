"""Tells the trace who is asking."""

from pghistory.middleware import HistoryMiddleware as TraceMiddleware

__all__ = ["TraceMiddleware"]
