# Builds everything that needs a compiler, so that the image that runs has none.
FROM python:3.12-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev libmariadb-dev pkg-config
COPY requirements.txt /build/
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /build/requirements.txt

FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libmariadb3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /app --shell /usr/sbin/nologin pawsitters
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/var/lib/pawsitters \
    HOST=0.0.0.0 \
    PORT=8000
WORKDIR /app
COPY . .
# Static files are hashed and compressed here; the key is thrown away with the command. The code
# belongs to root and is only read; the directory for data is the one the process may write to.
RUN SECRET_KEY=only-for-this-step FIELD_KEYS=b25seS1mb3ItdGhpcy1zdGVwLW9ubHktZm9yLXRoaXM= VAR_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 \
 && python -m compileall -q . \
 && chmod -R a+rX . \
 && rm -rf /tmp/build \
 && install -d -o pawsitters -g pawsitters -m 0750 "$VAR_DIR"
USER pawsitters
VOLUME /var/lib/pawsitters
EXPOSE 8000
# /livez, not /readyz: restarting this process does not bring a database back.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/livez', timeout=2)"]
ENTRYPOINT ["sh", "script/container"]
CMD ["web"]
