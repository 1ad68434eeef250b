/** How commands reach a program of ours that runs: lines over a Unix socket of its owner's. */
@NullMarked
package org.larval.lab.control;

import org.jspecify.annotations.NullMarked;
