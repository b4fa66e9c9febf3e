/// Uploads: appends of one item per line, written while the body arrives.
///
/// [ItemLines] splits the body into batches, [LineForm] says what a line is, [Upload] collects the
/// receipt, which is also part of the problem if the upload ends early.
@NullMarked
package dev.rollbook.api.upload;

import org.jspecify.annotations.NullMarked;
