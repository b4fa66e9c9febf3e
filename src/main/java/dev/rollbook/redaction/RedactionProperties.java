package dev.rollbook.redaction;

import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// Settings of redaction.
///
/// @param patterns Regular expressions (RE2 syntax) by name, such as
///   `rollbook.redaction.patterns.aws-key=AKIA[0-9A-Z]{16}`. What they match in texts of items is
///   replaced by `[redacted:NAME]` before it is stored.
@ConfigurationProperties("rollbook.redaction")
record RedactionProperties(@DefaultValue Map<String, String> patterns) {}
