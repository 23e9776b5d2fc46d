# The command and the console, for a user without privileges. Files are kept in /data.
FROM python:3.13-slim AS build

WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY segops_tui segops_tui
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
