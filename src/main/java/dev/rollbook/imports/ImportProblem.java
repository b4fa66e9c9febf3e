package dev.rollbook.imports;

/// What a person should know of one file of an import.
///
/// @param file as it was found
public record ImportProblem(String file, String detail) {}
