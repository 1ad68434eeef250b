/**
 * Keys, algorithms and the libraries that run them: {@link org.larval.xfrm.crypto.CryptoBackend}
 * makes keyed ciphers for ESP and check values for AH. Nothing here knows what an SA is.
 */
@NullMarked
package org.larval.xfrm.crypto;

import org.jspecify.annotations.NullMarked;
