/// The description of the API as OpenAPI 3.1, and the page to try it.
///
/// It is written by hand in the files of `openapi/`, a tag each, and put together when it is first
/// asked for. [ClosedSets] and the problems of each call are filled in, so that the files say once
/// what belongs together. That it is true is held by the tests: each exchange of theirs is checked
/// against it.
@NullMarked
package dev.rollbook.api.docs;

import org.jspecify.annotations.NullMarked;
