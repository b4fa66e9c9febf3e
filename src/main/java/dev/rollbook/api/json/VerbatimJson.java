package dev.rollbook.api.json;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;

/// A JSON text that is written to a response unchanged.
public record VerbatimJson(@JsonValue @JsonRawValue String json) {}
