package dev.rollbook.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectoriesTest {
  @ParameterizedTest
  @CsvSource({
    "/work, /work/",
    "/work, //work",
    "/work/a, /work//a//",
    "/, //",
    "C:\\work, c:\\work",
    "C:\\work, C:/work/",
    "C:\\work, \\\\?\\c:\\work\\",
    "C:, c:\\",
    "\\\\host\\share\\a, \\\\?\\UNC\\host\\share\\a\\",
    "/Zo\u00eb, /Zoe\u0308",
  })
  void spellingsOfOneDirectoryHaveOneKey(String one, String other) {
    assertThat(Directories.key(one)).isEqualTo(Directories.key(other));
  }

  @ParameterizedTest
  @CsvSource({
    "/work, /Work",
    "/work, work",
    "/a\\b, /a/b",
    "C:\\work, C:\\Work",
    "C:\\work, D:\\work",
    "C:\\, /",
    "'', /",
    "\\\\host\\share, /host/share",
  })
  void otherDirectoriesHaveOtherKeys(String one, String other) {
    assertThat(Directories.key(one)).isNotEqualTo(Directories.key(other));
  }
}
