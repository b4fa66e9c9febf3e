package dev.rollbook.model;

import java.util.List;

/// The values that lists of threads can be filtered by, the most frequent first.
///
/// @param cwd directories; a directory that was sent in several spellings is listed once, in one
///   spelling
public record Facets(List<Facet> cwd, List<Facet> model, List<Facet> source) {
  /// @param threads number of threads that have the value
  public record Facet(String value, long threads) {}
}
