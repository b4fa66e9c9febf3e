package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// State of a source file at its last import.
///
/// @param path path of the source file; rows are found and changed by `threadId` and `path`
///   together
/// @param threadId thread that the file was imported into; this thread may have been deleted since
/// @param bytes size of the file at its last import
@Table("source_file")
public record SourceFileRow(@Id String path, UUID threadId, long bytes, Instant modifiedAt) {}
