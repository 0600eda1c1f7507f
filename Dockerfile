# syntax=docker/dockerfile:1
# Two stages: what builds stays behind, what runs has Python, the locked versions of uv.lock, and no root.

FROM python:3.13-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --no-install-project
COPY README.md LICENSE ./
COPY bot bot
COPY storage storage
COPY adapters adapters
RUN uv sync --locked --no-dev --no-editable

FROM python:3.13-slim-bookworm
# The root file system may be read-only: what draws the weekly picture keeps its cache in /tmp.
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 MPLCONFIGDIR=/tmp
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent followup
COPY --from=build /app/.venv /app/.venv
USER 10001
EXPOSE 8080
# Whether it is well is asked where it is known what runs: docker-compose.yml does. `worker` serves no HTTP.
ENTRYPOINT ["followup"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]
