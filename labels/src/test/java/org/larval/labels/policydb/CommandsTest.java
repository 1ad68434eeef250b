package org.larval.labels.policydb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.larval.labels.policydb.ExtendedPermissions.Form;
import org.larval.labels.source.PolicyBuilder;

/** Commands of ioctl in a text policy, as they are read back from its image. */
class CommandsTest {
  @Test
  void wholeDriversAndSomeOfOthersStandApart() {
    assertThat(commands("{ 0x5411 0x8910 - 0x8912 0x5400 35072 }"))
        .isEqualTo(Map.of("IOCTL_FUNCTION 54", "0 17", "IOCTL_FUNCTION 89", "0 16 17 18"));
    assertThat(commands("{ 0x5480-0x56ff 0x5400-0x547f 0xffff }"))
        .isEqualTo(Map.of("IOCTL_DRIVER 0", "84 85 86", "IOCTL_FUNCTION ff", "255"));
    Map<String, String> most = commands("~{ 0x0000-0xfdff 0xfe01-0xfeff }");
    assertThat(most).isEqualTo(Map.of("IOCTL_DRIVER 0", "255", "IOCTL_FUNCTION fe", "0"));
  }

  private static Map<String, String> commands(String set) {
    PolicyBuilder builder = new PolicyBuilder(false);
    builder.openTypes();
    builder.statements("allowxperm a_t self:tcp_socket ioctl " + set + ";");
    PolicyDb policy = builder.build();
    Map<String, String> found = new TreeMap<>();
    policy
        .extendedRules()
        .forEach(
            (securityClass, source, rule) -> {
              assertThat(RuleTable.kind(rule)).isEqualTo(RuleKind.ALLOWXPERM.code());
              ExtendedPermissions some = policy.extendedPermissions(RuleTable.payload(rule));
              int driver = some.form() == Form.IOCTL_DRIVER ? 0 : some.driver();
              found.put(some.form() + " " + Integer.toHexString(driver), bits(some));
            });
    return found;
  }

  private static String bits(ExtendedPermissions some) {
    List<String> bits = new ArrayList<>();
    for (int bit = 0; bit < 256; bit++) {
      if (some.bit(bit)) {
        bits.add(Integer.toString(bit));
      }
    }
    return String.join(" ", bits);
  }
}
