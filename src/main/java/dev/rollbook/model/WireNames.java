package dev.rollbook.model;

import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// Names of the constants that were asked for. To derive them for every thread of a list took 3 %
/// of its processor time.
final class WireNames {
  private static final ConcurrentMap<WireName, String> NAMES = new ConcurrentHashMap<>();

  private WireNames() {}

  static String of(WireName constant) {
    return NAMES.computeIfAbsent(constant, WireNames::derive);
  }

  private static String derive(WireName constant) {
    var name = new StringBuilder(constant.name().toLowerCase(Locale.ROOT));
    for (int i = name.indexOf("_"); i >= 0; i = name.indexOf("_")) {
      name.deleteCharAt(i).setCharAt(i, Character.toUpperCase(name.charAt(i)));
    }
    return name.toString();
  }
}
