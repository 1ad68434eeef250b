/** Questions to a SELinux policy in words, and their answers as text and JSON. */
@NullMarked
package org.larval.lab.policy;

import org.jspecify.annotations.NullMarked;
