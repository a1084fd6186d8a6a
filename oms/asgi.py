"""Live updates (server-sent events), for uvicorn."""
