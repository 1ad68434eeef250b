package org.larval.labels.why;

import java.util.List;

/**
 * A step towards permitting something.
 *
 * @param change the smallest change
 * @param orElse other changes, each of which would do in its place
 */
public record Remedy(Change change, List<Change> orElse) {}
