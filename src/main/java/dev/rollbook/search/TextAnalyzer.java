package dev.rollbook.search;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharFilter;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.analysis.tokenattributes.PositionIncrementAttribute;
import org.apache.lucene.util.AttributeSource;
import org.jspecify.annotations.Nullable;

/// Splits text into lower-case words by the rules of Unicode. Stop words are kept, and words are
/// not stemmed. Each Chinese or Japanese character is a word.
final class TextAnalyzer extends Analyzer {
  /// For indexed text: the parts of a camelCase name are words, too.
  static final TextAnalyzer OF_TEXTS = new TextAnalyzer(true);

  /// For queries: a name matches as a whole.
  static final TextAnalyzer OF_QUERIES = new TextAnalyzer(false);

  private final boolean withParts;

  private TextAnalyzer(boolean withParts) {
    this.withParts = withParts;
  }

  @Override
  protected TokenStreamComponents createComponents(String field) {
    var tokenizer = new StandardTokenizer();
    TokenStream words = withParts ? new NamePartFilter(tokenizer) : tokenizer;
    return new TokenStreamComponents(tokenizer, new LowerCaseFilter(words));
  }

  @Override
  protected Reader initReader(String field, Reader reader) {
    return new SeparatorFilter(reader);
  }

  /// Splits names and paths at punctuation that the tokenizer would keep. The length of the text
  /// does not change, so offsets stay valid.
  private static final class SeparatorFilter extends CharFilter {
    private static final String BETWEEN_WORDS = "_./-:\\,;";

    SeparatorFilter(Reader in) {
      super(in);
    }

    @Override
    public int read(char[] into, int from, int length) throws IOException {
      int count = input.read(into, from, length);
      for (int i = from; i < from + count; i++) {
        if (BETWEEN_WORDS.indexOf(into[i]) >= 0) {
          into[i] = ' ';
        }
      }
      return count;
    }

    @Override
    protected int correct(int offset) {
      return offset;
    }
  }

  /// Adds the parts of `camelCase` names at the position of the name.
  private static final class NamePartFilter extends TokenFilter {
    private final CharTermAttribute term = addAttribute(CharTermAttribute.class);
    private final OffsetAttribute offset = addAttribute(OffsetAttribute.class);
    private final PositionIncrementAttribute increment =
        addAttribute(PositionIncrementAttribute.class);
    private final Deque<Part> parts = new ArrayDeque<>();
    private AttributeSource.@Nullable State whole;

    NamePartFilter(TokenStream in) {
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
}
