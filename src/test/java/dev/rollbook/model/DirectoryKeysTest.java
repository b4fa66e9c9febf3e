package dev.rollbook.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectoryKeysTest {
  @ParameterizedTest
  @CsvSource({
    "/code, /code/",
    "/code, //code",
    "/code/a, /code//a//",
    "/, //",
    "C:\\code, c:\\code",
    "C:\\code, C:/code/",
    "C:\\code, \\\\?\\c:\\code\\",
    "C:, c:\\",
    "\\\\host\\share\\a, \\\\?\\UNC\\host\\share\\a\\",
    "/Zo\u00eb, /Zoe\u0308",
  })
  void spellingsOfOneDirectoryHaveTheSameKey(String one, String other) {
    assertThat(DirectoryKeys.key(one)).isEqualTo(DirectoryKeys.key(other));
  }

  @ParameterizedTest
  @CsvSource({
    "/code, /Code",
    "/code, code",
    "/a\\b, /a/b",
    "C:\\code, C:\\Work",
    "C:\\code, D:\\code",
    "C:\\, /",
    "'', /",
    "\\\\host\\share, /host/share",
  })
  void differentDirectoriesHaveDifferentKeys(String one, String other) {
    assertThat(DirectoryKeys.key(one)).isNotEqualTo(DirectoryKeys.key(other));
  }
}
