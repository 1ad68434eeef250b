package org.larval.labels.avc;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * That something was denied, or granted by a rule that wants it known (avc_audit_pre_callback,
 * avc_audit_post_callback).
 *
 * @param denied whether it was denied, be it let pass or not
 * @param permissions their names in the class' order
 * @param unnamed bits that have no name
 * @param data who and where
 * @param source the subject's context
 * @param target the object's
 * @param securityClass the class
 * @param permissive whether what was denied was let pass
 * @param rawSource what the subject is called if that means nothing in the policy, else null
 * @param rawTarget the same of the object
 */
public record AuditRecord(
    boolean denied,
    List<String> permissions,
    int unnamed,
    AuditData data,
    String source,
    String target,
    String securityClass,
    boolean permissive,
    @Nullable String rawSource,
    @Nullable String rawTarget) {

  /** The record in the kernel's words, from {@code avc:} on. */
  public String text() {
    StringBuilder text = new StringBuilder(256);
    text.append("avc:  ").append(denied ? "denied" : "granted").append(' ');
    if (permissions.isEmpty() && unnamed == 0) {
      text.append(" null");
    } else {
      text.append(" {");
      permissions.forEach(permission -> text.append(' ').append(permission));
      if (unnamed != 0) {
        text.append(" 0x").append(Integer.toHexString(unnamed));
      }
      text.append(" } for ");
    }
    data.append(text);
    text.append(" scontext=").append(source);
    text.append(" tcontext=").append(target);
    text.append(" tclass=").append(securityClass);
    if (denied) {
      text.append(" permissive=").append(permissive ? 1 : 0);
    }
    raw(text, " srawcon=", rawSource);
    raw(text, " trawcon=", rawTarget);
    return text.toString();
  }

  /** The record without what differs from packet to packet: equal for equal questions. */
  public String question() {
    return new AuditRecord(
            denied,
            permissions,
            unnamed,
            AuditData.IDLE,
            source,
            target,
            securityClass,
            permissive,
            rawSource,
            rawTarget)
        .text();
  }

  private static void raw(StringBuilder text, String word, @Nullable String context) {
    if (context != null) {
      text.append(word);
      AuditData.untrusted(text, context);
    }
  }

  /**
   * The same as a line of the audit log.
   *
   * @param millis since 1970
   * @param serial number of the event
   */
  public String line(long millis, long serial) {
    return "type=AVC msg=audit(%d.%03d:%d): %s"
        .formatted(millis / 1000, millis % 1000, serial, text());
  }
}
