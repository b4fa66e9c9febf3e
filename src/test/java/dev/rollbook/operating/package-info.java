/// What operators are given beside the jar, judged as far as it can be without running it: scrape
/// configuration, rules and alerts, dashboard, compose file, and the manual's word on each.
@NullMarked
package dev.rollbook.operating;

import org.jspecify.annotations.NullMarked;
