package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// State of a source file at its last import.
///
/// @param path unique within the thread
/// @param threadId thread of the copy, which may be deleted
/// @param bytes size of the file at that time
@Table("source_file")
public record SourceFileRow(@Id String path, UUID threadId, long bytes, Instant modifiedAt) {}
