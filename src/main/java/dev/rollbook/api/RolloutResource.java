package dev.rollbook.api;

import dev.rollbook.rollout.RolloutContent;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.AbstractResource;

/// A rollout for Spring to serve, in ranges too: as long as it was when it was asked for.
final class RolloutResource extends AbstractResource {
  private final RolloutContent content;

  RolloutResource(RolloutContent content) {
    this.content = content;
  }

  @Override
  public String getDescription() {
    return content.fileName();
  }

  @Override
  public String getFilename() {
    return content.fileName();
  }

  @Override
  public long contentLength() {
    return content.length();
  }

  @Override
  public long lastModified() {
    return content.modified().toEpochMilli();
  }

  @Override
  public InputStream getInputStream() throws IOException {
    return content.open();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RolloutResource that && content.equals(that.content);
  }

  @Override
  public int hashCode() {
    return content.hashCode();
  }
}
