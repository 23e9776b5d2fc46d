# The command and the console, for a user without privileges. Files are kept in /data.
FROM python:3.13-slim AS build

WORKDIR /source
COPY pyproject.toml hatch_build.py README.md LICENSE ./
COPY segops_tui segops_tui
# The image has no git history; without this the version is the last release's.
ARG VERSION=
ENV SETUPTOOLS_SCM_PRETEND_VERSION_FOR_SEGOPS_TUI=$VERSION
RUN python -m venv /opt/segops-tui \
    && /opt/segops-tui/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim

RUN useradd --create-home --uid 1000 segops && install --directory --owner segops /data
COPY --from=build /opt/segops-tui /opt/segops-tui
ENV PATH="/opt/segops-tui/bin:$PATH" \
    SEGOPS_TUI_HOME=/data \
    LANG=C.UTF-8 \
    TERM=xterm-256color
USER segops
WORKDIR /home/segops
VOLUME /data
ENTRYPOINT ["segops-tui"]
