package org.larval.labels.policydb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.larval.labels.policydb.InvalidContextException.Part;

/** Contexts in the words of a policy; CorpusTest has thousands more. */
class ContextsTest {
  private static final Contexts CONTEXTS = TinyPolicies.policy("tiny.33").contexts();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "WHOLE | system_u:system_r",
        "WHOLE | system_u:system_r:init_t",
        "USER | nobody_u:system_r:init_t:s0",
        "ROLE | system_u:no_r:init_t:s0",
        "TYPE | system_u:system_r:none_t:s0",
        "TYPE | system_u:system_r:domain:s0",
        "SENSITIVITY | system_u:system_r:init_t:s9",
        "SENSITIVITY | system_u:system_r:init_t:s0-",
        "CATEGORY | system_u:system_r:init_t:s0:c999",
        "CATEGORY | system_u:system_r:init_t:s0:",
        "CATEGORY | system_u:system_r:init_t:s0:c3.c3",
        "CATEGORY | system_u:system_r:init_t:s0:c1.c2.c3",
        "CATEGORY | system_u:system_r:init_t:s0-s1:c1-junk",
        "CATEGORY | system_u:object_r:file_t:s3:c200",
        "RANGE | system_u:system_r:init_t:s2-s1",
        "RANGE | system_u:system_r:init_t:s0:c1-s1",
        "ROLE_TYPE | staff_u:netadm_r:httpd_t:s0",
        "USER_ROLE | staff_u:system_r:httpd_t:s0",
        "USER_RANGE | guest_u:guest_r:container_t:s1"
      })
  void saysWhichPartIsInvalid(Part part, String text) {
    InvalidContextException problem =
        catchThrowableOfType(InvalidContextException.class, () -> CONTEXTS.parse(text));
    assertThat(problem.part()).as(problem.getMessage()).isEqualTo(part);
  }

  @Test
  void messagesNameWhatIsWrong() {
    assertThat(
            catchThrowableOfType(
                InvalidContextException.class,
                () -> CONTEXTS.parse("guest_u:guest_r:container_t:s0:c40")))
        .hasMessage("range 's0:c40' is not within 's0-s0:c0.c31' of user 'guest_u'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "root:system_r:docker_t:public | root:system_r:container_t:s0",
        "root:object_r:init_t:secret:ops,crypto | root:object_r:init_t:s2:c7,c200",
        "root:object_r:init_t:s0:c2,c0,c1,c1 | root:object_r:init_t:s0:c0.c2",
        "root:object_r:init_t:s0:c0.c1 | root:object_r:init_t:s0:c0,c1",
        "root:object_r:init_t:s1:c3-s1:c3 | root:object_r:init_t:s1:c3",
        "root:object_r:init_t:s0:c62,c63,c128 | root:object_r:init_t:s0:c62,c63,c128"
      })
  void printsOneSpellingOfEach(String text, String canonical) {
    assertThat(CONTEXTS.text(CONTEXTS.parse(text))).isEqualTo(canonical);
  }

  @Test
  void withoutMlsThereIsNoRange() {
    Contexts contexts = TinyPolicies.policy("tiny-nomls.33").contexts();
    assertThat(contexts.text(contexts.parse("root:system_r:init_t")))
        .isEqualTo("root:system_r:init_t");
    InvalidContextException problem =
        catchThrowableOfType(
            InvalidContextException.class, () -> contexts.parse("root:system_r:init_t:s0"));
    assertThat(problem.part()).isEqualTo(Part.WHOLE);
  }
}
