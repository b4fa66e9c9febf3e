package dev.rollbook;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.rollbook.model.RollbookException.TooManyRequests;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/// The edges between packages hold.
class StructureTest {
  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.rollbook");

  @Test
  void packagesUseOnlyTheirAllowedDependenciesWithoutCycles() {
    ApplicationModules.of(RollbookApplication.class).verify();
  }

  @Test
  void packagesOfCodexHaveNoCycles() {
    slices().matching("dev.rollbook.codex.(*)..").should().beFreeOfCycles().check(CODE);
    noClasses()
        .that(resideInAPackage("dev.rollbook.codex.export.."))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.rollbook.codex.source..",
            "dev.rollbook.codex.ingest..",
            "dev.rollbook.codex.watch..")
        .check(CODE);
  }

  @Test
  void onlyRolloutTouchesFiles() {
    noClasses()
        .that(not(resideInAPackage("..rollout..")))
        .and()
        .doNotHaveSimpleName("OwnerOnlyFilePath")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Files.class, FileChannel.class)
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.FileOutputStream")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.RandomAccessFile")
        .check(CODE);
  }

  @Test
  void withinRolloutOnlyLocalDiskTouchesFiles() {
    noClasses()
        .that(resideInAPackage("..rollout.."))
        .and()
        .doNotHaveFullyQualifiedName("dev.rollbook.rollout.disk.OwnerOnlyFiles")
        .and()
        .doNotHaveFullyQualifiedName("dev.rollbook.rollout.disk.LocalDisk")
        .and()
        .doNotHaveFullyQualifiedName("dev.rollbook.rollout.disk.LocalDisk$LocalFile")
        .and()
        .doNotHaveFullyQualifiedName("dev.rollbook.rollout.disk.LocalDisk$LockFile")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(Files.class, FileChannel.class)
        .check(CODE);
  }

  @Test
  void onlyStatedbKnowsSql() {
    noClasses()
        .that(not(resideInAPackage("..statedb..")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..", "org.springframework.jdbc..")
        .check(CODE);
  }

  @Test
  void apiDependsOnViewsOfTheServicesAndNeverOnRows() {
    noClasses()
        .that(resideInAPackage("dev.rollbook.api.."))
        .should()
        .dependOnClassesThat(resideInAPackage("dev.rollbook.statedb.."))
        .check(CODE);
  }

  @Test
  void onlySearchKnowsLuceneAndOnlyItsIndexTheFiles() {
    noClasses()
        .that(not(resideInAPackage("..search..")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.lucene..")
        .check(CODE);
    noClasses()
        .that()
        .doNotHaveSimpleName("SearchIndex")
        .and()
        .doNotHaveSimpleName("OpenIndex")
        .and()
        .doNotHaveSimpleName("OwnerOnlyDirectory")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.lucene.store..")
        .check(CODE);
  }

  @Test
  void onlyApiAndWebKnowTheWeb() {
    noClasses()
        .that(not(resideInAPackage("..api..")))
        .and(not(resideInAPackage("..web..")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "jakarta.servlet..", "org.springframework.web..", "org.springframework.http..")
        .check(CODE);
  }

  @Test
  void controllersMetersAndHealthIndicatorsAreNotPublic() {
    classes()
        .that()
        .haveSimpleNameEndingWith("Controller")
        .or()
        .haveSimpleNameEndingWith("Meters")
        .or()
        .haveSimpleNameEndingWith("Health")
        .should()
        .notBePublic()
        .check(CODE);
  }

  /// The comment of the filter is where a reader learns which limits answer 429.
  @Test
  void theConcurrencyLimitFilterNamesEveryClassThatThrowsTooManyRequests() throws IOException {
    var comment =
        Files.readString(
            Path.of("src/main/java/dev/rollbook/web/filter/ConcurrencyLimitFilter.java"));

    assertThat(CODE.stream().filter(StructureTest::throwsTooManyRequests))
        .extracting(type -> type.getName().replaceAll(".*\\.|\\$.*", ""))
        .contains("FullScanLimiter", "MemoryReservation")
        .allSatisfy(name -> assertThat(comment).contains(name));
  }

  private static boolean throwsTooManyRequests(JavaClass type) {
    return type.getConstructorCallsFromSelf().stream()
        .anyMatch(call -> call.getTargetOwner().isEquivalentTo(TooManyRequests.class));
  }
}
