/**
 * The command line. Exit codes: 0 done; 1 an expectation was not met; 2 bad input, with one line on
 * the error stream that says where, what, and what would be right.
 */
@NullMarked
package org.larval.lab.cli;

import org.jspecify.annotations.NullMarked;
