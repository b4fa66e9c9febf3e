package dev.rollbook.search;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.util.AttributeSource;
import org.jspecify.annotations.Nullable;

/// Adds the parts of `camelCase` names to the names themselves, at the same place.
final class NameParts extends TokenFilter {
  private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
  private final OffsetAttribute offset = addAttribute(OffsetAttribute.class);
  private final PositionIncrementAttribute increment =
      addAttribute(PositionIncrementAttribute.class);
  private final Deque<Part> parts = new ArrayDeque<>();
  private AttributeSource.@Nullable State whole;

  NameParts(TokenStream in) {
    super(in);
  }

  @Override
  public boolean incrementToken() throws IOException {
    var part = parts.poll();
    if (part != null) {
      restoreState(whole);
      int start = offset.startOffset() + part.start();
      term.setEmpty().append(part.text());
      offset.setOffset(start, start + part.text().length());
      increment.setPositionIncrement(0);
      return true;
    }
    if (!input.incrementToken()) {
      return false;
    }
    split();
    return true;
  }

  @Override
  public void reset() throws IOException {
    super.reset();
    parts.clear();
    whole = null;
  }

  private void split() {
    var name = term.toString();
    int start = 0;
    for (int i = 1; i < name.length(); i++) {
      if (isBorder(name, i)) {
        parts.add(new Part(start, name.substring(start, i)));
        start = i;
      }
    }
    if (start > 0) {
      parts.add(new Part(start, name.substring(start)));
      whole = captureState();
    }
  }

  /// Before the capital in `fileName`, and before the last one in `HTTPServer`.
  private static boolean isBorder(String name, int i) {
    char before = name.charAt(i - 1);
    char at = name.charAt(i);
    return Character.isUpperCase(at)
        && (Character.isLowerCase(before)
            || Character.isDigit(before)
            || (Character.isUpperCase(before)
                && i + 1 < name.length()
                && Character.isLowerCase(name.charAt(i + 1))));
  }

  private record Part(int start, String text) {}
}
