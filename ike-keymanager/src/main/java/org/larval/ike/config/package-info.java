/** What an IKE host is told: connections, their children, and how patient it is. Values only. */
@NullMarked
package org.larval.ike.config;

import org.jspecify.annotations.NullMarked;
