# docker build -t imgcheck . && docker run --rm -v "$PWD:/src:ro" imgcheck report build/OpenBL602.elf
FROM python:3.12-slim AS build
COPY . /imgcheck
RUN pip install --no-cache-dir --disable-pip-version-check hatchling \
    && cd /imgcheck && python -m hatchling build -t wheel -d /dist

FROM python:3.12-slim
# git: --policy-from and --baseline REV read the base revision.
RUN apt-get update -qq && apt-get install -qq -y --no-install-recommends git && rm -rf /var/lib/apt/lists/* \
    && useradd --no-create-home --uid 1000 imgcheck
COPY --from=build /dist/*.whl /tmp/
RUN pip install --no-cache-dir --disable-pip-version-check /tmp/*.whl && rm /tmp/*.whl
USER imgcheck
WORKDIR /src
ENTRYPOINT ["imgcheck"]
