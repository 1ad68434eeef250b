package org.larval.labels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class SidsTest {
  private final Sids sids = new Sids(30);

  @Test
  void oneContextHasOneSid() {
    int sid = sids.sid("u:r:t:s0:c0.c2");
    assertThat(sid).isGreaterThan(Sids.INITIAL_SIDS);
    assertThat(sids.sid("u:r:t:s0:c2,c1,c0")).isEqualTo(sid);
    assertThat(sids.context(sid)).hasToString("u:r:t:s0:c0.c2");
    assertThat(sids.sid("u:r:t:s0:c0.c3")).isEqualTo(sid + 1);
  }

  @Test
  void unlabeledIsThree() {
    assertThat(sids.sid("system_u:object_r:unlabeled_t:s0")).isEqualTo(3);
    assertThat(sids.sid("system_u:system_r:kernel_t:s0")).isEqualTo(1);
  }

  @Test
  void noneAndUnknownSidsBehaveAsUnlabeled() {
    SecurityContext unlabeled = sids.context(Sids.UNLABELED);
    assertThat(sids.context(Sids.NONE)).isSameAs(unlabeled);
    assertThat(sids.context(29)).isSameAs(unlabeled);
    assertThat(sids.context(-1)).isSameAs(unlabeled);
    assertThat(sids.context(Integer.MAX_VALUE)).isSameAs(unlabeled);
  }

  @Test
  void isBounded() {
    sids.sid("u:r:a");
    assertThat(sids.full()).isFalse();
    int last = sids.sid("u:r:b");
    assertThat(last).isEqualTo(29);
    assertThat(sids.full()).isTrue();
    assertThat(sids.sid("u:r:b")).isEqualTo(last);
    assertThat(sids.find(SecurityContext.parse("u:r:c"))).isEqualTo(Sids.NONE);
    assertThatIllegalStateException().isThrownBy(() -> sids.sid("u:r:c"));
  }

  @Test
  void growsBeyondItsFirstArray() {
    Sids large = new Sids();
    for (int i = 0; i < 1000; i++) {
      assertThat(large.context(large.sid("u:r:t" + i)).type()).isEqualTo("t" + i);
    }
  }
}
