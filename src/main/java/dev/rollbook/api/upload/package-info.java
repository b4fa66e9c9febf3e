/// Uploads: appends of one item per line, written while the body arrives.
///
/// [UploadReader] splits the body into batches. [UploadFormat] says what a line is.
/// [UploadProgress] collects the receipt. If the upload ends early, the receipt is a part of the
/// error response.
@NullMarked
package dev.rollbook.api.upload;

import org.jspecify.annotations.NullMarked;
