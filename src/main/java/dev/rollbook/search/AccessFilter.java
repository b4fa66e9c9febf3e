package dev.rollbook.search;

import dev.rollbook.access.Access;
import java.util.Optional;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;

/// The documents of the threads that a caller sees, as a query of Lucene: the same as
/// [Access#sees].
final class AccessFilter {
  private AccessFilter() {}

  /// Empty if the caller sees everything.
  static Optional<Query> of(Access access) {
    if (access.tenant() == null) {
      return Optional.empty();
    }
    var owned = new BooleanQuery.Builder();
    owned.add(term(IndexFields.TENANT, access.tenant()), Occur.FILTER);
    if (access.principal() != null) {
      owned.add(term(IndexFields.PRINCIPAL, access.principal()), Occur.FILTER);
    }
    return Optional.of(access.seesUnowned() ? orUnowned(owned.build()) : owned.build());
  }

  private static Query orUnowned(Query owned) {
    return new BooleanQuery.Builder()
        .add(owned, Occur.SHOULD)
        .add(term(IndexFields.UNOWNED, "1"), Occur.SHOULD)
        .build();
  }

  private static Query term(String field, String value) {
    return new TermQuery(new Term(field, value));
  }
}
