package org.larval.cipso;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Errno;

/** The DOIs of one guest, in the order in which they were added (cipso_v4_doi_list). */
public final class DoiTable {
  private final List<Doi> dois = new ArrayList<>();

  /** An empty table. */
  public DoiTable() {}

  /** The DOI of a number, or null. */
  public @Nullable Doi find(int number) {
    for (int i = 0; i < dois.size(); i++) {
      if (dois.get(i).number() == number) {
        return dois.get(i);
      }
    }
    return null;
  }

  /** Adds a DOI; EEXIST if the number is taken. */
  public Errno add(Doi doi) {
    if (find(doi.number()) != null) {
      return Errno.EEXIST;
    }
    dois.add(doi);
    return Errno.OK;
  }

  /** Takes a DOI away; ENOENT if there is none. */
  Errno remove(int number) {
    return dois.removeIf(doi -> doi.number() == number) ? Errno.OK : Errno.ENOENT;
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return dois.isEmpty();
  }

  /** All, in their order. */
  public List<Doi> all() {
    return Collections.unmodifiableList(dois);
  }
}
