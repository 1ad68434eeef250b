/**
 * Labels on the wire: the CIPSO option of IPv4 and its mapping to MLS levels. Formats follow
 * draft-ietf-cipso-ipsecurity-01 and FIPS 188 as Linux reads them (net/ipv4/cipso_ipv4.c).
 */
@NullMarked
package org.larval.cipso;

import org.jspecify.annotations.NullMarked;
