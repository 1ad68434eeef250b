@NullMarked
package org.larval.labels.policydb;

import org.jspecify.annotations.NullMarked;
