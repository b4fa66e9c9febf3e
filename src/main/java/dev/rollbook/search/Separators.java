package dev.rollbook.search;

import java.io.IOException;
import java.io.Reader;
import org.apache.lucene.analysis.CharFilter;

/// Parts names and paths into words where the tokenizer would keep them whole. As many characters
/// go out as come in, so that places in the text hold.
final class Separators extends CharFilter {
  private static final String BETWEEN_WORDS = "_./-:\\,;";

  Separators(Reader in) {
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
  protected int correct(int place) {
    return place;
  }
}
