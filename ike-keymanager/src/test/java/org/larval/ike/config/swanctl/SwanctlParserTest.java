package org.larval.ike.config.swanctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.larval.ike.config.swanctl.SwanctlNode.Section;
import org.larval.ike.config.swanctl.SwanctlNode.Value;

/** The forms that strongSwan's settings parser takes, and where the others are complained about. */
class SwanctlParserTest {
  private static Section parse(String text) throws SwanctlException {
    return SwanctlParser.parse(
        new SwanctlParser.Source("s.conf", text),
        (pattern, where) -> List.of(new SwanctlParser.Source(pattern, "included = yes\n")));
  }

  private static String at(Section root, String path) {
    SwanctlNode node = root;
    for (String name : path.split("/")) {
      if (!(node instanceof Section section) || !section.entries().containsKey(name)) {
        return "(none)";
      }
      node = section.entries().get(name).node();
    }
    return node instanceof Value value ? value.text() : "(section)";
  }

  @Test
  void sectionsValuesAndComments() throws SwanctlException {
    Section root =
        parse(
            """
            # before
            connections {
              gw { # behind
                local { auth = psk
                  id = a.test }
                proposals = aes128-sha256-modp2048,  default   # two
                secret = "a # b \\"c\\" }"
                empty =
              }
            }
            secrets { ike-1 { secret = "x" } }
            """);
    assertThat(at(root, "connections/gw/local/auth")).isEqualTo("psk");
    assertThat(at(root, "connections/gw/local/id")).isEqualTo("a.test");
    assertThat(at(root, "connections/gw/proposals")).isEqualTo("aes128-sha256-modp2048, default");
    assertThat(at(root, "connections/gw/secret")).isEqualTo("a # b \"c\" }");
    assertThat(at(root, "connections/gw/empty")).isEmpty();
    assertThat(at(root, "secrets/ike-1/secret")).isEqualTo("x");
  }

  @Test
  void sectionsThatComeTwiceAreOne() throws SwanctlException {
    Section root = parse("a { x = 1\n y = 1\n }\na { x = 2\n b { z = 3 } }\n");
    assertThat(at(root, "a/x")).isEqualTo("2");
    assertThat(at(root, "a/y")).isEqualTo("1");
    assertThat(at(root, "a/b/z")).isEqualTo("3");
  }

  @Test
  void whatIsReferredToIsTakenOverButOwnValuesStay() throws SwanctlException {
    Section root =
        parse(
            """
            conn-defaults { mobike = no
              dpd_delay = 10
              local { auth = psk } }
            connections { gw : conn-defaults { dpd_delay = 30
              local { id = x } } }
            """);
    assertThat(at(root, "connections/gw/mobike")).isEqualTo("no");
    assertThat(at(root, "connections/gw/dpd_delay")).isEqualTo("30");
    assertThat(at(root, "connections/gw/local/auth")).isEqualTo("psk");
    assertThat(at(root, "connections/gw/local/id")).isEqualTo("x");
  }

  @Test
  void includesStandWhereTheyAreNamed() throws SwanctlException {
    Section root = parse("a {\n include conf.d/*.conf\n}\ninclude = 3\n");
    assertThat(at(root, "a/included")).isEqualTo("yes");
    assertThat(at(root, "include")).isEqualTo("3");
  }

  @Test
  void complaintsHaveTheirPlace() {
    complains("a {\n  b = 1\n", "s.conf:1:3: a section is not closed");
    complains("a = 1\n}\n", "s.conf:2:1: no section is open");
    complains("a = \"1\n", "s.conf:1:5: a quote is not closed");
    complains("a b\n", "s.conf:1:1: behind 'a' stands neither");
    complains("= 1\n", "s.conf:1:1: a name is missing");
    complains("a : b { }\n", "s.conf:1:1: there is no section 'b'");
    complains("a {".repeat(40), "nested too deeply");
  }

  private static void complains(String text, String words) {
    SwanctlException complaint = catchThrowableOfType(SwanctlException.class, () -> parse(text));
    assertThat(complaint).as(text).isNotNull().hasMessageContaining(words);
  }

  /** Whatever a file holds, it is read or complained about. */
  @Test
  void everyTruncationIsReadOrComplainedAbout() {
    String text = "a { b = \"c\\n\" # d\n e : f { g = h } }\nf { i { j = k } }\ninclude l\n";
    for (int length = 0; length <= text.length(); length++) {
      try {
        assertThat(parse(text.substring(0, length))).isNotNull();
      } catch (SwanctlException complaint) {
        assertThat(complaint).hasMessageContaining("s.conf:");
      }
    }
  }
}
