# One image per deployable, from one file: docker build --build-arg SERVICE=booking -t linli/booking .
#   SERVICE=booking|cases|events|notify|gateway   the chassis and that deployable, with the dependencies of its extra only
#   SERVICE=migrate                               all deployables, for the job that migrates, declares and seeds
#   EXTRAS=telemetry,s3                           more extras: s3 for a gateway that stores photos in a bucket
# It works with the classic builder and with BuildKit.

# Dependencies: first those of the chassis, then those of the extra. These layers are built again only if pyproject.toml or
# constraints.txt changes, and all images share the first one. Here the package is installed without its code: only metadata and
# the command `linli`.
FROM python:3.11-slim-bookworm AS dependencies
ENV PIP_NO_CACHE_DIR=1 PIP_USE_PEP517=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
RUN python3 -m venv /opt/linli
COPY pyproject.toml constraints.txt LICENSE NOTICE ./
RUN touch README.md && /opt/linli/bin/pip install --quiet --constraint constraints.txt .
ARG SERVICE=booking
ARG EXTRAS=telemetry
RUN /opt/linli/bin/pip install --quiet --constraint constraints.txt ".[${SERVICE},${EXTRAS}]" \
    && /opt/linli/bin/pip uninstall --quiet --yes pip setuptools


# Code: the chassis and the deployable, nothing else. The gateway also needs the interfaces of the services.
FROM python:3.11-slim-bookworm AS code
WORKDIR /app
COPY chassis chassis
COPY services services
COPY gateway gateway
ARG SERVICE=booking
RUN set -e; \
    case "$SERVICE" in \
        migrate) ;; \
        gateway) find services -mindepth 2 -maxdepth 2 ! -name interface ! -name __init__.py -exec rm -rf {} + ;; \
        *) test -d "services/$SERVICE"; rm -rf gateway; \
           find services -mindepth 1 -maxdepth 1 -type d ! -name "$SERVICE" -exec rm -rf {} + ;; \
    esac; \
    python3 -m compileall -q .


FROM python:3.11-slim-bookworm
# The home folder holds generated secrets; mount a volume there. Everything may be read-only except /tmp, and except linli-photos if
# photos are stored in a folder (deploy/photos-folder.yml).
RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/linli --shell /usr/sbin/nologin linli \
    && install -d -o linli -g linli -m 0750 /var/lib/linli /var/lib/linli-photos /var/lib/linli-signing
COPY --from=dependencies /opt/linli /opt/linli
COPY --from=code /app /opt/linli/app
ARG SERVICE=booking
LABEL org.opencontainers.image.title="linli-${SERVICE}" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/linli/bin:/usr/local/bin:/usr/bin:/bin PYTHONPATH=/opt/linli/app \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LINLI_SERVICE=${SERVICE} \
    LINLI_HOME=/var/lib/linli \
    LINLI_BIND=0.0.0.0 LINLI_PORT=8000 \
    LINLI_SIDE_BIND=0.0.0.0 LINLI_SIDE_PORT=9000
WORKDIR /var/lib/linli
USER 10001:10001
EXPOSE 8000 9000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"LINLI_SIDE_PORT\"]}/readyz', timeout=3)"]
CMD ["sh", "-c", "exec linli run \"$LINLI_SERVICE\""]
