package dev.rollbook.statedb;

import java.time.Instant;
import java.util.UUID;
import org.springframework.data.annotation.Id;
import org.springframework.data.relational.core.mapping.Table;

/// What was taken of somebody else's file the last time.
///
/// @param path names one file of the thread
/// @param threadId that its copy is, which may be deleted by now
/// @param bytes that the file had
@Table("source_file")
public record SourceFileRow(@Id String path, UUID threadId, long bytes, Instant modifiedAt) {}
