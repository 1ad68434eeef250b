package org.larval.labeled;

/** What client and server speak. */
enum Protocol {
  TCP,
  UDP
}
