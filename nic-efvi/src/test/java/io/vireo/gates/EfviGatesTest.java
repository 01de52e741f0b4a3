// SPDX-License-Identifier: Apache-2.0
package io.vireo.gates;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.vireo.api.HotPath;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The rules that the core sets for backends. */
class EfviGatesTest {
  private static final Path CLASSES = Path.of("target", "classes");

  @Test
  void hotMethodsKeepTheRules() throws IOException {
    HotPathGate.check(CLASSES, Path.of("target", "figures", "hot-path.txt"));
  }

  @Test
  void seesOfTheCoreNothingButTheNicPackage() {
    classes()
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(
                "java..",
                "io.vireo.nic",
                "io.vireo.nic.linux",
                "io.vireo.nic.efvi..",
                "jnr.ffi..",
                "com.kenai.jffi..")
            .or(equivalentTo(HotPath.class)))
        .check(new ClassFileImporter().importPath(CLASSES));
  }
}
