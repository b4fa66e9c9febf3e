package dev.rollbook.model;

/// One thing that is wrong with a request.
///
/// @param pointer where: a JSON pointer into the body, or the name of a parameter
public record Violation(String pointer, String detail) {}
