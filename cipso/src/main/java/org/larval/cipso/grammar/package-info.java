/**
 * Lines of {@code netlabelctl} and files of them, as /etc/netlabel.rules is one, in and out; and
 * what they do to a {@link org.larval.cipso.NetLabel}.
 */
@NullMarked
package org.larval.cipso.grammar;

import org.jspecify.annotations.NullMarked;
