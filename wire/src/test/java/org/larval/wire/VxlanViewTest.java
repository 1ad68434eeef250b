package org.larval.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class VxlanViewTest {
  /** A header as the kernel's vxlan device with number 42 sends it, and a frame of one byte. */
  private static final String GOOD = "0800000000002a00aa";

  private final VxlanView view = new VxlanView();

  private static ByteBuf bytes(String hex) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
  }

  @Test
  void readsAndWrites() {
    assertThat(view.wrap(bytes("ffff" + GOOD), 2, 9)).isNull();
    assertThat(view.vni()).isEqualTo(42);
    assertThat(view.frame()).isEqualTo(10);
    assertThat(view.frameLength()).isEqualTo(1);
    ByteBuf out = Unpooled.buffer(VxlanView.HEADER);
    VxlanView.emit(out, 0, VxlanView.MAX_VNI);
    assertThat(ByteBufUtil.hexDump(out, 0, VxlanView.HEADER)).isEqualTo("08000000ffffff00");
    assertThat(view.wrap(out, 0, VxlanView.HEADER)).isNull();
    assertThat(view.vni()).isEqualTo(VxlanView.MAX_VNI);
    assertThat(view.frameLength()).isZero();
  }

  @Test
  void refusesWhatLinuxRefuses() {
    for (int length = 0; length < VxlanView.HEADER; length++) {
      assertThat(view.wrap(bytes(GOOD), 0, length)).isEqualTo(Malformed.TRUNCATED);
    }
    for (String wrong :
        new String[] {
          "0000000000002a00", "0c00000000002a00", "0800000100002a00", "0800000000002a01"
        }) {
      assertThat(view.wrap(bytes(wrong), 0, 8)).as(wrong).isEqualTo(Malformed.BAD_TYPE);
    }
  }
}
