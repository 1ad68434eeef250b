package org.larval.lab.selinux;

import org.larval.labels.Decision;

/**
 * A question that was put to the policy about a packet, with its answer: a step of the packet's
 * trail.
 *
 * @param subject the context of who does it
 * @param object the context of what it is done to
 * @param securityClass the object's class
 * @param permission what is done
 * @param decision the answer
 */
public record Check(
    String subject, String object, String securityClass, String permission, Decision decision) {
  @Override
  public String toString() {
    String question = securityClass + " " + permission + ": " + subject + " -> " + object;
    return switch (decision) {
      case Decision.Denied denied -> denied.reason().replaceFirst("^denied ", "");
      case Decision.Allowed allowed ->
          allowed.despite() == null ? question : question + ", " + allowed;
    };
  }
}
