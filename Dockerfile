# Both can be given with a digest, so that a build always has the same base: see src/docs/security.md.
ARG BUILD_IMAGE=eclipse-temurin:25-jdk
ARG BASE_IMAGE=eclipse-temurin:25-jre

FROM ${BUILD_IMAGE} AS build
# mvnw downloads Maven, and the base image has neither curl nor wget.
RUN apt-get update \
    && apt-get install -y --no-install-recommends curl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml ./
COPY src src
# The cache mount keeps Maven and all dependencies between builds, and out of the image.
RUN --mount=type=cache,target=/m2 \
    MAVEN_USER_HOME=/m2 ./mvnw -B -Dmaven.repo.local=/m2/repository -Dquick -DskipTests package
# In layers, so that a new build replaces only the small application layer.
RUN java -Djarmode=tools -jar target/rollbook.jar extract --layers --destination layers
# The native zstd library would be unpacked into /tmp at each start, where nothing may be executed.
RUN mkdir native \
    && cd native \
    && jar xf ../layers/dependencies/lib/zstd-jni-*.jar linux \
    && mv linux/"$(uname -m | sed 's/x86_64/amd64/')"/*.so . \
    && rm -r linux

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0-SNAPSHOT
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Rollbook" \
      org.opencontainers.image.description="Keeps the threads, turns and rollouts of AI-agent sessions behind an HTTP API." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# A fixed user id, so that a mounted directory can be given the right owner.
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin rollbook \
    && install -d -o rollbook -g rollbook -m 0700 /data
WORKDIR /app
COPY --from=build /build/native/ ./native/
COPY --from=build /build/layers/dependencies/ ./
COPY --from=build /build/layers/spring-boot-loader/ ./
COPY --from=build /build/layers/snapshot-dependencies/ ./
COPY --from=build /build/layers/application/ ./
COPY src/main/docker/image/ ./
# In this stage, because the cache works only with the same JVM and the same files.
RUN bash aot-cache.sh @java.options
# 0.0.0.0, because published ports do not reach the loopback address inside the container. Two malloc
# arenas, because glibc would otherwise reserve memory per thread of the JVM. The service does not start on
# that address without tokens: set ROLLBOOK_SECURITY_TOKENSFILE to a mounted file.
ENV ROLLBOOK_DATA_DIR=/data \
    SERVER_ADDRESS=0.0.0.0 \
    MALLOC_ARENA_MAX=2
VOLUME /data
EXPOSE 8080
USER 10001:10001
# bash opens the connection, because the image has no curl, and a Java program would start a JVM each time.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${SERVER_PORT:-8080} && printf 'GET /actuator/health/readiness HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
# Without a shell, so that SIGTERM reaches the JVM. JAVA_TOOL_OPTIONS takes more flags.
ENTRYPOINT ["java", "@java.options", "-XX:AOTCache=rollbook.aot", "-jar", "rollbook.jar"]
