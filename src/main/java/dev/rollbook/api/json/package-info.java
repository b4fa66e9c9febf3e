/// Reading of JSON bodies without losing bytes or error positions.
///
/// [RequestBodies] reads a body within its memory limit, [JsonBody] parses it and reports each
/// mistake with the JSON pointer to it, [BodyMapper] binds it to a record. Payloads keep the bytes
/// that were sent.
@NullMarked
package dev.rollbook.api.json;

import org.jspecify.annotations.NullMarked;
