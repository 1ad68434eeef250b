package org.larval.cipso;

import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * A label option of a packet, as it is on the wire: nothing is translated.
 *
 * @param kind of option
 * @param doi 0 to 4294967295; null where the option has none or is cut off before it
 * @param tag the type of the first CIPSO tag, the format of an extended RIPSO option; else null
 * @param level the level octet, of RIPSO the classification octet; null if there is none
 * @param categories in rising order; of RIPSO the bits of authorities, from 0
 * @param sid of a local tag, else null
 * @param valid whether the kernel would take it
 * @param errorPointer the offset in the IP header that an ICMP Parameter Problem would point at;
 *     null if it is valid or nobody would be told
 * @param why it is not valid, or null
 */
public record FoundLabel(
    Kind kind,
    @Nullable Long doi,
    @Nullable Integer tag,
    @Nullable Integer level,
    List<Integer> categories,
    @Nullable Integer sid,
    boolean valid,
    @Nullable Integer errorPointer,
    @Nullable String why) {
  /** Which option. */
  public enum Kind {
    /** IPv4, type 134. */
    CIPSO,
    /** IPv6 hop-by-hop, type 7. */
    CALIPSO,
    /** IPv4, types 130 and 133. */
    RIPSO
  }

  /** Keeps the categories. */
  public FoundLabel {
    categories = List.copyOf(categories);
  }

  FoundLabel refused(int pointer, String reason) {
    return new FoundLabel(kind, doi, tag, level, categories, sid, false, pointer, reason);
  }

  /** As people read it, such as {@code CIPSO doi 16 tag 1 level 1 categories 1,5,9}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(kind.name());
    word(text, "doi", doi);
    word(text, "tag", tag);
    word(text, "level", level);
    if (!categories.isEmpty()) {
      StringJoiner list = new StringJoiner(",");
      for (int i = 0; i < categories.size(); i++) {
        int first = i;
        while (i + 1 < categories.size() && categories.get(i + 1) == categories.get(i) + 1) {
          i++;
        }
        list.add(
            first == i ? "" + categories.get(i) : categories.get(first) + "-" + categories.get(i));
      }
      text.append(" categories ").append(list);
    }
    word(text, "sid", sid);
    return why == null ? text.toString() : text.append(": ").append(why).toString();
  }

  private static void word(StringBuilder text, String name, @Nullable Object value) {
    if (value != null) {
      text.append(' ').append(name).append(' ').append(value);
    }
  }
}
