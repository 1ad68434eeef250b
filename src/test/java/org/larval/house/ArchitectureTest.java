package org.larval.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Keeps the arrows of the house: who may know whom, and who may know time and chance. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("org.larval");

  /** Each room's packages, and the rooms that it may know. */
  private static final Map<String, List<String>> ROOMS = new LinkedHashMap<>();

  private static final Map<String, List<String>> PACKAGES = new LinkedHashMap<>();

  static {
    room("wire", List.of(), "wire", "packet");
    room("labels", List.of(), "labels");
    room("virtual-nic", List.of("wire"), "nic");
    room("guest-net-bridge", List.of("wire"), "net", "guest");
    room("secmark", List.of("wire", "labels"), "secmark");
    room("cipso", List.of("wire", "labels"), "cipso");
    room("xfrm", List.of("wire", "labels"), "xfrm");
    room("ike-keymanager", List.of("wire", "labels"), "ike");
    room("pcaps", List.of("wire"), "pcap");
  }

  private static void room(String name, List<String> mayKnow, String... packages) {
    ROOMS.put(name, mayKnow);
    PACKAGES.put(name, List.of(packages));
  }

  private static String[] packagesOf(String room) {
    return PACKAGES.get(room).stream().map(p -> "org.larval." + p + "..").toArray(String[]::new);
  }

  @Test
  void roomsKnowOnlyWhomTheyMay() {
    for (String room : ROOMS.keySet()) {
      List<String> forbidden = new ArrayList<>(List.of("org.larval.lab.."));
      for (String other : ROOMS.keySet()) {
        if (!other.equals(room) && !ROOMS.get(room).contains(other)) {
          forbidden.addAll(List.of(packagesOf(other)));
        }
      }
      ArchRule rule =
          noClasses()
              .that()
              .resideInAnyPackage(packagesOf(room))
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(forbidden.toArray(String[]::new));
      rule.check(CLASSES);
    }
  }

  @Test
  void onlyTheLabKnowsTimeAndChance() {
    noClasses()
        .that()
        .resideOutsideOfPackages("org.larval.lab.time..", "org.larval.lab.cli..")
        .should()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callConstructor(java.util.Random.class)
        .orShould()
        .callConstructor(java.security.SecureRandom.class)
        .orShould()
        .callMethod(java.util.concurrent.ThreadLocalRandom.class, "current")
        .check(CLASSES);
  }

  @Test
  void onlyBenchmarksKnowWhatTheyCompareWith() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.larval.lab.bench..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.agrona..")
        .check(CLASSES);
  }

  @Test
  void nobodyHidesBehindVagueNames() {
    for (String vague : List.of("Util", "Utils", "Helper", "Impl")) {
      noClasses().should().haveSimpleNameEndingWith(vague).check(CLASSES);
    }
    noClasses()
        .that()
        .resideOutsideOfPackage("org.larval.ike..")
        .should()
        .haveSimpleNameEndingWith("Manager")
        .check(CLASSES);
  }
}
