/// The console: the page at `/console/` on which people see threads, read transcripts, follow them,
/// and see whether history is kept.
///
/// The page is a program of the browser, in `src/main/console`. Its build is committed in
/// `src/main/resources/console`, so that a JDK alone builds the service. This package only serves
/// these files. The page has no data of its own: it uses the same API as every other client, with
/// the token that the user enters.
@NullMarked
package dev.rollbook.api.console;

import org.jspecify.annotations.NullMarked;
