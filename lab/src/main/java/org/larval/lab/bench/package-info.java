/**
 * Benchmarks. Every figure is a ratio to a plain reference that was measured in the same run, in
 * turns with it, so that it means the same on a slow machine and on a busy one.
 */
@NullMarked
package org.larval.lab.bench;

import org.jspecify.annotations.NullMarked;
