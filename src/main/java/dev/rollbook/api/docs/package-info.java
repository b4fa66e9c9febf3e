/// OpenAPI 3.1 document and Swagger UI.
///
/// The document is written by hand in the files of `openapi/`, one per tag, and built on the first
/// request. Enumerations and problem responses are filled in from the code and from
/// `problems.yaml`. The HTTP tests check every request and response against the document.
@NullMarked
package dev.rollbook.api.docs;

import org.jspecify.annotations.NullMarked;
