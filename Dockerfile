# The production image: one for web, workers, scheduler and live updates.
FROM python:3.11-slim-bookworm AS libraries
COPY requirements/base.txt /tmp/base.txt
RUN python -m venv /opt/oms && /opt/oms/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/oms/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=oms.settings
RUN groupadd --system --gid 10001 oms && useradd --system --uid 10001 --gid oms --home-dir /srv/oms --shell /usr/sbin/nologin oms
COPY --from=libraries /opt/oms /opt/oms
WORKDIR /srv/oms
COPY manage.py pyproject.toml ./
COPY locale locale
COPY static static
COPY templates templates
COPY oms oms
COPY inventory inventory
COPY orders orders
COPY interception interception
COPY hotel hotel
# Static files are part of the image; the values only satisfy the settings while they are collected.
RUN mkdir -p .data/media && chown -R oms:oms .data/media && \
    SECRET_KEY=only-while-collecting-static-files DATABASE_URL=postgres://oms@/oms REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --noinput --verbosity 0
USER oms
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "8", "--backpressure", "64", "--no-ws", "oms.wsgi:application"]
