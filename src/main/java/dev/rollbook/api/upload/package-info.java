/// Uploads: appends of one item per line, written while the body arrives.
///
/// [UploadReader] splits the body into batches, [UploadFormat] says what a line is,
/// [UploadProgress] collects the receipt, which is also part of the problem if the upload ends
/// early.
@NullMarked
package dev.rollbook.api.upload;

import org.jspecify.annotations.NullMarked;
