package dev.rollbook.search;

import dev.rollbook.search.SearchHits.Hit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.ExitableDirectoryReader.ExitingReaderException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Weight;

/// The part of a text that contains the most matches, with the matches highlighted.
final class Snippet {
  private static final int MAX_LENGTH = 200;
  private static final int LEAD = 40;
  private static final int MAX_MATCHES = 256;
  private static final int MAX_WORD_LENGTH = 20;
  private static final String CUT = "…";

  private final String text;
  private final List<Place> matches;
  private final List<Hit.Part> parts = new ArrayList<>();

  private Snippet(String text, List<Place> matches) {
    this.text = text;
    this.matches = matches;
  }

  static List<Hit.Part> of(String text, Weight words, LeafReaderContext leaf, int document)
      throws IOException {
    return new Snippet(text, matches(words, leaf, document)).cut();
  }

  static List<Hit.Part> of(String text, List<Place> matches) {
    return new Snippet(text, matches).cut();
  }

  /// @param end the first character after it
  record Place(int start, int end) {}

  private static List<Place> matches(Weight words, LeafReaderContext leaf, int document)
      throws IOException {
    var found = new ArrayList<Place>();
    try {
      var matches = words.matches(leaf, document);
      var each = matches == null ? null : matches.getMatches(IndexFields.TEXT);
      while (each != null && found.size() < MAX_MATCHES && each.next()) {
        found.add(new Place(each.startOffset(), each.endOffset()));
      }
    } catch (ExitingReaderException e) {
      return List.of();
    }
    found.sort(Comparator.comparingInt(Place::start).thenComparingInt(Place::end));
    return found;
  }

  private List<Hit.Part> cut() {
    int from = begin();
    int to = whole(Math.min(text.length(), from + MAX_LENGTH), text.length());
    add(from > 0 ? CUT : "", false);
    int at = from;
    for (var match : matches) {
      int start = Math.max(at, match.start());
      int end = Math.min(to, match.end());
      if (start < end) {
        add(text.substring(at, start), false);
        add(text.substring(start, end), true);
        at = end;
      }
    }
    add(text.substring(at, Math.max(at, to)), false);
    add(to < text.length() ? CUT : "", false);
    return parts;
  }

  /// Start of the excerpt: a little before the match that is followed by most matches within the
  /// length.
  private int begin() {
    int best = 0;
    int most = 0;
    int last = 0;
    for (int first = 0; first < matches.size(); first++) {
      int end = Math.max(0, matches.get(first).start() - LEAD) + MAX_LENGTH;
      while (last < matches.size() && matches.get(last).end() <= end) {
        last++;
      }
      if (last - first > most) {
        most = last - first;
        best = first;
      }
    }
    if (matches.isEmpty()) {
      return 0;
    }
    int start = matches.get(best).start();
    return wordStart(Math.max(0, start - LEAD), start);
  }

  private int wordStart(int from, int latest) {
    if (from == 0) {
      return 0;
    }
    for (int i = from; i < Math.min(from + MAX_WORD_LENGTH, latest); i++) {
      if (Character.isWhitespace(text.charAt(i))) {
        return i + 1;
      }
    }
    return whole(from, latest);
  }

  /// Moves an offset out of a surrogate pair.
  private int whole(int at, int latest) {
    boolean inside =
        at > 0
            && at < text.length()
            && Character.isLowSurrogate(text.charAt(at))
            && Character.isHighSurrogate(text.charAt(at - 1));
    return inside ? Math.min(latest, at + 1) : at;
  }

  /// Adds a piece, on one line; adjacent pieces of one kind are joined.
  private void add(String piece, boolean match) {
    if (piece.isEmpty()) {
      return;
    }
    var shown = piece.replaceAll("\\s+", " ");
    if (!parts.isEmpty() && parts.getLast().match() == match) {
      shown = parts.removeLast().text() + shown;
    }
    parts.add(new Hit.Part(shown, match));
  }
}
