package dev.rollbook.usage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;

/// Settings of usage.
///
/// @param pricesFile File with the prices of models, in YAML or JSON. With this file, `GET
///   /v1/usage` also returns costs. The file is read when the service starts.
@ConfigurationProperties("rollbook.usage")
record UsageProperties(@Nullable Path pricesFile) {}
