package org.larval.nic;

import java.io.IOException;

/** Another process has the end of a netfile, or formats it at this moment. */
public final class NetfileInUse extends IOException {
  private static final long serialVersionUID = 1;

  NetfileInUse(String what) {
    super(what);
  }
}
