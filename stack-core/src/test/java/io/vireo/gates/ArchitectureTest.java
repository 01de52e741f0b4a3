// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.vireo.api.HotPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Imports point one way only, and the core needs nothing but the JDK. */
class ArchitectureTest {
  private static final String ROOT = "io.vireo";

  /** Package by package: what it may import besides the JDK and itself. The root may import all. */
  private static final Map<String, List<String>> MAY_IMPORT = Map.ofEntries(
      entry("api", List.of("time")),
      entry("time", List.of()),
      entry("wire", List.of()),
      entry("memory", List.of()),
      entry("nic", List.of("time")),
      entry("nic.lab", List.of("time", "wire", "memory", "nic")),
      entry("rehearsal", List.of("wire", "nic")),
      entry("link", List.of("api", "time", "wire", "nic")),
      entry("ip", List.of("api", "time", "wire", "link")),
      entry("tcp.congestion", List.of("api", "wire", "memory")),
      entry("tcp.jfr", List.of()),
      entry("tcp", List.of("api", "time", "wire", "memory", "ip", "tcp.congestion", "tcp.jfr")));

  /** The JDK's Flight Recorder, and the one package that may know of it. */
  private static final String RECORDER = "jdk.jfr..";

  private static final String KNOWS_RECORDER = "tcp.jfr";

  private static final JavaClasses CORE =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  /** A mark for the build, not a dependency: every package may carry it. */
  private static final DescribedPredicate<JavaClass> MARK = equivalentTo(HotPath.class);

  static List<String> packages() {
    return MAY_IMPORT.keySet().stream().sorted().toList();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void importsOnlyWhatTheTableAllows(String name) {
    List<String> allowed = new ArrayList<>(List.of("java..", ROOT + "." + name));
    MAY_IMPORT.get(name).forEach(other -> allowed.add(ROOT + "." + other));
    if (name.equals(KNOWS_RECORDER)) {
      allowed.add(RECORDER);
    }
    classes()
        .that()
        .resideInAPackage(ROOT + "." + name)
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(allowed.toArray(String[]::new)).or(MARK))
        .allowEmptyShould(true)
        .check(CORE);
  }

  @Test
  void knowsEveryPackage() {
    List<String> known = new ArrayList<>(List.of(ROOT));
    MAY_IMPORT.keySet().forEach(name -> known.add(ROOT + "." + name));
    classes().should().resideInAnyPackage(known.toArray(String[]::new)).check(CORE);
  }

  @Test
  void needsNothingButTheJdk() {
    classes()
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage("java..", RECORDER, ROOT + ".."))
        .check(CORE);
  }

  @Test
  void hasNoCycleBetweenPackages() {
    slices()
        .matching(ROOT + ".(**)")
        .should()
        .beFreeOfCycles()
        .ignoreDependency(alwaysTrue(), MARK)
        .check(CORE);
  }

  @Test
  void neitherPrintsNorLogs() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CORE);
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(CORE);
  }

  @Test
  void readsTheClockInOnePackageOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".time")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CORE);
  }

  @Test
  void hasNoStaticMutableState() {
    fields().that().areStatic().should().beFinal().check(CORE);
  }

  @Test
  void classesAreFinalSoThatCallsAreInlined() {
    classes()
        .that()
        .areNotInterfaces()
        .and()
        .areNotEnums()
        .and()
        .areNotAnonymousClasses()
        .and()
        .doNotHaveModifier(JavaModifier.ABSTRACT)
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(CORE);
  }
}
