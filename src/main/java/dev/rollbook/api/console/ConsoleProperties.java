package dev.rollbook.api.console;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of the console.
///
/// @param enabled Whether the console is served at `/console/`. If not, `/` sends browsers to
///   Swagger UI.
/// @param grafanaUrl Address of a Grafana dashboard that the page *Health* links to.
@ConfigurationProperties("rollbook.console")
record ConsoleProperties(@DefaultValue("true") boolean enabled, @Nullable URI grafanaUrl) {}
