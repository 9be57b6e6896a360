# docker build -t coranalyze . && docker run --rm -v "$PWD:/data:ro" coranalyze analyze shop.har
FROM python:3.13-slim
COPY pyproject.toml README.md LICENSE /src/
COPY coranalyze /src/coranalyze
COPY addons /src/addons
# Further extras: --build-arg EXTRAS="[cluster]"
ARG EXTRAS=""
RUN pip install --no-cache-dir --disable-pip-version-check "/src${EXTRAS}" && rm -rf /src \
    && useradd --uid 10001 --create-home coranalyze
USER 10001
# Whoever runs it has no home to write to.
ENV MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /data
ENTRYPOINT ["coranalyze"]
CMD ["--help"]
