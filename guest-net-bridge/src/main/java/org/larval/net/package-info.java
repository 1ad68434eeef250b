/**
 * The street: links with impairments, taps for captures, and the learning bridge.
 *
 * <pre>
 *   guest a ==> LinkDirection a>b ==> guest b      a Link is two directions that share nothing
 *   guest a <== LinkDirection b>a <== guest b
 *
 *   guest ==> LinkDirection ==> Bridge ==> LinkDirection ==> guest
 * </pre>
 */
@NullMarked
package org.larval.net;

import org.jspecify.annotations.NullMarked;
