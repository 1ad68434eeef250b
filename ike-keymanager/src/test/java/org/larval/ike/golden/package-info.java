/** What other implementations said to each other. */
package org.larval.ike.golden;
